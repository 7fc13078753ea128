"""Starts gates for tests: one process that has imported the program forks a gate per order.

A test run needs some hundred gates; each of them is `sidegate serve` with its own flags and its
own process, without the half second that an interpreter takes to start. One thing is not as in
real life: the clock reads an offset from a file, so that a test can move time.

Orders are lines of JSON on the standard input, answers are numbers on the standard output:
`start` (argv, log, clock, environment) answers the process id, `end` (pid) sends SIGTERM, waits,
and answers the exit code, `poll` (pid) answers the exit code or -1000 while it runs.
"""

import importlib
import json
import mmap
import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import sidegate.cli.serve  # noqa: F401 - imported once, here, instead of in every gate
from sidegate.app import process
from sidegate.cli import main
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.net.fetch import Fetcher

RUNS = -1000


def movable(path: str) -> Callable[[], float]:
    """Return a clock that adds the seconds which stand in a file, as a double."""
    with open(path, "rb") as file:  # noqa: PTH123 - mmap wants a descriptor
        memory = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    read = struct.Struct("d").unpack_from
    return lambda: time.time() + read(memory)[0]  # noqa: TID251 - this is the clock


def become_gate(order: dict[str, Any]) -> None:
    """Turn this process into a gate; never returns."""
    os.setsid()
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for new, old in ((null, 0), (log, 1), (log, 2)):
        os.dup2(new, old)
    os.environ.update(order.get("environment", {}))
    process._clock = movable(order["clock"])
    if "BREAK" in os.environ:
        break_part(os.environ["BREAK"])
    if "GOOGLE_AT" in os.environ:
        lead_google(os.environ["GOOGLE_AT"])
    code = 70
    try:
        code = main(["serve", *order["argv"]])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def break_part(name: str) -> None:
    """Let a function of the program raise an error that nobody expects: `module:Class.method`."""
    module, _, path = name.partition(":")
    owner, _, method = path.rpartition(".")
    setattr(getattr(importlib.import_module(module), owner), method, _broken)


def lead_google(address: str) -> None:
    """Let calls to Google's hosts end at a script: those hosts cannot be had here."""
    from tests.conformance.provider.google import (  # noqa: PLC0415 - no other gate needs it
        HOSTS,
        Rewritten,
    )

    send = Fetcher.__call__

    async def led(fetcher: Fetcher, request: FetchRequest, /) -> FetchResponse:
        if urlsplit(request.url).hostname in HOSTS:
            return await Rewritten(partial(send, fetcher), address)(request)
        return await send(fetcher, request)

    Fetcher.__call__ = led  # type: ignore[method-assign] # see above


def _broken(*given: object, **named: object) -> None:
    """Raise what nobody expects; where a test wants that, with all that was given in its text."""
    if "ALOUD" in os.environ:
        raise RuntimeError(f"given: {[_all_of(one) for one in (*given, *named.values())]}")
    raise RuntimeError("broken by a test")


def _all_of(given: object) -> str:
    """Return a value as an error of Python's own may show it."""
    return repr(getattr(given, "head", given) if type(given).__name__ == "Exchange" else given)


def answer(order: dict[str, Any]) -> int:
    """Carry out one order."""
    match order["do"]:
        case "start":
            pid = os.fork()
            if pid == 0:
                become_gate(order)
            return pid
        case "poll":
            pid, status = os.waitpid(order["pid"], os.WNOHANG)
            return os.waitstatus_to_exitcode(status) if pid else RUNS
    os.kill(order["pid"], signal.SIGTERM)
    _, status = os.waitpid(order["pid"], 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    while line := sys.stdin.buffer.readline():
        os.write(1, b"%d\n" % answer(json.loads(line)))
