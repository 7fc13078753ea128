"""Pages of named origins may read our answers; nobody else's may, and nothing is repeated."""

import pytest

from sidegate.core.messages import RequestHead
from sidegate.gate.cors import Cors

SPA = "https://spa.example.com"
CORS = Cors((SPA,), by_gate=True)


def head(length: int = 0, **fields: str) -> RequestHead:
    made = RequestHead()
    made.length = length
    made.index = {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}
    return made


def preflight(origin: str = SPA, method: str = "PUT", headers: str = "") -> RequestHead:
    more = {"access_control_request_headers": headers} if headers else {}
    return head(origin=origin, access_control_request_method=method, **more)


def test_a_named_origin_may_read_an_answer_with_its_cookies() -> None:
    assert dict(CORS.fields(head(origin=SPA))) == {
        "Access-Control-Allow-Origin": SPA,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
        "Access-Control-Expose-Headers": "X-Sign-In-Url",
    }


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "*",
        "",
        "http://spa.example.com",
        "https://spa.example.com:8443",
        "https://spa.example.com.evil.test",
        "https://evil.test/https://spa.example.com",
        "https://SPA.example.com",
        "https://spa.example.com, https://spa.example.com",
    ],
)
def test_no_other_origin_may(origin: str) -> None:
    assert CORS.fields(head(origin=origin)) == []
    assert not CORS.is_preflight(b"OPTIONS", preflight(origin))


def test_without_an_origin_or_a_list_there_is_nothing_to_say() -> None:
    assert CORS.fields(head()) == []
    assert Cors((), by_gate=True).fields(head(origin=SPA)) == []


def test_a_preflight_is_an_empty_options_that_names_a_method() -> None:
    assert CORS.is_preflight(b"OPTIONS", preflight())
    assert not CORS.is_preflight(b"GET", preflight())
    assert not CORS.is_preflight(b"OPTIONS", head(origin=SPA))
    assert not CORS.is_preflight(b"OPTIONS", preflight(method="PUT\x00"))
    assert not CORS.is_preflight(b"OPTIONS", preflight(method=""))
    with_body = preflight()
    for with_body.length in (5, -1):
        assert not CORS.is_preflight(b"OPTIONS", with_body)


def test_the_gate_says_yes_to_what_was_asked() -> None:
    answer = CORS.answer(preflight(headers="content-type, x-csrf-token"))
    assert answer.status == 204
    assert dict(answer.headers) == {
        "Access-Control-Allow-Origin": SPA,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
        "Access-Control-Allow-Methods": "PUT",
        "Access-Control-Allow-Headers": "content-type, x-csrf-token",
        "Access-Control-Max-Age": "600",
    }


@pytest.mark.parametrize("headers", ["a b", "a;b", "x" * 2000, "é"])
def test_what_is_no_list_of_names_is_not_repeated(headers: str) -> None:
    answer = dict(CORS.answer(preflight(headers=headers)).headers)
    assert "Access-Control-Allow-Headers" not in answer
