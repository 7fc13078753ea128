"""A form of ours is read whole: its body first, then the query."""

import pytest

from sidegate.core.messages import Plan, ReadBody, Respond, Response
from sidegate.login.form import Form
from sidegate.login.form_body import LIMIT, read_form
from tests.unit.login.fakes import Kit, exchange, posted, response_of

FORM = "application/x-www-form-urlencoded"


def pairs(form: Form) -> Plan:
    return Respond(Response(200, [], "|".join(form.all("a")).encode()))


@pytest.mark.parametrize("kind", [FORM, f"{FORM}; charset=utf-8", FORM.upper(), f" {FORM} ;x"])
def test_the_body_counts_before_the_query(kind: str) -> None:
    plan = read_form(
        exchange("/x?a=query", "POST", length=3, content_type=kind), Kit().failures, pairs
    )
    assert isinstance(plan, ReadBody)
    assert plan.limit == LIMIT
    assert posted(plan, b"a=body").body == b"body|query"


@pytest.mark.parametrize("kind", ["", "multipart/form-data; boundary=x", "application/json"])
def test_a_body_of_another_type_counts_for_nothing(kind: str) -> None:
    made = exchange("/x?a=query", "POST", length=3, content_type=kind)
    assert response_of(read_form(made, Kit().failures, pairs)).body == b"query"


def test_without_a_body_or_with_another_method_there_is_the_query() -> None:
    for method, length in (("GET", 3), ("HEAD", 3), ("POST", 0)):
        made = exchange("/x?a=query", method, length=length, content_type=FORM)
        assert response_of(read_form(made, Kit().failures, pairs)).body == b"query"


def test_what_cannot_be_read_gets_a_page_with_400() -> None:
    made = exchange("/x", "POST", length=3, content_type=FORM)
    assert posted(read_form(made, Kit().failures, pairs), b"a=%zz").status == 400
    assert response_of(read_form(exchange("/x?a=%ff"), Kit().failures, pairs)).status == 400
