// A file behind an address, read by ranges. Runs in the worker, where a synchronous request may wait.
//
// Nothing custom is sent: a single `Range` needs no preflight. What was read is kept, because the core comes back to
// headers. The first request is large, since a file's beginning tells most; after a jump little is read, reading on
// takes much more. A redirect (of the Hub to where it stores the bytes) is followed once: later ranges go where it led.

/** What went wrong with an address, under the command line's codes. */
export class UrlError extends Error {
  constructor(message: string, readonly hint: string, readonly code = "ME-IO-003") {
    super(message);
  }
}

/** What a pasted address means; null if it is none. */
export function webAddress(text: string): string | null {
  const link = text.trim();
  return /^https?:\/\//i.test(link) && URL.canParse(link) ? new URL(link).href : null;
}

export const FIRST = 512 * 1024;
/** A header, the bias behind it and the next header: less costs the same time. */
const AFTER_JUMP = 16 * 1024;
const MOST_AHEAD = 1024 * 1024;
const FASTER = 16;
/** A gap below this is read over, a rest of the file comes along. */
const REST = 64 * 1024;
const KEPT = 96 * 1024 * 1024;
const TRIES = 3;
const DOWNLOAD = "download the file and drop it here";

interface Piece {
  start: number;
  bytes: Uint8Array;
}

/** A reader as wasm/host.mjs takes it. */
export class UrlReader {
  size = 0;
  requests = 0;
  bytes = 0;
  private pieces: Piece[] = [];
  private kept = 0;
  private last = 0;
  private ahead = AFTER_JUMP;
  /** Where the first redirect led. */
  private direct: string | null = null;

  constructor(readonly url: string, first: Piece | null, size: number, finalUrl: string) {
    this.size = size;
    if (finalUrl !== "" && finalUrl !== url) this.direct = finalUrl;
    if (first !== null) {
      this.requests = 1;
      this.bytes = first.bytes.length;
      this.keep(first);
    }
  }

  /** Asks for the beginning of the file; whoever answers with something else is not read further. */
  static async open(url: string, first = FIRST): Promise<UrlReader> {
    const stop = new AbortController();
    let response: Response;
    try {
      response = await fetch(url, { headers: { Range: `bytes=0-${first - 1}` }, credentials: "omit", referrerPolicy: "no-referrer", signal: stop.signal });
    } catch {
      throw unreachable(url);
    }
    try {
      const total = checked(response, url);
      if (total === 0) return new UrlReader(url, null, 0, response.url);
      const bytes = new Uint8Array(await response.arrayBuffer().catch(() => { throw brokenOff(0); }));
      if (bytes.length !== Math.min(first, total)) throw brokenOff(bytes.length);
      return new UrlReader(url, { start: 0, bytes }, total, response.redirected ? response.url : "");
    } catch (error) {
      stop.abort();
      throw error;
    }
  }

  readInto(offset: number, target: Uint8Array): boolean {
    for (let done = 0; done < target.length;) {
      const at = offset + done;
      const piece = this.pieceAt(at) ?? this.fetchFrom(at, target.length - done);
      const from = at - piece.start;
      const part = piece.bytes.subarray(from, Math.min(piece.bytes.length, from + target.length - done));
      target.set(part, done);
      done += part.length;
    }
    return true;
  }

  /** Asks for ranges side by side; what does not come is asked for again when it is needed. */
  async prefetch(ranges: { start: number; end: number }[]): Promise<void> {
    const last = this.last;
    await Promise.all(ranges.filter(({ start }) => this.pieceAt(start) === null).map(async ({ start, end }) => {
      try {
        // Past the cache, which would let only one request for an address through at a time.
        const response = await fetch(this.direct ?? this.url, { headers: { Range: `bytes=${start}-${Math.min(this.size, end) - 1}` }, credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" });
        this.requests += 1;
        if (response.status !== 206) return void response.body?.cancel();
        const bytes = new Uint8Array(await response.arrayBuffer());
        this.bytes += bytes.length;
        if (bytes.length === Math.min(this.size, end) - start) this.keep({ start, bytes });
      } catch { /* asked for again */ }
    }));
    this.last = last;
  }

  /** Where the bytes come from, for another reader of the same file. */
  get place(): { url: string; direct: string | null } {
    return { url: this.url, direct: this.direct };
  }

  close(): void {
    this.pieces = [];
    this.kept = 0;
  }

  /** The whole file as a Blob, which the browser keeps on disk when it is large. */
  async download(progress: (done: number) => void): Promise<Blob> {
    let response: Response;
    try {
      response = await fetch(this.url, { credentials: "omit", referrerPolicy: "no-referrer" });
    } catch {
      throw unreachable(this.url);
    }
    if (!response.ok || response.body === null) throw status(response.status, this.url);
    return counted(response.body, this.size, progress);
  }

  private pieceAt(at: number): Piece | null {
    let low = 0;
    let high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.pieces[middle] as Piece).start <= at) low = middle + 1;
      else high = middle;
    }
    const piece = this.pieces[low - 1];
    return piece !== undefined && at < piece.start + piece.bytes.length ? piece : null;
  }

  private keep(piece: Piece): void {
    if (this.kept + piece.bytes.length > KEPT) {
      this.pieces = [];
      this.kept = 0;
    }
    this.kept += piece.bytes.length;
    const at = this.pieces.findIndex((p) => p.start > piece.start);
    this.pieces.splice(at < 0 ? this.pieces.length : at, 0, piece);
    this.last = piece.start + piece.bytes.length;
  }

  private fetchFrom(at: number, wanted: number): Piece {
    const skipped = at - this.last;
    const on = skipped >= 0 && skipped < REST;
    this.ahead = on ? Math.min(FASTER * this.ahead, MOST_AHEAD) : AFTER_JUMP;
    const next = this.pieces.find((p) => p.start > at)?.start ?? this.size;
    // Reading on leaves no gap, which would have to be asked for later.
    const start = on && this.pieceAt(this.last) === null ? this.last : at;
    let end = Math.min(next, at + Math.max(wanted, this.ahead));
    if (this.size - end < REST) end = next;
    const piece = { start, bytes: this.range(start, end) };
    this.keep(piece);
    return piece;
  }

  private range(start: number, end: number): Uint8Array {
    for (let attempt = 1; ; ++attempt) {
      const from = this.direct ?? this.url;
      const request = new XMLHttpRequest();
      request.open("GET", from, false);
      request.responseType = "arraybuffer";
      request.setRequestHeader("Range", `bytes=${start}-${end - 1}`);
      let broken = false;
      try {
        request.send();
      } catch {
        broken = true;
      }
      this.requests += 1;
      if (!broken && request.status === 206) {
        const bytes = new Uint8Array(request.response as ArrayBuffer);
        const total = /\/(\d+)$/.exec(request.getResponseHeader("Content-Range") ?? "")?.[1];
        if (total !== undefined && Number(total) !== this.size) throw new UrlError("the file behind the address has changed while it was read", "open it again", "ME-IO-004");
        if (bytes.length === end - start) {
          this.bytes += bytes.length;
          return bytes;
        }
        broken = true;
      }
      // A signed address may have run out: ask the original one again.
      if (this.direct !== null && !broken) this.direct = null;
      else if (!broken && request.status < 500) throw status(request.status, this.url);
      if (attempt === TRIES) throw broken ? brokenOff(start) : status(request.status, this.url);
    }
  }
}

/** A range as a Blob, in one request; of a signed address that has run out the original is asked. */
export async function section({ url, direct }: UrlReader["place"], start: number, end: number, progress: (done: number) => void): Promise<Blob> {
  for (const from of direct === null ? [url] : [direct, url]) {
    const response = await fetch(from, { headers: { Range: `bytes=${start}-${end - 1}` }, credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" }).catch(() => { throw unreachable(url); });
    if (response.status === 206 && response.body !== null) return counted(response.body, end - start, progress);
    void response.body?.cancel();
    if (from === url) throw status(response.status, url);
  }
  throw unreachable(url);
}

/** A body of `size` bytes as a Blob, which the browser keeps on disk when it is large. */
async function counted(body: ReadableStream<Uint8Array>, size: number, progress: (done: number) => void): Promise<Blob> {
  let done = 0;
  const through = body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, out) => {
      progress(done += chunk.length);
      out.enqueue(chunk);
    },
  }));
  const blob = await new Response(through).blob().catch(() => { throw brokenOff(done); });
  if (blob.size !== size) throw brokenOff(blob.size);
  return blob;
}

/** The file's size by the first answer. */
function checked(response: Response, url: string): number {
  const html = /^text\/html/.test(response.headers.get("Content-Type") ?? "");
  if (response.status === 416) return 0;
  if (response.status === 200) {
    throw html ? new UrlError("the address answers with a web page, not with a file", "open the address in a new tab: it may want a login, or be the page about the file")
      : new UrlError("the server sends whole files only (no ranges)", DOWNLOAD);
  }
  if (response.status !== 206) throw status(response.status, url);
  const range = /bytes (\d+)-(\d+)\/(\d+)/.exec(response.headers.get("Content-Range") ?? "");
  if (range === null) throw new UrlError("the server does not say how long the file is", DOWNLOAD);
  return Number(range[3]);
}

const unreachable = (url: string): UrlError => new UrlError(
  `${new URL(url).host} cannot be read from a page: the address does not exist, there is no network, or its server does not allow it (CORS)`,
  `${DOWNLOAD}, or: modelexport inspect FILE`);
const brokenOff = (at: number): UrlError => new UrlError(`the file ended early: the connection broke off after byte ${at.toLocaleString("en-US")}`, `open it again, or ${DOWNLOAD}`, "ME-IO-004");

function status(code: number, url: string): UrlError {
  if (code === 401 || code === 403) return new UrlError(`the server answered ${code}: private or gated`, "download it with your account, then drop it here");
  if (code === 404 || code === 410) return new UrlError(`the server answered ${code}: there is no such file`, "check the address", "ME-IO-001");
  return new UrlError(`${new URL(url).host} answered ${code}`, code >= 500 ? "try again later" : "check the address");
}
