// Packages of the files that are open, of an address or of components from the Hub; the zip is slices of its inputs.
import { inspect, planPackage } from "../../../wasm/modelexport.mjs";
import { decode, fileUrl, isCommit } from "../io/hub";
import { UrlReader } from "../io/url_reader";
import { fetchComponents, modelInfo } from "./hub";
import { edited } from "./edit";
import { lastPart, localFile, opened, remoteFiles } from "./model";
import { progress } from "./progress";
import type { Calls, PickedFile } from "./protocol";
import { othersOf } from "./set";

type Inputs = Parameters<typeof planPackage>[0];
const group = (list: { path: string; file: Blob }[]): Record<string, Blob> => Object.fromEntries(list.map(({ path, file }) => [path, file]));

/** The files' paths with what to read; the model that is shown with its planned edits. */
async function inputs(): Promise<Inputs> {
  const { files, plan, report, fetched } = opened();
  const model = plan === null || plan.view.unchanged ? await localFile() : await edited();
  if (files === null) {
    const own = lastPart(opened().hub?.path ?? decode(new URL(opened().url ?? report.file).pathname));
    const others = await otherModels();
    return { models: { [own]: model, ...group(others.models) }, data: group([...await remoteFiles(), ...others.data]), components: group(fetched?.files ?? []) };
  }
  const models = files.models.map(({ path, file }) => ({ path, file: path === files.shown.path ? model : file }));
  return { models: group(models), data: group(files.data), components: group(fetched?.files ?? files.components) };
}

/** The other files of the set, with their data files, from the commit that is open; downloaded once. */
async function otherModels(): Promise<{ models: PickedFile[]; data: PickedFile[] }> {
  const { fetched, hub } = opened();
  const made: { models: PickedFile[]; data: PickedFile[] } = { models: [], data: [] };
  if (hub === null) return made;
  const take = async (path: string): Promise<File> => {
    const { downloads } = opened();
    const known = downloads.get(path);
    if (known !== undefined) return known;
    const reader = await UrlReader.open(fileUrl({ ...hub, revision: hub.commit, path }), 1);
    const file = new File([await reader.download((done) => progress(`downloading ${lastPart(path)}`, done, reader.size))], lastPart(path));
    downloads.set(path, file);
    return file;
  };
  for (const path of fetched?.others ?? []) {
    const file = await take(path);
    made.models.push({ path: lastPart(path), file });
    const report = await inspect(file);
    const data = report.format === "onnx" ? report.external_data : [];
    for (const { location } of data) made.data.push({ path: location, file: await take(path.slice(0, path.length - lastPart(path).length) + location) });
  }
  return made;
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
  const { files, all } = await fetchComponents(repo, commit);
  const { hub } = opened();
  const others = hub !== null && hub.repo === repo && hub.commit === commit ? othersOf(hub.path, all) : [];
  opened().fetched = { source: `${repo}@${commit}`, files, others: others.map((f) => f.path) };
  return { source: `${repo}@${commit}`, files: files.map(({ path, file }) => ({ path, bytes: file.size })) };
}
