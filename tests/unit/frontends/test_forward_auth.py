"""The question of another proxy is answered by a status, and never too kindly."""

import pytest

from sidegate.core.decision import Admission, Allow, Decision, Deny, SignIn
from sidegate.core.identity import Identity, Session
from sidegate.core.messages import Exchange, Later, Response
from sidegate.frontends.forward_auth import ForwardAuth
from tests.kit.gate import cookie_for, request
from tests.unit.frontends.conftest import Start
from tests.unit.gate.test_trust import trust
from tests.unit.login.fakes import ALICE, a_session, cookies, exchange, field, response_of

TRUST = trust()


def headers_of(session: Session) -> list[tuple[str, str]]:
    identity = session.identity
    return [("GAP-Auth", identity.email or identity.user), ("X-Auth-Request-User", identity.user)]


def ask(decision: Decision, query: str = "", method: str = "GET") -> tuple[Response, Exchange]:
    made = exchange(f"/oauth2/auth{query}", method)
    auth = ForwardAuth(
        admit=lambda _: Admission(decision), trust=TRUST, response_headers=headers_of
    )
    return response_of(auth.answer(made)), made


def verdict(query: str, identity: Identity = ALICE) -> int:
    return ask(Allow(a_session(identity)), query)[0].status


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS"])
def test_somebody_signed_in_passes_with_their_identity(method: str) -> None:
    response, _ = ask(Allow(a_session()), method=method)
    assert (response.status, response.body) == (202, b"")
    assert field(response, "GAP-Auth") == "alice@example.com"
    assert field(response, "X-Auth-Request-User") == "sub-1"


def test_a_public_route_passes_without_identity() -> None:
    response, _ = ask(Allow(None), "?allowed_groups=g1")
    assert (response.status, response.headers) == (202, [])


def test_nobody_is_told_to_sign_in() -> None:
    response, _ = ask(SignIn())
    assert (response.status, response.body) == (401, b"Unauthorized\n")
    assert field(response, "GAP-Auth") is None


def test_a_refused_person_is_told_to_sign_in_without_the_rule() -> None:
    response, made = ask(Deny("allowed_groups", a_session()))
    assert (response.status, response.body) == (401, b"Unauthorized\n")
    assert made.reason == "not_authorized"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?allowed_groups=g1", 202),
        ("?allowed_groups=g9,g2", 202),
        ("?allowed_groups=g9&allowed_groups=g1", 202),
        ("?allowed_groups=", 202),
        ("?allowed_groups=,", 202),
        ("?Allowed_Groups=g9", 202),
        ("?allowed_groups=g9", 403),
        ("?allowed_groups=G1", 403),
        ("?allowed_groups=%20g1", 403),
        ("?allowed_groups=g1;g9", 403),
        ("?x=1;allowed_groups=g9&allowed_groups=g8", 403),
        ("?allowed_emails=a@b,alice@example.com", 202),
        ("?allowed_emails=ALICE@example.com", 403),
        ("?allowed_groups=g1&allowed_emails=x@y", 403),
        ("?allowed_email_domains=example.com", 202),
        ("?allowed_email_domains=.example.com", 202),
        ("?allowed_email_domains=*.example.com", 202),
        ("?allowed_email_domains=other.test,example.com", 202),
        ("?allowed_email_domains=com", 403),
        ("?allowed_email_domains=*", 403),
        ("?allowed_email_domains=*,", 403),
        ("?allowed_groups=g1&allowed_email_domains=other.test", 403),
        ("?allowed_groups=%zz", 400),
        ("?x=%FF", 400),
    ],
)
def test_the_query_narrows_the_rules(query: str, status: int) -> None:
    assert verdict(query) == status


@pytest.mark.parametrize(
    ("email", "query"),
    [
        ("", "?allowed_emails=alice@example.com"),
        ("", "?allowed_email_domains=.example.com"),
        ("noat", "?allowed_email_domains=noat"),
        ("@example.com", "?allowed_email_domains=example.com"),
        ("a@b@example.com", "?allowed_email_domains=*.example.com"),
        ("a@b@x.example.com", "?allowed_email_domains=*.example.com"),
        ("a@x y.example.com", "?allowed_email_domains=*.example.com"),
        ("a@sub.example.com", "?allowed_email_domains=example.com"),
        ("a@example.com:80", "?allowed_email_domains=example.com"),
    ],
)
def test_an_odd_address_meets_no_constraint(email: str, query: str) -> None:
    assert verdict(query, Identity("sub-1", email)) == 403


def test_a_decision_that_needs_a_refresh_comes_later_with_its_cookies() -> None:
    async def refreshed(_: Exchange) -> Admission:
        return Admission(Allow(a_session()), ("session=new",))

    auth = ForwardAuth(admit=refreshed, trust=TRUST, response_headers=headers_of)
    plan = auth.answer(exchange("/oauth2/auth"))
    assert isinstance(plan, Later)
    response = response_of(plan)
    assert (response.status, cookies(response)) == (202, ["session=new"])


@pytest.mark.parametrize(
    "told",
    [b"/public/../x", b"/public/#x", b"//public/x", b"/public/%2e%2e/x", b"/public/x y",
     b"public/x", b"https://a.test/public/x", b"/%70ublic/x", b"", b"/public/\xc3\xa9"],
)  # fmt: skip
def test_a_forwarded_path_that_means_two_things_opens_nothing(start: Start, told: bytes) -> None:
    for route in ("^/public/", "public"):  # where the pattern begins is the operator's choice
        wire, _ = start("--reverse-proxy", f"--skip-auth-route={route}", peer=("127.0.0.1", 1))
        wire.client_sends(request(b"/oauth2/auth", b"X-Forwarded-Uri: " + told))
        assert wire.client_got().status == 401


@pytest.mark.parametrize(
    ("peer", "lines", "status"),
    [
        (("127.0.0.1", 1), (b"X-Forwarded-Uri: /public/x?y=..//",), 202),
        (("127.0.0.1", 1), (b"X-Forwarded-Uri: /post", b"X-Forwarded-Method: POST"), 202),
        (("127.0.0.1", 1), (b"X-Forwarded-Uri: /post", b"X-Forwarded-Method: post"), 401),
        (("127.0.0.1", 1), (b"X-Forwarded-Uri: /post", b"X-Original-Method: POST"), 401),
        (("127.0.0.1", 1), (b"X-Original-URI: /public/x",), 401),
        (("127.0.0.1", 1), (), 401),
        (("192.0.2.1", 1), (b"X-Forwarded-Uri: /public/x",), 401),
        ("/run/gate.sock", (b"X-Forwarded-Uri: /public/x",), 202),
    ],
)
def test_the_path_asked_about_is_what_a_trusted_proxy_says(
    start: Start, peer: object, lines: tuple[bytes, ...], status: int
) -> None:
    routes = ("--skip-auth-route=^/public/", "--skip-auth-route=POST=^/post$")
    wire, _ = start("--reverse-proxy", *routes, "--skip-auth-route=!=^/", peer=peer)
    wire.client_sends(request(b"/oauth2/auth", *lines))
    assert wire.client_got().status == status


def test_a_negated_route_is_no_yes_to_a_proxy_that_names_no_path(start: Start) -> None:
    wire, _ = start("--reverse-proxy", "--skip-auth-route=!=^/private", peer=("127.0.0.1", 1))
    wire.client_sends(request(b"/oauth2/auth"))
    assert wire.client_got().status == 401
    wire.client_sends(request(b"/oauth2/auth", b"X-Forwarded-Uri: /open"))
    assert wire.client_got().status == 202


def test_two_forwarded_paths_open_nothing(start: Start) -> None:
    wire, _ = start("--reverse-proxy", "--skip-auth-route=^/public/", peer=("127.0.0.1", 1))
    lines = (b"X-Forwarded-Uri: /public/x", b"X-Forwarded-Uri: /secret")
    wire.client_sends(request(b"/oauth2/auth", *lines))
    assert wire.client_got().status == 401


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((b"X-Forwarded-Method: POST", b"Sec-Fetch-Site: cross-site"), 403),
        ((b"X-Forwarded-Method: POST", b"Sec-Fetch-Site: same-origin"), 202),
        ((b"X-Forwarded-Method: GET", b"Sec-Fetch-Site: cross-site"), 202),
        ((b"X-Forwarded-Method: POST", b"X-Forwarded-Uri: /hook", b"Origin: null"), 202),
        ((b"X-Forwarded-Method: POST", b"X-Forwarded-Uri: /pay", b"Origin: null"), 403),
    ],
)
def test_another_proxy_is_told_that_another_site_sent_it(
    start: Start, lines: tuple[bytes, ...], status: int
) -> None:
    flags = ("--reverse-proxy", "--csrf-protect-upstream", "--csrf-exempt-route=^/hook$")
    wire, gate = start(*flags, peer=("127.0.0.1", 40000))
    wire.client_sends(request(b"/oauth2/auth", *lines, cookie=cookie_for(gate)))
    assert wire.client_got().status == status


def test_a_proxy_that_does_not_answer_for_the_path_chooses_no_rule(start: Start) -> None:
    """Istio's gateway passes on what a client wrote there."""
    flags = ("--real-client-ip-header=X-Forwarded-For", "--trusted-proxy-header=X-Forwarded-For")
    lie = request(b"/oauth2/auth", b"X-Forwarded-Uri: /public/x")
    for more, status in (((), 202), (flags, 401)):
        public = ("--reverse-proxy", "--skip-auth-route=^/public/")
        wire, _ = start(*public, *more, peer=("127.0.0.1", 1))
        wire.client_sends(lie)
        assert wire.client_got().status == status


def test_nor_the_method(start: Start) -> None:
    flags = ("--real-client-ip-header=X-Forwarded-For", "--trusted-proxy-header=X-Forwarded-For")
    told = ("--trusted-proxy-header=X-Forwarded-Uri",)
    lie = request(b"/oauth2/auth", b"X-Forwarded-Uri: /post", b"X-Forwarded-Method: POST")
    wire, _ = start(
        "--reverse-proxy", "--skip-auth-route=POST=^/post$", *flags, *told, peer=("127.0.0.1", 1)
    )
    wire.client_sends(lie)
    assert wire.client_got().status == 401
