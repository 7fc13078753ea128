"""What the application gets: who it is, once and beyond doubt, and the request as it came."""

import pytest

from sidegate.core.identity import Identity, Tokens
from sidegate.core.secret import Secret
from tests.kit.gate import cookie_for, request, sent_fields
from tests.unit.frontends.conftest import UPGRADE, Start, got, signed_in

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LOOPBACK = ("127.0.0.1", 40000)
PUBLIC = "--skip-auth-route=^/public/"
IDENTITY = [
    ("user", "sub-1"),
    ("email", "alice@example.com"),
    ("preferred-username", "alice"),
    ("groups", "staff,ops"),
]
FORGED = [
    b"X-Forwarded-User: evil",
    b"x-forwarded-email: evil",
    b"X-FORWARDED-GROUPS: evil",
    b"X-Forwarded-Preferred-Username: evil",
    b"X-Forwarded-Access-Token: evil",
    b"X_Forwarded_User: evil",
    b"X-Forwarded_Email: evil",
    b"X.Forwarded.Groups: evil",
    b"x.auth.request.email: evil",
    b"X-Auth-Request-User: evil",
    b"X_AUTH_REQUEST_GROUPS: evil",
    b"X-Auth-Request-Access-Token: evil",
    b"X-Auth-Request-Redirect: evil",
    b"GAP-Auth: evil",
    b"Gap_Auth: evil",
]


@pytest.mark.parametrize("family", ["x-forwarded-", "x-auth-request-"])
def test_both_families_carry_the_identity_once(start: Start, family: str) -> None:
    wire, gate = start()
    wire.client_sends(signed_in(gate))
    for name, value in IDENTITY:
        assert got(wire, family + name) == [value]


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("target", [b"/", b"/public/x"])
def test_a_forged_identity_field_never_arrives(start: Start, target: bytes, forged: bytes) -> None:
    wire, gate = start(PUBLIC)
    wire.client_sends(request(target, forged, forged, cookie=cookie_for(gate)))
    assert b"evil" not in wire.upstream_got()
    assert got(wire, "x-forwarded-user") == ["sub-1"]


def test_without_a_session_a_public_route_gets_no_identity_at_all(start: Start) -> None:
    wire, _ = start(PUBLIC)
    wire.client_sends(request(b"/public/x", *FORGED))
    names = {name for name, _ in sent_fields(wire.upstream_got())}
    for name, _ in IDENTITY:
        assert names.isdisjoint({f"x-forwarded-{name}", f"x-auth-request-{name}"})
    assert b"evil" not in wire.upstream_got()


@pytest.mark.parametrize(
    "nominated",
    [b"X-Forwarded-User", b"x_forwarded_user", b"X-Auth-Request-Email", b"Cookie", b"Host"],
)
def test_connection_cannot_take_the_identity_away(start: Start, nominated: bytes) -> None:
    wire, gate = start()
    line = b"Connection: close, " + nominated
    wire.client_sends(request(b"/", line, cookie=cookie_for(gate) + b"; theme=dark"))
    assert got(wire, "x-forwarded-user") == ["sub-1"]
    assert got(wire, "x-auth-request-email") == ["alice@example.com"]
    assert (got(wire, "cookie"), got(wire, "host")) == (["theme=dark"], ["app.test"])


def test_hop_by_hop_fields_and_what_connection_names_stay_here(start: Start) -> None:
    wire, gate = start()
    lines = (b"Connection: X-Hop", b"X-Hop: 1", b"Keep-Alive: 5", b"TE: trailers", b"X-Stays: 1")
    wire.client_sends(signed_in(gate, *lines))
    for name in ("connection", "x-hop", "keep-alive", "te"):
        assert got(wire, name) == []
    assert got(wire, "x-stays") == ["1"]


@pytest.mark.parametrize("line", [b"Authorization: Basic app", b"Origin: https://a.test"])
def test_connection_cannot_take_away_what_authentication_rests_on(
    start: Start, line: bytes
) -> None:
    wire, gate = start()
    name, _, value = line.decode().partition(": ")
    wire.client_sends(signed_in(gate, line, b"Connection: " + name.encode()))
    assert got(wire, name.lower()) == [value]


def test_a_group_with_a_comma_stays_one_group(start: Start) -> None:
    wire, gate = start()
    person = Identity("sub-2", "bob@example.com", "", ("a,admin", "b"))
    wire.client_sends(request(cookie=cookie_for(gate, identity=person)))
    assert got(wire, "x-forwarded-groups") == ["a%2Cadmin,b"]


def test_prefer_email_to_user_makes_the_address_the_user(start: Start) -> None:
    wire, gate = start("--prefer-email-to-user")
    wire.client_sends(signed_in(gate))
    assert got(wire, "x-forwarded-user") == ["alice@example.com"]


def test_the_access_token_goes_upstream_only_when_asked_for(start: Start) -> None:
    tokens = Tokens(access_token=Secret("at-1"))
    for flags, expected in (((), []), (("--pass-access-token",), ["at-1"])):
        wire, gate = start(*flags)
        forged = b"X-Forwarded-Access-Token: evil"
        wire.client_sends(request(b"/", forged, cookie=cookie_for(gate, tokens=tokens)))
        assert got(wire, "x-forwarded-access-token") == expected


def test_our_authorization_takes_the_place_of_the_clients(start: Start) -> None:
    wire, gate = start("--pass-authorization-header")
    tokens = Tokens(id_token=Secret("id-1"))
    line = b"Authorization: Bearer evil"
    wire.client_sends(request(b"/", line, cookie=cookie_for(gate, tokens=tokens)))
    assert got(wire, "authorization") == ["Bearer id-1"]


def test_an_authorization_of_the_application_passes(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(signed_in(gate, b"Authorization: Basic app"))
    assert got(wire, "authorization") == ["Basic app"]


def test_our_cookies_stay_here_and_the_others_pass(start: Start) -> None:
    wire, gate = start()
    cookie = b"a=1; " + cookie_for(gate) + b"; b=2; _oauth2_proxy_3XaECcHZ_csrf=x; _oauth2_proxyx=3"
    wire.client_sends(request(cookie=cookie))
    (passed,) = got(wire, "cookie")
    assert passed == "a=1; b=2; _oauth2_proxyx=3"


def test_without_cookies_of_the_application_there_is_no_cookie_field(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(signed_in(gate))
    assert got(wire, "cookie") == []


def test_two_cookie_lines_arrive_as_one(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(request(b"/", b"Cookie: a=1", cookie=cookie_for(gate) + b"; b=2"))
    assert [value.replace(" ", "") for value in got(wire, "cookie")] == ["a=1;b=2"]


def test_the_target_goes_up_byte_for_byte(start: Start) -> None:
    wire, gate = start()
    target = b"/a/../b//c%2f;x=1?q=%zz&q"
    wire.client_sends(signed_in(gate, target=target))
    assert wire.upstream_got().startswith(b"GET " + target + b" HTTP/1.1\r\n")


def test_the_host_is_kept_or_that_of_the_upstream(start: Start) -> None:
    for flags, host in (((), "app.test"), (("--pass-host-header=false",), "127.0.0.1:8080")):
        wire, gate = start(*flags)
        wire.client_sends(signed_in(gate))
        assert got(wire, "host") == [host]
        assert got(wire, "x-forwarded-host") == ["app.test"]


# Where it came from


def test_nobody_is_believed_by_default(start: Start) -> None:
    wire, gate = start(peer=LOOPBACK)
    lines = (b"X-Forwarded-For: 9.9.9.9", b"X-Forwarded-Proto: https", b"X-Forwarded-Host: evil")
    wire.client_sends(signed_in(gate, *lines, b"X-Request-Id: theirs"))
    assert got(wire, "x-forwarded-for") == ["9.9.9.9, 127.0.0.1"]
    assert got(wire, "x-forwarded-proto") == ["http"]
    assert got(wire, "x-forwarded-host") == ["app.test"]
    assert "theirs" not in got(wire, "x-request-id")[0]


def test_a_trusted_proxy_says_where_it_came_from(start: Start) -> None:
    wire, gate = start("--reverse-proxy", peer=LOOPBACK)
    lines = (b"X-Forwarded-For: 9.9.9.9", b"X-Forwarded-Proto: https", b"X-Forwarded-Host: b.test")
    wire.client_sends(signed_in(gate, *lines, b"X-Request-Id: rid-7"))
    assert got(wire, "x-forwarded-for") == ["9.9.9.9, 127.0.0.1"]
    assert got(wire, "x-forwarded-proto") == ["https"]
    assert got(wire, "x-forwarded-host") == ["b.test"]
    assert got(wire, "x-request-id") == ["rid-7"]


def test_what_a_trusted_proxy_does_not_answer_for_is_as_from_a_client(start: Start) -> None:
    wire, gate = start(
        "--reverse-proxy",
        "--real-client-ip-header=X-Forwarded-For",
        "--trusted-proxy-header=X-Forwarded-For",
        "--trusted-proxy-header=X-Forwarded-Client-Cert",
        "--trusted-proxy-header=X-WebAuth-Mesh",
        peer=LOOPBACK,
    )
    answered = (b"X-Forwarded-For: 9.9.9.9", b"X-Forwarded-Client-Cert: Hash=1")
    family = (b"X-WebAuth-Mesh: a", b"X-WebAuth-User: b")
    lies = (b"X-Forwarded-Host: evil", b"X-Original-URL: /evil", b"Ssl-Client-S-Dn: evil")
    wire.client_sends(signed_in(gate, *answered, *family, *lies))
    assert b"evil" not in wire.upstream_got()
    assert got(wire, "x-forwarded-for") == ["9.9.9.9, 127.0.0.1"]
    assert got(wire, "x-forwarded-client-cert") == ["Hash=1"]
    assert (got(wire, "x-webauth-mesh"), got(wire, "x-webauth-user")) == (["a"], ["b"])
    assert got(wire, "x-forwarded-host") == ["app.test"]


def test_with_reverse_proxy_a_stranger_is_still_not_believed(start: Start) -> None:
    wire, gate = start("--reverse-proxy", "--trusted-proxy-ip=10.0.0.0/8")
    wire.client_sends(signed_in(gate, b"X-Forwarded-Proto: https", b"X-Forwarded-Host: evil"))
    assert got(wire, "x-forwarded-proto") == ["http"]
    assert got(wire, "x-forwarded-host") == ["app.test"]


CLAIMS = [
    b"X-Real-IP: 9.9.9.9", b"X_Real_IP: 9.9.9.9", b"Forwarded: for=9.9.9.9",
    b"X-Client-IP: 9.9.9.9",
    b"True-Client-IP: 9.9.9.9", b"CF-Connecting-IP: 9.9.9.9", b"X-Envoy-External-Address: 9.9.9.9",
    b"X-ProxyUser-IP: 9.9.9.9", b"X-Forwarded-Uri: /9.9.9.9", b"X-Forwarded-Port: 9.9.9.9",
    b"X-Forwarded-Prefix: /9.9.9.9", b"X-Forwarded-Method: 9.9.9.9", b"X-Original-URL: /9.9.9.9",
    b"X_Original_URI: /9.9.9.9", b"X-Rewrite-URL: /9.9.9.9", b"X-Forwarded-Client-Cert: 9.9.9.9",
    b"X-SSL-Client-S-DN: 9.9.9.9", b"Client-Cert: 9.9.9.9", b"Remote-User: 9.9.9.9",
    b"X.WebAuth.User: 9.9.9.9", b"X_Forwarded_For: 9.9.9.9", b"X.Forwarded.Proto: 9.9.9.9",
    b"X_Forwarded_Host: 9.9.9.9", b"X_Request_Id: 9.9.9.9", b"Proxy: 9.9.9.9",
]  # fmt: skip
KEPT = [b"Forwarded: for=9.9.9.9", b"X-Forwarded-Uri: /u", b"X-Forwarded-Port: 444",
        b"X-Original-URL: /u", b"X-Forwarded-Client-Cert: Hash=1", b"Remote-User: ops"]  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("target", [b"/", b"/public/x"])
@pytest.mark.parametrize("more", [(), UPGRADE, (b"Connection: X-Real-IP",)])
def test_a_client_does_not_tell_the_application_what_only_proxies_know(
    start: Start, claim: bytes, target: bytes, more: tuple[bytes, ...]
) -> None:
    wire, gate = start(PUBLIC, "--reverse-proxy")
    wire.client_sends(signed_in(gate, claim, claim, *more, target=target))
    assert b"9.9.9.9" not in wire.upstream_got()
    assert got(wire, "x-real-ip") == ["192.0.2.1"]


def test_a_preflight_carries_nothing_that_was_claimed(start: Start) -> None:
    wire, _ = start("--skip-auth-preflight")
    wire.client_sends(request(b"/", *CLAIMS, *FORGED, method=b"OPTIONS"))
    assert b"9.9.9.9" not in wire.upstream_got()
    assert b"evil" not in wire.upstream_got()


@pytest.mark.parametrize("line", KEPT)
def test_a_trusted_proxy_answers_for_its_fields(start: Start, line: bytes) -> None:
    wire, gate = start("--reverse-proxy", peer=LOOPBACK)
    name, _, value = line.decode().partition(": ")
    wire.client_sends(signed_in(gate, line))
    assert got(wire, name.lower()) == [value]


def test_no_proxy_may_say_who_is_signed_in(start: Start) -> None:
    wire, gate = start("--reverse-proxy", peer=LOOPBACK)
    wire.client_sends(signed_in(gate, *FORGED, b"X_Real_IP: evil", b"Proxy: evil"))
    assert b"evil" not in wire.upstream_got()


@pytest.mark.parametrize(
    ("field", "lines"),
    [
        ("X-Real-IP", (b"X-Real-IP: 9.9.9.9:5", b"X-Forwarded-For: 8.8.8.8")),
        ("X-Forwarded-For", (b"X-Real-IP: 8.8.8.8", b"X-Forwarded-For: 1.1.1.1, 9.9.9.9")),
    ],
)
def test_the_client_that_a_trusted_proxy_tells_is_told_on(
    start: Start, field: str, lines: tuple[bytes, ...]
) -> None:
    wire, gate = start("--reverse-proxy", f"--real-client-ip-header={field}", peer=LOOPBACK)
    wire.client_sends(signed_in(gate, *lines))
    assert got(wire, "x-real-ip") == ["9.9.9.9"]


@pytest.mark.parametrize("peer", [LOOPBACK, "/run/gate.sock"])
def test_the_address_of_a_proxy_is_not_the_clients(start: Start, peer: object) -> None:
    wire, gate = start("--reverse-proxy", peer=peer)
    wire.client_sends(signed_in(gate, b"X-Real-IP: unknown"))
    assert got(wire, "x-real-ip") == []


def test_a_unix_socket_peer_has_no_address_to_tell(start: Start) -> None:
    wire, gate = start(peer="/run/gate.sock")
    wire.client_sends(signed_in(gate, b"X-Real-IP: 9.9.9.9", b"X-Forwarded-For: 9.9.9.9"))
    assert got(wire, "x-real-ip") == []
    assert got(wire, "x-forwarded-for") == ["9.9.9.9, unknown"]


@pytest.mark.parametrize(
    ("lines", "chain"),
    [
        ((), "192.0.2.1"),
        ((b"X-Forwarded-For: ",), "192.0.2.1"),
        ((b"X-Forwarded-For: 1.1.1.1", b"x-forwarded-for: 2.2.2.2"), "1.1.1.1, 2.2.2.2, 192.0.2.1"),
    ],
)
def test_the_peer_ends_the_chain_of_addresses(
    start: Start, lines: tuple[bytes, ...], chain: str
) -> None:
    wire, gate = start()
    wire.client_sends(signed_in(gate, *lines))
    assert got(wire, "x-forwarded-for") == [chain]


def test_the_id_goes_up_under_the_name_it_came_by(start: Start) -> None:
    wire, gate = start("--reverse-proxy", "--request-id-header=X-Trace", peer=LOOPBACK)
    wire.client_sends(signed_in(gate, b"X-Trace: t-1", b"X_Trace: t-2"))
    assert (got(wire, "x-trace"), got(wire, "x_trace"), got(wire, "x-request-id")) == (
        ["t-1"], [], [],
    )  # fmt: skip


@pytest.mark.parametrize("told", [b"two words", b"x" * 129, b"a\xe9", b'a"b'])
def test_an_odd_request_id_is_replaced(start: Start, told: bytes) -> None:
    wire, gate = start("--reverse-proxy", peer=LOOPBACK)
    wire.client_sends(signed_in(gate, b"X-Request-Id: " + told))
    (given,) = got(wire, "x-request-id")
    assert given.replace("-", "").isalnum()
    assert told.decode("latin-1") not in given


def test_every_request_has_an_id_of_its_own(start: Start) -> None:
    wire, gate = start()
    for _ in range(2):
        wire.client_sends(signed_in(gate))
        wire.upstream_sends(OK)
    ids = got(wire, "x-request-id") + [e.request_id for e in wire.observed]
    assert len(set(ids)) == 2
    assert wire.observed[1].request_id in wire.upstream_got().decode()


# Framing


@pytest.mark.parametrize(
    ("method", "lines", "body", "sent"),
    [
        (b"POST", (b"Content-Length: 3",), b"abc", b"Content-Length: 3\r\n\r\nabc"),
        (b"POST", (b"Content-Length: 0",), b"", b"Content-Length: 0\r\n\r\n"),
        (b"PUT", (b"Transfer-Encoding: chunked",), b"3;x=1\r\nabc\r\n0\r\nT: 1\r\n\r\n",
         b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        (b"DELETE", (), b"", b"\r\n\r\n"),
        (b"OPTIONS", (), b"", b"\r\n\r\n"),
    ],
)  # fmt: skip
def test_a_body_is_framed_as_it_came(
    start: Start, method: bytes, lines: tuple[bytes, ...], body: bytes, sent: bytes
) -> None:
    wire, gate = start()
    wire.client_sends(request(b"/", *lines, method=method, body=body, cookie=cookie_for(gate)))
    assert wire.upstream_got().startswith(method + b" / HTTP/1.1\r\n")
    assert wire.upstream_got().endswith(sent)
    assert wire.upstream_got().count(b"Content-Length") == sent.count(b"Content-Length")


def test_an_expected_100_is_ours_to_say(start: Start) -> None:
    wire, gate = start()
    lines = (b"Content-Length: 3", b"Expect: 100-continue")
    wire.client_sends(request(b"/", *lines, method=b"POST", cookie=cookie_for(gate)))
    assert wire.client_got_bytes() == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert got(wire, "expect") == []


def test_an_expected_100_is_not_said_to_somebody_who_may_not_pass(start: Start) -> None:
    wire, _ = start()
    lines = (b"Content-Length: 3", b"Expect: 100-continue")
    wire.client_sends(request(b"/", *lines, method=b"POST"))
    assert wire.client_got_bytes().startswith(b"HTTP/1.1 403 ")
    assert wire.upstreams == []


def test_head_is_asked_and_answered_without_a_body(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(request(method=b"HEAD", cookie=cookie_for(gate)))
    assert wire.upstream_got().startswith(b"HEAD / HTTP/1.1\r\n")
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
    answer = wire.client_got()
    assert (answer.header("content-length"), answer.is_complete) == ("2", True)
    assert answer.header("gap-auth") == "alice@example.com"


TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("peer", [LOOPBACK, ("203.0.113.9", 40000)])
def test_a_trace_of_anybody_is_passed_on_as_it_came(start: Start, peer: tuple[str, int]) -> None:
    wire, gate = start(peer=peer)
    wire.client_sends(signed_in(gate, b"traceparent: " + TRACE, b"tracestate: a=1"))
    assert got(wire, "traceparent") == [TRACE.decode()]
    assert got(wire, "tracestate") == ["a=1"]


@pytest.mark.parametrize(
    "fields",
    [
        [b"traceparent: 00-nonsense", b"tracestate: a=1"],
        [b"traceparent: " + TRACE, b"traceparent: " + TRACE, b"tracestate: a=1"],
        [b"tracestate: a=1"],
        [b"TRACEPARENT: 00-" + b"0" * 32 + b"-b7ad6b7169203331-01", b"tracestate: a=1"],
    ],
)
def test_a_trace_that_is_none_goes_no_further(start: Start, fields: list[bytes]) -> None:
    wire, gate = start()
    wire.client_sends(signed_in(gate, *fields))
    assert got(wire, "traceparent") == got(wire, "tracestate") == []
    assert got(wire, "x-forwarded-user") == ["sub-1"]
