"""The way in for programs is built where an option asks for it, with what the options say."""

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
