"""What a server cost, read from the kernel's accounts of all its processes (Linux only)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat, counted from 0 after the name in parentheses (proc(5)).
_PARENT, _FIRST_TIME, _AFTER_TIMES = 1, 11, 15


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a server, in MB (10^6 bytes), summed over its processes.

    `rss` counts a page that processes share once for each of them, `pss` divides it among them.
    """

    rss: float
    pss: float


def cpu_seconds(root: int) -> float:
    """CPU time, user and system, that process `root` and its descendants have used."""
    # utime, stime and the same two of children that have ended and were waited for: a process
    # is in exactly one of the two accounts.
    ticks = sum(
        int(field) for pid in _family(root) for field in _stat(pid)[_FIRST_TIME:_AFTER_TIMES]
    )
    return ticks / _TICKS_PER_SECOND


def memory(root: int) -> Memory:
    """Resident memory of process `root` and its descendants now."""
    rollups = [_rollup(pid) for pid in _family(root)]
    return Memory(
        rss=sum(rollup["Rss"] for rollup in rollups) / 1e6,
        pss=sum(rollup["Pss"] for rollup in rollups) / 1e6,
    )


def _family(root: int) -> Iterator[int]:
    """Yield `root` and all its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int(_stat(int(entry.name))[_PARENT])
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
            children.setdefault(parent, []).append(int(entry.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, [])


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the name, which may itself hold spaces and parentheses."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def _rollup(pid: int) -> dict[str, int]:
    """Bytes by name from /proc/PID/smaps_rollup."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) * 1024 for name, rest in (line.split(":") for line in lines)}
