// Files as they were dropped, told apart: ONNX files of one model, what may be their data, the model's directory.
// The command line is told these by its arguments; here the places of the files say it, by the same rules.
import type { PickedFile } from "./protocol";

export interface Arranged {
  models: PickedFile[];
  /** The ONNX file that is shown. */
  shown: PickedFile;
  /** Everything beside the models, by path: their data files are among it. */
  data: PickedFile[];
  /** The directory with config.json, with paths relative to it. */
  components: PickedFile[];
}

const directory = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);
const isOnnx = ({ path }: PickedFile): boolean => path.endsWith(".onnx");
const depth = (path: string): number => path.split("/").length;

/** Without the directories that all paths begin with. */
export function withoutCommonRoot(files: PickedFile[]): PickedFile[] {
  let root = directory(files[0]?.path ?? "");
  while (root !== "" && !files.every(({ path }) => path.startsWith(root))) root = directory(root.slice(0, -1));
  return files.map(({ path, file }) => ({ path: path.slice(root.length), file }));
}

/** The file a reader would open first: at the root rather than below, model.onnx rather than others. */
function first(files: PickedFile[]): PickedFile | undefined {
  const rank = ({ path }: PickedFile): string =>
    `${isOnnx({ path, file: null as never }) ? 0 : 1}${String(depth(path)).padStart(4, "0")}${/(^|\/)model\.onnx$/.test(path) ? 0 : 1}${path}`;
  return [...files].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
}

/** Its own directory, or the one above onnx/, or the nearest to the root that has config.json. */
function home(files: PickedFile[], model: string): string {
  const beside = directory(model);
  const above = beside.endsWith("onnx/") ? directory(beside.slice(0, -1)) : beside;
  const all = files.filter(({ path }) => /(^|\/)config\.json$/.test(path)).map(({ path }) => directory(path));
  for (const place of [beside, above]) if (all.includes(place)) return place;
  return all.sort((a, b) => depth(a) - depth(b))[0] ?? beside;
}

export function arrange(picked: PickedFile[], shown: string | null): Arranged {
  const files = withoutCommonRoot(picked);
  const model = files.find((f) => f.path === shown && shown !== null) ?? first(files);
  if (model === undefined) throw new Error("no file");
  const models = files.filter((f) => isOnnx(f) && directory(f.path) === directory(model.path));
  const root = home(files, model.path);
  const components = files.filter(({ path }) => path.startsWith(root)).map(({ path, file }) => ({ path: path.slice(root.length), file }));
  return { models: isOnnx(model) ? models : [model], shown: model, data: files.filter((f) => !isOnnx(f)), components };
}
