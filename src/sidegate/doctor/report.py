"""Findings as text for people and as JSON for programs."""

import json
from collections.abc import Sequence

from sidegate.doctor.codes import wrapped
from sidegate.doctor.finding import Advice, Finding, Severity, advice

NOTHING_WRONG, PROBLEMS, NOT_LOOKED = 0, 1, 2
"""Exit statuses."""

ORDER = list(Severity)
SUMMED = (Severity.PROBLEM, Severity.WARNING, Severity.UNSEEN, Severity.FINE)
VERSION = 1  # of the JSON


def status(findings: Sequence[Finding]) -> int:
    """Return the exit status: 1 for a problem, 2 where something could not be looked at."""
    severities = {one.severity for one in findings}
    if Severity.PROBLEM in severities:
        return PROBLEMS
    return NOT_LOOKED if Severity.UNSEEN in severities else NOTHING_WRONG


def as_text(findings: Sequence[Finding]) -> str:
    """Return all findings, the worst first, each kind once with its cause and remedy."""
    ordered = sorted(findings, key=lambda one: ORDER.index(one.severity))
    kinds: dict[tuple[Severity, str], list[Finding]] = {}
    for one in ordered:
        if one.severity is not Severity.FINE:
            kinds.setdefault((one.severity, one.id), []).append(one)
    parts = [_told(alike) for alike in kinds.values()]
    good = [f"fine     {_seen(one)}" for one in ordered if one.severity is Severity.FINE]
    parts += ["\n".join([*good, ""])] if good else []
    return "\n".join([*parts, _summary(findings)]) + "\n"


def as_json(findings: Sequence[Finding]) -> str:
    """Return all findings as one JSON object."""
    ordered = sorted(findings, key=lambda one: ORDER.index(one.severity))
    counts = {str(severity): _count(findings, severity) for severity in Severity}
    whole = {
        "version": VERSION,
        "status": status(findings),
        "counts": counts,
        "findings": [_described(one) for one in ordered],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def explain(name: str) -> str:
    """Return the text about a kind of finding, for a terminal."""
    text = advice()[name]
    parts = [name, wrapped(text.sentence), "Cause:", wrapped(text.cause)]
    return "\n".join([*parts, "Remedy:", wrapped(text.remedy), ""])


def _told(alike: Sequence[Finding]) -> str:
    first = alike[0]
    text = advice()[first.id]
    seen = [f"{one.about}: {one.seen}" if one.about else one.seen for one in alike]
    return "\n".join(
        [
            f"{first.severity:<8} {first.id}",
            wrapped(text.sentence),
            *(wrapped(one, "seen:   ") for one in seen),
            wrapped(text.cause, "cause:  "),
            wrapped(text.remedy, "remedy: "),
            f"  more:   {Advice.link(first.id)}",
            "",
        ]
    )


def _seen(one: Finding) -> str:
    return f"{one.id} ({one.about}): {one.seen}" if one.about else f"{one.id}: {one.seen}"


def _described(one: Finding) -> dict[str, str]:
    told = {"id": one.id, "severity": str(one.severity), "about": one.about, "seen": one.seen}
    if one.severity is Severity.FINE:
        return told
    text = advice()[one.id]
    more = {"title": text.title, "cause": text.cause, "remedy": text.remedy}
    return {**told, **more, "link": Advice.link(one.id)}


def _count(findings: Sequence[Finding], severity: Severity) -> int:
    return sum(one.severity is severity for one in findings)


def _summary(findings: Sequence[Finding]) -> str:
    problems, warnings, unseen, fine = (_count(findings, severity) for severity in SUMMED)
    return (
        f"{problems} {'problem' if problems == 1 else 'problems'}, "
        f"{warnings} {'warning' if warnings == 1 else 'warnings'}, {unseen} not seen, {fine} fine"
    )
