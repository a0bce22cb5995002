// Edits: plans of the core, executed by slicing the file, so that a model of gigabytes is not copied before the browser
// writes the result. A migration comes first; what is edited on top is planned on its result.
import { open, version } from "../../../wasm/modelexport.mjs";
import { hubFile, isCommit } from "../io/hub";
import { beside, lastPart, localFile, opened, type Piece, type Plan } from "./model";
import { configText, modelInfo } from "./hub";
import { PageError } from "./problem";
import type { Calls, Edits, Migration, MigrateChoice, PlanView, StampEntries } from "./protocol";

interface PlanDocument extends PlanView {
  pieces: Piece[];
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const blobOf = (pieces: Piece[], base: Blob): Blob => new Blob(
  pieces.map((piece): BlobPart => ("base64" in piece ? bytesOf(piece.base64) : base.slice(piece.offset, piece.offset + piece.size))),
  { type: "application/octet-stream" });

const viewOf = ({ unchanged, source_size, output_size, notes }: PlanDocument): PlanView => ({ unchanged, source_size, output_size, notes });

export async function plan({ migrate, ...edits }: Edits): Promise<PlanView> {
  const current = opened();
  if (migrate === null) {
    const document = (await current.source.plan({ ...edits, files: beside() })) as PlanDocument;
    current.plan = { view: viewOf(document), pieces: document.pieces, base: null };
    return current.plan.view;
  }
  const first = (await migrationDocument(migrate)).plan;
  current.plan = await onTop(first, blobOf(first.pieces, await localFile()), edits);
  return current.plan.view;
}

/** The edits planned on a result that is not written yet. */
async function onTop(first: PlanDocument, base: Blob, edits: Omit<Edits, "migrate">): Promise<Plan> {
  if (edits.set.length + edits.remove.length === 0 && !edits.repair) return { view: viewOf(first), pieces: [{ offset: 0, size: base.size }], base };
  const between = await open(base, { name: opened().source.name });
  try {
    const document = (await between.plan({ ...edits, files: beside() })) as PlanDocument;
    const view = { ...viewOf(document), unchanged: first.unchanged && document.unchanged, source_size: first.source_size, notes: [...first.notes, ...document.notes] };
    return { view, pieces: document.pieces, base };
  } finally {
    between.close();
  }
}

/** A file that cannot be read as it is, repaired: foreign bytes around a model are cut off. */
export async function mend({ file, name }: Calls["mend"]["takes"]): Promise<Blob> {
  const source = await open(file, { name });
  try {
    const { pieces } = (await source.plan({ repair: true })) as PlanDocument;
    return blobOf(pieces, file);
  } finally {
    source.close();
  }
}

/** The edited file: nothing is copied before somebody reads it. */
export async function edited(): Promise<Blob> {
  const { plan } = opened();
  if (plan === null) throw new Error("there is no plan");
  const base = plan.base ?? await localFile();
  await base.slice(0, 1).arrayBuffer();  // fails when the file was changed after it was opened
  return blobOf(plan.pieces, base);
}

export async function sha256({ blob }: { blob: Blob }): Promise<string> {
  const written = await open(blob);
  try {
    return await written.sha256();
  } finally {
    written.close();
  }
}

// --- Migration.

const TEXTS = /\.(json|md|txt)$/;
const LONGEST_TEXT = 64 * 1024 * 1024;

/** Files beside the model, with the text of those that may say something about it. */
async function around(): Promise<{ name: string; size: number; text?: string }[]> {
  const { files } = opened();
  if (files === null) return [];
  const beside = files.shown.path.slice(0, files.shown.path.length - lastPart(files.shown.path).length);
  const list = files.data.filter(({ path }) => path.startsWith(beside) && !path.slice(beside.length).includes("/"));
  return Promise.all(list.map(async ({ path, file }) => ({
    name: lastPart(path), size: file.size, ...(TEXTS.test(path) && file.size <= LONGEST_TEXT && { text: await file.text() }),
  })));
}

async function migrationDocument({ source, renameInputs, dynamic }: MigrateChoice): Promise<Migration & { plan: PlanDocument }> {
  return (await opened().source.ask({
    ask: "migrate", files: await around(), source, rename_inputs: renameInputs, dynamic, version: await version(),
  })) as Migration & { plan: PlanDocument };
}

export async function migration(choice: MigrateChoice): Promise<Migration> {
  const { plan: _, ...document } = await migrationDocument(choice);
  return document;
}

// --- Stamps.

/** Entries of a stamp. The Hub is asked only when the user wants that, and only for what a commit is. */
export async function stamp({ source, ask }: Calls["stamp"]["takes"]): Promise<StampEntries> {
  const hub = hubFile(source);
  const known = hub !== null && hub.path === "" && ask ? await modelInfo(hub.repo, hub.revision) : null;
  if (hub !== null && known === null && !isCommit(hub.revision) && source.startsWith("hf://")) {
    throw new PageError("ME-META-004", `The commit of ${hub.repo} is not known.`, `Ask the Hub, or name it: ${hub.repo}@COMMIT`);
  }
  const name = known !== null && hub !== null ? `hf://${hub.repo}${hub.revision === "" ? "" : `@${hub.revision}`}` : source;
  const made = (await opened().source.ask({
    // The user let the Hub be asked; nothing else is.
    config: known !== null && hub !== null ? await configText(hub.repo, known.commit) : "",
    ask: "stamp", source: name, version: await version(), commit: known?.commit ?? "", task: known?.task ?? "", license: known?.license ?? "",
  })) as Omit<StampEntries, "commit">;
  return { ...made, commit: known?.commit ?? null };
}
