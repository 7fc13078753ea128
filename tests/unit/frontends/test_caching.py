"""Whose answers shared caches may keep: only those that nobody had to sign in for."""

import pytest

from tests.kit.gate import cookie_for, renewable, request
from tests.kit.wire import Answer, Wire
from tests.unit.frontends.conftest import Start, signed_in

OPEN = "--skip-auth-route=^/open/"


def cached(wire: Wire, word: bytes = b"public") -> Answer:
    wire.upstream_sends(
        b"HTTP/1.1 200 OK\r\nCache-Control: " + word + b"\r\nContent-Length: 0\r\n\r\n"
    )
    return wire.client_got()


def words(answer: Answer) -> list[str]:
    return [value for name, value in answer.headers if name == "cache-control"]


def test_what_somebody_signed_in_for_is_private(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(signed_in(gate))
    assert words(cached(wire, b"max-age=9")) == ["max-age=9", "private"]


def test_what_anybody_may_see_is_cached_as_the_application_says(start: Start) -> None:
    wire, _ = start(OPEN)
    wire.client_sends(request(b"/open/a"))
    assert words(cached(wire, b"max-age=9")) == ["max-age=9"]


def test_an_open_path_is_private_for_somebody_whose_name_goes_along(start: Start) -> None:
    wire, gate = start(OPEN)
    wire.client_sends(signed_in(gate, target=b"/open/a"))
    assert words(cached(wire, b"max-age=9")) == ["max-age=9", "private"]


def test_who_passes_by_address_takes_nothing_into_shared_caches(start: Start) -> None:
    wire, _ = start("--trusted-ip=192.0.2.1")
    wire.client_sends(request(b"/secret"))
    assert words(cached(wire, b"max-age=9")) == ["max-age=9", "private"]


def test_the_word_of_the_application_counts(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(signed_in(gate))
    assert words(cached(wire, b"public")) == ["public"]


def test_it_does_not_count_for_the_cookie_of_a_renewed_session(start: Start) -> None:
    wire, gate = start("--cookie-refresh=1m")
    gate.provider.renewal = gate.provider.grant
    cookie = cookie_for(gate, tokens=renewable(), refreshed_at=gate.now - 120)
    wire.client_sends(request(cookie=cookie))
    answer = cached(wire, b"public")
    assert any(name == "set-cookie" for name, _ in answer.headers)
    assert words(answer) == ["public", "private"]


@pytest.mark.parametrize(("proto", "told"), [(b"https", "max-age=31536000"), (b"http", None)])
def test_browsers_that_came_by_https_are_kept_there(
    start: Start, proto: bytes, told: str | None
) -> None:
    wire, gate = start("--reverse-proxy", peer=("127.0.0.1", 1))
    wire.service.hsts = b"Strict-Transport-Security: max-age=31536000\r\n"
    wire.client_sends(signed_in(gate, b"X-Forwarded-Proto: " + proto))
    assert cached(wire).header("strict-transport-security") == told
