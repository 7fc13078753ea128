"""What one request costs the gate alone: `python benchmarks/one_request.py [--instructions]`.

The real handler, connections, logs and metrics, but in this process and without sockets: the bytes
of a request in, the bytes of an answer back. Prints the least time of many batches, or the machine
instructions that valgrind counts: a figure that a busy machine does not change. The kernel's part
and the event loop's are not in it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import load
import peers

from tests.kit.gate import Proxy, cookie_for
from tests.kit.wire import Wire

_BATCH, _BATCHES = 100, 200
_COUNTED = (500, 2500)  # requests; the difference leaves the start out
_BODY = peers.BODY.encode()
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\n"
    b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
)
_GATE = peers.Peer("sidegate", "sidegate", (), 4180)
_FLAGS = ("--reverse-proxy=true", "--email-domain=*", "--request-logging=true")


def main() -> None:
    """Measure in the way that was asked for, and print one line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--instructions", action="store_true", help="count them with valgrind")
    parser.add_argument("--run", type=int, default=0, help="only run so many requests")
    options = parser.parse_args()
    if options.run:
        Bench().run(options.run)
    elif options.instructions:
        few, many = map(_instructions, _COUNTED)
        print(f"{(many - few) // (_COUNTED[1] - _COUNTED[0]):,} instructions per request")
    else:
        bench = Bench()
        least = min(bench.run(_BATCH) for _ in range(_BATCHES))
        print(f"{least / _BATCH * 1e6:.1f} us per request")


class Bench:
    """A gate with somebody signed in, and the request of the other benchmarks."""

    def __init__(self) -> None:
        gate = Proxy(*_FLAGS, f"--logging-filename={os.devnull}")
        self._wire = wire = Wire(gate, peer=("127.0.0.1", 50000), refuse=gate.refuse)
        gate.base.observation.open()
        wire.service.observe = gate.base.observation.exchange
        fields = load.head(_GATE, cookie_for(gate).decode())
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._request = f"GET /reports HTTP/1.1\r\n{lines}\r\n".encode()
        wire.client_sends(self._request)
        wire.upstream_sends(_ANSWER)
        if b"X-Forwarded-User: sub-1" not in wire.upstream_got() or wire.client_got().status != 200:
            raise load.WrongAnswer(wire.client_got_bytes())

    def run(self, count: int) -> float:
        """Serve so many requests, and return the seconds that took."""
        wire, request, answer = self._wire, self._request, _ANSWER
        to_gate, to_client = wire.client, wire.upstream
        ask, reply = to_gate.protocol.data_received, to_client.protocol.data_received
        seconds = 0.0

        def batch() -> None:
            nonlocal seconds
            started = time.perf_counter()
            for _ in range(count):
                ask(request)
                wire.pool.turn += 1  # as if the answer came in another turn of the loop
                reply(answer)
            seconds = time.perf_counter() - started

        wire.run(batch)
        to_gate.written.clear()
        to_client.written.clear()
        return seconds


def _instructions(count: int) -> int:
    """Return how many instructions a process executes that serves so many requests."""
    tool = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
    run = subprocess.run(
        [*tool, sys.executable, __file__, f"--run={count}"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "0"},
    )
    found = re.search(r"I +refs: +([\d,]+)", run.stderr)
    if found is None:
        raise SystemExit(f"valgrind counted nothing: {run.stderr}")
    return int(found[1].replace(",", ""))


if __name__ == "__main__":
    main()
