"""Crowds of clients, idle, slow and greedy: the gate keeps serving the others."""

import os
import resource
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.integration.processes import LOOPBACK, until

PUBLIC = "--skip-auth-route=^/"
MB = 1 << 20
LOOPS = ["--uvloop=true", "--uvloop=false"]


def crowd(stack, port, count, greeting=b""):
    """Open connections that say `greeting` and then nothing."""
    found = []
    for _ in range(count):
        one = stack.enter_context(socket.create_connection((LOOPBACK, port), timeout=10))
        with suppress(ConnectionError):
            one.sendall(greeting)
        found.append(one)
    return found


def is_ended(one):
    """Say whether the gate has ended a connection, without waiting."""
    one.setblocking(False)
    try:
        return one.recv(65536, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


@pytest.fixture
def few_descriptors():
    """Let what is started now have few file descriptors."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    def limit(process, count):
        resource.prlimit(process.child.pid, resource.RLIMIT_NOFILE, (count, count))

    yield limit
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


@pytest.mark.parametrize("loop", LOOPS)
def test_without_descriptors_the_gate_neither_spins_nor_dies(gate, few_descriptors, loop):
    # The limit comes after the start, so that the gate's own bound does not help.
    made = gate(PUBLIC, loop, "--header-timeout=2s")
    with made.wire() as kept, ExitStack() as stack:
        assert kept.got("GET /first").status == 200
        few_descriptors(made.process, 40)
        before = _cpu_seconds(made.process.child.pid)
        starving = crowd(stack, made.port, 100)
        assert kept.got("GET /while-starved").status == 200
        # The event that ends the wait: those who were accepted have said nothing for two seconds.
        until(lambda: any(is_ended(one) for one in starving[:10]), 20, "the idle to be sent off")
        assert _cpu_seconds(made.process.child.pid) - before < 1.0
    with made.wire() as after:
        assert after.got("GET /after").status == 200


def _cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_idle_connections_make_way_for_newcomers(gate):
    made = gate(PUBLIC, "--limit-connections=50")
    with ExitStack() as stack:
        idle = crowd(stack, made.port, 50)
        with made.wire() as kept:
            until(lambda: _is_served(made), 10, "a newcomer to be served")
            assert sum(is_ended(one) for one in idle) >= 1
            assert kept.got("GET /").status in {200, 503}


def _is_served(gate):
    with suppress(EOFError, OSError), gate.wire() as wire:
        return wire.got("GET /").status == 200
    return False


def test_heads_that_never_end_make_way_for_newcomers(gate):
    made = gate(PUBLIC, "--limit-connections=50")
    with ExitStack() as stack:
        slow = crowd(stack, made.port, 60, b"GET / HTTP/1.1\r\nHost: a\r\nX-")
        until(lambda: _is_served(made), 10, "a newcomer to be served")
        assert sum(is_ended(one) for one in slow) >= 1


def test_when_all_are_served_a_newcomer_is_told_to_come_back(gate, app):
    made = gate(PUBLIC, "--limit-connections=2")
    with made.wire() as one, made.wire() as two:
        for wire in (one, two):
            wire.ask("GET /slow")
        until(lambda: len(app.requests) == 2, 10, "both to be served")
        with made.wire() as newcomer:
            answer = newcomer.answer()
            assert (answer.status, answer.fields["connection"]) == (503, "close")
        app.release.release(2)
        assert [wire.answer().status for wire in (one, two)] == [200, 200]


def test_header_bombs_cost_bounded_memory(gate):
    made = gate(PUBLIC)
    idle = made.process.memory()
    with ExitStack() as stack:
        # 3,000 times 60 KB would be 180 MB.
        crowd(stack, made.port, 3000, b"GET / HTTP/1.1\r\nHost: a\r\nX-Bomb: " + b"b" * 60_000)
        assert _is_served(made)
        assert made.process.peak_memory() < idle + 110 * MB


def test_a_flood_of_pipelined_requests_costs_bounded_memory_while_nobody_reads(gate):
    made = gate(PUBLIC)
    idle = made.process.memory()
    request = b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
    with ExitStack() as stack:
        for one in crowd(stack, made.port, 20):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(0.1)
            with suppress(TimeoutError):
                while True:
                    one.sendall(request * 2000)
        assert _is_served(made)
        assert made.process.peak_memory() < idle + 64 * MB


def test_a_body_over_the_limit_is_refused(gate, app):
    made = gate(PUBLIC, "--limit-body-bytes=1000")
    with made.wire() as wire:
        assert wire.got("POST /count", "Content-Length: 1001", body=b"x").status == 413
    with made.wire() as wire:
        assert wire.got("POST /count", "Content-Length: 1000", body=b"x" * 1000).body == b"1000"
    assert len(app.requests) == 1
