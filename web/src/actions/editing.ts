// Edits before they are written: metadata, stamp, repair, migration; the plan; the file.
import { last } from "../format";
import { problemOf } from "../problem";
import { changes, initial, noStamp, type State, type Store, type Tab } from "../state";
import type { Engine } from "../worker/client";
import type { MigrateChoice } from "../worker/protocol";
import { save } from "./saving";

export const AS_IT_SAYS: MigrateChoice = { source: "", renameInputs: false, dynamic: false };

export class Editing {
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

  restoreMetadata(key: string): void {
    this.edit((edits) => {
      edits.set.delete(key);
      edits.remove.delete(key);
    });
  }

  private edit(change: (edits: State["edits"]) => void): void {
    const edits = { set: new Map(this.store.state.edits.set), remove: new Set(this.store.state.edits.remove) };
    change(edits);
    this.store.set({ edits, plan: null, saved: null });
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

  repair(): void {
    this.store.set({ repair: true, migrate: null });
    void this.plan();
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
    this.store.set({ migrate: choice, repair: false });
    try {
      this.store.set({ migration: await this.engine.call("migration", choice) });
      await this.plan();
    } catch (error) {
      this.store.set({ notice: problemOf(error), tab: "package" });
    }
  }

  async plan(): Promise<void> {
    const { edits, repair, migrate } = this.store.state;
    try {
      const plan = await this.engine.call("plan", {
        set: [...edits.set].map(([key, value]) => ({ key, value })), remove: [...edits.remove], repair, migrate,
      });
      const { target, fetched } = this.store.state.package;
      this.store.set({ plan, saved: null, package: { ...initial().package, target, fetched } });
      this.show("package");
    } catch (error) {
      this.store.set({ notice: problemOf(error), tab: "package" });
    }
  }

  discard(): void {
    this.store.set({ repair: false, migrate: null, edits: initial().edits, stamp: noStamp });
    void this.plan().then(() => this.store.set({ plan: null }));
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
    this.store.set({ saved: { name, size: blob.size, sha256: null } });
    const sha256 = await this.engine.call("sha256", { blob }).catch(() => null);
    if (this.store.state.saved?.name === name) this.store.set({ saved: { name, size: blob.size, sha256 } });
  }
}
