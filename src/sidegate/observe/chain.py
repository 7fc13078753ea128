"""The hash chain of the audit file: nobody changes, removes or adds a line unnoticed.

Each line has its number (`seq`) and the SHA-256 of the line before it (`prev`), over all files.
Whoever can write the files can make a whole new chain from some line on: note the hash of the last
line elsewhere now and then, or ship the lines, and compare.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

START: Final = "0" * 64
"""What stands for the line before the first."""


@dataclass(frozen=True, slots=True, order=True)
class Chain:
    """The end of a chain: the number of its last line, and the hash of that."""

    seq: int = 0
    prev: str = START

    def link(self, lines: bytes) -> tuple[bytes, "Chain"]:
        """Return the lines of JSON as links of the chain, and its new end."""
        seq, prev, linked = self.seq, self.prev, []
        for line in lines.splitlines():
            seq += 1
            whole = b'%s,"seq":%d,"prev":"%s"}' % (line[:-1], seq, prev.encode())
            prev = hash_of(whole)
            linked.append(whole)
        return b"\n".join([*linked, b""]), Chain(seq, prev)

    def after(self, tail: bytes) -> "Chain":
        """Return the end that the last lines of a file make, this one where there are none.

        A line that was torn counts, for the next one is chained to what is left of it.
        """
        lines = tail.removesuffix(b"\n").split(b"\n")
        if not lines[-1]:
            return self
        numbers = (_number(line) for line in reversed(lines))
        return Chain(next((n for n in numbers if n), self.seq), hash_of(lines[-1]))


@dataclass(slots=True)
class Verdict:
    """What became of a chain. `faults`: each with its place; empty where nothing is wrong.

    `first`, `last`: numbers of lines, 0 for none. `end`: the hash of the last line. `remarks`: what
    is no fault. `holds`: a line has the hash that was asked for.
    """

    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    first: int = 0
    last: int = 0
    end: str = START
    holds: bool = False


def verify(lines: Iterable[tuple[str, bytes]], known: str = "") -> Verdict:
    """Look at all lines, each with its place, in the order in which they were written.

    `known`: the hash of a line that was noted elsewhere.
    """
    verdict = Verdict()
    torn = ""
    unchained = 0
    for place, line in lines:
        link = _link(line)
        if link is None:
            if verdict.last or torn:
                _note_torn(verdict, torn)
                torn = place
            else:
                unchained += 1
            verdict.end = hash_of(line)
            continue
        _compare(verdict, place, *link, torn)
        torn = ""
        verdict.last, verdict.end = link[0], hash_of(line)
        verdict.first = verdict.first or link[0]
        verdict.holds |= verdict.end == known
    _note_torn(verdict, torn)
    if unchained:
        verdict.remarks.append(f"{unchained} lines before the chain begins")
    if verdict.first > 1:
        verdict.remarks.append(f"the chain begins with line {verdict.first}: older files are gone")
    return verdict


def hash_of(line: bytes) -> str:
    """Return what the next line has of this one."""
    return hashlib.sha256(line).hexdigest()


def _compare(verdict: Verdict, place: str, seq: int, prev: str, torn: str) -> None:
    is_first = verdict.last == 0
    if seq != verdict.last + 1 and not is_first:
        verdict.faults.append(f"{place}: line {seq} follows line {verdict.last}")
    elif prev != verdict.end and not (is_first and verdict.end == START and seq > 1):
        verdict.faults.append(f"{place}: line {seq} does not continue what stands before it")
    elif torn:
        verdict.remarks.append(f"{torn}: torn while it was written, and in the chain as it is")


def _note_torn(verdict: Verdict, torn: str) -> None:
    if torn:
        verdict.faults.append(f"{torn}: not in the chain")


def _link(line: bytes) -> tuple[int, str] | None:
    """Return number and hash of a line, None for what is no link."""
    try:
        found = json.loads(line)
        seq, prev = found["seq"], found["prev"]
    except (ValueError, KeyError, TypeError):
        return None
    return (seq, prev) if type(seq) is int and isinstance(prev, str) else None


def _number(line: bytes) -> int:
    link = _link(line)
    return link[0] if link else 0
