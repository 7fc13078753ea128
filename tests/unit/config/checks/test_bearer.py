"""Issuers of bearer tokens are pairs that can be reached safely."""

import pytest

from tests.unit.config.conftest import Desk

ON = "--skip-jwt-bearer-tokens"


def test_an_entry_is_an_issuer_and_an_audience_divided_at_the_first_equals_sign(
    desk: Desk,
) -> None:
    entries = "--extra-jwt-issuers=https://a.test=api,http://127.0.0.1:9/x=urn:x=y,https://a.test=b"
    loaded = desk.load(ON, entries)
    assert loaded.settings.bearer.extra_jwt_issuers == (
        ("https://a.test", "api"),
        ("http://127.0.0.1:9/x", "urn:x=y"),
        ("https://a.test", "b"),
    )
    assert loaded.warnings == []


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        ("foo", "not ISSUER=AUDIENCE"),
        ("https://a.test", "not ISSUER=AUDIENCE"),
        ("https://a.test=", "not ISSUER=AUDIENCE"),
        ("https://a.test?x=api", "not ISSUER=AUDIENCE"),
        ("http://a.test=api", "plain http"),
        ("a.test=api", "extra-jwt-issuers"),
        ("https://a.test#x=api", "fragment"),
    ],
)
def test_what_is_no_pair_stops_the_start(desk: Desk, entry: str, part: str) -> None:
    assert part in desk.mistake(ON, f"--extra-jwt-issuers={entry}")


def test_introspection_without_discovery_needs_its_address(desk: Desk) -> None:
    given = ["--login-url", "--redeem-url", "--oidc-jwks-url"]
    flags = [f"{flag}=https://login.test/x" for flag in given]
    flags += ["--skip-oidc-discovery", "--bearer-token-introspection"]
    assert "--introspection-url" in desk.mistake(*flags)
    assert desk.mistakes(*flags, "--introspection-url=https://login.test/i") == []


def test_options_that_do_nothing_are_told(desk: Desk) -> None:
    loaded = desk.load(
        "--bearer-token-login-fallback=false",
        "--extra-jwt-issuers=https://a.test=api",
        "--introspection-url=https://a.test/i",
    )
    assert [w.rpartition(": ")[2] for w in loaded.warnings] == [
        "does nothing while no token is looked at",
        "does nothing without skip_jwt_bearer_tokens",
        "does nothing without bearer_token_introspection",
    ]


def test_an_answer_may_be_asked_for_each_time(desk: Desk) -> None:
    loaded = desk.load("--bearer-token-introspection", "--introspection-cache-ttl=0")
    assert loaded.settings.bearer.introspection_cache_ttl == 0
