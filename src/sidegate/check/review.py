"""security-review.toml: findings that somebody accepts for a time, and what only people know.

[[waivers]]
id = "root-filesystem-writable"
where = "Deployment shop"           # a part of the place; left out: everywhere
reason = "It writes its cache; issue 12 mends it."
until = 2027-01-31

[reviews]
access-logs = 2026-11-02            # when it was last done
incident-plan = { done = 2026-09-01, note = "wiki/incidents" }
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sidegate.check.finding import Finding, Where, advice, table
from sidegate.config.findings import suggestion

NAME = "security-review.toml"
LONGEST = timedelta(days=366)


class Malformed(ValueError):
    """The file cannot be read as it is; the text says where and how to mend it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only people know."""

    id: str
    every: timedelta
    asks: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """A kind of finding that is accepted, at some places, until the end of a day."""

    id: str
    where: str
    reason: str
    until: date

    def covers(self, finding: Finding) -> bool:
        """Tell whether it is about a finding."""
        return finding.id == self.id and self.where in str(finding.where)


@dataclass(frozen=True, slots=True)
class Review:
    """What the file says. `reviews`: when each question was last answered."""

    name: str
    waivers: tuple[Waiver, ...]
    reviews: dict[str, date]


@cache
def questions() -> dict[str, Question]:
    """Return everything that is asked."""
    texts: dict[str, Any] = table("questions.toml")
    return {
        name: Question(name, timedelta(days=text["every"]), text["asks"])
        for name, text in texts.items()
    }


def read_review(name: str, text: str) -> Review:
    """Return what a file says. Raises Malformed."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"{name}: {error}. Correct the line.") from None
    for key in document:
        if key not in ("waivers", "reviews"):
            raise Malformed(f"{name}: {key} is unknown. There are [[waivers]] and [reviews].")
    waivers, reviews = document.get("waivers", []), document.get("reviews", {})
    if not isinstance(waivers, list) or not isinstance(reviews, dict):
        raise Malformed(f"{name}: write [[waivers]] and [reviews].")
    return Review(
        name,
        tuple(waiver_of(name, number, one) for number, one in enumerate(waivers, 1)),
        {key: answer_of(name, key, value) for key, value in reviews.items()},
    )


def waiver_of(name: str, number: int, given: object) -> Waiver:
    """Return one waiver. Raises Malformed."""
    place = f"{name}, waiver {number}"
    if not isinstance(given, dict):
        raise Malformed(f"{place}: write [[waivers]].")
    texts = {key: given.get(key, "") for key in ("id", "where", "reason")}
    unknown = given.keys() - {*texts, "until"}
    if unknown:
        raise Malformed(f"{place}: {min(unknown)} is unknown. There are id, where, reason, until.")
    if texts["id"] not in advice():
        hint = suggestion(str(texts["id"]), advice(), "docs/kubernetes/check.md lists them.")
        raise Malformed(f"{place}: no finding has the id {texts['id']!r}. {hint}")
    if not isinstance(texts["reason"], str) or not texts["reason"].strip():
        raise Malformed(f"{place}: reason is missing. Say why it is accepted.")
    return Waiver(
        str(texts["id"]), str(texts["where"]), texts["reason"], day(place, "until", given)
    )


def day(place: str, key: str, given: dict[str, object]) -> date:
    """Return a date. Raises Malformed."""
    value = given.get(key)
    if isinstance(value, datetime) or not isinstance(value, date):
        raise Malformed(f"{place}: {key} is no date. Write {key} = 2027-01-31.")
    return value


def answer_of(name: str, key: str, value: object) -> date:
    """Return when a question was answered. Raises Malformed."""
    place = f"{name}, {key}"
    if key not in questions():
        hint = suggestion(key, questions(), "`sidegate check --questions` lists them.")
        raise Malformed(f"{place}: nobody asks that. {hint}")
    if isinstance(value, dict):
        return day(place, "done", value)
    return day(place, key, {key: value})


def judge_review(
    review: Review, found: Sequence[Finding], today: date
) -> tuple[list[Finding], list[Finding]]:
    """Return what is left to tell and what is waived."""
    alive = [one for one in review.waivers if one.until >= today]
    waived = [one for one in found if any(waiver.covers(one) for waiver in alive)]
    left = [one for one in found if one not in waived]
    return [*left, *of_waivers(review, found, today), *of_answers(review, today)], waived


def of_waivers(review: Review, found: Sequence[Finding], today: date) -> Iterator[Finding]:
    """Yield waivers that ended, that last too long, or that are about nothing."""
    for waiver in review.waivers:
        where = Where(review.name, about=f"waiver of {waiver.id}")
        if not any(waiver.covers(one) for one in found):
            yield Finding("waiver-unused", where, "nothing that it is about was found")
        elif waiver.until < today:
            yield Finding("waiver-ended", where, f"ended on {waiver.until}: {waiver.reason}")
        elif waiver.until > today + LONGEST:
            yield Finding("waiver-long", where, f"lasts until {waiver.until}")


def of_answers(review: Review, today: date) -> Iterator[Finding]:
    """Yield questions without an answer, or with an old one."""
    for question in questions().values():
        where = Where(review.name, about=question.id)
        done = review.reviews.get(question.id)
        if done is None:
            yield Finding("review-missing", where, question.asks)
        elif done > today:
            yield Finding("review-missing", where, f"{done} is yet to come. {question.asks}")
        elif done + question.every < today:
            late = (today - done - question.every).days
            days = "a day" if late == 1 else f"{late} days"
            yield Finding("review-overdue", where, f"last {done}, {days} late. {question.asks}")


def template() -> str:
    """Return a file with every question, to be filled in."""
    lines = [
        "# What no program can see: when each was last done. `sidegate check` reads this file.",
        "# [[waivers]] accept findings for a time: id, where, reason, until.",
        "",
        "[reviews]",
    ]
    for question in questions().values():
        lines += [f"# {question.asks} (every {question.every.days} days)", f"# {question.id} = "]
    return "\n".join(lines) + "\n"
