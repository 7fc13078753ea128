"""Programs get in with a token, by the same rules as everybody, and nobody gets in by a bad one."""

import pytest

from sidegate.core.errors import ProviderUnavailable
from sidegate.core.identity import Grant, Identity, Tokens, VerifiedToken
from tests.kit.gate import ALICE, NOW, FakeTokens, cookie_for, renewable, request, sent_fields
from tests.kit.wire import Wire
from tests.unit.frontends.conftest import Start

ON = "--skip-jwt-bearer-tokens"
STRICT = (ON, "--bearer-token-login-fallback=false")
GOOD, BAD, AWAY = b"eyJ.eyJ.good", b"eyJ.eyJ.bad", b"eyJ.eyJ.away"
BOB = Identity("sub-2", "bob@example.com", "bob", ("staff",))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
JSON = b"Accept: application/json"
INVALID = 'Bearer error="invalid_token"'


def bearer(token: bytes = GOOD) -> bytes:
    return b"Authorization: Bearer " + token


@pytest.fixture
def tokens() -> FakeTokens:
    return FakeTokens(
        **{
            GOOD.decode(): VerifiedToken(BOB, NOW + 300),
            AWAY.decode(): ProviderUnavailable("https://idp.test: refused"),
        }
    )


def set_cookies(wire: Wire) -> list[str]:
    return [value for name, value in wire.client_got().headers if name == "set-cookie"]


def test_a_token_gets_its_owner_in_without_a_cookie(start: Start, tokens: FakeTokens) -> None:
    wire, _ = start(ON, tokens=tokens)
    wire.client_sends(request(b"/", bearer()))
    told = sent_fields(wire.upstream_got())
    assert ("x-forwarded-email", "bob@example.com") in told
    assert ("authorization", "Bearer " + GOOD.decode()) in told
    wire.upstream_sends(OK)
    assert wire.client_got().status == 200
    assert set_cookies(wire) == []
    assert wire.observed[0].user == "bob@example.com"


def test_a_token_is_verified_once_and_then_known(start: Start, tokens: FakeTokens) -> None:
    wire, _ = start(ON, tokens=tokens)
    for _ in range(3):
        wire.client_sends(request(b"/", bearer()))
        wire.upstream_sends(OK)
    assert tokens.asked == [GOOD.decode()]
    assert [seen.user for seen in wire.observed] == ["bob@example.com"] * 3


def test_a_token_that_a_rule_refuses_opens_public_paths_for_nobody_in_particular(
    start: Start, tokens: FakeTokens
) -> None:
    wire, _ = start(ON, "--skip-auth-route=GET=^/open/", "--allowed-group=admins", tokens=tokens)
    for _ in range(2):  # verified, then known
        wire.client_sends(request(b"/open/x", bearer()))
        assert "bob" not in str(sent_fields(wire.upstream_got()))
        wire.upstream_sends(OK)
    wire.client_sends(request(b"/", bearer()))
    assert wire.observed[-1].status == 403
    assert len(wire.upstreams) == 1


def test_the_owner_of_the_token_comes_before_that_of_the_cookies(
    start: Start, tokens: FakeTokens
) -> None:
    wire, gate = start(ON, tokens=tokens)
    wire.client_sends(request(b"/", bearer(), cookie=cookie_for(gate)))
    told = sent_fields(wire.upstream_got())
    assert ("x-forwarded-email", "bob@example.com") in told
    assert ALICE.email not in str(told)


def test_nobody_looks_at_a_token_where_that_is_off(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(request(b"/", bearer(), cookie=cookie_for(gate)))
    assert ("x-forwarded-email", ALICE.email) in sent_fields(wire.upstream_got())


@pytest.mark.parametrize("flags", [(ON,), STRICT])
def test_a_request_without_a_token_is_as_ever(
    start: Start, tokens: FakeTokens, flags: tuple[str, ...]
) -> None:
    wire, gate = start(*flags, tokens=tokens)
    wire.client_sends(request(cookie=cookie_for(gate)))
    assert ("x-forwarded-email", ALICE.email) in sent_fields(wire.upstream_got())
    assert tokens.asked == []


def test_two_fields_of_authorization_are_one_too_many(start: Start, tokens: FakeTokens) -> None:
    for flags in ((ON,), STRICT, ()):
        wire, _ = start(*flags, tokens=tokens if flags else None)
        wire.client_sends(request(b"/", bearer(), bearer()))
        assert wire.client_got().status == 400
        assert wire.upstreams == []


# Refused for good


@pytest.mark.parametrize("token", [BAD, b"opaque", b"x y", b""])
@pytest.mark.parametrize("target", [b"/", b"/oauth2/auth", b"/oauth2/userinfo"])
def test_without_the_fallback_a_bad_token_is_403_whatever_the_cookies(
    start: Start, tokens: FakeTokens, target: bytes, token: bytes
) -> None:
    wire, gate = start(*STRICT, tokens=tokens)
    wire.client_sends(request(target, bearer(token), cookie=cookie_for(gate)))
    answer = wire.client_got()
    assert (answer.status, answer.body) == (403, b"Forbidden\n")
    assert answer.header("www-authenticate") == INVALID
    assert wire.upstreams == []
    assert wire.observed[0].reason == "bearer_rejected"
    assert set_cookies(wire) == []


def test_a_program_is_told_with_401_in_json(start: Start, tokens: FakeTokens) -> None:
    wire, _ = start(*STRICT, tokens=tokens)
    wire.client_sends(request(b"/", bearer(BAD), JSON))
    answer = wire.client_got()
    assert (answer.status, answer.header("content-type")) == (401, "application/json")
    assert answer.header("www-authenticate") == INVALID
    assert b'"bearer_rejected"' in answer.body
    assert BAD not in answer.body


def test_each_refusal_is_an_event_and_with_the_fallback_each_verification(
    start: Start, tokens: FakeTokens
) -> None:
    for flags, count in ((STRICT, 3), ((ON,), 1)):
        wire, gate = start(*flags, tokens=tokens)
        for _ in range(3):
            wire.client_sends(request(b"/", bearer(BAD)))
        assert gate.base.observation.metrics.failures["bearer_rejected"] == count


@pytest.mark.parametrize("target", [b"/", b"/oauth2/auth", b"/oauth2/userinfo"])
def test_that_nobody_could_be_asked_is_no_fault_of_the_token(
    start: Start, tokens: FakeTokens, target: bytes
) -> None:
    wire, _ = start(*STRICT, tokens=tokens)
    wire.client_sends(request(target, bearer(AWAY)))
    answer = wire.client_got()
    assert (answer.status, answer.header("www-authenticate")) == (503, None)
    assert wire.upstreams == []


# Falling back


@pytest.mark.parametrize("token", [BAD, AWAY, b"opaque"])
def test_with_the_fallback_a_bad_token_is_like_none(
    start: Start, tokens: FakeTokens, token: bytes
) -> None:
    wire, gate = start(ON, tokens=tokens)
    wire.client_sends(request(b"/", bearer(token)))
    assert wire.client_got().status == 403
    assert b"Sign in" in wire.client_got().body
    wire.client_sends(request(b"/oauth2/auth", bearer(token)))
    assert wire.client_got().status == 401
    wire.client_sends(request(b"/", bearer(token), JSON))
    assert wire.client_got().status == 401
    wire.client_sends(request(b"/", bearer(token), cookie=cookie_for(gate)))
    assert ("x-forwarded-email", ALICE.email) in sent_fields(wire.upstream_got())


def test_the_cookies_behind_a_bad_token_may_need_renewal(start: Start, tokens: FakeTokens) -> None:
    wire, gate = start(ON, "--cookie-refresh=1h", tokens=tokens)
    gate.provider.renewal = Grant(ALICE, Tokens())
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 90000)
    gate.now += 3600
    wire.client_sends(request(b"/", bearer(BAD), cookie=cookie))
    assert ("x-forwarded-email", ALICE.email) in sent_fields(wire.upstream_got())
    assert gate.provider.refreshed == 1


# The rules of everybody


@pytest.mark.parametrize(("target", "status"), [(b"/", 403), (b"/oauth2/auth", 401)])
def test_a_rule_refuses_the_owner_of_a_token_and_leaves_the_cookies(
    start: Start, tokens: FakeTokens, target: bytes, status: int
) -> None:
    wire, gate = start(*STRICT, "--allowed-group=directors", tokens=tokens)
    wire.client_sends(request(target, bearer(), cookie=cookie_for(gate)))
    assert wire.client_got().status == status
    assert set_cookies(wire) == []
    assert wire.upstreams == []


@pytest.mark.parametrize("email", ["", "bob@other.test"])
def test_an_address_is_judged_as_after_a_sign_in(start: Start, email: str) -> None:
    known = {GOOD.decode(): VerifiedToken(Identity("bob@example.com", email), NOW + 300)}
    wire, _ = start(*STRICT, tokens=FakeTokens(**known))
    wire.client_sends(request(b"/", bearer()))
    assert wire.client_got().status == 403
    assert wire.upstreams == []


def test_the_constraints_of_forward_auth_hold_for_tokens(start: Start, tokens: FakeTokens) -> None:
    wire, _ = start(*STRICT, tokens=tokens)
    for query, status in ((b"staff", 202), (b"directors", 403)):
        wire.client_sends(request(b"/oauth2/auth?allowed_groups=" + query, bearer()))
        assert wire.client_got().status == status


# Public paths


@pytest.mark.parametrize("flags", [(ON,), STRICT])
@pytest.mark.parametrize("token", [BAD, AWAY, b"opaque"])
def test_a_public_path_is_open_whatever_comes(
    start: Start, tokens: FakeTokens, flags: tuple[str, ...], token: bytes
) -> None:
    wire, _ = start(*flags, "--skip-auth-route=^/hook$", tokens=tokens)
    wire.client_sends(request(b"/hook", bearer(token)))
    told = sent_fields(wire.upstream_got())
    assert ("authorization", "Bearer " + token.decode()) in told
    assert "x-forwarded-user" not in dict(told)


def test_on_a_public_path_the_owner_of_a_token_is_told_and_opaque_ones_are_not_asked_about(
    start: Start, tokens: FakeTokens
) -> None:
    flags = (ON, "--bearer-token-introspection", "--skip-auth-route=^/hook$")
    wire, _ = start(*flags, tokens=tokens)
    wire.client_sends(request(b"/hook", bearer(b"secret-of-a-webhook")))
    wire.upstream_sends(OK)
    assert tokens.asked == []
    wire.client_sends(request(b"/hook", bearer()))
    assert b"X-Forwarded-User: sub-2\r\n" in wire.upstream_got()


# What goes on


def test_the_token_is_passed_on_where_an_option_asks(start: Start, tokens: FakeTokens) -> None:
    flags = ("--pass-access-token", "--pass-authorization-header")
    wire, _ = start(ON, *flags, tokens=tokens)
    wire.client_sends(request(b"/", bearer()))
    told = sent_fields(wire.upstream_got())
    assert ("x-forwarded-access-token", GOOD.decode()) in told
    assert [v for k, v in told if k == "authorization"] == ["Bearer " + GOOD.decode()]
