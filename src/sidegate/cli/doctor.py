"""`sidegate doctor`: a live look at a configuration and its surroundings."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sidegate.doctor.finding import Finding

HELP = """\
Look at a configuration and at what is around it: providers, certificates,
Redis, the application, the address people open, this machine. Nothing is
changed.

  sidegate doctor --config=sidegate.toml --url=https://app.example.com
  sidegate doctor --code=attempt_missing

  --url=URL      where people open the site; it is asked too
  --format=json  for programs; text is for people
  --code=CODE    explain the code of an error, or the name of a finding
  --docs=NAME    print a page of the documentation: codes, findings

Other flags are those of `sidegate serve`, and its variables and file are read.
Run it where the gate runs, as the same user. It takes 15 seconds at most.
Exit status: 0 nothing wrong, 1 problems, 2 mistakes in the configuration, or
something could not be looked at. Warnings are 0.
"""
OURS = ("url", "format", "code", "docs")
FORMATS = ("text", "json")


def run(words: list[str]) -> int:
    """Print what was found; return a status that says whether something is wrong."""
    if {"-h", "--help"}.intersection(words):
        print(HELP, end="")
        return 0
    ours, rest = sort(words)
    if "code" in ours:
        return explain(ours["code"])
    if "docs" in ours:
        return document(ours["docs"])
    wanted = ours.get("format", "text")
    if wanted not in FORMATS:
        return complain(f"--format is one of {', '.join(FORMATS)}.")
    return look(rest, ours.get("url", ""), is_json=wanted == "json")


def sort(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Tell our flags, as `--name=value` or `--name value`, from those of the configuration."""
    ours: dict[str, str] = {}
    rest: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        name, mark, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or name not in OURS:
            rest.append(word)
            continue
        ours[name] = value if mark else left.pop(0) if left else ""
    return ours, rest


def look(words: list[str], url: str, *, is_json: bool) -> int:
    """Examine a configuration and print the findings."""
    from sidegate.cli.configuration import load_again  # --code needs none
    from sidegate.core.errors import ConfigurationError
    from sidegate.doctor.examine import examine_now
    from sidegate.doctor.finding import problem
    from sidegate.doctor.report import NOT_LOOKED, status
    from sidegate.doctor.scene import parse_address, scene_of

    if url and parse_address(url) is None:
        return complain("--url is an address such as https://app.example.com.")
    try:
        loaded = load_again(words)
    except ConfigurationError as error:
        show(
            [problem("configuration_mistake", mistake) for mistake in error.mistakes],
            is_json=is_json,
        )
        return NOT_LOOKED
    findings = examine_now(scene_of(loaded, url))
    show(findings, is_json=is_json)
    return status(findings)


def show(findings: list[Finding], *, is_json: bool) -> None:
    """Print findings in the wanted form."""
    from sidegate.doctor.report import as_json, as_text

    print((as_json if is_json else as_text)(findings), end="")


def explain(name: str) -> int:
    """Print what a code or a finding means."""
    from sidegate.config.findings import suggestion
    from sidegate.doctor.codes import as_text, codes
    from sidegate.doctor.finding import advice
    from sidegate.doctor.report import explain as explained

    if name in codes():
        print(as_text(codes()[name]), end="")
    elif name in advice():
        print(explained(name), end="")
    else:
        known = (*codes(), *advice())
        return complain(f"no code {name!r}. {suggestion(name, known, 'See --docs=codes.')}")
    return 0


def document(name: str) -> int:
    """Print a page of the documentation."""
    from sidegate.doctor import codes, guide

    pages = {"codes": codes.document, "findings": guide.document}
    if name not in pages:
        return complain(f"--docs is one of {', '.join(pages)}.")
    print(pages[name](), end="")
    return 0


def complain(text: str) -> int:
    """Say what was not understood."""
    print(f"sidegate doctor: {text}", file=sys.stderr)
    return 2
