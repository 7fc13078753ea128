"""`sidegate explain`: what would happen to a request, and why."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field

from sidegate.cli.configuration import load_or_explain
from sidegate.config.checks.rules import provider_ids
from sidegate.config.expectations import Person, Request, parse_request, person_of

HELP = """\
Say step by step what would happen to a request, and why. Nothing is served.

  sidegate explain --config=sidegate.toml --user=alice@example.com \\
      --groups=staff GET https://app.example.com/admin

  --user=NAME     who is signed in; an email is both name and email
  --email=EMAIL   their email where that is not the name
  --groups=A,B    their groups
  --claim=NAME=A  a claim, once for each text
  --by=PROVIDER   where they signed in (htpasswd: by a password)
  --from=ADDRESS  the client's address

Without a name nobody is signed in. Other flags are those of `sidegate serve`.
Exit status: 0 passes, 3 has to sign in, 4 is refused; 1 for mistakes in the
configuration.
"""
STATUS = {"allow": 0, "sign-in": 3, "deny": 4}
OURS = frozenset({"user", "email", "groups", "claim", "by", "from"})
METHOD = re.compile(r"[A-Z]+")


@dataclass
class Words:
    """What the command line said: ours by name, and the rest for the configuration."""

    ours: dict[str, list[str]] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)

    def last(self, name: str) -> str:
        """Return the last text of a flag, or nothing."""
        return self.ours.get(name, [""])[-1]


def run(words: list[str]) -> int:
    """Print the steps; return a status that says the outcome."""
    if {"-h", "--help"}.intersection(words) or not words:
        print(HELP, end="")
        return 0 if words else 2
    request, rest = take_request(words)
    said = sort(rest)
    if request is None or said is None:
        print(
            "sidegate explain: end with METHOD and https://HOST/PATH. See --help.", file=sys.stderr
        )
        return 2
    who = person(said)
    if not who.user and (who.groups or who.claims or who.provider):
        print("sidegate explain: whose groups and claims? Add --user=NAME.", file=sys.stderr)
        return 2
    loaded = load_or_explain(said.rest)
    if loaded is None:
        return 1
    known = provider_ids(loaded.values)
    if who.provider and who.provider not in known:
        print(f"sidegate explain: --by is one of {', '.join(known)}.", file=sys.stderr)
        return 2
    from sidegate.app.explain import Explainer  # mistakes are told before that

    explanation = Explainer(loaded.settings).explain(request, who)
    for step in explanation.steps:
        print(step)
    return STATUS[explanation.outcome]


def take_request(words: list[str]) -> tuple[Request | None, list[str]]:
    """Return the request at the end of a command line, and the words before it."""
    *rest, url = words
    method = "GET"
    if rest and METHOD.fullmatch(rest[-1]):
        method = rest.pop()
    return parse_request(method, url), rest


def sort(words: list[str]) -> Words | None:
    """Tell our flags from those of the configuration; None when a value is missing."""
    said = Words()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, has_value, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or name not in OURS:
            said.rest.append(word)
            continue
        if not has_value:
            if not rest:
                return None
            value = rest.pop(0)
        said.ours.setdefault(name, []).append(value)
    return said


def person(said: Words) -> Person:
    """Return who asks."""
    claims: dict[str, tuple[str, ...]] = {}
    for text in said.ours.get("claim", []):
        name, _, value = text.partition("=")
        claims[name] = (*claims.get(name, ()), value)
    groups = [part for text in said.ours.get("groups", []) for part in text.split(",") if part]
    return person_of(
        said.last("user"),
        said.last("email"),
        tuple(groups),
        tuple(claims.items()),
        said.last("by"),
        said.last("from"),
    )
