// The page's end of the worker: calls as promises, progress as callbacks. Cancelling ends the worker, because the core
// works synchronously in there; the next call starts a fresh one, and the caller opens its file again.
import type { Answer, CallName, Calls, Opened, Problem } from "./protocol";

export class EngineError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

export type ProgressListener = (what: string, done: number, total: number) => void;

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  /** Of this call alone; otherwise the engine's. */
  progress: ProgressListener | undefined;
}

export class Engine {
  private worker: Worker | null = null;
  private waiting = new Map<number, Waiting>();
  private next = 1;
  onProgress: ProgressListener = () => {};
  /** What is known of a large file while more of it is read. */
  onPartial: (opened: Opened) => void = () => {};

  constructor(private readonly start: () => Worker) {}

  call<K extends CallName>(call: K, argument: Calls[K]["takes"], progress?: ProgressListener): Promise<Calls[K]["gives"]> {
    const worker = (this.worker ??= this.connect());
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, progress });
      worker.postMessage({ id, call, argument });
    });
  }

  /** Ends all work; what was waited for fails with ME-CLI-002, as Ctrl-C does on the command line. */
  cancel(): void {
    this.end({ code: "ME-CLI-002", message: "interrupted; nothing was written", where: null, hint: null });
  }

  private connect(): Worker {
    const worker = this.start();
    worker.onmessage = (event: MessageEvent<Answer>) => this.receive(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (!navigator.onLine) {
        return this.end({ code: "ME-IO-003", message: "the page's engine could not be loaded: there is no network, and the page is not kept for offline use yet", where: null, hint: "connect, and open the file again; after that it works without" });
      }
      this.end({
        code: "ME-CLI-003", message: event.message || "the engine stopped", where: null,
        hint: "open the file again; if it happens twice, the command line may say more: modelexport inspect FILE",
      });
    };
    return worker;
  }

  private receive(answer: Answer): void {
    if (answer.kind === "progress") return (this.waiting.get(answer.id)?.progress ?? this.onProgress)(answer.what, answer.done, answer.total);
    if (answer.kind === "partial") return this.onPartial(answer.opened);
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.kind === "done") waiting?.resolve(answer.result);
    else waiting?.reject(new EngineError(answer.problem));
  }

  private end(problem: Problem): void {
    this.worker?.terminate();
    this.worker = null;
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(new EngineError(problem));
  }
}
