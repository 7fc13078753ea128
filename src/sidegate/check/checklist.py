"""The founding document's checklists, box by box: every one is a check or a question."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pkgutil import get_data

from sidegate.check.finding import Finding


@dataclass(frozen=True, slots=True)
class Box:
    """One box. It is ticked while nothing of `findings` is found and no question is open."""

    phase: str
    text: str
    findings: tuple[str, ...]
    questions: tuple[str, ...]


@cache
def boxes() -> tuple[Box, ...]:
    """Return every box, in the order of the document."""
    found = get_data(__package__, "checklist.toml")
    if found is None:
        raise FileNotFoundError("checklist.toml")
    return tuple(
        Box(
            one["phase"],
            one["text"],
            tuple(one.get("findings", ())),
            tuple(one.get("questions", ())),
        )
        for one in tomllib.loads(found.decode())["boxes"]
    )


def as_checklist(found: Sequence[Finding], *, is_reviewed: bool) -> str:
    """Return the boxes, each ticked or with what is open. `is_reviewed`: there is a review file."""
    seen = {one.id for one in found}
    open_questions = {one.where.about for one in found if one.id.startswith("review-")}
    lines: list[str] = []
    for phase, group in groupby(boxes(), key=lambda box: box.phase):
        lines += ["", phase] if lines else [phase]
        for box in group:
            open_here = [name for name in box.findings if name in seen]
            open_here += [
                f"{name}?" for name in box.questions if name in open_questions or not is_reviewed
            ]
            lines.append(f"  [{' ' if open_here else 'x'}] {box.text}")
            lines += [f"        {name}" for name in open_here]
    return "\n".join(lines) + "\n"
