"""Findings as text for people and as JSON for programs."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Sequence

from sidegate.check.finding import Finding, Severity, advice
from sidegate.manifests import visible

WIDTH = 79
VERSION = 1  # of the JSON
ORDER = list(Severity)


def severity(finding: Finding) -> Severity:
    """Return how much a finding matters."""
    return advice()[finding.id].severity


def by_weight(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, the worst first."""
    return sorted(findings, key=lambda one: ORDER.index(severity(one)))


def as_text(findings: Sequence[Finding], waived: int = 0) -> str:
    """Return what was found, one text for each kind with all its places."""
    kinds: dict[str, list[Finding]] = {}
    for finding in by_weight(findings):
        kinds.setdefault(finding.id, []).append(finding)
    parts = [told(name, found) for name, found in kinds.items()]
    return "\n".join([*parts, summary(findings, waived)]) + "\n"


def told(name: str, found: Sequence[Finding]) -> str:
    """Return one kind of finding: where, why, and how to mend it."""
    text = advice()[name]
    places = "".join(
        f"  {visible(str(one.where))}\n{wrapped(visible(one.seen), '    ')}\n" for one in found
    )
    return (
        f"{text.severity}: {text.title} [{name}]\n{places}"
        f"{wrapped(text.cause, '  why:  ')}\n{wrapped(text.remedy, '  mend: ')}\n"
        f"  more: {text.link}\n"
    )


def wrapped(text: str, mark: str) -> str:
    """Return a paragraph, `mark` before its first line."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_long_words=False,
        break_on_hyphens=False,
    )


def summary(findings: Sequence[Finding], waived: int) -> str:
    """Return how many there are."""
    counts = Counter(severity(one) for one in findings)
    parts = [f"{counts[one]} {one}{'' if counts[one] == 1 else 's'}" for one in Severity]
    return ", ".join([*parts, *([f"{waived} waived"] if waived else [])])


def as_json(findings: Sequence[Finding], waived: int = 0) -> str:
    """Return everything as one JSON object."""
    counts = Counter(severity(one) for one in findings)
    whole = {
        "version": VERSION,
        "counts": {str(one): counts[one] for one in Severity} | {"waived": waived},
        "findings": [described(one) for one in by_weight(findings)],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def described(one: Finding) -> dict[str, object]:
    """Return one finding for a program."""
    text = advice()[one.id]
    where = {"source": one.where.source, "line": one.where.line, "about": one.where.about}
    return {
        "id": one.id,
        "severity": str(text.severity),
        "where": where,
        "seen": one.seen,
        "title": text.title,
        "cause": text.cause,
        "remedy": text.remedy,
        "link": text.link,
    }


def at_or_above(findings: Sequence[Finding], least: str) -> bool:
    """Tell whether something matters at least so much."""
    return any(ORDER.index(severity(one)) <= ORDER.index(Severity(least)) for one in findings)
