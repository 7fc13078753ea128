"""Rules of who may pass are refused when they would not do what they say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.config.conftest import Desk

USERS = b"u1:$2y$05$SXWrNM7ldtbRzBvUC3VXyOvUeiUcP45XPwM93P5eeGOEPIiAZmJjC\n"


@pytest.mark.parametrize(
    ("flag", "part"),
    [
        ("--email-domain=@example.com", "is no domain"),
        ("--email-domain=a@example.com", "is no domain"),
        ("--email-domain=a.com b.com", "is no domain"),
        ("--email-domain=*example.com", "is no domain"),
        ("--email-domain=example.com.", "is no domain"),
        ("--email-domain=..example.com", "is no domain"),
        ("--email-domain=*.*.example.com", "is no domain"),
        ("--email-domain=\u212aelvin.com", "is no domain"),
        ("--authenticated-emails-file=/nope", "cannot read /nope"),
        ("--csrf-exempt-route=^/hook", "protection that is off"),
        ("--htpasswd-file=/nope", "cannot read /nope"),
        ("--htpasswd-limit-per-user=0", "more than zero"),
        ("--htpasswd-limit-per-address=-1", "is negative"),
        ("--htpasswd-limit-period=0", "more than zero"),
        ("--skip-auth-route=(", 'the pattern "("'),
        ("--skip-auth-route=GET=(?=x)", 'the pattern "(?=x)"'),
        ("--skip-auth-route=GET=", "matches every path"),
        ("--skip-auth-route=^/a=b", '"^/a" before the first ='),
        ("--skip-auth-regex=[", 'the pattern "["'),
        ("--api-route=\\1", "is not accepted"),
        ("--whitelist-domain=https://a.test", "is no host"),
        ("--whitelist-domain=*", "is no host"),
        ("--whitelist-domain=a.test:x", "is no host"),
        ("--whitelist-domain=a.test/x", "is no host"),
        ("--whitelist-domain=*a.test", "is no host"),
        ("--whitelist-domain=\u212aelvin.com", "is no host"),
    ],
)
def test_mistakes(desk: Desk, flag: str, part: str) -> None:
    assert part in desk.mistake(flag)


def test_somebody_must_be_able_to_sign_in(desk: Desk) -> None:
    desk.without("--email-domain")
    assert '--email-domain="*"' in desk.mistake()
    desk.files["emails"] = b"a@example.com"
    assert desk.mistakes("--authenticated-emails-file=emails") == []
    desk.files["users"] = USERS
    assert desk.mistakes("--htpasswd-file=users") == []


@pytest.mark.parametrize("content", [b'bad "quote\na@example.com', b"\xff"])
def test_a_broken_file_of_addresses_stops_the_start(desk: Desk, content: bytes) -> None:
    desk.files["emails"] = content
    (mistake,) = desk.mistakes("--authenticated-emails-file=emails")
    assert "emails: " in mistake


def test_a_malformed_file_of_users_is_a_mistake_and_weak_hashes_are_a_warning(desk: Desk) -> None:
    desk.files["users"] = b"u1:plain-s3cret\n"
    mistake = desk.mistake("--htpasswd-file=users")
    assert "flag --htpasswd-file: users: line 1 has no hash" in mistake
    assert "s3cret" not in mistake
    desk.files["users"] = b"u1:{SHA}t49XZhHsBvlq88plTCIXKl10bEA=\n"
    warnings = desk.load("--htpasswd-file=users").warnings
    assert any("users: 1 user has a {SHA} hash" in warning for warning in warnings)
    desk.files["users"] = USERS
    assert not any("htpasswd" in w for w in desk.load("--htpasswd-file=users").warnings)


def test_domains_and_hosts_are_compared_in_lower_case(desk: Desk) -> None:
    desk.without("--email-domain")
    settings = desk.load(
        "--email-domain=Example.COM,.b.test,*.C.test",
        "--whitelist-domain=A.test,.b.test:8080,*.c.test:*,[::1]:80",
    ).settings
    assert settings.access.email_domains == ("example.com", ".b.test", "*.c.test")
    assert settings.login.whitelist_domains == (
        "a.test",
        ".b.test:8080",
        "*.c.test:*",
        "[::1]:80",
    )


@pytest.mark.parametrize("route", ["GET=^/a", "get!=^/a", "^/a$", "!=^/a", "=^/a=b"])
def test_forms_of_a_route(desk: Desk, route: str) -> None:
    assert desk.load(f"--skip-auth-route={route}").settings.access.skip_auth_routes == (route,)


def test_the_pattern_library_is_loaded_only_for_patterns() -> None:
    script = (
        "import sys; from sidegate.config.load import load\n"
        "load(['--client-id=a','--client-secret=b','--cookie-secret='+'x'*32,"
        "'--email-domain=a.test','--oidc-issuer-url=https://a.test'], {}, lambda p: b'')\n"
        "sys.exit('re2' in sys.modules)"
    )
    source = str(Path(__file__).parents[3] / "src")
    environment = {**os.environ, "PYTHONPATH": source}
    done = subprocess.run([sys.executable, "-c", script], check=False, env=environment)
    assert done.returncode == 0


def test_routes_that_are_exempt_are_checked_as_public_ones(desk: Desk) -> None:
    exempt = "--csrf-exempt-route=POST=^/hook/"
    loaded = desk.load("--csrf-protect-upstream", exempt)
    assert loaded.settings.access.csrf_exempt_routes == ("POST=^/hook/",)
    assert any("in the name of who is signed in" in warning for warning in loaded.warnings)
    assert 'the pattern "("' in desk.mistake("--csrf-protect-upstream", "--csrf-exempt-route=(")
