// Where the model comes from: a stamp that loaders follow. The Hub is asked only by the button that says so.
import { hubFile, isCommit } from "../io/hub";
import { h } from "../dom";
import { mark } from "./icons";
import { problemBox } from "./problem";
import type { State } from "../state";
import type { Problem } from "../worker/protocol";

export type StampAction = (source: string, ask: boolean) => void;

/** Whether a name could be a Hub model whose commit is not in it. */
function needsHub(text: string): boolean {
  const hub = hubFile(text);
  return hub !== null && hub.path === "" && !isCommit(hub.revision);
}

export function stampForm({ stamp, opened, place }: State, action: StampAction): HTMLElement {
  const known = opened?.report.source;
  const suggested = known?.hub_id ?? (place?.kind === "hub" ? `${place.file.repo}@${opened?.hub?.commit ?? ""}` : "");
  const input = h("input", { type: "text", "data-testid": "stamp-source", placeholder: "org/name, org/name@commit or ./directory", "aria-label": "Where the model comes from", spellcheck: "false", autocomplete: "off" });
  input.value = stamp.source !== "" ? stamp.source : suggested;
  const plain = h("button", { class: "quiet", type: "submit", "data-testid": "stamp", disabled: stamp.asking }, "Stamp");
  const ask = h("button", { class: "quiet", type: "button", "data-testid": "stamp-ask", disabled: stamp.asking, onclick: () => action(input.value.trim(), true) }, "Ask the Hub for its commit and stamp");
  const note = h("p", { class: "muted" });
  const adapt = (): void => {
    const wanted = needsHub(input.value.trim());
    ask.hidden = !wanted;
    plain.textContent = wanted ? "Stamp as a directory" : "Stamp";
    note.textContent = wanted ? "Asking sends the model's name to huggingface.co, nothing else."
      : "Loaders take configuration and tokenizer from there.";
  };
  input.addEventListener("input", adapt);
  adapt();
  const form = h("form", { class: "adder stamp-form" }, input, ask, plain);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim() !== "") action(input.value.trim(), false);
  });
  return h("section", { class: "panel-section", "aria-label": "Source" }, h("h2", null, "Source"), form, note,
    stamp.problem !== null && problemBox(stamp.problem),
    stamp.warnings.length > 0 && warningList(stamp.warnings));
}

export const warningList = (list: Problem[]): HTMLElement => h("ul", { class: "warnings" }, list.map((w) => h("li", { "data-rule": w.code },
  h("p", { class: "finding-message" }, mark("warning"), h("span", null, w.message)),
  h("p", { class: "finding-place" }, h("code", null, w.code), w.where?.path !== undefined && h("span", { class: "muted" }, w.where.path)),
  w.hint !== null && h("p", { class: "hint" }, w.hint))));
