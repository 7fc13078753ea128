"""A trace is believed only when its field is as W3C Trace Context says."""

from collections.abc import Callable

import pytest

from sidegate.core.messages import Exchange
from sidegate.observe.trace import (
    Context,
    context_of,
    is_valid,
    replace_context,
    trace_id_of,
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@pytest.mark.parametrize(
    "value",
    [
        f"00-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-00",
        f"00-{TRACE}-{PARENT}-ff",
        f"cc-{TRACE}-{PARENT}-01",
        f"cc-{TRACE}-{PARENT}-01-what-the-future-brings",
    ],
)
def test_a_field_of_the_standard_is_valid(exchange: Callable[..., Exchange], value: str) -> None:
    assert is_valid(value.encode())
    made = exchange()
    made.head.index[b"traceparent"] = value.encode()
    assert trace_id_of(made.head) == TRACE


@pytest.mark.parametrize(
    "value",
    [
        "",
        "00",
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-1",
        f"00-{TRACE}-{PARENT}-01-",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}-01.",
        f"cc-{TRACE}-{PARENT}-01.more",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE[:-1]}g-{PARENT}-01",
        f"00_{TRACE}_{PARENT}_01",
        f"00-{TRACE}-{PARENT}-0g",
        f"00-{TRACE}-{PARENT}-01, 00-{TRACE}-{PARENT}-01",
    ],
)
def test_what_is_not_of_the_standard_is_not_believed(
    exchange: Callable[..., Exchange], value: str
) -> None:
    assert not is_valid(value.encode())
    made = exchange()
    made.head.index[b"traceparent"] = value.encode()
    assert trace_id_of(made.head) == ""


def test_a_request_without_the_field_belongs_to_no_trace(
    exchange: Callable[..., Exchange],
) -> None:
    assert trace_id_of(exchange().head) == ""


def test_a_field_is_read_into_its_parts(exchange: Callable[..., Exchange]) -> None:
    made = exchange()
    assert context_of(made.head) is None
    made.head.index[b"traceparent"] = f"cc-{TRACE}-{PARENT}-03-more".encode()
    assert context_of(made.head) == Context(bytes.fromhex(TRACE), bytes.fromhex(PARENT), 3)


@pytest.mark.parametrize("with_state", [True, False])
def test_a_request_can_be_put_into_another_trace(
    exchange: Callable[..., Exchange],
    with_state: bool,  # noqa: FBT001 - a column of the table
) -> None:
    head = exchange().head
    lines = ((b"traceparent", b"old"), (b"tracestate", b"a=1"), (b"accept", b"*/*"))
    fields = head.fields = [(name, value, b"%b: %b\r\n" % (name, value)) for name, value in lines]
    index = head.index = dict(lines)
    head.nominated = frozenset({b"traceparent", b"accept"})
    context = Context(bytes.fromhex(TRACE), bytes.fromhex(PARENT), 1)
    replace_context(head, context, with_state=with_state)
    assert context_of(head) == context
    assert trace_id_of(head) == TRACE
    sent = [line for _, _, line in head.fields]
    state = [b"tracestate: a=1\r\n"] if with_state else []
    assert sent == [*state, b"accept: */*\r\n", f"traceparent: 00-{TRACE}-{PARENT}-01\r\n".encode()]
    assert (b"tracestate" in head.index) is with_state
    assert head.nominated == {b"accept"}
    assert (len(fields), index[b"traceparent"]) == (3, b"old"), "others may share them"


def test_a_request_without_a_trace_can_be_put_into_one(exchange: Callable[..., Exchange]) -> None:
    head = exchange().head
    head.nominated = frozenset()
    before = [*head.fields]
    replace_context(head, Context(bytes(15) + b"\1", bytes(7) + b"\2", 0), with_state=True)
    value = b"00-" + b"0" * 31 + b"1-" + b"0" * 15 + b"2-00"
    assert head.fields == [*before, (b"traceparent", value, b"traceparent: " + value + b"\r\n")]
