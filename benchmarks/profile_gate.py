"""Find what costs time in the gate: `python benchmarks/profile_gate.py [--with pyinstrument]`.

Runs the gate under a profiler, signs in, loads it with wrk and prints the most expensive
functions. The profiler slows everything down: the shares are what to read, not the times.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import pstats
import sys
import tempfile
from pathlib import Path

import load
import peers
from signin import sign_in


def main() -> None:
    """Profile one loaded gate and print where its time went."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="sidegate-profile-") as name:
        os.sched_setaffinity(0, {peers.LOAD_CPU})
        with peers.world(Path(name)) as world:
            output = Path(name) / "profile"
            _run(world, _profiled(peers.gate(world), options.profiler, output), options.seconds)
            # The profiler writes its file when the gate has stopped, as the block above ends it.
        if options.profiler == "cProfile":
            pstats.Stats(str(output)).sort_stats(options.sort).print_stats(options.lines)
        else:
            print(output.read_text())


def _run(world: peers.World, gate: peers.Peer, seconds: float) -> None:
    with peers.running(gate, world):
        cookie = sign_in(gate, world, peers.EMAIL)
        seen = load.wrk(gate, world, cookie, 32, seconds)
        print(f"{seen.requests} requests in {seen.seconds:.1f} s, profiled")


def _profiled(gate: peers.Peer, profiler: str, output: Path) -> peers.Peer:
    """Return the same gate under a profiler that writes to `output`."""
    python, *arguments = gate.command
    extra = ["-r", "text", "--show-all"] if profiler == "pyinstrument" else []
    command = (python, "-m", profiler, *extra, "-o", str(output), *arguments)
    return dataclasses.replace(gate, command=command)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--with", dest="profiler", choices=["cProfile", "pyinstrument"], default="cProfile"
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="of load (default: 5)")
    parser.add_argument("--lines", type=int, default=40, help="to print (default: 40)")
    parser.add_argument("--sort", default="tottime", help="cProfile's order (default: tottime)")
    if sys.platform != "linux":
        raise SystemExit("Needs Linux, as the benchmark does.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
