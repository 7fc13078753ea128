"""`sidegate check`: mistakes in manifests, in a configuration, and at a running gate."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sidegate.check.finding import Finding
    from sidegate.check.review import Review

FINE, FOUND, UNREADABLE = 0, 1, 2
"""Exit statuses."""

EPILOG = """\
examples:
  sidegate check deploy/
  helm template my-app chart/ | sidegate check -
  kubectl get -o yaml deploy,svc,netpol,cm -n my-app | sidegate check -
  sidegate check -- --config=sidegate.toml --upstream=http://127.0.0.1:8080
  sidegate check --url=https://app.example.com --application=10.0.0.7:8080
  sidegate check --questions > security-review.toml

The options of a gate come behind `--`, as `sidegate serve` takes them.

exit status: 0 nothing at or above --fail-on, 1 something, 2 could not be read
"""


class Unseen(Exception):
    """Something could not be looked at; the text says why."""


def run(words: list[str]) -> int:
    """Print what is found."""
    end = words.index("--") if "--" in words else len(words)
    options = parser().parse_args(words[:end])
    options.serve = words[end + 1 :]
    try:
        if options.docs or options.questions:
            return print_text(options)
        needs_something(options)
        review = review_in(options.review)
        return tell(
            [*of_manifests(options), *of_options(options), *of_url(options)], review, options
        )
    except Unseen as why:
        from sidegate.manifests import visible

        print(f"sidegate check: {visible(str(why))}", file=sys.stderr)
        return UNREADABLE


def needs_something(options: argparse.Namespace) -> None:
    """Raise Unseen where there is nothing to look at."""
    if not (options.paths or options.serve or options.url):
        raise Unseen("name files, folders, - for standard input, or --url. See --help.")


def print_text(options: argparse.Namespace) -> int:
    """Print the page of the documentation, or the questions."""
    from sidegate.check.page import document
    from sidegate.check.review import template

    print(document() if options.docs else template(), end="")
    return FINE


def of_manifests(options: argparse.Namespace) -> list[Finding]:
    """Return what is wrong with the manifests that are named."""
    if not options.paths:
        return []
    try:
        import sidegate.manifests.read  # noqa: F401 - whether PyYAML is here
    except ModuleNotFoundError:
        from sidegate.manifests import NO_YAML

        raise Unseen(NO_YAML) from None
    from sidegate.check.examine import examine
    from sidegate.manifests.files import sources
    from sidegate.manifests.objects import collect
    from sidegate.manifests.read import Unreadable

    try:
        manifests = collect(sources(options.paths))
    except Unreadable as error:
        raise Unseen(f"{error.what} (line {error.line}). {error.remedy}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unseen(str(error)) from None
    if not manifests.things:  # such as what a chart that failed put into a pipe
        where = ", ".join("standard input" if path == "-" else path for path in options.paths)
        raise Unseen(f"no object of Kubernetes in {where}. Did the command that makes them fail?")
    return examine(manifests)


def of_options(options: argparse.Namespace) -> list[Finding]:
    """Return what is wrong with the options of `serve` that are given."""
    if not options.serve:
        return []
    from sidegate.check.own_options import find

    return find(options.serve, os.environ, lambda path: Path(path).read_bytes())


def of_url(options: argparse.Namespace) -> list[Finding]:
    """Return what is wrong with a running gate."""
    if not options.url:
        return []
    from sidegate.check.running import Target, look

    target = Target(
        options.url,
        options.prefix,
        options.callback,
        tuple(options.application),
        options.ca_file,
    )
    try:
        return list(look(target))
    except (OSError, ValueError) as error:
        raise Unseen(f"{options.url}: {error}. Is it the address of a gate that runs?") from None


def review_in(name: str) -> Review | None:
    """Return the review file that is named, or the one that is here; None where there is none."""
    from sidegate.check.review import NAME, Malformed, read_review

    path = Path(name or NAME)
    if not name and not path.exists():
        return None
    try:
        return read_review(str(path), path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, Malformed) as error:
        raise Unseen(str(error)) from None


def tell(found: list[Finding], review: Review | None, options: argparse.Namespace) -> int:
    """Print the findings; return the exit status."""
    from sidegate import __version__
    from sidegate.check.checklist import as_checklist
    from sidegate.check.report import as_json, as_text, at_or_above
    from sidegate.check.review import judge_review
    from sidegate.check.sarif import as_sarif

    waived: list[Finding] = []
    if review is not None:
        found, waived = judge_review(review, found, datetime.now(UTC).date())
    match options.format:
        case "json":
            text = as_json(found, len(waived))
        case "sarif":
            text = as_sarif(found, waived, __version__)
        case "checklist":
            text = as_checklist(found, is_reviewed=review is not None)
        case _:
            text = as_text(found, len(waived))
    print(text, end="")
    if review is None:
        hint = "No security-review.toml here: `sidegate check --questions` writes one."
        print(hint, file=sys.stderr)
    return FOUND if at_or_above(found, options.fail_on) else FINE


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    made = argparse.ArgumentParser(
        prog="sidegate check",
        description="Find mistakes in Kubernetes manifests, options, and at a running gate.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("paths", nargs="*", help="files, folders, or - for standard input")
    formats = ("text", "json", "sarif", "checklist")
    made.add_argument("--format", choices=formats, default="text")
    made.add_argument(
        "--fail-on",
        choices=("problem", "warning", "notice"),
        default="warning",
        help="the least that makes the exit status 1 (default: %(default)s)",
    )
    made.add_argument("--review", metavar="FILE", default="", help="default: security-review.toml")
    made.add_argument("--questions", action="store_true", help="print a review file to fill in")
    made.add_argument("--docs", action="store_true", help=argparse.SUPPRESS)
    live = made.add_argument_group("a running gate")
    live.add_argument("--url", default="", help="its public address")
    live.add_argument(
        "--application",
        metavar="HOST:PORT",
        action="append",
        default=[],
        help="an address of the application that has to refuse",
    )
    live.add_argument("--callback", metavar="URL", default="", help="if not on that host")
    live.add_argument("--prefix", default="/oauth2", help="the gate's proxy_prefix")
    live.add_argument("--ca-file", metavar="FILE", default="", help="whom to trust besides")
    return made
