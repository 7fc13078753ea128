"""Bytes that are almost right: seeds, cut and joined anew, and the ways they arrive in pieces."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

SEEDS = Path(__file__).parent / "seeds"
FULL = 1 << 16
LEGAL = 6

Draw = Callable[[st.SearchStrategy[Any]], Any]
Way = Callable[[Draw, bytes, Sequence[bytes]], bytes]


def seeds(name: str) -> list[bytes]:
    """Return the messages of a file of seeds; the legal ones weigh more."""
    groups = json.loads((SEEDS / name).read_text())
    rows = groups["legal"] * LEGAL + groups["attacks"]
    return [text.encode("latin-1") for _, text in rows]


def place(draw: Draw, raw: bytes) -> int:
    """Return an index into `raw`, or its end."""
    return int(draw(st.integers(0, len(raw))))


def piece(draw: Draw, raw: bytes) -> slice:
    """Return a short slice of `raw`."""
    start = place(draw, raw)
    return slice(start, start + draw(st.integers(0, 12)))


def flip_a_bit(draw: Draw, raw: bytes, _: Sequence[bytes]) -> bytes:
    at = place(draw, raw)
    return (
        raw[:at]
        + bytes(byte ^ 1 << draw(st.integers(0, 7)) for byte in raw[at : at + 1])
        + (raw[at + 1 :])
    )


def cut_out(draw: Draw, raw: bytes, _: Sequence[bytes]) -> bytes:
    cut = piece(draw, raw)
    return raw[: cut.start] + raw[cut.stop :]


def repeat(draw: Draw, raw: bytes, _: Sequence[bytes]) -> bytes:
    again = piece(draw, raw)
    return raw[: again.stop] + raw[again] + raw[again.stop :]


def truncate(draw: Draw, raw: bytes, _: Sequence[bytes]) -> bytes:
    return raw[: place(draw, raw)]


def splice(draw: Draw, raw: bytes, others: Sequence[bytes]) -> bytes:
    other = draw(st.sampled_from(others))
    return raw[: place(draw, raw)] + other[place(draw, other) :]


def append(draw: Draw, raw: bytes, others: Sequence[bytes]) -> bytes:
    return raw + bytes(draw(st.sampled_from(others)))


def lines_anew(draw: Draw, raw: bytes, _: Sequence[bytes]) -> bytes:
    """Double, drop or move a line."""
    lines = raw.split(b"\r\n")
    line = draw(st.integers(0, len(lines) - 1))
    taken = lines[line]
    if draw(st.booleans()):
        del lines[line]
    if draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), taken)
    return b"\r\n".join(lines)


def with_word(words: Sequence[bytes]) -> Way:
    """Return the mutation that writes one of these words somewhere, over what was there or not."""

    def write(draw: Draw, raw: bytes, _: Sequence[bytes]) -> bytes:
        over = piece(draw, raw) if draw(st.booleans()) else slice(at := place(draw, raw), at)
        return raw[: over.start] + bytes(draw(st.sampled_from(words))) + raw[over.stop :]

    return write


def with_line(lines: Sequence[bytes]) -> Way:
    """Return the mutation that puts one of these between two lines."""

    def write(draw: Draw, raw: bytes, _: Sequence[bytes]) -> bytes:
        present = raw.split(b"\r\n")
        present.insert(draw(st.integers(1, len(present))), draw(st.sampled_from(lines)))
        return b"\r\n".join(present)

    return write


@st.composite
def mutated(
    draw: Draw, originals: Sequence[bytes], words: Sequence[bytes], lines: Sequence[bytes]
) -> bytes:
    """Return one of the originals, changed in up to four ways: mostly by lines, to stay legal."""
    ways: list[Way] = [flip_a_bit, cut_out, repeat, truncate, splice, append, append, lines_anew]
    ways += [with_word(words)] * 2 + [with_line(lines)] * 4
    raw = bytes(draw(st.sampled_from(originals)))
    most = draw(st.sampled_from([0, 1, 1, 2, 4]))
    for way in draw(st.lists(st.sampled_from(ways), max_size=most)):
        raw = way(draw, raw, originals)
    return raw[:FULL]


def pieces(raw: bytes, cuts: Sequence[int] | None) -> list[bytes]:
    """Return `raw` in the pieces in which TCP may deliver it, their lengths as in `cuts`.

    What is left is one piece. None: byte by byte, or in small pieces when there are many.
    """
    if cuts is None:
        size = 1 + len(raw) // 500
        return [raw[at : at + size] for at in range(0, len(raw), size)]
    found, at = [], 0
    for cut in cuts:
        found.append(raw[at : at + cut])
        at += cut
    return [part for part in (*found, raw[at:]) if part]


CUTS = st.lists(st.integers(1, 60), max_size=6) | st.none()
