// Edits before they are written: metadata, stamp, repair, migration; the plan; the file.
import { last } from "../format";
import { problemOf } from "../problem";
import { changes, initial, noStamp, type State, type Store, type Tab } from "../state";
import type { Engine } from "../worker/client";
import type { Edits, MigrateChoice } from "../worker/protocol";
import { migrationWords } from "../ui/words";
import { save } from "./saving";

/** As the worker takes them. */
const editsOf = ({ edits, repair, migrate }: Pick<State, "edits" | "repair" | "migrate">): Edits =>
  ({ set: [...edits.set].map(([key, value]) => ({ key, value })), remove: [...edits.remove], repair, migrate });

export const AS_IT_SAYS: MigrateChoice = { source: "", renameInputs: false, dynamic: false };

export class Editing {
  /** A plan that was asked for later makes earlier answers old. */
  private turn = 0;
  /** The worker has a plan, which goes into what is saved; also when all changes were taken back since. */
  private planned = false;

  constructor(private readonly store: Store, private readonly engine: Engine, private readonly show: (tab: Tab) => void) {}

  setMetadata(key: string, value: string): void {
    this.edit((edits) => {
      edits.remove.delete(key);
      edits.set.set(key, value);
    });
  }

  removeMetadata(key: string): void {
    this.edit((edits) => {
      edits.set.delete(key);
      edits.remove.add(key);
    });
  }

  /** Removes an entry that should not be given away, and shows that it goes. */
  async removeNow(key: string): Promise<void> {
    this.removeMetadata(key);
    await this.plan();
  }

  restoreMetadata(key: string): void {
    this.edit((edits) => {
      edits.set.delete(key);
      edits.remove.delete(key);
    });
  }

  private edit(change: (edits: State["edits"]) => void): void {
    const edits = { set: new Map(this.store.state.edits.set), remove: new Set(this.store.state.edits.remove) };
    change(edits);
    const { target, fetched } = this.store.state.package;
    this.store.set({ edits, plan: null, saved: null, package: { ...initial().package, target, fetched } });
  }

  /** The entries of a stamp become edits like any others. */
  async stamp(source: string, ask: boolean): Promise<void> {
    this.store.set({ stamp: { ...noStamp, source, asking: true } });
    try {
      const { set, remove, warnings } = await this.engine.call("stamp", { source, ask });
      const known = new Map(this.store.state.opened?.report.metadata.map((e) => [e.key, e.value]));
      this.edit((edits) => {
        for (const key of remove) {
          edits.set.delete(key);
          edits.remove.add(key);
        }
        for (const { key, value } of set) {
          edits.remove.delete(key);
          if (known.get(key) === value) edits.set.delete(key);
          else edits.set.set(key, value);
        }
      });
      this.store.set({ stamp: { ...noStamp, source, warnings } });
    } catch (error) {
      this.store.set({ stamp: { ...noStamp, source, problem: problemOf(error) } });
    }
  }

  /** What is shown is not what the worker would write. */
  get behind(): boolean {
    return this.store.state.plan === null && (this.planned || changes(this.store.state));
  }

  /** Another file is open: there is no plan of it. */
  forget(): void {
    this.turn += 1;
    this.planned = false;
  }

  async repair(): Promise<void> {
    await this.plan({ repair: true, migrate: null });
  }

  /** Looks whether there is something to migrate. */
  async look(): Promise<void> {
    const { opened } = this.store.state;
    try {
      const migration = await this.engine.call("migration", AS_IT_SAYS);
      if (this.store.state.opened === opened) this.store.set({ migration: migration.steps.length > 0 ? migration : null });
    } catch { /* what cannot be migrated is what check says */ }
  }

  async migrate(choice: MigrateChoice): Promise<void> {
    const turn = ++this.turn;
    try {
      const migration = await this.engine.call("migration", choice);
      if (turn === this.turn) await this.plan({ migration, migrate: choice, repair: false });
    } catch (error) {
      if (turn === this.turn) this.refused(error);
    }
  }

  /** Plans what stands in the state with `more`; it becomes the state's when that can be done. */
  async plan(more: Partial<Pick<State, "edits" | "repair" | "migrate" | "migration">> = {}): Promise<boolean> {
    const turn = ++this.turn;
    try {
      const plan = await this.engine.call("plan", editsOf({ ...this.store.state, ...more }));
      if (turn !== this.turn) return false;
      this.planned = changes({ ...this.store.state, ...more });
      const { target, fetched } = this.store.state.package;
      this.store.set({ ...more, plan: this.planned ? plan : null, saved: null, notice: null, package: { ...initial().package, target, fetched } });
      this.show("package");
      return true;
    } catch (error) {
      if (turn === this.turn) this.refused(error);
      return false;
    }
  }

  /** What stood before stays: its boxes, its plan, its command. */
  private refused(error: unknown): void {
    const { migrate, plan } = this.store.state;
    const { message, hint, ...rest } = problemOf(error);
    this.store.set({ notice: { ...rest, message: migrationWords(message), hint: hint === null ? null : migrationWords(hint) }, tab: "package", migrate, plan });
  }

  async discard(): Promise<void> {
    this.store.set({ stamp: noStamp });
    await this.plan({ repair: false, migrate: null, edits: initial().edits });
  }

  savedName(): string {
    const name = last(this.store.state.name);
    return name.endsWith(".onnx") ? `${name.slice(0, -5)}.${this.store.state.migrate === null ? "repaired" : "migrated"}.onnx` : `${name}.onnx`;
  }

  async save(): Promise<void> {
    const name = this.savedName();
    if (this.store.state.plan === null && changes(this.store.state)) await this.plan();
    const blob = await save(this.store, name, "assembling", () => this.engine.call("save", null));
    if (blob === null) return;
    const more = (change: Partial<NonNullable<State["saved"]>>): void => {
      const { saved } = this.store.state;
      if (saved?.file === blob) this.store.set({ saved: { ...saved, ...change } });
    };
    this.store.set({ saved: { name, file: blob, sha256: null, judged: null } });
    more({ judged: await this.engine.call("judge", { blob, name }).catch(() => null) });
    more({ sha256: await this.engine.call("sha256", { blob }).catch(() => null) });
  }
}
