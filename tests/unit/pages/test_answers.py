"""The plain answers carry what keeps them out of caches and out of interpretation."""

import pytest

from sidegate.core.messages import RequestHead, Response
from sidegate.pages import answers
from sidegate.pages.negotiate import wants_json


def test_a_redirect_is_never_stored_and_each_cookie_has_its_field() -> None:
    response = answers.redirect("/x", ["a=1", "b=2"])
    assert response.status == 302
    assert ("Location", "/x") in response.headers
    assert [value for name, value in response.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert any("no-store" in value for name, value in response.headers if name == "Cache-Control")
    assert response.body == b""


@pytest.mark.parametrize(
    "response",
    [
        answers.redirect("/x", []),
        answers.text(200, "OK"),
        answers.json(200, {}),
        answers.json_refusal(401),
        answers.json_error(502, "c", "r"),
        answers.method_not_allowed("GET"),
    ],
)
def test_no_answer_is_stored_sniffed_framed_told_on_or_runs_anything(response: Response) -> None:
    found = dict(response.headers)
    assert len(found) == len(response.headers)
    assert "no-store" in found["Cache-Control"]
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["X-Frame-Options"] == "DENY"
    assert found["Referrer-Policy"] == "no-referrer"
    assert found["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in found["Content-Security-Policy"]


def test_answers_do_not_share_their_fields() -> None:
    answers.redirect("/x", []).headers.append(("X", "y"))
    answers.text(200, "OK").headers.append(("X", "y"))
    assert ("X", "y") not in answers.text(200, "OK").headers
    assert ("X", "y") not in answers.redirect("/x", []).headers


def test_an_api_client_that_is_refused_gets_an_empty_object() -> None:
    response = answers.json_refusal(401)
    assert (response.status, response.body) == (401, b"{}")
    assert ("Content-Type", "application/json") in response.headers


def test_an_api_client_is_told_the_code_of_an_error() -> None:
    response = answers.json_error(502, "upstream_unreachable", "req-1")
    assert response.body == b'{"error":"upstream_unreachable","request_id":"req-1"}'


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/json", True),
        ("text/html, application/json", True),
        ("text/html,\tapplication/json ,*/*", True),
        ("application/json;q=0.9", False),
        ("Application/JSON", False),
        ("application/json-patch", False),
        ("application/*", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_only_the_exact_item_asks_for_json(accept: str, expected: bool) -> None:  # noqa: FBT001 - a row
    head = RequestHead()
    head.index = {b"accept": accept.encode()}
    assert wants_json(head, is_api=False, force=False) is expected


def test_an_api_route_or_the_option_asks_for_json_without_any_field() -> None:
    head = RequestHead()
    head.index = {}
    assert not wants_json(head, is_api=False, force=False)
    assert wants_json(head, is_api=True, force=False)
    assert wants_json(head, is_api=False, force=True)
