"""The way in for programs is built where an option asks for it, with what the options say."""

import base64
from pathlib import Path

import pytest

from sidegate.core.identity import Identity, VerifiedToken
from sidegate.frontends.admit import Gate
from sidegate.frontends.admit_by_token import TokenGate
from tests.kit.gate import NOW, FakeTokens, proxy, request, sent_fields
from tests.kit.wire import Wire

ON = "--skip-jwt-bearer-tokens"
TOKEN = "eyJ.eyJ.good"
FIELD = b"Authorization: Bearer " + TOKEN.encode()


def sent(*flags: str, user: str = "robot") -> dict[str, str]:
    """Return what the application is told of a request with a token."""
    tokens = FakeTokens(**{TOKEN: VerifiedToken(Identity(user), NOW + 300)})
    gate = proxy(ON, *flags, tokens=tokens)
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(b"/", FIELD))
        return dict(sent_fields(wire.upstream_got()))


def test_a_gate_for_people_only_has_no_part_that_looks_at_tokens() -> None:
    assert type(proxy()._proxy._gate) is Gate
    assert type(proxy(ON, tokens=FakeTokens())._proxy._gate) is TokenGate


def test_the_subject_stands_in_for_the_address_where_everybody_is_admitted() -> None:
    assert sent("--email-domain=*")["x-forwarded-email"] == "robot"


def test_where_addresses_are_judged_nobody_passes_without_one() -> None:
    assert sent() == {}


@pytest.mark.parametrize(
    ("flag", "name"),
    [
        ("--pass-access-token", "x-forwarded-access-token"),
        ("--pass-authorization-header", "authorization"),
    ],
)
def test_the_token_goes_where_an_option_sends_it(flag: str, name: str) -> None:
    assert TOKEN in sent("--email-domain=*", flag)[name]


def test_the_answer_of_forward_auth_carries_the_token_where_an_option_asks() -> None:
    tokens = FakeTokens(**{TOKEN: VerifiedToken(Identity("robot"), NOW + 300)})
    gate = proxy(ON, "--email-domain=*", "--set-authorization-header", tokens=tokens)
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(b"/oauth2/auth", FIELD))
        assert wire.client_got().header("authorization") == f"Bearer {TOKEN}"


@pytest.mark.parametrize("fallback", ["true", "false"])
def test_a_password_is_left_to_who_knows_the_users_and_a_token_in_basic_is_not(
    tmp_path: Path, fallback: str
) -> None:
    users = tmp_path / "users"
    users.write_text("u1:{SHA}t49XZhHsBvlq88plTCIXKl10bEA=\n")  # p1
    flags = (ON, f"--bearer-token-login-fallback={fallback}", f"--htpasswd-file={users}")
    tokens = FakeTokens()
    gate = proxy(*flags, tokens=tokens)
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(b"/", basic("u1:p1")))
        wire.wait_for_work()
        assert ("x-forwarded-user", "u1") in sent_fields(wire.upstream_got())
        assert tokens.asked == []
        wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        wire.client_sends(request(b"/oauth2/auth", basic(f"u1:{TOKEN}")))
        wire.wait_for_work()
        assert tokens.asked == [TOKEN]


def basic(pair: str) -> bytes:
    return b"Authorization: Basic " + base64.b64encode(pair.encode())
