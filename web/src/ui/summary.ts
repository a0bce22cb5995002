// What the file is: the summary of the model.
import { bytes, count, exact, shape } from "../format";
import { h } from "../dom";
import { facts, fact, section } from "./facts";
import type { Opened, Report, Runtime } from "../worker/protocol";

const HUB = "https://huggingface.co";

export function summary({ report, runtimes, read }: Opened): HTMLElement[] {
  if (report.format !== "onnx") {
    return [facts(fact("Format", report.format, { field: "format" }), fact("Size", bytes(report.size), { field: "size", title: `${exact(report.size)} bytes` }))];
  }
  return [
    h("div", { "data-testid": "summary" }, facts(
      fact("Format", `ONNX`, { field: "format" }),
      fact("Producer", `${report.producer.name} ${report.producer.version}`.trim(), { field: "producer" }),
      fact("Domain", report.domain, { field: "domain" }),
      fact("Opset", opsets(report), { field: "opset" }),
      fact("IR version", report.ir_version, { field: "ir" }),
      fact("Size", bytes(report.size), { field: "size", title: `${exact(report.size)} bytes` }),
      fact("Parameters", count(report.initializers.parameters), { field: "parameters", title: `${exact(report.initializers.parameters)} elements in ${exact(report.initializers.count)} initializers` }),
      fact("Nodes", exact(report.nodes)),
      fact("Source", source(report), { field: "source" }),
      fact("Inputs", values(report.inputs), { field: "inputs" }),
      fact("Outputs", values(report.outputs), { field: "outputs" }),
      fact("Hierarchy", hierarchy(report)),
      fact("Read", `${bytes(read.bytes)} in ${exact(read.requests)} ${read.requests === 1 ? "request" : "requests"}`, { title: "What opening read of the file" }))),
    report.external_data.length > 0 && dataFiles(report),
    section("ONNX Runtime", runtimeTable(runtimes)),
  ].filter((e): e is HTMLElement => e !== false);
}

const opsets = (report: Report): string =>
  report.opset_imports.map((o) => (o.domain === "" || o.domain === "ai.onnx" ? String(o.version) : `${o.domain} ${o.version}`)).join(", ");

function hierarchy({ hierarchy: { form, derived, modules } }: Report): string {
  if (form === "none") return "none in the file";
  return `${exact(modules.length)} modules, from ${form}${derived ? " (derived)" : ""}`;
}

function values(list: Report["inputs"]): HTMLElement {
  return h("ul", { class: "values" }, list.map((v) =>
    h("li", null, h("code", null, v.name), h("span", { class: "muted" }, ` ${v.dtype ?? "?"}${shape(v.shape)}`))));
}

function source(report: Report): Node | string {
  const { kind, hub_id, revision, original_path } = report.source;
  if (kind === "hub" && hub_id !== null) {
    const commit = revision !== null && /^[0-9a-f]{40}$/.test(revision);
    const link = h("a", { href: `${HUB}/${hub_id}${commit ? `/tree/${revision}` : ""}`, rel: "noreferrer", target: "_blank" }, hub_id);
    return h("span", null, link, revision === null ? " (no revision)" : ` @ ${commit ? revision.slice(0, 12) : revision}`);
  }
  if (kind === "local") return `local${original_path === null ? "" : `: ${original_path}`}`;
  return "not stamped";
}

function dataFiles(report: Report): HTMLElement {
  return section("Data files", h("ul", { class: "values" }, report.external_data.map((e) =>
    h("li", null, h("code", null, e.location), h("span", { class: "muted" }, ` at least ${bytes(e.bytes)}`)))));
}

function runtimeTable(runtimes: Runtime[]): HTMLElement {
  return h("ul", { class: "runtimes" }, runtimes.map((r) =>
    h("li", { class: r.refusal === null ? "yes" : "no", title: r.refusal ?? "loads these versions" },
      h("span", { class: "version" }, r.version), h("span", { class: "reason" }, r.refusal === null ? "✓" : r.refusal))));
}

/** "1.14 or newer", null when no release loads the file's versions. */
export function oldestRuntime(runtimes: Runtime[]): string | null {
  return runtimes.find((r) => r.refusal === null)?.version ?? null;
}
