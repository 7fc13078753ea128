"""Findings are accepted for a time, with a reason; what only people know is asked for in time."""

from datetime import date, timedelta

import pytest

from sidegate.check.finding import Finding, Where
from sidegate.check.review import Malformed, judge_review, questions, read_review, template

TODAY = date(2026, 11, 24)
FOUND = [
    Finding("token-mounted", Where("a.yaml", 3, "Deployment shop"), "not false"),
    Finding("token-mounted", Where("a.yaml", 9, "Deployment store"), "not false"),
]
ANSWERED = "[reviews]\n" + "".join(f"{name} = 2026-11-20\n" for name in questions())
WAIVER = """
[[waivers]]
id = "token-mounted"
where = "Deployment shop"
reason = "It asks the API server."
until = 2027-01-31
"""


def judged(text: str, today: date = TODAY) -> tuple[list[str], int]:
    left, waived = judge_review(read_review("r.toml", text), FOUND, today)
    return [one.id for one in left], len(waived)


def test_a_waiver_is_for_the_places_it_names():
    assert judged(ANSWERED + WAIVER) == (["token-mounted"], 1)
    everywhere = WAIVER.replace('where = "Deployment shop"\n', "")
    assert judged(ANSWERED + everywhere) == ([], 2)


@pytest.mark.parametrize(
    ("until", "more", "waived"),
    [
        ("2026-11-24", [], 1),
        ("2026-11-23", ["waiver-ended"], 0),
        ("2029-01-01", ["waiver-long"], 1),
    ],
)
def test_a_waiver_ends(until, more, waived):
    ids, count = judged(ANSWERED + WAIVER.replace("2027-01-31", until))
    assert (ids[-len(more) :] if more else [], count) == (more, waived)
    assert ids.count("token-mounted") == 2 - waived


def test_a_waiver_about_nothing_is_told():
    ids, _ = judged(ANSWERED + WAIVER.replace("Deployment shop", "Deployment gone"))
    assert ids[-1] == "waiver-unused"


def test_every_question_is_asked_until_it_is_answered():
    left, _ = judge_review(read_review("r.toml", ""), [], TODAY)
    assert {one.where.about for one in left} == questions().keys()
    assert {one.id for one in left} == {"review-missing"}
    assert judge_review(read_review("r.toml", ANSWERED), [], TODAY) == ([], [])


@pytest.mark.parametrize("name", questions())
def test_an_answer_gets_old(name):
    one = questions()[name]
    review = read_review("r.toml", ANSWERED)
    last = date(2026, 11, 20) + one.every
    old = {left.where.about for left in judge_review(review, [], last + timedelta(days=1))[0]}
    assert name in old
    assert name not in {left.where.about for left in judge_review(review, [], last)[0]}


def test_the_founding_document_asks_monthly_quarterly_and_annually():
    assert questions()["access-logs"].every.days == 31
    assert questions()["oauth-client"].every.days == 92
    assert questions()["cookie-secret-rotated"].every.days == 92
    assert questions()["client-secret-rotated"].every.days == 366
    assert questions()["policies"].every.days == 366


def test_an_answer_from_the_future_is_none():
    text = ANSWERED.replace("policies = 2026-11-20", "policies = 2027-11-20")
    assert judged(text)[0][-1] == "review-missing"


def test_an_answer_may_have_a_note():
    text = ANSWERED.replace("policies = 2026-11-20", 'policies = {done = 2026-11-20, note = "x"}')
    assert judged(text)[0] == ["token-mounted", "token-mounted"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[waivers]", "Correct the line"),
        ("waiver = 1", "waiver is unknown"),
        ("waivers = 1", "write"),
        ("waivers = [1]", "write"),
        (WAIVER.replace("token-mounted", "token-mountd"), "Did you mean token-mounted"),
        (WAIVER.replace("It asks the API server.", " "), "reason is missing"),
        (WAIVER.replace("2027-01-31", '"soon"'), "until is no date"),
        (WAIVER.replace("2027-01-31", "2027-01-31T10:00:00"), "until is no date"),
        (WAIVER.replace("reason", "why"), "why is unknown"),
        ("[reviews]\naccess-log = 2026-11-20", "Did you mean access-logs"),
        ('[reviews]\naccess-logs = "x"', "no date"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_the_way_to_mend_it(text, told):
    with pytest.raises(Malformed, match=r"r\.toml") as caught:
        read_review("r.toml", text)
    assert told in str(caught.value)


def test_the_template_has_every_question_and_is_read():
    filled = template().replace("# access-logs = ", "access-logs = 2026-11-20")
    assert read_review("r.toml", filled).reviews == {"access-logs": date(2026, 11, 20)}
    assert all(f"# {name} = " in template() for name in questions())
