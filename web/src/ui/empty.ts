// The page before a file is open: what it is, how to begin, what it never does.
import { h } from "../dom";
import { icon } from "./icons";

export interface EmptyActions {
  pick: () => void;
  pickDirectory: () => void;
  openUrl: (text: string) => void;
  examples: { file: string; label: string }[];
  openExample: (file: string) => void;
}

export function urlForm(openUrl: (text: string) => void): HTMLElement {
  const input = h("input", { type: "text", name: "url", inputmode: "url", placeholder: "https://… or org/name@revision/file.onnx", "data-testid": "url-input", "aria-label": "Address of a model", spellcheck: "false", autocomplete: "off" });
  const form = h("form", { class: "url" }, input, h("button", { class: "quiet", "data-testid": "url-open" }, "Open address"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim() !== "") openUrl(input.value);
  });
  return form;
}

export function empty(actions: EmptyActions): HTMLElement {
  return h("main", { class: "empty", id: "main" },
    h("div", { class: "welcome" },
      h("h1", null, "Drop a model to see it"),
      h("p", { class: "lead" }, "What an ONNX file is, whether it will load, how it is built; repaired and stamped if it needs it."),
      h("button", { class: "drop", "data-testid": "drop-zone", onclick: () => actions.pick() }, icon("open"),
        h("span", { class: "drop-title" }, "Choose files, or drop them anywhere"),
        h("span", { class: "muted" }, ".onnx with its data files, a model's directory, or a package; also .pt2, .pt, .safetensors")),
      h("p", { class: "or" }, h("button", { class: "quiet", onclick: () => actions.pickDirectory() }, "Choose a directory")),
      h("div", { class: "or" }, urlForm((text) => actions.openUrl(text))),
      actions.examples.length > 0 && h("p", { class: "examples" }, "Examples: ", actions.examples.map(({ file, label }, i) => [
        i > 0 ? " · " : null, h("button", { class: "link", onclick: () => actions.openExample(file) }, label)]).flat()),
      h("p", { class: "privacy", "data-testid": "privacy" }, "Files stay on this computer: nothing is uploaded, and the page asks no other server unless you open an address.")));
}
