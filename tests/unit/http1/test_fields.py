"""Field lines: judged once, found by their bytes, bounded, and never a place for secrets."""

import pytest

from sidegate.core.errors import BadRequest
from sidegate.http1.fields import LONGEST_LINE, MOST_LINES, Fields, index_of, read_fields


def test_a_line_becomes_a_name_a_value_and_a_canonical_line() -> None:
    assert Fields()[b"X-One: \t1 "] == (b"x-one", b"1", b"X-One: 1\r\n")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no colon",
        b": x",
        b"a b: x",
        b" a: x",
        b"a : x",
        b"a: \n",
        b"a: \r",
        b"a: \0x",
        b"a\n: ",
    ],
)
def test_a_line_that_is_no_field_is_refused_each_time(line: bytes) -> None:
    fields = Fields()
    for _ in range(2):
        with pytest.raises(BadRequest):
            fields[line]


def test_a_usual_line_is_judged_once() -> None:
    fields = Fields()
    assert fields[b"Accept: */*"] is fields[b"Accept: */*"]


@pytest.mark.parametrize(
    "line",
    [
        b"Cookie: a=secret",
        b"Authorization: Bearer secret",
        b"Set-Cookie: a=secret",
        b"X-Long: " + b"a" * LONGEST_LINE,
    ],
)
def test_secrets_and_long_lines_are_not_remembered(line: bytes) -> None:
    fields = Fields()
    assert fields[line][1] in line
    assert len(fields) == 0


def test_lines_that_never_come_again_cost_bounded_memory() -> None:
    fields = Fields()
    for number in range(3 * MOST_LINES):
        fields[b"traceparent: %d" % number]
    assert len(fields) <= MOST_LINES


def test_the_first_line_of_a_head_is_no_field() -> None:
    assert [name for name, _, _ in read_fields(Fields(), [b"GET / HTTP/1.1", b"A: 1"])] == [b"a"]


def test_duplicates_are_joined_or_refused() -> None:
    fields = read_fields(Fields(), [b"", b"A: 1", b"a: 2", b"Cookie: x=1", b"cookie: y=2"])
    assert index_of(fields, frozenset()) == {b"a": b"1, 2", b"cookie": b"x=1; y=2"}
    with pytest.raises(BadRequest):
        index_of(fields, frozenset({b"a"}))
