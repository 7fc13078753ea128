"""`sidegate audit verify`: whether the chain of the audit files holds."""

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from sidegate.observe.chain import Verdict, verify

EPILOG = """\
examples:
  sidegate audit verify /var/log/sidegate/audit*
  sidegate audit verify --contains=9f2b... audit.jsonl

Files may be named in any order, and be compressed. The order of their lines says
which comes first. Note the hash that is printed somewhere else, and ask for it the
next time (--contains): lines that were cut off at the end are found by that alone.

Exit status: 0 the chain holds, 1 it is broken, 2 a file cannot be read.
"""


def run(words: list[str]) -> int:
    """Run the named action."""
    parser = argparse.ArgumentParser(
        prog="sidegate audit",
        description="Verify audit files that were written with audit_hash_chain.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=["verify"])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--contains", metavar="HASH", default="", help="a hash that was noted")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    asked = parser.parse_args(words)
    try:
        verdict = verify(_lines(_in_order(asked.files)), asked.contains)
    except (OSError, EOFError) as error:
        print(f"sidegate audit: {error}", file=sys.stderr)
        return 2
    if not verdict.last:
        verdict.faults.append("there is no chain in these files")
    if asked.contains and not verdict.holds:
        verdict.faults.append("no line has the hash that was asked for")
    _print(verdict, as_json=asked.json)
    return 1 if verdict.faults else 0


def _print(verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        print(
            json.dumps(
                {
                    "holds": not verdict.faults,
                    "first": verdict.first,
                    "last": verdict.last,
                    "hash": verdict.end,
                    "faults": verdict.faults,
                    "remarks": verdict.remarks,
                },
                indent=2,
            )
        )
        return
    for remark in verdict.remarks:
        print(remark)
    for fault in verdict.faults:
        print(f"broken: {fault}", file=sys.stderr)
    if not verdict.faults:
        print(f"lines {verdict.first} to {verdict.last} hold; the last has the hash {verdict.end}")


def _in_order(names: list[str]) -> list[Path]:
    """Return the files by the numbers of their first lines; files without any come first."""
    return sorted(map(Path, names), key=_first_number)


def _first_number(file: Path) -> int:
    for _, line in _lines([file]):
        try:
            return int(json.loads(line)["seq"])
        except (ValueError, KeyError, TypeError):
            continue
    return 0


def _lines(files: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield every line with its place."""
    for file in files:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
            for number, line in enumerate(opened, 1):
                yield f"{file}:{number}", line.removesuffix(b"\n")
