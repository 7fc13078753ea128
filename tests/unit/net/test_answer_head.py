"""What is added to an answer of the application for the sake of browsers and caches."""

import pytest

from sidegate.core.messages import Asker, Exchange, Forward, Plan
from sidegate.http1.head import HeadLimits
from sidegate.http1.response_head import parse_response
from sidegate.net.answer_head import passed_on
from tests.kit.wire import ORIGIN, Answer, Wire
from tests.unit.net.conftest import forward

GET = b"GET /a HTTP/1.1\r\nHost: app.test\r\n\r\n"


def answer_of(wire: Wire, *fields: bytes) -> Answer:
    lines = b"".join(field + b"\r\n" for field in fields)
    wire.client_sends(GET)
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 2\r\n\r\nok")
    return wire.client_got()


def behind_sign_in(exchange: Exchange) -> Plan:
    plan = forward(exchange)
    plan.private = True
    return plan


def test_what_needs_a_sign_in_is_kept_from_shared_caches() -> None:
    with Wire(behind_sign_in) as wire:
        assert answer_of(wire).header("cache-control") == "private"
        told = [value for _, value in _cache_control(answer_of(wire, b"Cache-Control: max-age=60"))]
        assert told == ["max-age=60", "private"]


@pytest.mark.parametrize("word", ["public, max-age=9", "no-store", "private", "s-maxage=9"])
def test_the_application_may_say_itself_what_caches_do(word: str) -> None:
    with Wire(behind_sign_in) as wire:
        field = f"Cache-Control: {word}".encode()
        assert answer_of(wire, field).header("cache-control") == word


def test_a_cookie_of_the_gate_is_never_shared() -> None:
    def renewed(exchange: Exchange) -> Plan:
        plan = behind_sign_in(exchange)
        plan.sets_cookie = True
        return plan

    with Wire(renewed) as wire:
        answer = answer_of(wire, b"Cache-Control: public")
        assert [value for _, value in _cache_control(answer)] == ["public", "private"]


def _cache_control(answer: Answer) -> list[tuple[str, str]]:
    return [field for field in answer.headers if field[0] == "cache-control"]


def test_an_open_answer_is_cached_as_the_application_says(wire: Wire) -> None:
    assert answer_of(wire).header("cache-control") is None


def test_the_same_head_is_worked_out_once() -> None:
    raw = b"HTTP/1.1 200 OK\r\nServer: a\r\nConnection: x-one\r\nX-One: 1\r\n\r\n"
    head = parse_response(raw, b"GET", HeadLimits())
    plan = Forward(ORIGIN, b"", 1.0)
    assert passed_on(head, plan) == b"HTTP/1.1 200 OK\r\nServer: a\r\n"
    assert passed_on(head, plan) is passed_on(head, plan)
    plan.private = True
    assert passed_on(head, plan).endswith(b"\r\nCache-Control: private\r\n")
    assert passed_on(head, plan) is passed_on(head, plan)


HSTS = b"Strict-Transport-Security: max-age=60\r\n"


@pytest.mark.parametrize(
    ("scheme", "own", "told"),
    [
        ("https", b"X-A: b", "max-age=60"),
        ("https", b"Strict-Transport-Security: max-age=1", "max-age=1"),
        ("http", b"X-A: b", None),
    ],
)
def test_an_answer_over_https_keeps_browsers_there_once(
    scheme: str, own: bytes, told: str | None
) -> None:
    def asked(exchange: Exchange) -> Plan:
        exchange.asker = Asker("192.0.2.1", scheme, "app.test", trusted=True)
        return forward(exchange)

    with Wire(asked, hsts=HSTS) as wire:
        assert answer_of(wire, own).header("strict-transport-security") == told
