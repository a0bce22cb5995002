// Names and links of Hub models, and the addresses that they mean. Nothing here asks anybody.

export const HUB = "https://huggingface.co";
const HOSTS = new Set(["huggingface.co", "www.huggingface.co", "hf.co"]);

/** A file of a Hub model; `path` is "" for the model as a whole. */
export interface HubFile {
  repo: string;
  /** As it was asked for; "" for the default branch. */
  revision: string;
  path: string;
}

const SEGMENT = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?";
const NAME = new RegExp(`^(${SEGMENT}/${SEGMENT})(?:@(refs/(?:pr|convert)/[^/]+|[^/]+))?(?:/(.*))?$`);
const PAGE = new RegExp(`^/(${SEGMENT}/${SEGMENT})(?:/(blob|resolve|raw|tree)/(refs/(?:pr|convert)/[^/]+|[^/]+)(?:/(.*))?)?/?$`);

const safe = (text: string): boolean => !text.includes("--") && !text.includes("..") && !/\.git$/.test(text);

function made(repo: string | undefined, revision: string | undefined, path: string | undefined): HubFile | null {
  if (repo === undefined || !safe(repo) || repo.endsWith(".onnx") || (path ?? "").split("/").includes("..")) return null;
  return { repo, revision: revision ?? "", path: path ?? "" };
}

/** "hf://org/name@rev/file.onnx", the same without "hf://", or the address of a page of the Hub. */
export function hubFile(text: string): HubFile | null {
  const words = text.trim();
  if (/^https?:/i.test(words)) {
    const url = URL.canParse(words) ? new URL(words) : null;
    if (url === null || !HOSTS.has(url.hostname)) return null;
    const parts = PAGE.exec(decode(url.pathname));
    return parts === null ? null : made(parts[1], parts[3], parts[2] === "tree" ? "" : parts[4]);
  }
  const parts = NAME.exec(words.replace(/^hf:\/\//, ""));
  return parts === null ? null : made(parts[1], parts[2], parts[3]);
}

/** As it is where the escapes make no sense. */
export function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);
const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** "org/name@rev/file.onnx", as it is written in permalinks and commands. */
export const hubName = ({ repo, revision, path }: HubFile): string => `${repo}${revision === "" ? "" : `@${revision}`}${path === "" ? "" : `/${path}`}`;
export const fileUrl = ({ repo, revision, path }: HubFile): string => `${HUB}/${repo}/resolve/${encodeURIComponent(revision === "" ? "main" : revision)}/${encodePath(path)}`;
export const modelUrl = ({ repo, revision }: HubFile): string => `${HUB}/api/models/${repo}${revision === "" ? "" : `/revision/${encodeURIComponent(revision)}`}`;
export const treeUrl = (repo: string, commit: string): string => `${HUB}/api/models/${repo}/tree/${commit}?recursive=true`;
