"""The one exception of this package, shaped like the errors of the command line (code, where, hint, exit code)."""


class CaptureError(Exception):
    """What happened, where, and what to do. `exit_code` follows the command line: 2 usage, 3 input, 4 Hub, 5 output."""

    def __init__(self, code: str, message: str, where: str = "", hint: str = "", exit_code: int = 3):
        super().__init__(message)
        self.code, self.message, self.where, self.hint, self.exit_code = code, message, where, hint, exit_code

    def __str__(self) -> str:
        text = f"error[{self.code}]: {self.message}"
        if self.where:
            text += f"\n  --> {self.where}"
        if self.hint:
            text += f"\n  = hint: {self.hint}"
        return text

    def as_json(self) -> dict:
        return {"error": {"code": self.code, "message": self.message, "where": self.where, "hint": self.hint}}


ENVIRONMENT, MODEL, TASK, INPUTS, TRACE, DIFFERS, SOURCE = (
    "ME-ARC-040", "ME-ARC-041", "ME-ARC-042", "ME-ARC-043", "ME-ARC-044", "ME-ARC-045", "ME-ARC-046")
# Where the Hub is the reason, what the command line itself says: exit code 4.
NOT_FOUND, REFUSED, NOT_CACHED = "ME-SRC-002", "ME-SRC-003", "ME-HUB-009"
OUTPUT_EXISTS, OUTPUT_DIRECTORY, OUTPUT_WRITE, USAGE = "ME-IO-006", "ME-IO-007", "ME-IO-008", "ME-CLI-001"


def brief(error: BaseException, limit: int = 400) -> str:
    """The first paragraph of a library's message, on one line."""
    text = str(error).strip().split("\n\n")[0]
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
