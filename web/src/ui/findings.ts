// What check says: by severity, then by rule; the command line's codes, words and hints. What a rule says to all of its
// findings is said once.
import { exact } from "../format";
import { h } from "../dom";
import { mark } from "./icons";
import { copyButton } from "./facts";
import { advised, type Advised } from "./words";
import type { Finding, Problem } from "../worker/protocol";

export interface FindingActions {
  show: (finding: Finding) => void;
  repair: () => void;
  /** Does what the hint advises. */
  advised: (what: Advised) => void;
  /** Plans the removal of a metadata entry. */
  remove: (key: string) => void;
}

/** Rules whose fix is to remove the entry (stamp --remove KEY). */
const LEAKS = new Set(["ME-META-013", "ME-SEC-010", "ME-SEC-011"]);
const leaked = ({ rule, where }: Finding): string | null => (LEAKS.has(rule) ? /^metadata_props\[(.+)\]$/s.exec(where.field ?? "")?.[1] ?? null : null);

const ADVICE: Record<Advised, string> = { stamp: "Name the source", rename: "Rename swapped inputs", dynamic: "Free the batch size" };
const ORDER = ["error", "warning", "info"] as const;
const SHOWN = 5;
const NAMES = { error: ["error", "errors"], warning: ["warning", "warnings"], info: ["note", "notes"] } as const;

/** With those that are counted, not listed. */
export const countOf = (list: Finding[]): number => list.reduce((sum, f) => sum + 1 + (f.more ?? 0), 0);
const many = (count: number, [one, several]: readonly [string, string]): string => `${exact(count)} ${count === 1 ? one : several}`;

export function findings(list: Finding[] | null, problem: Problem | null, actions: FindingActions): HTMLElement {
  const box = h("div", { class: "findings", "data-testid": "findings" });
  if (problem !== null) box.append(h("p", { class: "problem" }, `${problem.message}${problem.hint === null ? "" : `. ${problem.hint}`}`));
  else if (list === null) box.append(h("p", { class: "muted" }, "Checking…"));
  else if (list.length === 0) box.append(h("p", { class: "fine" }, mark("ok"), " No findings."));
  for (const severity of ORDER) {
    const some = (list ?? []).filter((f) => f.severity === severity);
    if (some.length === 0) continue;
    const rules = [...new Set(some.map((f) => f.rule))];
    box.append(h("h2", null, many(countOf(some), NAMES[severity])),
      h("div", { class: "finding-list" }, rules.map((rule) => group(some.filter((f) => f.rule === rule), actions))));
  }
  return box;
}

function group(list: Finding[], actions: FindingActions): HTMLElement {
  const [first] = list as [Finding];
  const one = list.length === 1;
  const hints = new Set(list.map((f) => f.hint));
  const total = countOf(list);
  const advice = advised(first.hint);
  return h("section", { class: `finding-group ${first.severity}`, "aria-label": first.rule },
    h("p", { class: "finding-place" }, h("code", { class: "rule" }, first.rule), total > 1 && h("span", null, `${exact(total)} places`),
      first.refused_by.length > 0 && h("span", { class: "muted" }, `refused by ${first.refused_by.map(reader).join(" and ")}`)),
    h("ul", null, list.slice(0, SHOWN).map((f) => item(f, !one && hints.size > 1, actions))),
    list.length > SHOWN && h("details", null, h("summary", null, `${exact(list.length - SHOWN)} more`), h("ul", null, list.slice(SHOWN).map((f) => item(f, hints.size > 1, actions)))),
    total > list.length && h("p", { class: "muted" }, `and ${exact(total - list.length)} more places of this kind`),
    (one || hints.size === 1) && first.hint !== null && h("p", { class: "hint" }, first.hint),
    h("p", { class: "finding-actions" },
      advice !== null && h("button", { class: "quiet", "data-advice": advice, onclick: () => actions.advised(advice) }, ADVICE[advice]),
      list.some((f) => f.fixable) && h("button", { class: "quiet", onclick: actions.repair }, total > 1 ? "Repair them" : "Repair"),
      h("code", { class: "command" }, `modelexport explain ${first.rule}`), copyButton(`modelexport explain ${first.rule}`, "command")));
}

function item(f: Finding, withHint: boolean, actions: FindingActions): HTMLElement {
  const place = [f.where.field, f.where.offset === null ? null : `byte ${exact(f.where.offset)}`].filter(Boolean).join(", ");
  const key = leaked(f);
  return h("li", { class: `finding ${f.severity}`, "data-rule": f.rule, "data-severity": f.severity },
    h("p", { class: "finding-message" }, mark(f.severity), h("span", null, f.message)),
    h("p", { class: "finding-place" }, place !== "" && h("span", { class: "muted" }, place),
      f.where.offset !== null && /node\[\d+\]/.test(f.where.field ?? "") && h("button", { class: "link", onclick: () => actions.show(f) }, "Show in tree"),
      key !== null && h("button", { class: "quiet", "data-remove": key, onclick: () => actions.remove(key) }, `Remove ${key}`)),
    withHint && f.hint !== null && h("p", { class: "hint" }, f.hint));
}

const READERS: Record<string, string> = { ort: "ONNX Runtime", onnx: "onnx.checker", optimum: "Optimum", "transformers.js": "transformers.js" };
const reader = (name: string): string => READERS[name] ?? name;
