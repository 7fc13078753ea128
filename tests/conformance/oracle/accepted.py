"""The differences that are meant, by reason."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from tests.conformance.browser import Answer
from tests.conformance.oracle.neighbours import Neighbour


@dataclass(frozen=True)
class Seen:
    """One difference: in what, of which request, and what both answered."""

    text: str
    asked: Neighbour
    theirs: Answer
    ours: Answer


def _is_of_clients(seen: Seen) -> bool:
    claimed = re.match(r"(x-forwarded|x-auth-request|x-real|x-proxyuser)\S*", seen.text)
    given = {name.lower() for name, _ in seen.asked.fields}
    return claimed is not None and claimed[0] in given


def _is_encoded(seen: Seen) -> bool:
    ours, theirs = seen.ours.get("location"), seen.theirs.get("location")
    return ours != theirs and unquote(ours, "latin-1") == unquote(theirs, "latin-1")


def _is_refused(seen: Seen) -> bool:
    """Say whether we led to `/` for what readers may read in two ways."""
    wanted = unquote(seen.asked.target.partition("rd=")[2])
    return seen.text.startswith("location ['/']") and bool({*"\\\t"} & {*wanted})


def _has_url_inside(seen: Seen) -> bool:
    ours, theirs = seen.ours.get("location"), seen.theirs.get("location")
    return theirs == "/" and ours.startswith("/") and bool({*"?#"} & {*ours})


Reasons = dict[str, Callable[[Seen], bool]]

_CLAIMS = "what a client claims of itself never passes (laws 4 and 7)"
ACCEPTED: dict[str, Reasons] = {
    "endpoints": {_CLAIMS: _is_of_clients},
    "queries": {},
    "cookies": {},
    "addresses to return to": {
        "what has to be encoded is": _is_encoded,
        "a backslash or a control leads nowhere": _is_refused,
        "a query or fragment cannot change the host": _has_url_inside,
    },
    "fields": {_CLAIMS: _is_of_clients},
    "passwords": {},
    "paths": {},
    "addresses": {_CLAIMS: _is_of_clients},
}
"""By group of neighbours (`neighbours.GROUPS`)."""
