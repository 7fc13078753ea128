"""Every box of the founding document's checklists is a check or a question."""

from collections import Counter

import pytest

from sidegate.check.checklist import Box, as_checklist, boxes
from sidegate.check.finding import Finding, Where, advice
from sidegate.check.review import questions


def test_there_are_as_many_boxes_as_in_the_document():
    assert Counter(box.phase for box in boxes()) == {
        "Pre-production": 12,
        "Production": 8,
        "Ongoing": 5,
    }


@pytest.mark.parametrize("box", boxes(), ids=lambda box: box.text)
def test_a_box_names_checks_and_questions_that_exist(box: Box):
    assert box.findings or box.questions
    assert set(box.findings) <= advice().keys()
    assert set(box.questions) <= questions().keys()


def test_every_question_belongs_to_a_box():
    assert {name for box in boxes() for name in box.questions} == questions().keys()


def test_whether_secrets_are_encrypted_at_rest_is_asked():
    (box,) = [box for box in boxes() if "secrets-at-rest" in box.questions]
    assert box.text == "Secrets are in Kubernetes Secrets or a key vault, and mounted"
    assert "encrypts Secrets at rest" in questions()["secrets-at-rest"].asks


def test_a_box_is_ticked_while_nothing_is_open():
    found = [
        Finding("no-limits", Where("a"), "x"),
        Finding("review-missing", Where("r", about="alerts"), "x"),
    ]
    lines = as_checklist(found, is_reviewed=True).splitlines()
    assert lines[0] == "Pre-production"
    assert lines[lines.index("        no-limits") - 1] == "  [ ] Resource limits set on containers"
    assert lines[lines.index("        alerts?") - 1].startswith("  [ ] Monitoring")
    assert sum("[ ]" in line for line in lines) == 2


def test_without_a_review_every_question_is_open():
    assert as_checklist([], is_reviewed=False).count("?\n") == sum(
        len(box.questions) for box in boxes()
    )
