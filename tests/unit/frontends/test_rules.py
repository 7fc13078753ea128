"""`[[rules]]` hold on every way in, and refuse a request without ending the session."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from sidegate.core.identity import Grant, Identity, VerifiedToken
from tests.kit.gate import ALICE, FakeTokens, cookie_for, renewable, request
from tests.unit.frontends.conftest import UPGRADE, Start, signed_in

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
RULES = """
[[rules]]
name = "no entrance"
paths = ["/private"]
allow = { groups = ["admins"] }

[[rules]]
name = "other host"
hosts = ["other.test"]
deny = "everybody"

[[rules]]
name = "rest"
allow = "everybody"
"""
ADMIN = Identity("sub-9", "root@example.com", "", ("admins",))
TOKEN = "eyJ.eyJ.good"
LOCAL = ("127.0.0.1", 40000)
BEHIND = "--reverse-proxy"


def set_cookies(headers: list[tuple[str, str]]) -> list[str]:
    return [value for name, value in headers if name == "set-cookie"]


def test_who_is_refused_one_path_stays_signed_in_for_the_others(start: Start) -> None:
    wire, gate = start(toml=RULES)
    wire.client_sends(signed_in(gate, target=b"/private/x"))
    refused = wire.client_got()
    assert refused.status == 403
    assert b"access_denied" in refused.body
    assert b"no entrance" not in refused.body
    assert set_cookies(refused.headers) == []
    assert wire.upstreams == []
    assert wire.observed[0].reason == "rule:no entrance"
    wire.client_sends(signed_in(gate, target=b"/"))
    wire.upstream_sends(OK)
    assert wire.client_got().status == 200


def test_whoever_the_rule_lets_pass_passes(start: Start) -> None:
    wire, gate = start(toml=RULES)
    wire.client_sends(request(b"/private", cookie=cookie_for(gate, identity=ADMIN)))
    assert wire.upstream_got().startswith(b"GET /private ")


def test_a_program_gets_a_status_and_not_the_rule(start: Start) -> None:
    wire, gate = start(toml=RULES)
    wire.client_sends(signed_in(gate, b"Accept: application/json", target=b"/private"))
    answer = wire.client_got()
    assert answer.status == 403
    json.loads(answer.body)
    assert b"no entrance" not in answer.body


def test_nobody_is_asked_to_sign_in_whatever_the_rules_say(start: Start) -> None:
    for target in (b"/private", b"/"):
        wire, _ = start("--skip-provider-button", toml=RULES)
        wire.client_sends(request(target))
        assert wire.client_got().status == 302


@pytest.mark.parametrize(
    "target", [b"/x/..%2fprivate", b"//private", b"/%70rivate", b"/PRIVATE", b"/private;x"]
)
def test_no_spelling_leads_around_a_rule(start: Start, target: bytes) -> None:
    wire, gate = start(toml=RULES)
    wire.client_sends(signed_in(gate, target=target))
    assert wire.client_got().status == 403
    assert wire.upstreams == []


def test_the_outer_fence_still_ends_the_session(start: Start) -> None:
    wire, gate = start(toml=RULES)
    stranger = Identity("sub-2", "mallory@evil.test", "", ("admins",))
    wire.client_sends(request(b"/private", cookie=cookie_for(gate, identity=stranger)))
    answer = wire.client_got()
    assert answer.status == 403
    assert any("Max-Age=0" in line for line in set_cookies(answer.headers))


def test_a_websocket_is_judged_like_any_request(start: Start) -> None:
    wire, gate = start(toml=RULES)
    wire.client_sends(signed_in(gate, *UPGRADE, target=b"/private/ws"))
    assert wire.client_got().status == 403
    assert wire.upstreams == []


def test_the_host_is_that_of_the_request_unless_a_trusted_proxy_tells_another(
    start: Start,
) -> None:
    told = b"X-Forwarded-Host: other.test"
    for flags, peer, status in (
        ((), ("192.0.2.1", 1), 200),
        ((BEHIND,), LOCAL, 403),
        ((BEHIND,), ("192.0.2.1", 1), 200),
    ):
        wire, gate = start(*flags, peer=peer, toml=RULES)
        wire.client_sends(signed_in(gate, told))
        if status == 200:
            wire.upstream_sends(OK)
        assert wire.client_got().status == status


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((b"X-Forwarded-Uri: /private/x?y",), 403),
        ((b"X-Forwarded-Uri: /other",), 202),
        ((b"X-Forwarded-Uri: /x/../private",), 403),
        ((b"X-Forwarded-Uri: https://app.test/private",), 403),
        ((b"X-Forwarded-Uri: /", b"X-Forwarded-Host: other.test"), 403),
        ((), 202),
    ],
)
def test_forward_auth_asks_the_same_rules_and_is_told_403(
    start: Start, lines: tuple[bytes, ...], status: int
) -> None:
    wire, gate = start(BEHIND, peer=LOCAL, toml=RULES)
    wire.client_sends(signed_in(gate, *lines, target=b"/oauth2/auth"))
    answer = wire.client_got()
    assert (answer.status, b"no entrance" in answer.body) == (status, False)
    assert set_cookies(answer.headers) == []


def test_a_stranger_cannot_name_another_path_to_be_judged(start: Start) -> None:
    wire, gate = start(BEHIND, toml=RULES)
    wire.client_sends(
        signed_in(gate, b"X-Forwarded-Uri: /", b"X-Original-URL: /", target=b"/private")
    )
    assert wire.client_got().status == 403


def test_userinfo_is_a_path_like_any_other(start: Start) -> None:
    closed = '[[rules]]\nname = "x"\npaths = ["/oauth2"]\ndeny = "everybody"\n' + RULES
    for toml, status in ((RULES, 200), (closed, 403)):
        wire, gate = start(toml=toml)
        wire.client_sends(signed_in(gate, target=b"/oauth2/userinfo"))
        assert wire.client_got().status == status


def test_a_token_gives_its_owner_no_more_than_the_rules(start: Start) -> None:
    tokens = FakeTokens(**{TOKEN: VerifiedToken(ALICE, None)})
    for target, status in ((b"/private", 403), (b"/", 200)):
        wire, _ = start("--skip-jwt-bearer-tokens", tokens=tokens, toml=RULES)
        wire.client_sends(request(target, b"Authorization: Bearer " + TOKEN.encode()))
        if status == 200:
            wire.upstream_sends(OK)
        assert wire.client_got().status == status


def test_a_password_in_each_request_neither(start: Start, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(
        "u1:{SHA}" + base64.b64encode(hashlib.sha1(b"p1", usedforsecurity=False).digest()).decode()
    )
    field = b"Authorization: Basic " + base64.b64encode(b"u1:p1")
    for target, status in ((b"/private", 403), (b"/", 200)):
        wire, _ = start(f"--htpasswd-file={users}", toml=RULES)
        wire.client_sends(request(target, field))
        if status == 200:
            wire.upstream_sends(OK)
        assert wire.client_got().status == status


def test_a_public_path_is_open_and_lends_no_refused_identity(start: Start) -> None:
    for identity, told in ((ALICE, False), (ADMIN, True)):
        wire, gate = start("--skip-auth-route=^/private/open", toml=RULES)
        wire.client_sends(request(b"/private/open", cookie=cookie_for(gate, identity=identity)))
        assert (b"X-Forwarded-User" in wire.upstream_got()) is told


def test_what_no_rule_is_for_is_refused(start: Start) -> None:
    wire, gate = start(toml=RULES.partition('[[rules]]\nname = "rest"')[0])
    wire.client_sends(signed_in(gate, target=b"/unheard-of"))
    assert wire.client_got().status == 403
    assert wire.observed[0].reason == "rule:no_rule"


# Renewal

PROMOTED = Grant(Identity("sub-1", "alice@example.com", "alice", ("admins",)), renewable())
DISMISSED = Grant(Identity("sub-1", "alice@example.com", "alice", ()), renewable())


@pytest.mark.parametrize(
    ("before", "renewal", "status"),
    [(PROMOTED.identity, DISMISSED, 403), (ALICE, PROMOTED, 200)],
)
def test_membership_is_asked_again_with_each_renewal_and_the_renewed_session_is_kept(
    start: Start, before: Identity, renewal: Grant, status: int
) -> None:
    wire, gate = start("--cookie-refresh=30m", toml=RULES)
    gate.provider.renewal = renewal
    cookie = cookie_for(gate, identity=before, tokens=renewable())
    gate.now += 1801
    wire.client_sends(request(b"/private", cookie=cookie))
    if status == 200:
        wire.upstream_sends(OK)
    answer = wire.client_got()
    assert answer.status == status
    (line,) = [line for line in set_cookies(answer.headers) if "Max-Age=0" not in line]
    wire.client_sends(request(b"/private", cookie=line.partition(";")[0].encode()))
    assert gate.provider.refreshed == 1


# Who left


@pytest.mark.parametrize(("flags", "calls"), [(("--allowed-group=admins",), 1), ((), 2)])
def test_whoever_left_the_group_is_out_when_the_refresh_is_due_and_no_old_cookie_helps(
    start: Start, flags: tuple[str, ...], calls: int
) -> None:
    """The fence ends the session for good; a rule refuses whoever it is by then."""
    wire, gate = start("--cookie-refresh=30m", *flags, toml=RULES)
    gate.provider.renewal = DISMISSED
    old = cookie_for(gate, identity=PROMOTED.identity, tokens=renewable())
    gate.now += 1799
    wire.client_sends(request(b"/private", cookie=old))
    wire.upstream_sends(OK)
    assert wire.client_got().status == 200, "nobody has asked yet"
    gate.now += 1
    for pause in (0, 30, 61):
        gate.now += pause
        wire.client_sends(request(b"/private", cookie=old))
        assert wire.client_got().status == 403
    assert gate.provider.refreshed == calls
    assert len(wire.upstreams) == 1


def test_a_provider_that_takes_a_refresh_token_once_ends_the_copy(start: Start) -> None:
    wire, gate = start("--cookie-refresh=30m", toml=RULES)
    gate.provider.renewal = DISMISSED
    old = cookie_for(gate, identity=PROMOTED.identity, tokens=renewable())
    gate.now += 1800
    wire.client_sends(request(b"/private", cookie=old))
    assert wire.client_got().status == 403
    gate.provider.renewal = None  # it is used up
    gate.now += 61
    wire.client_sends(request(b"/", cookie=old))
    answer = wire.client_got()
    assert answer.status == 403
    assert wire.observed[-1].reason == "sign_in"
    assert any("Max-Age=0" in line for line in set_cookies(answer.headers))


# The query of forward-auth


@pytest.mark.parametrize("name", ["allowed_groups", "allowed_emails", "allowed_email_domains"])
def test_the_constraints_of_a_query_are_for_forward_auth_only(start: Start, name: str) -> None:
    query = f"?{name}=nobody".encode()
    for path, status in ((b"/oauth2/auth", 403), (b"/oauth2/userinfo", 200), (b"/", 200)):
        wire, gate = start()
        wire.client_sends(signed_in(gate, target=path + query))
        if path == b"/":
            wire.upstream_sends(OK)
        assert wire.client_got().status == status
    wire, _ = start("--skip-provider-button")
    wire.client_sends(request(b"/" + query))
    assert wire.client_got().status == 302
