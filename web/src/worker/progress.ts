// What the worker says while it works: how far it is, and of a large file what is known so far.
import type { Answer, Opened } from "./protocol";

const scope = self as unknown as { postMessage: (message: Answer) => void };
let current = 0;
let last = 0;

/** The request that is being answered. */
export function begin(id: number): void {
  current = id;
}

export const answer = (message: Answer): void => scope.postMessage(message);

export function progress(what: string, done: number, total: number): void {
  const now = performance.now();
  if (now - last < 50 && done < total) return;
  last = now;
  answer({ id: current, kind: "progress", what, done, total });
}

export const publish = (opened: Opened): void => answer({ id: current, kind: "partial", opened });
