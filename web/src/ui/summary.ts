// What the file is: the summary of the model.
import { bytes, count, exact, shape } from "../format";
import { h } from "../dom";
import { facts, fact, section } from "./facts";
import { mark } from "./icons";
import { HUB, isCommit } from "../io/hub";
import type { Opened, Report, Runtime } from "../worker/protocol";


export function summary({ report, runtimes, read, partial, hub }: Opened): HTMLElement[] {
  if (report.format !== "onnx") {
    return [facts(fact("Format", report.format, { field: "format" }), fact("Size", bytes(report.size), { field: "size", title: `${exact(report.size)} bytes` }))];
  }
  const parameters = partial?.weights !== false ? count(report.initializers.parameters) : unknown(`${count(report.initializers.parameters)} so far`);
  return [
    h("div", { "data-testid": "summary", "aria-busy": partial !== null ? "true" : null }, facts(
      fact("Format", `ONNX`, { field: "format" }),
      fact("Producer", `${report.producer.name} ${report.producer.version}`.trim(), { field: "producer" }),
      fact("Domain", report.domain, { field: "domain" }),
      fact("Opset", opsets(report), { field: "opset" }),
      fact("IR version", report.ir_version, { field: "ir" }),
      fact("Size", bytes(report.size), { field: "size", title: `${exact(report.size)} bytes` }),
      fact("Parameters", parameters, { field: "parameters", title: `${exact(report.initializers.parameters)} elements in ${exact(report.initializers.count)} initializers` }),
      fact("Nodes", partial?.nodes === false ? unknown(`${exact(report.nodes)} so far`) : exact(report.nodes)),
      fact("Source", source(report), { field: "source" }),
      hub !== null && fact("Read from", hubLink(hub.repo, hub.commit)),
      fact("Inputs", partial?.values === false ? unknown("reading…") : values(report.inputs), { field: "inputs" }),
      fact("Outputs", partial?.values === false ? unknown("reading…") : values(report.outputs), { field: "outputs" }),
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
  return `${exact(modules.length)} ${modules.length === 1 ? "module" : "modules"}, from ${form}${derived ? " (derived)" : ""}`;
}

function values(list: Report["inputs"]): HTMLElement {
  return h("ul", { class: "values" }, list.map((v) =>
    h("li", null, h("code", null, v.name), h("span", { class: "muted" }, v.dtype === null && v.shape === null ? " of unknown type" : ` ${v.dtype ?? "?"}${shape(v.shape)}`))));
}

const unknown = (text: string): HTMLElement => h("span", { class: "muted" }, text);

function hubLink(id: string, revision: string | null): HTMLElement {
  const commit = revision !== null && isCommit(revision);
  const link = h("a", { href: `${HUB}/${id}${commit ? `/tree/${revision}` : ""}`, rel: "noreferrer", target: "_blank" }, id);
  return h("span", null, link, revision === null ? " (no revision)" : ` @ ${commit ? revision.slice(0, 12) : revision}`);
}

function source(report: Report): Node | string {
  const { kind, hub_id, revision, original_path } = report.source;
  if (kind === "hub" && hub_id !== null) {
    return hubLink(hub_id, revision);
  }
  if (kind === "local") return `local${original_path === null ? "" : `: ${original_path}`}`;
  return "not stamped";
}

function dataFiles(report: Report): HTMLElement {
  return section("Data files", h("ul", { class: "values" }, report.external_data.map((e) =>
    h("li", null, h("code", null, e.location), h("span", { class: "muted" }, ` at least ${bytes(e.bytes)}`)))));
}

/** Neighbouring releases that say the same are one row. */
function runtimeTable(runtimes: Runtime[]): HTMLElement {
  const rows: { from: string; to: string; refusal: string | null }[] = [];
  for (const { version, refusal } of runtimes) {
    const last = rows[rows.length - 1];
    if (last !== undefined && last.refusal === refusal) last.to = version;
    else rows.push({ from: version, to: version, refusal });
  }
  return h("ul", { class: "runtimes", "data-testid": "runtimes" }, rows.map(({ from, to, refusal }) =>
    h("li", { class: refusal === null ? "yes" : "no" }, mark(refusal === null ? "ok" : "error"),
      h("span", { class: "version" }, from === to ? from : `${from} – ${to}`), h("span", { class: "reason" }, refusal ?? "loads these versions"))));
}

/** "1.14 or newer", null when no release loads the file's versions. */
export function oldestRuntime(runtimes: Runtime[]): string | null {
  return runtimes.find((r) => r.refusal === null)?.version ?? null;
}
