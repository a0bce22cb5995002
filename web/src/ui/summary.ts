// What the file is: the summary of the model.
import { bytes, count, exact, shape } from "../format";
import { h } from "../dom";
import { facts, fact, section } from "./facts";
import { mark } from "./icons";
import { HUB, isCommit } from "../io/hub";
import type { State } from "../state";
import type { Opened, Report, Runtime } from "../worker/protocol";

export type Judged = Pick<State, "findings" | "checkProblem">;

/** `judged`: what the check found; null while it works. */
export function summary(opened: Opened, judged: Judged): HTMLElement[] {
  const { report, runtimes, read, partial, hub } = opened;
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
    section("ONNX Runtime", runtimeTable(runtimes, refusals(opened, judged), known(judged))),
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

/** The table's last word waits for the check: versions alone do not make a file load. */
const known = ({ findings, checkProblem }: Judged): boolean => findings !== null || checkProblem !== null;

/** Why every release refuses the file, whatever versions it knows: data that are not there, errors of the check. */
export function refusals({ missing }: Opened, { findings }: Judged): string[] {
  const errors = (findings ?? []).filter((f) => f.severity === "error" && f.refused_by.includes("ort"));
  const rules = [...new Set(errors.map((f) => f.rule))];
  return [...missing.map(missingText), ...rules.map((rule) => {
    const of = errors.filter((f) => f.rule === rule);
    const count = of.reduce((sum, f) => sum + 1 + (f.more ?? 0), 0);
    return `${rule}: ${of[0]?.message ?? ""}${count > 1 ? ` (and ${exact(count - 1)} more)` : ""}`;
  })];
}

export const missingText = ({ location, bytes: wanted, size }: Opened["missing"][number]): string =>
  size === null ? `its data file ${location} is not here` : `its data file ${location} ends early: ${bytes(size)} of at least ${bytes(wanted)}`;

/** Neighbouring releases that say the same are one row. */
function runtimeTable(runtimes: Runtime[], refused: string[], judged: boolean): HTMLElement {
  const rows: { from: string; to: string; refusal: string | null }[] = [];
  for (const { version, refusal: versions } of runtimes) {
    const refusal = refused[0] === undefined ? versions : refused.join("; ");
    const last = rows[rows.length - 1];
    if (last !== undefined && last.refusal === refusal) last.to = version;
    else rows.push({ from: version, to: version, refusal });
  }
  return h("ul", { class: "runtimes", "data-testid": "runtimes" }, rows.map(({ from, to, refusal }) =>
    h("li", { class: refusal !== null ? "no" : judged ? "yes" : "open" }, mark(refusal !== null ? "error" : judged ? "ok" : "info"),
      h("span", { class: "version" }, from === to ? from : `${from} – ${to}`),
      h("span", { class: "reason" }, refusal ?? (judged ? "loads it" : "knows these versions; the check is not done")))));
}

/** "1.14 or newer", null when no release loads the file's versions. */
export function oldestRuntime(runtimes: Runtime[]): string | null {
  return runtimes.find((r) => r.refusal === null)?.version ?? null;
}
