// A file behind a URL, read by ranges. Runs in the worker, where a synchronous request may wait.
//
// Hub links: "hf://org/name@rev/file.onnx", "org/name@rev/file.onnx" and the addresses of file pages become the
// address of the file itself. Nothing custom is sent: a single `Range` needs no preflight.

export const HUB = "https://huggingface.co";

export class UrlError extends Error {
  constructor(message: string, readonly hint: string) {
    super(message);
  }
}

/** What a pasted link means; null if it is no address of a file. */
export function fileAddress(text: string): string | null {
  const link = text.trim();
  const hub = link.replace(/^hf:\/\//, "");
  const parts = /^([\w.-]+\/[\w.-]+)(?:@([^/]+|refs\/pr\/\d+))?\/(.+\.\w+)$/.exec(hub);
  if (!/^https?:/.test(link)) {
    if (parts === null || link.startsWith("/")) return null;
    return `${HUB}/${parts[1]}/resolve/${encodeURIComponent(parts[2] ?? "main")}/${parts[3]}`;
  }
  let url: URL;
  try {
    url = new URL(link);
  } catch {
    return null;
  }
  if (url.hostname === new URL(HUB).hostname) url.pathname = url.pathname.replace("/blob/", "/resolve/");
  return url.href;
}

const BLOCK = 256 * 1024;
const FIRST = 64 * 1024;

/** A reader as wasm/host.mjs takes it. Blocks that were read are kept: the core comes back to headers. */
export class UrlReader {
  size = 0;
  requests = 0;
  private blocks = new Map<number, Uint8Array>();
  private kept = 0;

  constructor(readonly url: string) {
    const first = this.request(0, FIRST - 1);
    const range = /bytes (\d+)-(\d+)\/(\d+)/.exec(first.range ?? "");
    if (range === null) throw new UrlError("the server does not say how long the file is", "download the file and drop it here");
    this.size = Number(range[3]);
    this.head = first.bytes;
  }
  private readonly head: Uint8Array;

  readInto(offset: number, target: Uint8Array): boolean {
    if (offset + target.length <= this.head.length) {
      target.set(this.head.subarray(offset, offset + target.length));
      return true;
    }
    if (target.length > BLOCK) {
      target.set(this.request(offset, offset + target.length - 1).bytes);
      return true;
    }
    let done = 0;
    while (done < target.length) {
      const at = offset + done;
      const block = this.block(Math.floor(at / BLOCK));
      const from = at % BLOCK;
      const piece = block.subarray(from, Math.min(block.length, from + target.length - done));
      if (piece.length === 0) throw new UrlError("the file ended early", "reload; the file may have changed");
      target.set(piece, done);
      done += piece.length;
    }
    return true;
  }

  close(): void {
    this.blocks.clear();
  }

  private block(index: number): Uint8Array {
    let block = this.blocks.get(index);
    if (block === undefined) {
      const start = index * BLOCK;
      block = this.request(start, Math.min(this.size, start + BLOCK) - 1).bytes;
      if (this.kept++ > 256) {
        this.blocks.clear();
        this.kept = 1;
      }
      this.blocks.set(index, block);
    }
    return block;
  }

  private request(start: number, end: number): { bytes: Uint8Array; range: string | null } {
    const request = new XMLHttpRequest();
    request.open("GET", this.url, false);
    request.responseType = "arraybuffer";
    request.setRequestHeader("Range", `bytes=${start}-${end}`);
    try {
      request.send();
    } catch {
      throw new UrlError(
        "the address cannot be read from a page: it does not exist, or its server does not allow it (CORS)",
        "download the file and drop it here, or: modelexport inspect URL");
    }
    this.requests += 1;
    if (request.status === 200) {
      throw new UrlError("the server sends whole files only (no ranges)", "download the file and drop it here");
    }
    if (request.status === 401 || request.status === 403) {
      throw new UrlError(`the server answered ${request.status}: private or gated`, "download it with your account, then drop it here");
    }
    if (request.status !== 206) {
      throw new UrlError(`the server answered ${request.status}`, "check the address");
    }
    const bytes = new Uint8Array(request.response as ArrayBuffer);
    const length = this.size === 0 ? bytes.length : end - start + 1;
    if (bytes.length !== length) throw new UrlError("the server sent another range than it was asked for", "reload the page");
    return { bytes, range: request.getResponseHeader("Content-Range") };
  }
}
