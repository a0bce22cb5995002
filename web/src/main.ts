// Starts the page: engine, state, views; drops, pastes, keys and the address bar.
import { Actions } from "./actions/actions";
import { byId, h } from "./dom";
import { droppedFiles, picked } from "./io/drop";
import { decode } from "./io/hub";
import { problemOf } from "./problem";
import { Store, unsaved } from "./state";
import { App } from "./ui/app";
import { Engine } from "./worker/client";
import { startWorker } from "./worker/start";

declare global {
  interface Window {
    modelexport: { version: string };
  }
}
declare const VERSION: string;
window.modelexport = { version: VERSION };

const EXAMPLES = [
  { file: "examples/bert.onnx", label: "BERT, tagged" },
  { file: "examples/legacy.onnx", label: "an old export that no runtime loads" },
  { file: "examples/resnet.onnx", label: "ResNet" },
];

const KEYS: [string, string][] = [
  ["/", "Search"], ["Arrows", "Move in tree and treemap"], ["Enter", "Open what is selected"], ["Esc", "Up, or close"],
  ["f", "Findings"], ["m", "Metadata"], ["p", "Take home"], ["s", "Summary"], ["t", "Tree or treemap"], ["?", "This list"],
];

function keysDialog(): HTMLDialogElement {
  const dialog = h("dialog", { class: "keys", "aria-label": "Keys" }, h("h2", null, "Keys"),
    h("dl", null, KEYS.map(([key, what]) => [h("dt", null, h("kbd", null, key)), h("dd", null, what)]).flat()),
    h("form", { method: "dialog" }, h("button", { class: "quiet" }, "Close")));
  document.body.append(dialog);
  return dialog;
}

try {
  const theme = localStorage.getItem("theme");
  if (theme !== null) document.documentElement.dataset["theme"] = theme;
} catch { /* no storage: the system's theme */ }

const picker = h("input", { type: "file", multiple: true, hidden: true, "data-testid": "file-input", "aria-label": "Files" });
const directoryPicker = h("input", { type: "file", webkitdirectory: true, hidden: true, "data-testid": "directory-input", "aria-label": "A directory" });
document.body.append(picker, directoryPicker);
const engine = new Engine(startWorker);
const store = new Store();
const actions = new Actions(store, engine, { files: picker, directory: directoryPicker }, keysDialog(), location.protocol === "file:" || location.pathname.startsWith("/view/") ? [] : EXAMPLES);
const app = new App(byId("app"), store, actions, engine, new Engine(startWorker));

// The engine starts while people look for their file.
setTimeout(() => void engine.call("version", null).catch(() => {}), 200);

for (const input of [picker, directoryPicker]) {
  input.addEventListener("change", () => {
    const files = picked(input.files ?? []);
    input.value = "";
    void actions.openFiles(files);
  });
}

let depth = 0;
const dragging = (on: boolean): void => { document.documentElement.classList.toggle("dragging", on); };
window.addEventListener("dragenter", (event) => { event.preventDefault(); depth += 1; dragging(true); });
window.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) { depth = 0; dragging(false); } });
window.addEventListener("dragover", (event) => event.preventDefault());
window.addEventListener("drop", (event) => {
  event.preventDefault();
  depth = 0;
  dragging(false);
  if (event.dataTransfer !== null) void droppedFiles(event.dataTransfer).then((files) => actions.openFiles(files));
});
window.addEventListener("paste", (event) => {
  const target = event.target as Element;
  if (target.matches("input, textarea") || event.clipboardData === null) return;
  if (event.clipboardData.files.length > 0) void actions.openFiles(picked(event.clipboardData.files));
  else {
    // Only what is plainly an address: other words are nobody's business.
    const text = event.clipboardData.getData("text").trim();
    if (/^(https?|hf):\/\/\S+$/i.test(text) || /^[\w.-]+\/[\w.-]+(@\S+)?\/\S+\.onnx$/.test(text)) void actions.openUrl(text);
  }
});

window.addEventListener("keydown", (event) => {
  const target = event.target as Element;
  if (target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") !== null) return;
  const open = store.state.phase.kind === "open" && store.state.opened?.report.format === "onnx";
  const shortcuts: Record<string, () => void> = {
    "?": () => actions.showKeys(),
    ...(open && {
      "/": () => app.focusSearch(), f: () => actions.show("findings"), m: () => actions.show("metadata"), p: () => actions.show("package"), s: () => actions.select({ kind: "model" }),
      t: () => actions.structure(store.state.structure === "tree" ? "treemap" : "tree"),
      Escape: () => (store.state.selection.kind === "model" ? undefined : actions.select({ kind: "model" })),
    }),
  };
  const action = shortcuts[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
});

/** Permalinks: #url=…, and #hf=org/name@revision/file.onnx, which is written without escapes. */
function openAddress(): void {
  const hash = location.hash.slice(1);
  const hub = hash.startsWith("hf=") ? decode(hash.slice(3)) : null;
  const address = hub ?? new URLSearchParams(hash).get("url");
  if (address !== null && address !== "") void actions.openUrl(address);
}
window.addEventListener("hashchange", openAddress);
openAddress();

// What `modelexport view` serves lives as long as its port.
if ("serviceWorker" in navigator && location.protocol.startsWith("http") && !location.pathname.startsWith("/view/")) {
  const { serviceWorker } = navigator;
  void serviceWorker.register("sw.js").then((registration) => {
    // Waits beside the one that serves this page; the first of all waits for nobody.
    const look = (): void => {
      const { waiting } = registration;
      if (waiting === null || serviceWorker.controller === null) return;
      store.set({ update: () => {
        serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
        waiting.postMessage("take over");
      } });
    };
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
    look();
  }, () => { /* no storage, or not allowed here: the page works without */ });
}

// The browser asks before what nobody saved is gone.
window.addEventListener("beforeunload", (event) => { if (unsaved(store.state)) event.preventDefault(); });

window.addEventListener("unhandledrejection", ({ reason }) => {
  const problem = problemOf(reason);
  if (problem.code !== "ME-CLI-002") store.set({ notice: problem });  // what was cancelled is no news
});

const online = (): void => store.set({ offline: !navigator.onLine });
window.addEventListener("online", online);
window.addEventListener("offline", online);
if (!navigator.onLine) online();

if (typeof WebAssembly !== "object" || typeof Worker !== "function" || typeof Blob.prototype.stream !== "function") {
  store.set({ notice: { code: "ME-CLI-004", message: "this browser is too old for the page: it has no WebAssembly or no workers", where: null, hint: "use a current Firefox, Chrome, Edge or Safari, or the command line" } });
}
