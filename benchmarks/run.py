"""Compare sidegate with nginx and Apache mod_auth_openidc: `python benchmarks/run.py [--quick]`.

Prints a table and judges the targets. A full run of all servers also writes results/latest.json,
results/latest.svg and the table in docs/performance.md; any other writes results/partial.*.
A missed target is not a failure; a server that does not answer 200 with the right identity is.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import peers
import picture
import report
from load import WrongAnswer
from scenarios import FULL, QUICK, Bench, Effort, Samples, measure
from signin import SignInError

RESULTS = peers.HERE / "results"
DOCUMENT = peers.HERE.parent / "docs" / "performance.md"
_MARKS = re.compile(r"(<!-- figures:begin -->\n).*(<!-- figures:end -->)", re.DOTALL)


def main() -> int:
    """Measure, print, save."""
    options = _options()
    _require_tools()
    effort = QUICK if options.quick else FULL
    samples, started, facts = Samples(), time.monotonic(), _circumstances(effort)
    try:
        _measure(options.servers, options.before, effort, samples)
    except (WrongAnswer, SignInError, peers.NotStarted) as wrong:
        print(f"\nNo figures. {type(wrong).__name__}: {wrong}", file=sys.stderr)
        return 1
    found = report.medians(samples)
    print(f"\n{report.as_text(found)}\n\nTook {time.monotonic() - started:.0f} s.")
    _save(found, samples, facts, complete=effort is FULL and set(found) == set(peers.PEERS))
    return 0


def _measure(names: list[str], before: Path | None, effort: Effort, samples: Samples) -> None:
    """Run everything in a temporary directory, which is kept when something went wrong."""
    os.sched_setaffinity(0, {peers.LOAD_CPU})
    directory = Path(tempfile.mkdtemp(prefix="sidegate-bench-"))
    try:
        with peers.world(directory) as world:
            subjects = [(peers.PEERS | peers.EXTRAS)[name](world) for name in names]
            if before is not None:
                subjects.append(peers.gate(world, before))
            measure(Bench(world, effort, samples, _progress), subjects)
    except BaseException:
        print(f"\nThe servers' logs are in {directory}", file=sys.stderr)
        raise
    shutil.rmtree(directory)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, under a minute")
    parser.add_argument(
        "--servers",
        type=lambda text: text.split(","),
        default=list(peers.PEERS),
        help=f"some of {','.join(peers.PEERS | peers.EXTRAS)} (default: {','.join(peers.PEERS)})",
    )
    parser.add_argument(
        "--before", type=Path, help="another checkout of sidegate, to be measured in the same run"
    )
    options = parser.parse_args()
    if unknown := set(options.servers) - set(peers.PEERS | peers.EXTRAS):
        parser.error(f"no such server: {', '.join(sorted(unknown))}")
    return options


def _require_tools() -> None:
    """Stop, with the way to mend it, where something to measure by or with is missing."""
    if sys.platform != "linux":
        raise SystemExit("The benchmark reads /proc and sets CPU affinity: it needs Linux.")
    module = peers.APACHE_MODULES / "mod_auth_openidc.so"
    missing = [str(path) for path in (peers.NGINX, peers.APACHE, module) if not path.exists()]
    if shutil.which("wrk") is None:
        missing.append("wrk")
    if missing:
        raise SystemExit(f"Missing: {', '.join(missing)}. Run benchmarks/install.sh as root.")


def _progress(words: str) -> None:
    """Show what is being done, on one line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


def _circumstances(effort: Effort) -> dict[str, str]:
    """Under which conditions the figures arose."""
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    alone = peers.SERVER_CPU != peers.LOAD_CPU
    return {
        "Measured": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d"),
        "Machine": f"{cpu[1] if cpu else platform.machine()}, Linux {platform.release()}",
        "Load before": f"{os.getloadavg()[0]:.1f} (average of one minute; 0 is a quiet machine)",
        "CPUs": f"the server on CPU {peers.SERVER_CPU}; load, upstream and provider on "
        f"CPU {peers.LOAD_CPU}{'' if alone else ' (the same: only ratios mean something)'}",
        "Versions": f"Python {platform.python_version()}, {_version(peers.NGINX)}, "
        f"{_version(peers.APACHE)}, oauth2-proxy {_pinned(peers.OAUTH2_PROXY)}",
        "Effort": f"{effort.rounds} rounds of {effort.seconds:g} s, {effort.requests:,} requests "
        f"and {effort.sign_ins} sign-ins before memory is taken, medians",
    }


def _version(program: Path) -> str:
    run = subprocess.run([program, "-v"], capture_output=True, text=True, check=True)
    found = re.search(r"(nginx|Apache)/[\d.]+", run.stdout + run.stderr)
    return found[0] if found else program.name


def _pinned(program: Path) -> str:
    """Return the version that was built; the program itself does not know it."""
    note = program.parent / ".complete"
    return note.read_text().strip() if note.exists() else "not built"


def _save(
    found: report.Medians, samples: Samples, facts: dict[str, str], *, complete: bool
) -> None:
    name = "latest" if complete else "partial"
    RESULTS.mkdir(exist_ok=True)
    data = report.as_json(found, samples, facts)
    (RESULTS / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n")
    subtitle = f"{facts['Measured']}, {facts['Machine']}; medians; shorter is cheaper"
    (RESULTS / f"{name}.svg").write_text(picture.draw(found, subtitle))
    print(f"Saved as {RESULTS / name}.json and .svg")
    if complete:
        table = report.as_markdown(found, facts)
        text = DOCUMENT.read_text()
        DOCUMENT.write_text(_MARKS.sub(lambda mark: f"{mark[1]}{table}{mark[2]}", text))


if __name__ == "__main__":
    sys.exit(main())
