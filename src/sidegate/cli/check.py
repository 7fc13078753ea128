"""`sidegate check`: mistakes in manifests, found before they are applied."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sidegate.check.finding import Finding

FINE, FOUND, UNREADABLE = 0, 1, 2
"""Exit statuses."""

EPILOG = """\
examples:
  sidegate check deploy/
  helm template my-app chart/ | sidegate check -
  kubectl get -o yaml deploy,svc,netpol,cm -n my-app | sidegate check -

exit status: 0 nothing at or above --fail-on, 1 something, 2 could not be read
"""


def run(words: list[str]) -> int:
    """Print what is found."""
    options = parser().parse_args(words)
    try:
        from sidegate.manifests.read import Unreadable  # noqa: PLC0415 - needs PyYAML
    except ModuleNotFoundError:
        return unreadable("PyYAML is missing. Install it: pip install 'sidegate[kubernetes]'")
    if options.docs:
        from sidegate.check.page import document  # noqa: PLC0415 - only here

        print(document(), end="")
        return FINE
    if not options.paths:
        return unreadable("name files, folders, or - for standard input. See --help.")
    try:
        findings = examined(options.paths)
    except Unreadable as error:
        return unreadable(f"{error.what} (line {error.line}). {error.remedy}")
    except (OSError, UnicodeDecodeError) as error:
        return unreadable(str(error))
    return tell(findings, options)


def unreadable(why: str) -> int:
    """Say why nothing could be looked at."""
    print(f"sidegate check: {why}", file=sys.stderr)
    return UNREADABLE


def examined(paths: list[str]) -> list[Finding]:
    """Return what is wrong with the manifests at some paths. Raises Unreadable and OSError."""
    from sidegate.check.examine import examine  # noqa: PLC0415 - needs PyYAML
    from sidegate.manifests.files import sources  # noqa: PLC0415 - as above
    from sidegate.manifests.objects import collect  # noqa: PLC0415 - as above

    return examine(collect(sources(paths)))


def tell(findings: list[Finding], options: argparse.Namespace) -> int:
    """Print the findings; return the exit status."""
    from sidegate.check.report import as_json, as_text, at_or_above  # noqa: PLC0415 - only here

    print((as_json if options.format == "json" else as_text)(findings), end="")
    return FOUND if at_or_above(findings, options.fail_on) else FINE


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    made = argparse.ArgumentParser(
        prog="sidegate check",
        description="Find mistakes in Kubernetes manifests.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("paths", nargs="*", help="files, folders, or - for standard input")
    made.add_argument("--format", choices=("text", "json"), default="text")
    made.add_argument(
        "--fail-on",
        choices=("problem", "warning", "notice"),
        default="warning",
        help="the least that makes the exit status 1 (default: %(default)s)",
    )
    made.add_argument("--docs", action="store_true", help=argparse.SUPPRESS)
    return made
