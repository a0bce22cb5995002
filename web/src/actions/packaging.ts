// Packages: the plan for a loader, the components that are missing, the zip.
import { last } from "../format";
import { problemOf } from "../problem";
import { initial, type State, type Store } from "../state";
import type { Engine } from "../worker/client";
import type { PackageChoice } from "../worker/protocol";
import { save } from "./saving";

export class Packaging {
  constructor(private readonly store: Store, private readonly engine: Engine) {}

  name(): string {
    return `${last(this.store.state.name).replace(/\.onnx$/, "")}.zip`;
  }

  /** Whether the model's configuration is at hand. */
  static possible({ opened, package: { fetched } }: State): boolean {
    return opened?.complete === true || fetched !== null;
  }

  planIfNeeded(): void {
    const { package: { plan, problem } } = this.store.state;
    if (Packaging.possible(this.store.state) && plan === null && problem === null) void this.plan();
  }

  async target(target: PackageChoice["target"]): Promise<void> {
    this.store.set({ package: { ...initial().package, target, fetched: this.store.state.package.fetched } });
    await this.plan();
  }

  async plan(): Promise<void> {
    const { target, fetched } = this.store.state.package;
    const show = (change: Partial<State["package"]>): void => {
      if (this.store.state.package.target === target) this.store.set({ package: { ...initial().package, target, fetched, ...change } });
    };
    try {
      show({ plan: await this.engine.call("packagePlan", { target, output: this.name() }) });
    } catch (error) {
      show({ problem: problemOf(error) });
    } finally {
      this.store.set({ saving: null });
    }
  }

  /** Configuration, tokenizer and processors of a Hub model, because the user asked for them. */
  async fetch(repo: string, revision: string): Promise<void> {
    if (this.store.state.saving !== null) return;
    this.store.set({ saving: { what: "asking the Hub", done: 0, total: 0 }, notice: null });
    try {
      const { source } = await this.engine.call("fetchComponents", { repo, revision });
      this.store.set({ saving: null, package: { ...initial().package, target: this.store.state.package.target, fetched: source } });
      await this.plan();
    } catch (error) {
      this.store.set({ saving: null, notice: problemOf(error) });
    }
  }

  async save(): Promise<void> {
    let report: State["package"]["report"] = null;
    const blob = await save(this.store, this.name(), "checksums", async () => {
      const made = await this.engine.call("packageSave", null);
      report = made.report;
      return made.blob;
    });
    if (blob !== null) this.store.set({ package: { ...this.store.state.package, report } });
  }
}
