"""Upstreams are read as oauth2-proxy reads them: the path of the address is the route."""

import pytest

from sidegate.config.checks.upstream import parse_upstream
from sidegate.core.messages import Origin
from tests.unit.config.conftest import Desk


@pytest.mark.parametrize(
    ("text", "path", "origin"),
    [
        ("http://127.0.0.1:8080", "/", Origin("http", "127.0.0.1", 8080)),
        ("http://app/", "/", Origin("http", "app", 80)),
        ("https://app/api/", "/api/", Origin("https", "app", 443)),
        ("http://[::1]:8080/exact", "/exact", Origin("http", "::1", 8080)),
        ("unix:///run/app.sock", "/", Origin("http", "localhost", 80, "/run/app.sock")),
        ("unix:///run/app.sock:/api/", "/api/", Origin("http", "localhost", 80, "/run/app.sock")),
        ("static://200", "/", None),
        ("static://204/health", "/health", None),
    ],
)
def test_forms_of_an_upstream(text: str, path: str, origin: Origin | None) -> None:
    upstream = parse_upstream(text, verify=True)
    assert (upstream.path, upstream.origin) == (path, origin)
    assert (upstream.static_status > 0) == (origin is None)


@pytest.mark.parametrize(
    ("flag", "part"),
    [
        ("--upstream=127.0.0.1:8080", "no scheme"),
        ("--upstream=ftp://x", "scheme ftp"),
        ("--upstream=file:///srv/www", "known but not built"),
        ("--upstream=http://a?b", "query or fragment"),
        ("--upstream=http://a/#b", "query or fragment"),
        ("--upstream=http://a/x/../y", "dot segments"),
        ("--upstream=http://a//x", "dot segments"),
        ("--upstream=http://a/%2e", "escape"),
        ("--upstream=http://a/,http://b/", "two upstreams for the path /"),
        ("--upstream=static://20", "scheme static"),
        ("--upstream=unix://app.sock", "scheme unix"),
        ("--upstream-timeout=0", "more than zero"),
        ("--skip-auth-strip-headers=false", "always removed"),
    ],
)
def test_mistakes(desk: Desk, flag: str, part: str) -> None:
    assert part in desk.mistake(flag)


def test_a_password_in_an_upstream_is_not_shown(desk: Desk) -> None:
    mistake = desk.mistake("--upstream=http://user:hunter2@app")
    assert "user name" in mistake
    assert "hunter2" not in mistake


def test_verification_is_turned_off_for_https_only(desk: Desk) -> None:
    desk.without("--upstream")
    settings = desk.load(
        "--upstream=https://a/,http://b/b/", "--ssl-upstream-insecure-skip-verify"
    ).settings
    origins = [upstream.origin for upstream in settings.upstream.upstreams]
    assert [origin.verify for origin in origins if origin] == [False, True]


def test_a_gate_without_an_upstream_is_mentioned(desk: Desk) -> None:
    assert any("no upstream" in warning for warning in desk.without("--upstream").load().warnings)
