"""Finds in audit lines whom they are about, and takes the person out of them. Pure.

A line is about somebody when its `user` or its `subject` is one of their names, letter by letter.
Where a line is a link of a hash chain (`prev`), nothing in it can change without a break of the
chain, so it stays.
"""

import json
import re
from collections.abc import Collection
from typing import Any, Final
from urllib.parse import quote

PERSONAL: Final = ("client", "session", "user_agent")
"""What goes with the names: each leads to the person again."""
_NAMES: Final = ("user", "subject")


def about(line: bytes, names: Collection[str]) -> dict[str, Any] | None:
    """Return the fields of a line that is about the person with one of these names, else None."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    told = [found.get(key) for key in _NAMES]
    return found if any(isinstance(name, str) and name in names for name in told) else None


def is_linked(found: dict[str, Any]) -> bool:
    """Say whether a line is a link of a hash chain."""
    return "prev" in found


def without_person(found: dict[str, Any], names: Collection[str], pseudonym: str) -> bytes:
    """Return the line with a pseudonym in place of the person, and without what leads to them."""
    kept = {key: value for key, value in found.items() if key not in PERSONAL}
    for key in _NAMES:
        if key in kept:
            kept[key] = pseudonym
    known = {*names, *(str(found[key]) for key in _NAMES if key in found)} - {""}
    written = {*known, *map(quote, known), *(quote(name, safe="") for name in known)}
    # Longest first: an address may hold the name of the user. Escaped, so it is no pattern.
    pattern = "|".join(re.escape(name) for name in sorted(written, key=len, reverse=True))
    for key in ("detail", "path"):
        if key in kept:
            kept[key] = re.sub(pattern, pseudonym, str(kept[key]), flags=re.IGNORECASE)
    return json.dumps(kept, separators=(",", ":")).encode()
