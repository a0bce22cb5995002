// Failures in the worker as the page shows them: code, message, place and hint.
import { ModelExportError } from "../../../wasm/modelexport.mjs";
import { UrlError } from "../io/url_reader";
import type { Problem } from "./protocol";

/** What only a page can run into, under the command line's codes. */
export class PageError extends Error {
  constructor(readonly code: string, message: string, readonly hint: string | null, readonly where: Problem["where"] = null, readonly fixable = false) {
    super(message);
  }
}

const GONE = new Set(["NotReadableError", "NotFoundError"]);

export function problemOf(error: unknown): Problem {
  if (error instanceof ModelExportError) {
    return { code: error.code, message: error.message, where: error.where, hint: error.hint };
  }
  if (error instanceof PageError) return { code: error.code, message: error.message, where: error.where, hint: error.hint, fixable: error.fixable };
  if (error instanceof UrlError) return { code: error.code, message: error.message, where: null, hint: error.hint };
  if (error instanceof DOMException && GONE.has(error.name)) {
    return { code: "ME-IO-003", message: "the file cannot be read any more: it was changed or removed after it was opened", where: null, hint: "open it again" };
  }
  return { code: "ME-CLI-003", message: error instanceof Error ? error.message : String(error), where: null, hint: null };
}
