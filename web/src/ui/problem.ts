// An error as the command line words it: what happened, code and place, what to do.
import { exact } from "../format";
import { h } from "../dom";
import { icon, mark } from "./icons";
import type { Problem } from "../worker/protocol";

export function problemBox(problem: Problem, dismiss?: () => void): HTMLElement {
  const place = [problem.where?.field, problem.where?.offset === undefined ? null : `byte ${exact(problem.where.offset)}`].filter(Boolean).join(", ");
  return h("div", { class: "error-box", role: "alert", "data-testid": "error", "data-code": problem.code },
    h("p", { class: "error-message" }, mark("error"), h("span", null, problem.message)),
    h("p", { class: "muted" }, h("code", null, problem.code), place !== "" && ` ${place}`),
    problem.hint !== null && problem.hint !== "" && h("p", { class: "hint" }, problem.hint),
    dismiss !== undefined && h("button", { class: "iconic", title: "Dismiss", "aria-label": "Dismiss", onclick: dismiss }, icon("close")));
}
