// Starts the worker: from its file beside the page, or from text inside a page that is one file.
declare const WORKER_TEXT: string | null;

export function startWorker(): Worker {
  if (WORKER_TEXT === null) return new Worker("worker.js", { type: "module" });
  // Not revoked: the script is fetched later, and the page starts few workers.
  return new Worker(URL.createObjectURL(new Blob([document.getElementById(WORKER_TEXT)?.textContent ?? ""], { type: "text/javascript" })));
}
