// Whole pages in place of the workbench: reading, several files to choose from, what is no ONNX model, what failed.
import { hubName } from "../io/hub";
import { bytes, exact, last, shellWord } from "../format";
import { h } from "../dom";
import { problemBox } from "./problem";
import { copyButton, fact, facts } from "./facts";
import type { Actions } from "../actions/actions";
import type { Opened, Problem } from "../worker/protocol";
import type { Phase } from "../state";

const welcome = (...content: (HTMLElement | null)[]): HTMLElement => h("main", { class: "empty", id: "main" }, h("div", { class: "welcome" }, content));

export const reading = (name: string): HTMLElement => h("main", { class: "reading", id: "main" },
  h("h1", null, last(name)), h("p", { class: "muted" }, "Only what is needed is read."));

export const failed = (problem: Problem, actions: Actions): HTMLElement => welcome(
  h("h1", null, "This file cannot be opened"), problemBox(problem),
  h("p", { class: "buttons" },
    problem.fixable === true && h("button", { class: "primary", "data-testid": "mend", onclick: () => void actions.mend() }, "Save a repaired copy and open it"),
    h("button", { class: problem.fixable === true ? "quiet" : "primary", onclick: () => actions.pick() }, "Choose another file"), h("button", { class: "quiet", onclick: () => actions.close() }, "Back to the start")));

export const other = (opened: Opened | null): HTMLElement => welcome(
  h("div", { "data-testid": "summary" }, opened === null ? null : otherFacts(opened)), ...(opened === null ? [] : next(opened)));

const otherFacts = ({ report: { format, size } }: Opened): HTMLElement =>
  facts(fact("Format", format, { field: "format" }), fact("Size", bytes(size), { field: "size", title: `${exact(size)} bytes` }));

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

/** How such a file becomes ONNX: the command with its own name. Null: it does not. */
export function commandFor({ report: { format }, path }: Opened): string | null {
  const file = last(path);
  const stem = file.replace(/\.[^.]+$/, "");
  if (format === "torchscript" || format === "pt2") return `modelexport export ${shellWord(file)} --source MODEL_DIR -o ${shellWord(`${stem}.onnx`)}`;
  if (format === "safetensors" || format === "unknown") return "python3 -m modelexport.capture MODEL_DIR -o model.pt2";
  return null;
}

const WORDS: Record<string, string> = {
  torchscript: "Turned into ONNX by the command line; MODEL_DIR is the model's directory or its Hub id:",
  pt2: "Turned into ONNX by the command line; MODEL_DIR is the model's directory or its Hub id:",
  safetensors: "Weights alone cannot be exported: the model must be captured first, in PyTorch, from its directory or Hub id:",
  unknown: "If these are PyTorch weights, the model must be captured first, in PyTorch, from its directory or Hub id:",
};

function next(opened: Opened): HTMLElement[] {
  const command = commandFor(opened);
  if (command === null) return [h("p", null, "This page shows ONNX models.")];
  return [h("p", null, WORDS[opened.report.format]), h("p", { class: "command-line", "data-testid": "next-command" }, h("code", null, `$ ${command}`), copyButton(command, "command"))];
}
