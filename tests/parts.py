"""The real parts tests use: where they are, and why one is missing.

`tools/parts.sh` fetches them into `$TOOLS_DIR` and notes there why one could not be had.
"""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOLS = Path(os.environ.get("TOOLS_DIR") or ROOT / ".tools")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

COMMANDS = {
    "keycloak": "java",
    "oidc-provider": "node",
    "examples": "node",
    "grafana-schema": "node",
    "redis": "bash",
}
LATER = {"kubernetes": "kubectl"}
"""What a part got later: a folder of before has to be completed."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser_path() -> str | None:
    """Return the first browser on the path that Playwright can drive."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def missing_reason(part: str) -> str:
    """Say why a part cannot be used, or empty text when it can."""
    if part == "chromium":
        return "" if browser_path() else _noted(part)
    if not all((TOOLS / part / name).exists() for name in (".complete", LATER.get(part, ""))):
        return _noted(part)
    command = COMMANDS.get(part)
    return "" if command is None or shutil.which(command) else f"{command} is not installed"


def _noted(part: str) -> str:
    note = TOOLS / "missing" / part
    return note.read_text().strip() if note.exists() else f"run tools/parts.sh {part}"
