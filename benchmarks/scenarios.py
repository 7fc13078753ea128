"""What is measured, in which order, and which figures come out of it.

All servers run side by side; one at a time is under load, in rounds whose order rotates, so that
a slow moment of the machine does not fall on the same server each time.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import account
import load
from peers import EMAIL, TRANSFER_BYTES, Peer, Running, World, running
from signin import sign_in

Progress = Callable[[str], None]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `summary` makes one value of all samples."""

    key: str
    title: str
    unit: str
    more_is_better: bool = False
    summary: Callable[[list[float]], float] = statistics.median


FIGURES = (
    Figure("cpu_32", "CPU per request, 32 connections", "us"),
    Figure("cpu_1", "CPU per request, 1 connection", "us"),
    Figure("p50_32", "latency p50, 32 connections", "us"),
    Figure("p99_32", "latency p99, 32 connections", "us"),
    Figure("p50_1", "latency p50, 1 connection", "us"),
    Figure("p99_1", "latency p99, 1 connection", "us"),
    Figure("rate_32", "requests per second, 32 connections", "1/s", more_is_better=True),
    Figure("lost_32", "connections lost, worst round", "count", summary=max),
    Figure("rss_idle", "memory idle (RSS)", "MB"),
    Figure("rss_load", "memory after sign-ins and load (RSS)", "MB"),
    Figure("pss_idle", "memory idle (PSS)", "MB"),
    Figure("pss_load", "memory after sign-ins and load (PSS)", "MB"),
    Figure("idle_1000", "memory per 1,000 idle connections (PSS)", "MB"),
    Figure("down_cpu", "CPU per GB of download", "s"),
    Figure("up_cpu", "CPU per GB of upload", "s"),
    Figure("start", "start to first answer", "s"),
)


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and how often to measure."""

    rounds: int
    seconds: float  # of load, for each number of connections in each round
    requests: int  # before memory is taken
    sign_ins: int
    transfers: int  # in each direction
    starts: int
    idle: int = 1_000  # connections


FULL = Effort(rounds=5, seconds=3, requests=50_000, sign_ins=200, transfers=3, starts=5)
QUICK = Effort(rounds=1, seconds=1, requests=5_000, sign_ins=20, transfers=1, starts=1)


@dataclass(slots=True)
class Samples:
    """All values measured so far, by server and figure."""

    by_peer: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, peer: Peer, key: str, value: float) -> None:
        """Take one value in."""
        self.by_peer.setdefault(peer.name, {}).setdefault(key, []).append(value)


@dataclass(frozen=True, slots=True)
class Bench:
    """What every scenario needs at hand."""

    world: World
    effort: Effort
    samples: Samples
    progress: Progress


@dataclass(frozen=True, slots=True)
class Subject:
    """A running server and the Cookie field that its requests carry."""

    server: Running
    cookie: str

    @property
    def peer(self) -> Peer:
        """Which server it is."""
        return self.server.peer


def measure(bench: Bench, peers: list[Peer]) -> None:
    """Run all scenarios on all peers; the values are in `bench.samples` afterwards.

    Of those that are there for their load alone only the rounds count.
    """
    _measure_starts(bench, [peer for peer in peers if not peer.only_load])
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(running(peer, bench.world)) for peer in peers]
        _settle()
        for server in servers:
            if not server.peer.only_load:
                _take_memory(bench, server, "idle")
                _sign_ins(bench, server)
        # Afterwards, because mod_auth_openidc by default holds 500 entries and drops the oldest.
        subjects = _signed_in(bench, servers)
        whole = [subject for subject in subjects if not subject.peer.only_load]
        for subject in whole:
            _load_and_memory(bench, subject)
        for number in range(bench.effort.rounds):
            for subject in _rotated(subjects, number):
                _round(bench, subject, number)
        for number in range(bench.effort.transfers):
            for subject in _rotated(whole, number):
                _transfers(bench, subject)
        for subject in whole:
            _idle_connections(bench, subject)


def _measure_starts(bench: Bench, peers: list[Peer]) -> None:
    """Time from the start of the process to its first answer, modules compiled."""
    for number in range(bench.effort.starts + 1):
        for peer in _rotated(peers, number):
            bench.progress(f"start {number}: {peer.title}")
            with running(peer, bench.world) as server:
                if number:  # the first one compiles modules and fills the page cache
                    bench.samples.add(peer, "start", server.start_seconds)


def _signed_in(bench: Bench, servers: list[Running]) -> list[Subject]:
    """Sign in once at each; who has no sessions is sent the longest cookie of the others."""
    cookies = {}
    for server in servers:
        if server.peer.sign_in_path:
            cookies[server.peer.name] = sign_in(server.peer, bench.world, EMAIL)
    longest = max(cookies.values(), key=len, default="session=none")
    subjects = [Subject(server, cookies.get(server.peer.name, longest)) for server in servers]
    for subject in subjects:
        load.check_identity(subject.peer, subject.cookie)
    return subjects


def _sign_ins(bench: Bench, server: Running) -> None:
    """Sign in people, each of whom then sends one request."""
    if not server.peer.sign_in_path:
        return
    bench.progress(f"{bench.effort.sign_ins} sign-ins: {server.peer.title}")
    for number in range(bench.effort.sign_ins):
        sign_in(server.peer, bench.world, f"person{number}@example.com")


def _load_and_memory(bench: Bench, subject: Subject) -> None:
    """Memory after many requests."""
    peer, effort, done = subject.peer, bench.effort, 0
    while done < effort.requests:
        bench.progress(f"{done} of {effort.requests} requests: {peer.title}")
        done += load.wrk(peer, bench.world, subject.cookie, 32, effort.seconds).requests
    _settle()
    _take_memory(bench, subject.server, "load")


def _round(bench: Bench, subject: Subject, number: int) -> None:
    """CPU, latency and rate, at one connection and at 32."""
    for connections in (1, 32):
        bench.progress(f"round {number + 1}, {connections} connection(s): {subject.peer.title}")
        before = account.cpu_seconds(subject.server.pid)
        seen = load.wrk(
            subject.peer, bench.world, subject.cookie, connections, bench.effort.seconds
        )
        spent = account.cpu_seconds(subject.server.pid) - before
        for key, value in (
            ("cpu", spent / seen.requests * 1e6),
            ("p50", seen.p50_us),
            ("p99", seen.p99_us),
            ("rate", seen.requests / seen.seconds),
            ("lost", seen.lost),
        ):
            bench.samples.add(subject.peer, f"{key}_{connections}", value)


def _transfers(bench: Bench, subject: Subject) -> None:
    """CPU for one large body in each direction."""
    for key, transfer in (("down_cpu", load.download), ("up_cpu", load.upload)):
        bench.progress(f"{key.partition('_')[0]}load: {subject.peer.title}")
        before = account.cpu_seconds(subject.server.pid)
        transfer(subject.peer, subject.cookie)
        spent = account.cpu_seconds(subject.server.pid) - before
        bench.samples.add(subject.peer, key, spent / TRANSFER_BYTES * 1e9)


def _idle_connections(bench: Bench, subject: Subject) -> None:
    """Growth of memory while connections wait for their next request."""
    bench.progress(f"{bench.effort.idle} idle connections: {subject.peer.title}")
    before = account.memory(subject.server.pid).pss
    with load.idle_connections(subject.peer, subject.cookie, bench.effort.idle):
        _settle()
        grown = account.memory(subject.server.pid).pss - before
    bench.samples.add(subject.peer, "idle_1000", grown / bench.effort.idle * 1_000)


def _take_memory(bench: Bench, server: Running, moment: str) -> None:
    now = account.memory(server.pid)
    bench.samples.add(server.peer, f"rss_{moment}", now.rss)
    bench.samples.add(server.peer, f"pss_{moment}", now.pss)


def _rotated(items: list[Item], by: int) -> list[Item]:
    turn = by % max(1, len(items))
    return items[turn:] + items[:turn]


def _settle() -> None:
    """Let background work (discovery, closing connections) come to rest."""
    time.sleep(1.0)
