// Whole pages in place of the workbench: reading, several files to choose from, what is no ONNX model, what failed.
import { hubName } from "../io/hub";
import { last } from "../format";
import { h } from "../dom";
import { problemBox } from "./problem";
import { summary } from "./summary";
import type { Actions } from "../actions/actions";
import type { Opened, Problem } from "../worker/protocol";
import type { Phase } from "../state";

const welcome = (...content: (HTMLElement | null)[]): HTMLElement => h("main", { class: "empty", id: "main" }, h("div", { class: "welcome" }, content));

export const reading = (name: string): HTMLElement => h("main", { class: "reading", id: "main" },
  h("h1", null, last(name)), h("p", { class: "muted" }, "Only what is needed is read."));

export const failed = (problem: Problem, actions: Actions): HTMLElement => welcome(
  h("h1", null, "This file cannot be opened"), problemBox(problem),
  h("p", { class: "buttons" }, h("button", { class: "primary", onclick: () => actions.pick() }, "Choose another file"), h("button", { class: "quiet", onclick: () => actions.close() }, "Back to the start")));

export const other = (opened: Opened | null): HTMLElement => welcome(
  h("div", { "data-testid": "summary" }, opened === null ? null : summary(opened)), h("p", null, hintFor(opened?.report.format ?? "")));

/** The ONNX files of a Hub model. */
export const choose = ({ repo, revision, files }: Extract<Phase, { kind: "choose" }>, actions: Actions): HTMLElement => welcome(
  h("h1", null, repo), h("p", { class: "lead" }, `${files.length} ONNX files. Which one?`),
  h("ul", { class: "items choices", "data-testid": "choices" }, files.map((path) => h("li", null,
    h("button", { class: "item", title: hubName({ repo, revision, path }), onclick: () => void actions.openHub({ repo, revision, path }) }, h("span", { class: "item-name" }, path))))));

const FORMATS: Record<string, string> = {
  torchscript: "a TorchScript archive", pt2: "a torch.export archive", safetensors: "a safetensors file: weights without a program",
  gguf: "a GGUF file", zip: "a zip archive", ort: "a model in ORT format",
};
export const formatName = (format: string): string => FORMATS[format] ?? `a ${format} file`;

function hintFor(format: string): string {
  if (format === "torchscript" || format === "pt2") return "Turn it into ONNX with: modelexport export FILE --source MODEL_DIR -o OUT";
  if (format === "safetensors") return "Weights alone cannot be exported; capture the model first: python3 -m modelexport.capture MODEL_DIR -o model.pt2";
  return "This page shows ONNX models.";
}
