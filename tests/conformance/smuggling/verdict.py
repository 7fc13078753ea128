"""Whether the outcome of a row is the expected one, the other that the RFCs allow, or wrong."""

import re
from collections.abc import Iterator
from typing import Any

from tests.conformance.smuggling.recorder import MARK, orders_of
from tests.conformance.smuggling.stage import INJECTED, Outcome

NEEDLE = re.compile(r"\{\{INJECTED:([A-Za-z-]+)\}\}")
MEMORY = 64 << 20
CPU = 2.0


def complaints(row: dict[str, Any], outcome: Outcome) -> list[str]:
    """Return what is wrong, nothing when `expect` or `alt` holds."""
    wrong = list(_against(row["expect"], row, outcome))
    if wrong and "alt" in row and not list(_against(row["alt"], row, outcome)):
        return []
    return wrong


def _against(expect: dict[str, Any], row: dict[str, Any], outcome: Outcome) -> Iterator[str]:
    if outcome.client.complaint:
        yield outcome.client.complaint
    yield from outcome.record.complaints
    if outcome.record.unread:
        yield f"the upstream got {outcome.record.unread[:80]!r}, which is no request"
    yield from _status(expect, row, outcome)
    yield from _upstream(expect, outcome)
    yield from _client(expect, outcome)
    yield from _connections(expect, outcome)
    if expect.get("bounded") and (outcome.memory > MEMORY or outcome.cpu > CPU):
        yield f"cost {outcome.memory >> 20} MiB and {outcome.cpu:.1f} s"
    if outcome.next_answer != outcome.next_target:
        yield f"a fresh request got {outcome.next_answer[:80]!r}"


def _status(expect: dict[str, Any], row: dict[str, Any], outcome: Outcome) -> Iterator[str]:
    answers = outcome.client.answers
    first = answers[0] if answers else outcome.client.unfinished
    if first is None:
        if not expect.get("or_no_response"):
            yield "no answer"
    elif expect["status"] == "forward":
        if not _is_forwarded(row, outcome.client.received, first.status):
            yield f"{first.status} instead of the application's answer"
    elif first.status not in expect["status"]:
        yield f"{first.status} instead of {expect['status']}"
    if "second_status" in expect:
        second = answers[1].status if len(answers) > 1 else None
        if second not in expect["second_status"]:
            yield f"second answer {second} instead of {expect['second_status']}"
    if "responses" in expect and len(answers) != expect["responses"]:
        yield f"{len(answers)} answers instead of {expect['responses']}"


def _is_forwarded(row: dict[str, Any], received: bytes, status: int) -> bool:
    told = orders_of(row).respond
    if told is None:
        return MARK in received and status == 200
    return int(told[9:12]) == status


def _upstream(expect: dict[str, Any], outcome: Outcome) -> Iterator[str]:
    # Bodies also as they read without chunks: one that comes byte by byte goes on byte by byte.
    bodies = b"\n".join(request.body for _, request, _ in outcome.record.requests)
    text = f"{outcome.record.text}\n{bodies.decode('latin-1').lower()}"
    for needle in expect.get("upstream_must_see", ()):
        injected = NEEDLE.fullmatch(needle)
        if injected is not None:
            yield from _exactly_once(injected[1].lower(), outcome)
        elif needle.lower() not in text:
            yield f"the upstream did not see {needle!r}"
    for needle in expect.get("upstream_must_not_see", ()):
        if needle.lower() in text:
            yield f"the upstream saw {needle!r}"
    counts = len(outcome.record.requests), sum(r.is_complete for _, r, _ in outcome.record.requests)
    wanted = expect.get("upstream_requests"), expect.get("upstream_complete_requests")
    for count, want, what in zip(counts, wanted, ("requests", "complete requests"), strict=True):
        if want is not None and count != want:
            yield f"the upstream counted {count} {what} instead of {want}"


def _exactly_once(name: str, outcome: Outcome) -> Iterator[str]:
    for _, request, _ in outcome.record.requests[:1]:
        values = [value.decode() for key, value in request.fields if key == name.encode()]
        if values != [INJECTED[name]]:
            yield f"{name} is {values}"


def _client(expect: dict[str, Any], outcome: Outcome) -> Iterator[str]:
    text = outcome.client.received.decode("latin-1").lower()
    for needle in expect.get("client_must_see", ()):
        if needle.lower() not in text:
            yield f"the client did not see {needle!r}"
    for needle in expect.get("client_must_not_see", ()):
        if needle.lower() in text:
            yield f"the client saw {needle!r}"
    if expect.get("client_aborted") and not outcome.client.is_cut:
        yield "the client cannot tell that the answer is incomplete"
    if expect.get("bare_lf_to_client") is False and _bare_lf(outcome):
        yield "a bare LF reached the client"
    if expect.get("ordered"):
        seen = [answer.body for answer in outcome.client.answers if answer.body[:1] == b"/"]
        asked = [request.start[1] for _, request, _ in outcome.record.requests]
        if seen != asked[: len(seen)]:
            yield f"answers in the order {seen}, requests in the order {asked}"


def _bare_lf(outcome: Outcome) -> bool:
    head = outcome.client.received.partition(b"\r\n\r\n")[0]
    return head.count(b"\n") != head.count(b"\r\n")


def _connections(expect: dict[str, Any], outcome: Outcome) -> Iterator[str]:
    client = outcome.client
    if expect.get("close") is True and not client.has_ended:
        yield "the connection stays open"
    first = client.answers[0] if client.answers else None
    own_error = first is not None and first.status >= 400 and MARK not in client.received
    if expect.get("close") is False and not outcome.is_open and not own_error:
        yield "the connection ended"
    if expect.get("tunnel") is False and any(answer.status == 101 for answer in client.answers):
        yield "a tunnel was opened"
    if expect.get("upstream_conn_reused") is False:
        first_line = outcome.record.requests[:1]
        again = [n for n, _, _ in outcome.record.requests[1:] if n == first_line[0][0]]
        if again or outcome.first_line_open:
            yield "the doubtful connection to the application was kept"
