// Long work that ends in a file: progress in the state, one way to stop it.
import { chooseDestination } from "../io/save";
import { problemOf } from "../problem";
import type { Store } from "../state";

let stop: AbortController | null = null;

/** Ends a write; true if there was one. */
export function stopSaving(): boolean {
  stop?.abort();
  return stop !== null;
}

/** Asks where the file goes, makes it, writes it. Null when it did not come to that; the reason is in the state. */
export async function save(store: Store, name: string, what: string, make: () => Promise<Blob>): Promise<Blob | null> {
  if (store.state.saving !== null) return null;
  try {
    const destination = await chooseDestination(name);
    if (destination === null) return null;
    store.set({ saving: { what, done: 0, total: 0 }, notice: null });
    const blob = await make();
    stop = new AbortController();
    await destination.write(blob, (done, total) => store.set({ saving: { what: `writing ${name}`, done, total } }), stop.signal);
    return blob;
  } catch (error) {
    store.set({ notice: problemOf(error) });
    return null;
  } finally {
    stop = null;
    store.set({ saving: null });
  }
}
