// The file that is open, and where its bytes and those of its data files are.
import type { PackageJob, Source } from "../../../wasm/modelexport.mjs";
import { UrlError, UrlReader } from "../io/url_reader";
import type { Arranged } from "./arrange";
import type { Graph } from "./graph";
import { progress } from "./progress";
import { PageError } from "./problem";
import type { Opened, PickedFile, PlanView, Report } from "./protocol";

export type Piece = { offset: number; size: number } | { base64: string };

export interface Plan {
  view: PlanView;
  pieces: Piece[];
  /** What the pieces are of; null: the file itself. */
  base: Blob | null;
}

export interface OpenModel {
  source: Source;
  /** Bytes on this computer: of an address, after they were downloaded. */
  file: Blob | null;
  reader: UrlReader | null;
  /** The address's file, without its signature. */
  url: string | null;
  files: Arranged | null;
  hub: Opened["hub"];
  report: Report;
  graph: Promise<Graph>;
  plan: Plan | null;
  package: PackageJob | null;
  /** Data files beside an address, by location. */
  remote: Map<string, UrlReader>;
  /** Files that were downloaded for a package, by path. */
  downloads: Map<string, File>;
  /** Components from the Hub: "ID@COMMIT". */
  fetched: { source: string; files: PickedFile[]; /** The other files of the set that the model is of. */ others: string[] } | null;
}

let model: OpenModel | null = null;

export function opened(): OpenModel {
  if (model === null) throw new Error("no file is open");
  return model;
}
export function setModel(next: OpenModel): void {
  model = next;
}
export const graph = (): Promise<Graph> => opened().graph;

export function closeModel(): void {
  model?.package?.close();
  model?.source.close();
  model = null;
}

export const lastPart = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Names and sizes of what lies beside the model. */
export function beside(): { name: string; size: number }[] {
  const { files: arranged, remote } = opened();
  const files = (arranged?.data ?? []).map(({ path, file }) => ({ name: lastPart(path), size: file.size }));
  for (const [location, { size }] of remote) files.push({ name: lastPart(location), size });
  return files;
}

/** By its place, or by name alone: a browser may give files without directories. */
export function dataFile(location: string): File | undefined {
  const { files } = opened();
  if (files === null) return undefined;
  const beside = files.shown.path.slice(0, files.shown.path.length - lastPart(files.shown.path).length) + location.replace(/^\.\//, "");
  const found = (path: string): File | undefined => files.data.find((f) => f.path === path)?.file;
  return found(beside) ?? found(lastPart(location));
}

/** A data file beside the address of its model; null where there is none that may be read. */
export async function remoteData(location: string): Promise<UrlReader | null> {
  const { url, remote } = opened();
  if (url === null) return null;
  const beside = new URL(".", url);
  const address = new URL(location.split("/").map(encodeURIComponent).join("/"), beside);
  if (!address.href.startsWith(beside.href) || address.href === url) return null;
  try {
    const reader = remote.get(location) ?? await UrlReader.open(address.href, 1);
    remote.set(location, reader);
    return reader;
  } catch (error) {
    if (error instanceof UrlError) return null;
    throw error;
  }
}

/** The file's bytes on this computer. Of an address they are downloaded now, once. */
export async function localFile(): Promise<Blob> {
  const current = opened();
  if (current.file === null) {
    const { reader } = current;
    if (reader === null) throw new Error("no file is open");
    current.file = await reader.download((done) => progress("downloading the model", done, reader.size));
  }
  return current.file;
}

/** Data files of a model behind an address, as files. */
export async function remoteFiles(): Promise<PickedFile[]> {
  const files: PickedFile[] = [];
  for (const { location } of opened().report.external_data) {
    const reader = await remoteData(location);
    if (reader === null) throw new PageError("ME-IO-001", `the data file '${location}' is not beside the model`, "download the model with its data files and drop them here");
    const blob = await reader.download((done) => progress(`downloading ${location}`, done, reader.size));
    files.push({ path: location, file: new File([blob], lastPart(location)) });
  }
  return files;
}
