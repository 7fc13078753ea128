"""The path of a request: to which application, and what comes back."""

import pytest

from sidegate.core.identity import Identity
from sidegate.observe.metrics import Metrics
from tests.kit.gate import Proxy, cookie_for, request
from tests.unit.frontends.conftest import UPGRADE, Start, got, signed_in

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


# The answer


def test_the_answer_says_for_whom_it_was_made(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(signed_in(gate))
    wire.upstream_sends(OK)
    assert wire.client_got().header("gap-auth") == "alice@example.com"
    assert wire.client_got().header("x-auth-request-user") is None


def test_set_xauthrequest_tells_the_client_side_who_it_is(start: Start) -> None:
    wire, gate = start("--set-xauthrequest")
    wire.client_sends(signed_in(gate))
    wire.upstream_sends(OK)
    assert wire.client_got().header("x-auth-request-groups") == "staff,ops"


# Which application


def test_no_upstream_of_a_path_is_404(start: Start) -> None:
    wire, gate = start("--upstream=http://127.0.0.1:8080/app/")
    wire.client_sends(signed_in(gate, target=b"/other"))
    assert wire.client_got().status == 404
    assert wire.upstreams == []
    assert wire.observed[0].reason == "no_upstream"


def test_a_path_with_detours_is_made_plain_before_somebody_signs_in(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(request(b"//evil.test/../a?b=//c"))
    answer = wire.client_got()
    assert (answer.status, answer.header("location")) == (301, "/a?b=//c")
    wire.client_sends(signed_in(gate, target=b"//a"))
    assert wire.upstream_got().startswith(b"GET //a HTTP/1.1")


def test_a_path_without_an_application_says_for_whom(start: Start) -> None:
    wire, gate = start("--upstream=http://127.0.0.1:8080/app/")
    wire.client_sends(signed_in(gate, target=b"/other"))
    assert wire.client_got().header("gap-auth") == "alice@example.com"


def test_options_star_asks_about_the_gate_and_stays_here(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(request(b"*", method=b"OPTIONS", cookie=cookie_for(gate)))
    answer = wire.client_got()
    assert (answer.status, answer.body) == (200, b"")
    assert wire.upstreams == []


def test_a_request_of_http_1_0_without_a_host_gets_that_of_the_upstream(start: Start) -> None:
    wire, _ = start("--skip-auth-route=^/public/")
    wire.client_sends(b"GET /public/ HTTP/1.0\r\n\r\n")
    assert got(wire, "host") == ["127.0.0.1:8080"]


def test_nobody_learns_which_paths_exist_without_signing_in(start: Start) -> None:
    wire, _ = start("--upstream=http://127.0.0.1:8080/app/")
    wire.client_sends(request(b"/other"))
    assert wire.client_got().status == 403


def test_a_static_upstream_is_answered_here(start: Start) -> None:
    wire, gate = start("--upstream=static://202/")
    wire.client_sends(signed_in(gate))
    answer = wire.client_got()
    assert (answer.status, answer.body) == (202, b"Authenticated")
    assert answer.header("gap-auth") == "alice@example.com"
    assert wire.upstreams == []


def test_a_static_upstream_needs_somebody_signed_in_too(start: Start) -> None:
    wire, _ = start("--upstream=static://202/")
    wire.client_sends(request())
    assert wire.client_got().status == 403


@pytest.mark.parametrize(
    ("target", "location"), [(b"/app", "/app/"), (b"/app?x=//a", "/app/?x=//a")]
)
def test_an_application_below_a_path_is_found_without_the_final_slash(
    start: Start, target: bytes, location: str
) -> None:
    wire, gate = start("--upstream=http://127.0.0.1:8080/app/")
    wire.client_sends(request(target))
    assert wire.client_got().status == 403
    wire.client_sends(signed_in(gate, target=target))
    assert (wire.client_got().status, wire.client_got().header("location")) == (301, location)
    assert (wire.observed[-1].reason, wire.observed[-1].upstream) == ("no_final_slash", "")
    assert wire.upstreams == []


# WebSockets

SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


@pytest.mark.parametrize(
    "origin", [(), (b"Origin: http://app.test",), (b"Origin: https://friend.test",)]
)
def test_a_websocket_of_our_own_pages_opens(start: Start, origin: tuple[bytes, ...]) -> None:
    wire, gate = start("--whitelist-domain=friend.test")
    wire.client_sends(signed_in(gate, *UPGRADE, *origin))
    assert wire.upstream_got().endswith(b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert got(wire, "x-forwarded-user") == ["sub-1"]
    wire.upstream_sends(SWITCH + b"hello")
    assert wire.client_got_bytes().endswith(b"\r\n\r\nhello")
    wire.client_sends(b"\x81\x00")
    assert wire.upstream_got().endswith(b"\r\n\r\n\x81\x00")


@pytest.mark.parametrize("origin", [b"https://evil.test", b"null", b"http://app.test.evil.test"])
def test_a_websocket_of_a_foreign_page_is_refused(start: Start, origin: bytes) -> None:
    wire, gate = start()
    wire.client_sends(signed_in(gate, *UPGRADE, b"Origin: " + origin))
    assert wire.client_got().status == 403
    assert wire.upstreams == []
    assert wire.observed[0].reason == "cross_origin"


def test_the_origin_check_can_be_turned_off(start: Start) -> None:
    wire, gate = start("--websocket-check-origin=false")
    wire.client_sends(signed_in(gate, *UPGRADE, b"Origin: https://evil.test"))
    assert got(wire, "upgrade") == ["websocket"]


def test_without_proxy_websockets_the_handshake_is_a_plain_request(start: Start) -> None:
    wire, gate = start("--proxy-websockets=false")
    wire.client_sends(signed_in(gate, *UPGRADE))
    assert (got(wire, "upgrade"), got(wire, "connection")) == ([], [])


def test_a_websocket_needs_somebody_signed_in(start: Start) -> None:
    wire, _ = start()
    wire.client_sends(request(b"/", *UPGRADE, b"Origin: http://app.test"))
    assert wire.client_got().status == 401
    assert wire.upstreams == []


def test_a_static_upstream_greets_people_of_any_name(start: Start) -> None:
    wire, gate = start("--upstream=static://202/")
    person = Identity("sub-3", "łukasz@example.com")
    wire.client_sends(request(cookie=cookie_for(gate, identity=person)))
    assert wire.client_got().status == 202


PUBLIC = "--skip-auth-route=^/public/"
GUARDED = "--csrf-protect-upstream"
CROSS_SITE = b"Sec-Fetch-Site: cross-site"


def posts(gate: Proxy, *lines: bytes, target: bytes = b"/pay") -> bytes:
    body = (b"Content-Length: 0",)
    return request(target, *body, *lines, cookie=cookie_for(gate), method=b"POST")


def test_what_another_site_posts_reaches_the_application_unless_that_is_refused(
    start: Start,
) -> None:
    wire, gate = start()
    wire.client_sends(posts(gate, CROSS_SITE))
    assert wire.upstream_got().startswith(b"POST /pay ")


def test_what_another_site_posts_is_refused_with_a_page(start: Start) -> None:
    wire, gate = start(GUARDED)
    wire.client_sends(posts(gate, CROSS_SITE))
    answer = wire.client_got()
    assert answer.status == 403
    assert b"cross_site_request" in answer.body
    assert wire.upstreams == []


def test_a_program_is_told_in_json_that_another_site_was_behind_it(start: Start) -> None:
    wire, gate = start(GUARDED)
    wire.client_sends(posts(gate, b"Origin: https://evil.test", b"Accept: application/json"))
    answer = wire.client_got()
    assert answer.status == 403
    assert b'"error":"cross_site_request"' in answer.body
    assert wire.upstreams == []


@pytest.mark.parametrize(
    ("target", "passes"),
    [
        (b"/hook/1", True),
        (b"/hook/../pay", False),
        (b"/hook//1", False),
        (b"/hook/%2e%2e/pay", False),
        (b"/pay?x=/hook/", False),
    ],
)
def test_an_exempt_route_is_matched_as_narrowly_as_a_public_one(
    start: Start, target: bytes, *, passes: bool
) -> None:
    wire, gate = start(GUARDED, "--csrf-exempt-route=POST=^/hook/")
    wire.client_sends(posts(gate, CROSS_SITE, target=target))
    assert bool(wire.upstreams) is passes


def test_nobody_signed_in_on_a_public_route_has_a_name_to_abuse(start: Start) -> None:
    wire, gate = start(GUARDED, PUBLIC)
    wire.client_sends(request(b"/public/x", CROSS_SITE, b"Content-Length: 0", method=b"POST"))
    assert wire.upstream_got().startswith(b"POST /public/x ")
    signed_in_there, _ = start(GUARDED, PUBLIC)
    signed_in_there.client_sends(posts(gate, CROSS_SITE, target=b"/public/x"))
    assert signed_in_there.upstreams == []


def test_a_page_of_our_own_may_post(start: Start) -> None:
    wire, gate = start(GUARDED)
    wire.client_sends(posts(gate, b"Sec-Fetch-Site: same-origin", b"Origin: https://app.test"))
    assert wire.upstream_got().startswith(b"POST /pay ")


# What is counted


@pytest.mark.parametrize(
    ("target", "route"),
    [(b"/app/a?b=c", "/app/"), (b"/other", ""), (b"/oauth2/sign_in", "/oauth2/sign_in")],
)
def test_a_request_that_is_refused_counts_for_the_route_it_was_for(
    start: Start, target: bytes, route: str
) -> None:
    wire, _ = start("--upstream=http://127.0.0.1:8080/app/")
    wire.client_sends(request(target))
    assert [seen.route for seen in wire.observed] == [route]


def test_ten_thousand_odd_requests_make_no_more_series_than_one(start: Start) -> None:
    wire, _ = start("--upstream=http://127.0.0.1:8080/app/")
    metrics = Metrics("1")
    for number in range(10_000):
        wire.client_sends(
            b"PROPFIND /odd/%d HTTP/1.1\r\nHost: h%d.test\r\nAccept: application/json\r\n"
            b"User-Agent: a%d\r\nX-Forwarded-User: u%d\r\n\r\n" % ((number,) * 4)
        )
        metrics(wire.observed.pop())
    assert len(metrics.requests) == len(metrics.durations) == 1
    assert metrics.upstream_durations == {}
