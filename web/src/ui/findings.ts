// What check says, grouped by severity: the command line's codes, words and hints.
import { exact } from "../format";
import { h } from "../dom";
import { mark } from "./icons";
import { copyButton } from "./facts";
import type { Finding, Problem } from "../worker/protocol";

export interface FindingActions {
  show: (finding: Finding) => void;
  repair: () => void;
  command: string;
}

const ORDER = ["error", "warning", "info"] as const;

export function findings(list: Finding[] | null, problem: Problem | null, actions: FindingActions): HTMLElement {
  const box = h("div", { class: "findings", "data-testid": "findings" });
  if (problem !== null) box.append(h("p", { class: "problem" }, `${problem.message}${problem.hint === null ? "" : `. ${problem.hint}`}`));
  else if (list === null) box.append(h("p", { class: "muted" }, "Checking…"));
  else if (list.length === 0) box.append(h("p", { class: "fine" }, mark("ok"), " No findings."));
  for (const severity of ORDER) {
    const group = (list ?? []).filter((f) => f.severity === severity);
    if (group.length === 0) continue;
    box.append(h("h2", null, `${group.length} ${severity === "info" ? (group.length === 1 ? "note" : "notes") : group.length === 1 ? severity : `${severity}s`}`),
      h("ul", { class: "finding-list" }, group.map((f) => item(f, actions))));
  }
  return box;
}

function item(f: Finding, actions: FindingActions): HTMLElement {
  const place = [f.where.field, f.where.offset === null ? null : `byte ${exact(f.where.offset)}`].filter(Boolean).join(", ");
  return h("li", { class: `finding ${f.severity}`, "data-rule": f.rule, "data-severity": f.severity },
    h("p", { class: "finding-message" }, mark(f.severity), h("span", null, f.message)),
    f.more !== undefined && h("p", { class: "muted" }, `and ${exact(f.more)} more places of this kind`),
    h("p", { class: "finding-place" }, h("code", null, f.rule), place !== "" && h("span", { class: "muted" }, place),
      f.refused_by.length > 0 && h("span", { class: "muted" }, `refused by ${f.refused_by.map(reader).join(" and ")}`)),
    f.hint !== null && h("p", { class: "hint" }, f.hint),
    h("p", { class: "finding-actions" },
      f.where.offset !== null && /node\[\d+\]/.test(f.where.field ?? "") && h("button", { class: "quiet", onclick: () => actions.show(f) }, "Show in tree"),
      f.fixable && h("button", { class: "quiet", onclick: actions.repair }, "Repair"),
      h("code", { class: "command" }, `modelexport explain ${f.rule}`), copyButton(`modelexport explain ${f.rule}`, "command")));
}

const READERS: Record<string, string> = { ort: "ONNX Runtime", onnx: "onnx.checker", optimum: "Optimum", "transformers.js": "transformers.js" };
const reader = (name: string): string => READERS[name] ?? name;
