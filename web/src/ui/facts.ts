// Label and value rows, copyable: the shape of every panel on the right.
import { h } from "../dom";
import { icon } from "./icons";

type Value = string | number | Node | null | undefined;

export function fact(label: string, value: Value, options: { field?: string; title?: string; copy?: string } = {}): HTMLElement {
  const shown = value === null || value === undefined || value === "" ? "–" : value;
  return h("div", { class: "fact" },
    h("dt", null, label),
    h("dd", { "data-field": options.field, title: options.title }, shown instanceof Node ? shown : h("span", { class: "text" }, shown),
      options.copy !== undefined && copyButton(options.copy, label)));
}

export const facts = (...rows: (HTMLElement | false | null)[]): HTMLElement => h("dl", { class: "facts" }, rows);

/** `text`: what is copied, or what gives it when the button is pressed. */
export function copyButton(text: string | (() => string), label: string): HTMLElement {
  const button = h("button", { class: "copy", title: `Copy ${label.toLowerCase()}`, "aria-label": `Copy ${label.toLowerCase()}` }, icon("copy"));
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : text());
      button.classList.add("copied");
      setTimeout(() => button.classList.remove("copied"), 1200);
    } catch {
      button.title = "The browser did not allow copying";
    }
  });
  return button;
}

/** Horizontal bars of a histogram; the longest is full width. */
export function bars(entries: [string, number][], format: (value: number) => string): HTMLElement {
  const most = Math.max(1, ...entries.map(([, value]) => value));
  return h("ul", { class: "bars" }, entries.map(([name, value]) => {
    const bar = h("span", { class: "bar" });
    bar.style.width = `${(100 * value) / most}%`;
    return h("li", null, h("span", { class: "bar-name" }, name), h("span", { class: "bar-track", "aria-hidden": "true" }, bar),
      h("span", { class: "figure" }, format(value)));
  }));
}

export const section = (title: string, ...children: (Node | string | false | null)[]): HTMLElement =>
  h("section", { class: "panel-section" }, h("h2", null, title), children);
