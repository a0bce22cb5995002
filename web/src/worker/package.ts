// Packages of the files that are open, of an address or of components from the Hub; the zip is slices of its inputs.
import { planPackage } from "../../../wasm/modelexport.mjs";
import { decode, isCommit } from "../io/hub";
import { fetchComponents, modelInfo } from "./hub";
import { edited } from "./edit";
import { lastPart, localFile, opened, remoteFiles } from "./model";
import { progress } from "./progress";
import type { Calls } from "./protocol";

type Inputs = Parameters<typeof planPackage>[0];
const group = (list: { path: string; file: Blob }[]): Record<string, Blob> => Object.fromEntries(list.map(({ path, file }) => [path, file]));

/** The files' paths with what to read; the model that is shown with its planned edits. */
async function inputs(): Promise<Inputs> {
  const { files, plan, report, fetched } = opened();
  const model = plan === null || plan.view.unchanged ? await localFile() : await edited();
  if (files === null) {
    return { models: { [lastPart(opened().hub?.path ?? decode(new URL(opened().url ?? report.file).pathname))]: model }, data: group(await remoteFiles()), components: group(fetched?.files ?? []) };
  }
  const models = files.models.map(({ path, file }) => ({ path, file: path === files.shown.path ? model : file }));
  return { models: group(models), data: group(files.data), components: group(fetched?.files ?? files.components) };
}

/** Of components from another commit than the stamp's the source is named; the stamp says more than that. */
function sourceOf(): { source?: string; fetched?: string } {
  const { fetched, report } = opened();
  if (fetched === null) return {};
  const { kind, hub_id, revision } = report.source;
  const stamped = kind === "hub" && `${hub_id}@${revision}` === fetched.source;
  return { fetched: fetched.source, ...(!stamped && opened().plan === null && { source: fetched.source }) };
}

export async function packagePlan({ target, output }: Calls["packagePlan"]["takes"]): Promise<Calls["packagePlan"]["gives"]> {
  const current = opened();
  current.package?.close();
  current.package = null;
  current.package = await planPackage(await inputs(), { target, output, ...sourceOf() });
  return current.package.plan;
}

export async function packageSave(): Promise<Calls["packageSave"]["gives"]> {
  const job = opened().package;
  if (job === null) throw new Error("there is no plan");
  const { report, pieces } = await job.layout({ progress: (done, total) => progress("checksums", done, total) });
  const parts = pieces.map((piece): BlobPart => ("bytes" in piece ? (piece.bytes as Uint8Array<ArrayBuffer>) : (piece.input as Blob).slice(piece.offset, piece.offset + piece.size)));
  return { blob: new Blob(parts, { type: "application/zip" }), report };
}

export async function fetchFor({ repo, revision }: Calls["fetchComponents"]["takes"]): Promise<Calls["fetchComponents"]["gives"]> {
  const commit = isCommit(revision) ? revision : (await modelInfo(repo, revision)).commit;
  const files = await fetchComponents(repo, commit);
  opened().fetched = { source: `${repo}@${commit}`, files };
  return { source: `${repo}@${commit}`, files: files.map(({ path, file }) => ({ path, bytes: file.size })) };
}
