"""The table of own endpoints: exact paths, the methods they take, and the small answers."""

import pytest

from sidegate.core.decision import Admission, Allow, Decision, SignIn
from sidegate.core.identity import Identity
from sidegate.core.messages import Response
from sidegate.frontends.endpoints import Endpoints
from sidegate.frontends.forward_auth import ForwardAuth
from sidegate.frontends.health import Health
from tests.kit.gate import request
from tests.unit.frontends.conftest import Start
from tests.unit.gate.test_trust import trust
from tests.unit.login.fakes import ALICE, Kit, a_session, cookies, exchange, field, response_of
from tests.unit.login.test_begin import begin_of
from tests.unit.login.test_callback import callback_of
from tests.unit.login.test_sign_in_page import page_of
from tests.unit.login.test_sign_out import sign_out_of


def endpoints(
    decision: Decision | None = None,
    ping_user_agent: str = "",
    ping_path: str = "/ping",
) -> Endpoints:
    kit = Kit()

    def admit(_: object) -> Admission:
        return Admission(decision or SignIn())

    return Endpoints(
        prefix="/oauth2",
        ping_path=ping_path,
        ping_user_agent=ping_user_agent,
        ready_path="/ready",
        health=Health(list, list),
        admit=admit,
        begin=begin_of(kit),
        callback=callback_of(kit),
        sign_in_page=page_of(kit),
        sign_out=sign_out_of(kit),
        forward_auth=ForwardAuth(admit=admit, trust=trust(), response_headers=lambda _: []),
        pages=kit.pages,
        failures=kit.failures,
    )


def answer(table: Endpoints, target: str, method: str = "GET", **fields: str) -> Response:
    made = exchange(target, method, **fields)
    endpoint = table.find(made.head.path, made.head)
    assert endpoint
    response = response_of(endpoint.answer(made))
    assert made.route == endpoint.route
    return response


@pytest.mark.parametrize(
    "path",
    ["/", "/oauth2", "/oauth2/", "/oauth2/auth/", "/oauth2/%61uth", "//ping", "/oauth2//auth",
     "/oauth2/static", "/Ping", "/ping/", "/oauth2/unknown"],
)  # fmt: skip
def test_any_other_spelling_is_a_path_of_the_application(path: str) -> None:
    made = exchange(path)
    assert endpoints().find(made.head.path, made.head) is None


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/oauth2/start", 302),
        ("/oauth2/callback", 403),
        ("/oauth2/sign_in", 200),
        ("/oauth2/sign_out", 302),
        ("/oauth2/userinfo", 401),
        ("/oauth2/auth", 401),
        ("/oauth2/static/sidegate.css", 200),
        ("/oauth2/static/", 404),
        ("/oauth2/static/nothing", 404),
        ("/oauth2/static/../auth", 404),
        ("/ping", 200),
        ("/ready", 200),
        ("/robots.txt", 200),
    ],
)
def test_every_endpoint_answers_at_its_path_whatever_its_query(target: str, status: int) -> None:
    assert answer(endpoints(), target).status == status
    assert answer(endpoints(), target + "?x=1").status == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_a_callback_by_a_method_that_nobody_needs_changes_nothing(method: str) -> None:
    response = answer(endpoints(), "/oauth2/callback", method, cookie="session=1")
    assert response.status == 405
    assert (field(response, "Allow") or "").startswith("GET")
    assert cookies(response) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_another_site_ends_no_session_by_whatever_method(method: str) -> None:
    table = endpoints()
    response = answer(
        table, "/oauth2/sign_out", method, cookie="session=1", sec_fetch_site="cross-site"
    )
    assert response.status in (200, 403)
    assert cookies(response) == []
    own = answer(table, "/oauth2/sign_out", method, cookie="session=1")
    assert own.status == 302
    assert cookies(own) != []


@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_the_callback_takes_nothing_but_get(method: str) -> None:
    made = answer(endpoints(), "/oauth2/callback?state=state-1&code=c", method, cookie="attempt=1")
    assert made.status == 405


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"])
@pytest.mark.parametrize(
    ("target", "status"),
    [("/ping", 200), ("/oauth2/auth", 401), ("/oauth2/userinfo", 401), ("/robots.txt", 200)],
)
def test_who_only_looks_may_use_any_method(method: str, target: str, status: int) -> None:
    assert answer(endpoints(), target, method).status == status


@pytest.mark.parametrize("name", ["start", "sign_in", "sign_out"])
def test_a_query_that_cannot_be_read_is_a_page_with_400(name: str) -> None:
    response = answer(endpoints(), f"/oauth2/{name}?rd=%zz")
    assert response.status == 400
    assert b"<title>400 Bad Request</title>" in response.body


def test_ping_and_robots_answer_as_probes_know_them() -> None:
    assert answer(endpoints(), "/ping").body == b"OK"
    assert answer(endpoints(), "/robots.txt").body == b"User-agent: *\nDisallow: /\n"


def test_with_its_user_agent_the_ping_is_for_that_one_only() -> None:
    table = endpoints(ping_user_agent="kube")
    assert answer(table, "/ping", user_agent="kube").status == 200
    for made in (exchange("/ping"), exchange("/ping", user_agent="kube/1.0")):
        assert table.find(made.head.path, made.head) is None


@pytest.mark.parametrize(
    "target", [b"/x", b"/ping/", b"//ping", b"/ping;x", b"/ping/../x", b"/x?/ping", b"/%70ing"]
)
@pytest.mark.parametrize("agent", [b"kube", b"GoogleHC/1.0", b"kube-probe/1.30"])
def test_a_probe_is_let_in_nowhere(start: Start, target: bytes, agent: bytes) -> None:
    wire, _ = start("--ping-user-agent=kube")
    wire.client_sends(request(target, b"User-Agent: " + agent))
    is_plain = b"//" not in target and b".." not in target
    assert (wire.client_got().status, wire.upstreams) == (403 if is_plain else 301, [])
    wire.client_sends(request(b"/oauth2/auth", b"User-Agent: " + agent))
    assert wire.client_got().status == 401


def test_without_a_ping_path_there_is_no_ping() -> None:
    made = exchange("/ping")
    assert endpoints(ping_path="").find(made.head.path, made.head) is None


def test_userinfo_tells_who_is_signed_in() -> None:
    response = answer(endpoints(Allow(a_session(ALICE))), "/oauth2/userinfo")
    assert response.body == (
        b'{"user":"sub-1","email":"alice@example.com","groups":["g1","g2"],'
        b'"preferredUsername":"al"}\n'
    )
    assert field(response, "Content-Type") == "application/json"
    assert "no-store" in (field(response, "Cache-Control") or "")


def test_userinfo_always_has_user_and_email() -> None:
    table = endpoints(Allow(a_session(Identity("sub-1"))))
    assert answer(table, "/oauth2/userinfo").body == b'{"user":"sub-1","email":""}\n'


def test_userinfo_of_nobody() -> None:
    assert answer(endpoints(Allow(None)), "/oauth2/userinfo").body == b"{}"
    response = answer(endpoints(SignIn()), "/oauth2/userinfo")
    assert (response.status, response.body) == (401, b"Unauthorized\n")


FORM_POST = "--auth-request-response-mode=form_post"
FORM = b"Content-Type: application/x-www-form-urlencoded"


def test_a_sign_in_by_form_post_through_the_whole_gate(start: Start) -> None:
    wire, _ = start(FORM_POST)
    wire.client_sends(request(b"/oauth2/start?rd=/deep"))
    begun = wire.client_got()
    cookie = begun.header("set-cookie") or ""
    assert cookie.endswith("; HttpOnly; Secure; SameSite=None")
    state = (begun.header("location") or "").partition("state=")[2].encode()
    body = b"code=c1&state=" + state
    lines = (FORM, b"Content-Length: %d" % len(body), b"Origin: https://idp.test")
    sent = request(
        b"/oauth2/callback",
        *lines,
        cookie=cookie.partition(";")[0].encode(),
        body=body,
        method=b"POST",
    )
    wire.client_sends(sent)
    answer = wire.client_got()
    assert (answer.status, answer.header("location")) == (303, "/deep")


@pytest.mark.parametrize("lines", [(b"Content-Length: 65537",), (b"Transfer-Encoding: chunked",)])
def test_a_posted_answer_is_read_up_to_64_kibibytes(start: Start, lines: tuple[bytes, ...]) -> None:
    wire, _ = start(FORM_POST)
    wire.client_sends(request(b"/oauth2/callback", FORM, *lines, method=b"POST"))
    if b"chunked" in lines[0]:
        wire.client_sends(b"10001\r\n" + b"a" * 65537)
    assert wire.client_got().status == 413


def test_without_form_post_a_posted_answer_is_not_read(start: Start) -> None:
    wire, _ = start()
    wire.client_sends(request(b"/oauth2/callback", FORM, b"Content-Length: 9", method=b"POST"))
    answer = wire.client_got()
    assert (answer.status, answer.header("allow")) == (405, "GET")
