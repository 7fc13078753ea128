"""Plays the faults whose ids are given, or all, and prints one table. Exit 1: a promise broke."""

import importlib
import pkgutil
import sys
import time
import traceback

import tests.faults
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Stage


def found() -> list[Fault]:
    """Return every fault, in the order of the ids."""
    names = [module.name for module in pkgutil.iter_modules(tests.faults.__path__)]
    modules = [importlib.import_module(f"tests.faults.{n}") for n in names if n[1:3].isdigit()]
    return sorted((module.FAULT for module in modules), key=lambda fault: fault.id)


def play(fault: Fault) -> Outcome:
    """Play one fault. What breaks the play itself is no promise kept."""
    try:
        with Stage() as stage:
            return fault.play(stage)
    except Exception as error:  # noqa: BLE001 - the other faults are still to be played
        traceback.print_exc()
        return Outcome(f"could not be played: {type(error).__name__}: {error}", holds=False)


def main(wanted: list[str]) -> int:
    """Play and print."""
    rows = [("id", "fault", "promised", "measured", "")]
    failed = 0
    for fault in found():
        if wanted and not any(fault.id.startswith(one) for one in wanted):
            continue
        began = time.monotonic()
        outcome = play(fault)
        failed += not outcome.holds
        verdict = "held" if outcome.holds else "BROKEN"
        took = time.monotonic() - began
        print(f"{fault.id} {verdict} after {took:.0f} s: {outcome.measured}", flush=True)  # noqa: T201 - a program
        rows.append((fault.id, fault.fault, fault.promised, outcome.measured, verdict))
    rows.insert(1, ("---",) * 5)
    print("\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows))  # noqa: T201 - a program
    return 1 if failed or len(rows) == 2 else 0


sys.exit(main(sys.argv[1:]))
