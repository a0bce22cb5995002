// Questions to the Hub, each because the user asked for it: what a revision is, which files a commit has, and the small
// ones of them. Anonymous, without cookies; bytes are checked against the Hub's digests.
import { open } from "../../../wasm/modelexport.mjs";
import { HUB, fileUrl, modelUrl, treeUrl, type HubFile } from "../io/hub";
import { progress } from "./progress";
import { PageError } from "./problem";
import type { PickedFile } from "./protocol";
import type { Listed } from "./set";

export interface HubModel {
  commit: string;
  license: string;
  task: string;
  files: string[];
}

const MOST_PAGES = 100;
const MOST_COMPONENT = 256 * 1024 * 1024;

async function get(url: string, about: HubFile): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer" });
  } catch {
    throw new PageError("ME-HUB-001", `the Hub cannot be reached: ${new URL(HUB).host} does not answer`, "check the network; files on this computer can be opened without it");
  }
  if (!response.ok) throw refusal(response, about);
  return response;
}

function refusal(response: Response, { repo, revision, path }: HubFile): PageError {
  const code = response.headers.get("X-Error-Code") ?? "";
  const name = `${repo}${revision === "" ? "" : `@${revision}`}`;
  if (code === "GatedRepo" || response.status === 403) return new PageError("ME-SRC-003", `access to ${repo} is restricted (gated model)`, `download it with your account (${HUB}/${repo}), then drop it here`);
  if (code === "RevisionNotFound") return new PageError("ME-HUB-007", `${repo} has no revision '${revision}'`, "leave the revision out for the default branch, or name a branch, tag or commit");
  if (code === "EntryNotFound") return new PageError("ME-HUB-008", `${name} has no file '${path}'`, `the files are listed at ${HUB}/${repo}/tree/${revision === "" ? "main" : revision}`);
  if (response.status === 401 || response.status === 404) return new PageError("ME-SRC-002", `Model not found on HuggingFace Hub: ${name}`, "check the model's name; a private model must be downloaded with your account and dropped here");
  if (response.status === 429) return new PageError("ME-HUB-003", "the Hub's rate limit is reached", "try again in some minutes");
  return new PageError("ME-HUB-002", `the Hub answered ${response.status}`, response.status >= 500 ? "try again later" : null);
}

async function ask<T>(request: Record<string, unknown> & { ask: string }, name: string): Promise<T> {
  const nothing = await open(new Uint8Array(0), { name });
  try {
    return (await nothing.ask(request)) as T;
  } finally {
    nothing.close();
  }
}

export async function modelInfo(repo: string, revision: string): Promise<HubModel> {
  const about = { repo, revision, path: "" };
  const url = modelUrl(about);
  const text = await (await get(url, about)).text();
  const info = await ask<Omit<HubModel, "files">>({ ask: "model_info", text }, url);
  const { siblings = [] } = JSON.parse(text) as { siblings?: { rfilename: string }[] };
  return { ...info, files: siblings.map((s) => s.rfilename) };
}

const nextPage = (response: Response): string | null => {
  const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("Link") ?? "")?.[1];
  return next !== undefined && new URL(next).origin === HUB ? next : null;
};

async function treePages(repo: string, commit: string): Promise<string[]> {
  const pages: string[] = [];
  for (let url: string | null = treeUrl(repo, commit); url !== null && pages.length < MOST_PAGES;) {
    const response: Response = await get(url, { repo, revision: commit, path: "" });
    pages.push(await response.text());
    url = nextPage(response);
  }
  return pages;
}

interface Component {
  path: string;
  size: number;
  etag: string;
}

/** config.json of a commit, to compare the graph with; "" where there is none. */
export async function configText(repo: string, commit: string): Promise<string> {
  try {
    const about = { repo, revision: commit, path: "config.json" };
    return await (await get(fileUrl(about), about)).text();
  } catch {
    return "";
  }
}

const filesOf = (page: string): Listed[] => (JSON.parse(page) as { type: string; path: string; size: number }[]).filter((f) => f.type === "file");

/** Configuration, tokenizer, processors, licence of a commit: what a package takes; and the names of all its files. */
export async function fetchComponents(repo: string, commit: string): Promise<{ files: PickedFile[]; all: Listed[] }> {
  const pages = await treePages(repo, commit);
  const list = await ask<Component[]>({ ask: "components", pages }, treeUrl(repo, commit));
  const total = list.reduce((sum, c) => sum + c.size, 0);
  if (total > MOST_COMPONENT) throw new PageError("ME-IO-005", `the components of ${repo} have ${total} bytes`, `modelexport load does this without a page`);
  let done = 0;
  const files: PickedFile[] = [];
  for (const { path, size, etag } of list) {
    const response = await get(fileUrl({ repo, revision: commit, path }), { repo, revision: commit, path });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length !== size || (await digest(bytes, etag)) !== etag) throw new PageError("ME-HUB-006", `${path} was damaged on its way: size or digest is not what the Hub announced`, "try again");
    files.push({ path, file: new File([bytes], path.slice(path.lastIndexOf("/") + 1)) });
    progress("fetching the configuration", done += size, total);
  }
  return { files, all: pages.flatMap(filesOf) };
}

/** 64 digits are SHA-256 of the bytes, 40 Git's SHA-1 of a blob. */
async function digest(bytes: Uint8Array<ArrayBuffer>, etag: string): Promise<string> {
  const git = etag.length === 40;
  const header = new TextEncoder().encode(git ? `blob ${bytes.length}\0` : "");
  const all = new Uint8Array(header.length + bytes.length);
  all.set(header);
  all.set(bytes, header.length);
  const hash = new Uint8Array(await crypto.subtle.digest(git ? "SHA-1" : "SHA-256", all));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
