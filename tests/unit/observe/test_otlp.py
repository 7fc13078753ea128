"""What we write of OTLP is what its own description reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.observe.otlp import (
    LONGEST_VALUE,
    Kind,
    Link,
    Span,
    attribute,
    request,
    usual_attribute,
    varint,
    written,
)
from tests.kit.spans import read

IDS = {"trace_id": bytes(range(16)), "span_id": bytes(range(8))}


def span(**changes: object) -> Span:
    given: dict[str, object] = {
        **IDS,
        "parent": b"",
        "name": "GET /",
        "kind": Kind.SERVER,
        "start": 1_795_000_000_000_000_001,
        "end": 1_795_000_000_000_000_007,
        "attributes": b"",
    }
    return Span(**(given | changes))  # type: ignore[arg-type]


def test_a_span_says_who_when_and_what() -> None:
    told = attribute("url.path", "/a") + usual_attribute("http.response.status_code", 200)
    _, (found,) = read(request([], "1", [written(span(attributes=told))]))
    assert (found.trace, found.id, found.parent) == (
        bytes(range(16)).hex(),
        bytes(range(8)).hex(),
        "",
    )
    assert (found.name, found.kind, found.failed) == ("GET /", "SERVER", False)
    assert found.attributes == {"url.path": "/a", "http.response.status_code": 200}
    assert found.raw.start_time_unix_nano == 1_795_000_000_000_000_001
    assert found.raw.end_time_unix_nano == 1_795_000_000_000_000_007
    assert found.raw.flags == 0x101


def test_a_span_has_a_parent_a_state_a_fault_and_a_link() -> None:
    link = Link(bytes(range(16, 32)), bytes(range(8, 16)), 0)
    made = span(parent=b"\xff" * 8, state=b"a=1,b=2", failed=True, link=link, is_remote=True)
    _, (found,) = read(request([], "1", [written(made)]))
    assert found.parent == "ff" * 8
    assert found.failed
    assert found.raw.trace_state == "a=1,b=2"
    assert found.raw.flags == 0x301
    (linked,) = found.raw.links
    assert linked.trace_id == link.trace_id
    assert linked.span_id == link.span_id
    assert linked.flags == 0x300


@pytest.mark.parametrize("kind", Kind)
def test_a_span_says_whose_work_it_is(kind: Kind) -> None:
    _, (found,) = read(request([], "1", [written(span(kind=kind))]))
    assert found.kind == kind.name


def test_a_request_says_who_speaks_and_holds_all_spans() -> None:
    whose, found = read(
        request([("service.name", "sidegate"), ("pid", 7)], "1.2", [written(span())] * 300)
    )
    assert whose == {"service.name": "sidegate", "pid": 7}
    assert len(found) == 300


@given(st.text(max_size=3000), st.integers(0, 2**63 - 1))
def test_any_text_and_any_number_can_be_told(text: str, number: int) -> None:
    told = attribute("text", text) + attribute("number", number)
    _, (found,) = read(request([], "1", [written(span(attributes=told))]))
    assert found.attributes == {"text": text[:LONGEST_VALUE], "number": number}


def test_text_that_is_none_is_told_with_marks_in_its_place() -> None:
    _, (found,) = read(request([], "1", [written(span(attributes=attribute("a", "x\ud800y")))]))
    assert found.attributes == {"a": "x?y"}


@pytest.mark.parametrize(
    ("number", "raw"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")]
)
def test_small_numbers_take_few_bytes(number: int, raw: bytes) -> None:
    assert varint(number) == raw
