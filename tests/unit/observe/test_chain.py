"""Whatever is changed, taken out or put in, the chain tells where."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.observe.chain import START, Chain, Verdict, hash_of, verify


def chained(count: int, chain: Chain | None = None) -> list[bytes]:
    lines = b"".join(b'{"event":"number %d"}\n' % number for number in range(count))
    linked, _ = (chain or Chain()).link(lines)
    return linked.splitlines()


def verdict_of(lines: list[bytes], known: str = "") -> Verdict:
    return verify(((f"file:{number}", line) for number, line in enumerate(lines, 1)), known)


def test_a_link_is_the_line_with_its_number_and_the_hash_of_the_one_before() -> None:
    first, second = chained(2)
    assert json.loads(first) == {"event": "number 0", "seq": 1, "prev": START}
    assert json.loads(second) == {"event": "number 1", "seq": 2, "prev": hash_of(first)}


def test_an_untouched_chain_holds_and_ends_with_the_hash_of_its_last_line() -> None:
    lines = chained(5)
    verdict = verdict_of(lines)
    assert verdict.faults == verdict.remarks == []
    assert (verdict.first, verdict.last, verdict.end) == (1, 5, hash_of(lines[-1]))


@given(st.integers(0, 4), st.integers(0, 30), st.integers(0, 255))
def test_no_byte_can_be_changed_but_in_the_last_line(line: int, place: int, byte: int) -> None:
    lines = chained(6)
    changed = bytearray(lines[line])
    changed[place % len(changed)] = byte
    if bytes(changed) != lines[line]:
        lines[line] = bytes(changed)
        assert verdict_of(lines).faults


def test_a_line_that_was_taken_out_is_a_gap() -> None:
    lines = chained(5)
    del lines[2]
    assert verdict_of(lines).faults == ["file:3: line 4 follows line 2"]


def test_a_line_that_was_put_in_or_comes_twice_is_found() -> None:
    lines = chained(5)
    assert verdict_of([*lines[:2], lines[1], *lines[2:]]).faults
    assert verdict_of([*lines[:2], b'{"event":"forged"}', *lines[2:]]).faults


def test_lines_in_another_order_are_found() -> None:
    first, second, third = chained(3)
    assert verdict_of([first, third, second]).faults


def test_the_first_break_is_told_first_and_the_rest_is_looked_at_too() -> None:
    lines = chained(9)
    del lines[6], lines[2]
    assert verdict_of(lines).faults == [
        "file:3: line 4 follows line 2",
        "file:6: line 8 follows line 6",
    ]


def test_files_that_retention_removed_are_no_fault_but_remarked() -> None:
    verdict = verdict_of(chained(6)[3:])
    assert verdict.faults == []
    assert verdict.remarks == ["the chain begins with line 4: older files are gone"]


def test_a_first_line_that_names_another_start_is_a_fault() -> None:
    lines = chained(2, Chain(0, "f" * 64))
    assert verdict_of(lines).faults


def test_lines_cut_off_at_the_end_are_found_by_a_hash_that_was_noted() -> None:
    lines = chained(5)
    noted = hash_of(lines[-1])
    assert verdict_of(lines, noted).holds
    assert not verdict_of(lines[:-1], noted).holds


def test_a_chain_goes_on_where_a_file_ends() -> None:
    lines = chained(3)
    chain = Chain().after(b"\n".join([*lines, b""]))
    assert chain == Chain(3, hash_of(lines[-1]))
    assert verdict_of([*lines, *chained(2, chain)]).faults == []
    assert Chain(7, "x").after(b"") == Chain(7, "x")


def test_a_line_that_was_torn_is_in_the_chain_as_it_is() -> None:
    lines = chained(3)
    torn = lines[-1][:20]
    chain = Chain().after(b"\n".join([*lines[:2], torn]))
    verdict = verdict_of([*lines[:2], torn, *chained(1, chain)])
    assert verdict.faults == []
    assert verdict.remarks == ["file:3: torn while it was written, and in the chain as it is"]
    assert verdict_of([*lines[:2], torn]).faults == ["file:3: not in the chain"]


def test_a_chain_may_begin_in_a_file_that_had_none() -> None:
    before = b'{"event":"old"}'
    chain = Chain().after(before + b"\n")
    verdict = verdict_of([b"older", before, *chained(2, chain)])
    assert verdict.faults == []
    assert verdict.remarks == ["2 lines before the chain begins"]
    assert verdict_of([b"older", b"changed", *chained(2, chain)]).faults


@pytest.mark.parametrize("line", [b"", b"[]", b"null", b'{"seq":true,"prev":"x"}', b"\xff{"])
def test_what_is_no_link_never_stops_the_look(line: bytes) -> None:
    lines = chained(3)
    assert verdict_of([*lines[:2], line, lines[2]]).faults


def test_nothing_at_all_has_no_chain() -> None:
    verdict = verdict_of([])
    assert (verdict.last, verdict.end) == (0, START)
