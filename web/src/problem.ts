// Failures on the page's side, under the command line's codes.
import { EngineError } from "./worker/client";
import type { Problem } from "./worker/protocol";

export const problem = (code: string, message: string, hint: string | null = null): Problem => ({ code, message, where: null, hint });

export function problemOf(error: unknown): Problem {
  if (error instanceof EngineError) return error.problem;
  if (error instanceof DOMException) {
    if (error.name === "QuotaExceededError") return problem("ME-IO-008", "there is no room left where the file was to be written; nothing was left behind", "make room, or save to another disk");
    if (error.name === "AbortError") return problem("ME-CLI-002", "interrupted; nothing was written");
    if (["NotAllowedError", "NoModificationAllowedError", "InvalidStateError"].includes(error.name)) return problem("ME-IO-008", `the file cannot be written: ${error.message}`, "choose another place");
    if (["NotReadableError", "NotFoundError"].includes(error.name)) return problem("ME-IO-003", "the file cannot be read any more: it was changed or removed after it was opened", "open it again");
  }
  return problem("ME-CLI-003", error instanceof Error ? error.message : String(error));
}
