"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sidegate.check.finding import Advice, Finding, Severity, advice
from sidegate.check.report import by_weight

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Severity.PROBLEM: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}


def as_sarif(findings: Sequence[Finding], waived: Sequence[Finding], version: str) -> str:
    """Return one run. What is waived is there, marked as suppressed (section 3.27.23)."""
    ids = sorted({one.id for one in (*findings, *waived)})
    results = [result(one, ids, []) for one in by_weight(findings)]
    results += [result(one, ids, [{"kind": "external"}]) for one in by_weight(waived)]
    driver = {
        "name": "sidegate check",
        "version": version,
        "rules": [rule(advice()[name]) for name in ids],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def rule(one: Advice) -> dict[str, Any]:
    """Return the text about a kind of finding (section 3.49)."""
    return {
        "id": one.id,
        "shortDescription": {"text": one.title},
        "fullDescription": {"text": one.cause},
        "help": {"text": f"{one.remedy} See {one.link}."},
        "defaultConfiguration": {"level": LEVELS[one.severity]},
    }


def result(one: Finding, ids: list[str], suppressions: list[dict[str, str]]) -> dict[str, Any]:
    """Return one finding (section 3.27)."""
    text = advice()[one.id]
    place: dict[str, Any] = {"artifactLocation": {"uri": one.where.source.replace(" ", "%20")}}
    if one.where.line:
        place["region"] = {"startLine": one.where.line}
    location: dict[str, Any] = {"physicalLocation": place}
    if one.where.about:
        location["logicalLocations"] = [{"fullyQualifiedName": one.where.about}]
    told = {
        "ruleId": one.id,
        "ruleIndex": ids.index(one.id),
        "level": LEVELS[text.severity],
        "message": {"text": f"{text.title}: {one.seen}. {text.remedy}"},
        "locations": [location],
    }
    return {**told, "suppressions": suppressions} if suppressions else told
