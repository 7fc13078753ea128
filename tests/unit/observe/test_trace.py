"""A trace is believed only when its field is as W3C Trace Context says."""

from collections.abc import Callable

import pytest

from sidegate.core.messages import Exchange
from sidegate.observe.trace import is_valid, trace_id_of

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
