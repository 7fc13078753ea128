"""The head of an application's answer, as the client gets it.

Rule 1: what ends at this hop goes, with what `Connection` names; then what only the gate may say.
Rule 2: an answer for one person says so to shared caches, unless the application spoke of them.
"""

from __future__ import annotations

from sidegate.core.messages import Forward
from sidegate.gate.identity_headers import ON_ANSWERS, STRIPPED_FAMILIES
from sidegate.http1.caching import PRIVATE, needs_private
from sidegate.http1.hop_by_hop import FIELDS, NOT_NOMINABLE
from sidegate.http1.names import Passes
from sidegate.http1.render import STATUS_LINES
from sidegate.http1.response_head import ResponseHead

_PASSES = Passes(FIELDS | ON_ANSWERS, STRIPPED_FAMILIES)
_PASSES_BODILESS = Passes(  # RFC 9110 section 8.6
    FIELDS | ON_ANSWERS | {b"content-length"}, STRIPPED_FAMILIES
)


def passed_on(head: ResponseHead, plan: Forward) -> bytes:
    """Return the lines of an answer to what was planned; worked out once for the same head."""
    if plan.sets_cookie:
        return _private(head, sets_cookie=True)
    if plan.private:
        if head.passed_private is None:
            head.passed_private = _private(head)
        return head.passed_private
    if head.passed is None:
        head.passed = all_passed_on(head)
    return head.passed


def all_passed_on(head: ResponseHead) -> bytes:
    """Return the status line and the fields of an answer that go on to the client.

    Not the copies of fields that only we may set, and no length where there is no body.
    """
    passes = _PASSES_BODILESS if head.status < 200 or head.status == 204 else _PASSES
    nominated = head.nominated - NOT_NOMINABLE
    lines = [f[2] for f in head.fields if passes[f[0]] and f[0] not in nominated]
    return STATUS_LINES[head.status] + b"".join(lines)


def _private(head: ResponseHead, *, sets_cookie: bool = False) -> bytes:
    """Return the same for an answer that is for one person (`http1.caching`)."""
    is_silent = needs_private(head.index.get(b"cache-control"), sets_cookie=sets_cookie)
    return all_passed_on(head) + (PRIVATE if is_silent else b"")
