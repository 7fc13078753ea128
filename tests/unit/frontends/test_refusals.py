"""Whoever does not pass is told so as they understand it: pages for people, JSON for programs."""

import json

import pytest

from sidegate.core.errors import BadRequest, UpstreamSilent
from tests.kit.gate import cookie_for, request
from tests.unit.frontends.conftest import Start

LOOPBACK = ("127.0.0.1", 40000)
JSON = b"Accept: application/json"


def test_a_browser_gets_the_page_to_sign_in(start: Start) -> None:
    wire, _ = start()
    wire.client_sends(request(b"/report?y=1"))
    answer = wire.client_got()
    assert answer.status == 403
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert b"/oauth2/start?rd=/report%3Fy%3D1" in answer.body
    assert "no-store" in (answer.header("cache-control") or "")
    assert wire.upstreams == []


def test_with_skip_provider_button_the_browser_goes_to_the_provider_at_once(start: Start) -> None:
    wire, _ = start("--skip-provider-button")
    wire.client_sends(request(b"/report"))
    answer = wire.client_got()
    assert answer.status == 302
    assert (answer.header("location") or "").startswith("https://idp.test/auth?state=")
    assert "_csrf=" in (answer.header("set-cookie") or "")


@pytest.mark.parametrize(
    ("flags", "target", "lines"),
    [
        ((), b"/", (JSON,)),
        ((), b"/", (b"Accept: text/html, application/json",)),
        (("--api-route=^/api/",), b"/api/x?y=1", ()),
        (("--force-json-errors",), b"/", ()),
        (("--skip-provider-button",), b"/", (JSON,)),
    ],
)
def test_a_program_gets_401_and_an_empty_object(
    start: Start, flags: tuple[str, ...], target: bytes, lines: tuple[bytes, ...]
) -> None:
    wire, _ = start(*flags)
    wire.client_sends(request(target, *lines))
    answer = wire.client_got()
    assert (answer.status, answer.body) == (401, b"{}")
    assert answer.header("content-type") == "application/json"
    assert answer.header("location") is None


SPA = b"https://spa.example.com"
FETCH = (b"Sec-Fetch-Mode: cors", b"Sec-Fetch-Dest: empty", b"Accept: */*")
SIGN_IN = "http://app.test/oauth2/sign_in"


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        ((), SIGN_IN),
        ((b"Referer: http://app.test/reports?y=1",), SIGN_IN + "?rd=/reports%3Fy%3D1"),
        ((b"Referer: http://app.test.evil.test/",), SIGN_IN),
        ((b"Referer: http://app.test/oauth2/sign_in",), SIGN_IN),
        ((b"Referer: https://evil.test/",), SIGN_IN),
    ],
)
def test_a_script_is_told_where_to_sign_in_and_to_come_back_to_its_page(
    start: Start, lines: tuple[bytes, ...], address: str
) -> None:
    wire, _ = start("--skip-provider-button")
    wire.client_sends(request(b"/api/x", *FETCH, *lines))
    answer = wire.client_got()
    assert (answer.status, answer.header("content-type")) == (401, "application/json")
    assert json.loads(answer.body) == {
        "error": "sign_in_required",
        "request_id": wire.observed[0].request_id,
        "sign_in": address,
    }
    assert answer.header("x-sign-in-url") == address
    assert {answer.header("location"), answer.header("set-cookie")} == {None}
    assert answer.header("access-control-allow-origin") is None


def test_a_program_finds_the_address_in_a_field(start: Start) -> None:
    wire, _ = start()
    wire.client_sends(request(b"/", JSON))
    assert wire.client_got().header("x-sign-in-url") == SIGN_IN


@pytest.mark.parametrize("target", [b"/", b"/oauth2/start", b"/oauth2/sign_in"])
@pytest.mark.parametrize(
    "lines",
    [
        (b"Sec-Fetch-Mode: no-cors", b"Sec-Fetch-Dest: image"),
        (b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Dest: document", b"Sec-Purpose: prefetch"),
        (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
    ],
)
def test_what_nobody_looks_at_begins_no_sign_in(
    start: Start, target: bytes, lines: tuple[bytes, ...]
) -> None:
    wire, _ = start("--skip-provider-button")
    wire.client_sends(request(target, *lines))
    answer = wire.client_got()
    assert (answer.status, answer.header("content-type")) == (401, "application/json")
    assert {answer.header("location"), answer.header("set-cookie")} == {None}


def test_a_script_of_a_refused_person_is_told_the_code(start: Start) -> None:
    wire, gate = start("--allowed-group=admins")
    wire.client_sends(request(b"/", *FETCH, cookie=cookie_for(gate)))
    answer = wire.client_got()
    assert answer.status == 403
    assert json.loads(answer.body)["error"] == "not_authorized"


def test_only_a_page_of_a_named_origin_may_read_the_answer(start: Start) -> None:
    for origin, allowed in ((SPA, SPA.decode()), (b"https://evil.test", None), (b"null", None)):
        wire, _ = start(f"--cors-allowed-origin={SPA.decode()}")
        wire.client_sends(request(b"/api/x", *FETCH, b"Origin: " + origin))
        assert wire.client_got().header("access-control-allow-origin") == allowed


PREFLIGHT = (b"Access-Control-Request-Method: PUT", b"Sec-Fetch-Mode: cors")


def test_the_gate_answers_the_preflights_of_named_origins_itself(start: Start) -> None:
    for origin, status in ((SPA, 204), (b"https://evil.test", 401)):
        wire, _ = start(f"--cors-allowed-origin={SPA.decode()}")
        wire.client_sends(request(b"/x", b"Origin: " + origin, *PREFLIGHT, method=b"OPTIONS"))
        assert wire.client_got().status == status
        assert wire.upstreams == []


def test_the_application_answers_them_where_it_shall_and_no_other_request(start: Start) -> None:
    flags = (f"--cors-allowed-origin={SPA.decode()}", "--cors-preflight=application")
    origin = b"Origin: " + SPA
    for lines, passes in (((origin, *PREFLIGHT), True), ((origin,), False), (PREFLIGHT, False)):
        wire, _ = start(*flags)
        wire.client_sends(request(b"/x", *lines, method=b"OPTIONS"))
        assert bool(wire.upstreams) is passes
    wire, _ = start(*flags)
    wire.client_sends(request(b"/x", origin, *PREFLIGHT))
    assert (wire.client_got().status, wire.upstreams) == (401, [])


def test_head_is_refused_without_a_body(start: Start) -> None:
    wire, _ = start()
    wire.client_sends(request(method=b"HEAD"))
    assert wire.client_got_bytes().startswith(b"HTTP/1.1 403 ")
    assert wire.client_got_bytes().endswith(b"\r\n\r\n")


@pytest.mark.parametrize("method", [b"OPTIONS", b"POST", b"DELETE", b"PROPFIND"])
def test_no_method_passes_without_a_session(start: Start, method: bytes) -> None:
    wire, _ = start()
    wire.client_sends(request(method=method))
    assert wire.client_got_bytes().startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 400 "))
    assert wire.upstreams == []


def test_preflight_passes_only_where_the_option_says_so(start: Start) -> None:
    wire, _ = start("--skip-auth-preflight")
    wire.client_sends(request(method=b"OPTIONS"))
    assert wire.upstream_got().startswith(b"OPTIONS / ")


@pytest.mark.parametrize(("line", "kind"), [(JSON, "application/json"), (b"A: b", "text/html")])
def test_a_refused_person_is_signed_out_and_the_rule_is_not_told(
    start: Start, line: bytes, kind: str
) -> None:
    wire, gate = start("--allowed-group=admins")
    wire.client_sends(request(b"/", line, cookie=cookie_for(gate)))
    answer = wire.client_got()
    assert answer.status == 403
    assert (answer.header("content-type") or "").startswith(kind)
    assert (answer.header("set-cookie") or "").startswith("_oauth2_proxy=; ")
    assert "Max-Age=0" in (answer.header("set-cookie") or "")
    assert b"admins" not in answer.body
    assert b"group" not in answer.body
    assert answer.header("gap-auth") is None
    assert wire.upstreams == []
    assert wire.observed[0].reason == "rule:allowed_groups"


def test_a_refused_person_passes_a_public_route_as_nobody(start: Start) -> None:
    wire, gate = start("--allowed-group=admins", "--skip-auth-route=^/public/")
    wire.client_sends(request(b"/public/x", cookie=cookie_for(gate)))
    assert b"sub-1" not in wire.upstream_got()
    assert wire.upstream_got().startswith(b"GET /public/x ")


# The errors of the wire and of the application


def test_an_application_that_is_silent_is_504_as_a_page_or_as_json(start: Start) -> None:
    for line, kind in ((JSON, "application/json"), (b"A: b", "text/html; charset=utf-8")):
        wire, gate = start()
        wire.client_sends(request(b"/", line, cookie=cookie_for(gate)))
        wire.advance(31)
        answer = wire.client_got()
        assert (answer.status, answer.header("content-type")) == (504, kind)
        assert UpstreamSilent.code.encode() in answer.body
        assert wire.observed[0].request_id.encode() in answer.body
        assert b"127.0.0.1" not in answer.body


def test_what_is_no_request_gets_a_plain_answer_that_repeats_nothing(start: Start) -> None:
    wire, _ = start()
    wire.client_sends(b"GET /<script> HTTP/1.1\r\n<script>: 1\r\n\r\n")
    assert wire.client_got_bytes().startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert wire.client_got_bytes().endswith(b"\r\n\r\n400 Bad Request\n")
    assert b"script" not in wire.client_got_bytes()


def test_an_error_without_an_exchange_still_has_its_status(start: Start) -> None:
    _, gate = start()
    assert gate.refuse(BadRequest("x"), None).status == 400


# force_https


@pytest.mark.parametrize(
    ("host", "address", "location"),
    [
        (b"example.com", ":443", "https://example.com/foo?x=1"),
        (b"example.com", ":8443", "https://example.com/foo?x=1"),
        (b"example.com:8080", ":443", "https://example.com:443/foo?x=1"),
        (b"example.com:8080", ":8443", "https://example.com:8443/foo?x=1"),
        (b"[::1]:80", ":8443", "https://[::1]:8443/foo?x=1"),
        (b"[::1]", ":8443", "https://[::1]/foo?x=1"),
    ],
)
def test_http_is_sent_to_https_with_the_port_that_serves_it(
    start: Start, host: bytes, address: str, location: str
) -> None:
    wire, _ = start(
        "--force-https", "--tls-cert-file=c", "--tls-key-file=k", f"--https-address={address}"
    )
    wire.client_sends(request(b"/foo?x=1", host=host))
    answer = wire.client_got()
    assert (answer.status, answer.header("location")) == (308, location)
    assert answer.header("set-cookie") is None


def test_a_request_that_came_by_https_is_served(start: Start) -> None:
    wire, gate = start("--force-https", "--reverse-proxy", peer=LOOPBACK)
    wire.client_sends(request(b"/", b"X-Forwarded-Proto: HTTPS", cookie=cookie_for(gate)))
    assert wire.upstream_got().startswith(b"GET / ")


def test_a_stranger_cannot_claim_https(start: Start) -> None:
    wire, gate = start("--force-https")
    wire.client_sends(request(b"/", b"X-Forwarded-Proto: https", cookie=cookie_for(gate)))
    assert wire.client_got().status == 308
    assert wire.upstreams == []


@pytest.mark.parametrize("path", [b"/ping", b"/ready"])
def test_probes_are_answered_over_http(start: Start, path: bytes) -> None:
    wire, _ = start("--force-https")
    wire.client_sends(request(path))
    assert (wire.client_got().status, wire.client_got().body) == (200, b"OK")


def test_the_sign_in_itself_goes_to_https_too(start: Start) -> None:
    wire, _ = start("--force-https")
    wire.client_sends(request(b"/oauth2/sign_in"))
    assert wire.client_got().status == 308
