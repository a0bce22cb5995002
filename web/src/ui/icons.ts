// Small line icons, drawn here: no font and no file to load.
import { svg } from "../dom";

const PATHS = {
  open: "M2 4h4l2 2h6v7H2z",
  tree: "M3 3h4M3 3v10M3 8h5M3 13h5M10 8h3M10 13h3",
  treemap: "M2 2h12v12H2zM8 2v12M8 8h6",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.5 10.5 14 14",
  theme: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  copy: "M5 5h8v9H5zM3 11V2h8",
  close: "M3 3l10 10M13 3 3 13",
  keys: "M1.5 4h13v8h-13zM4 7h1M7 7h1M10 7h1M5 9.5h6",
  save: "M8 2v8M4.5 6.5 8 10l3.5-3.5M2.5 13.5h11",
  chevron: "M6 3l5 5-5 5",
} as const;

export function icon(name: keyof typeof PATHS): SVGElement {
  return svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));
}

/** Severity by shape and colour: ● error, ▲ warning, ■ information, ✓ fine. */
export function mark(severity: "error" | "warning" | "info" | "ok"): SVGElement {
  const shapes = {
    error: svg("circle", { cx: 8, cy: 8, r: 6 }),
    warning: svg("path", { d: "M8 2l6.5 12h-13z" }),
    info: svg("rect", { x: 3, y: 3, width: 10, height: 10 }),
    ok: svg("path", { d: "M2.5 8.5l4 4 7-9", class: "stroke" }),
  };
  return svg("svg", { viewBox: "0 0 16 16", class: `mark ${severity}`, role: "img", "aria-label": severity }, shapes[severity]);
}
