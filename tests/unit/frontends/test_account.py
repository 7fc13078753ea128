"""Who sees what is held about them, and what they may do: for themselves, on their own page."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from sidegate.core.account import Place
from sidegate.core.decision import Admission, Allow, Decision, Deny, Refuse, SignIn
from sidegate.core.errors import (
    BearerRejected,
    ErasureFailed,
    ErasureTooOften,
    SidegateError,
    StoreUnavailable,
)
from sidegate.core.identity import BY_FILE, Session, Tokens
from sidegate.core.messages import Exchange, ReadBody, Response
from sidegate.core.secret import Secret
from sidegate.frontends.account import Account
from sidegate.frontends.refusals import Refusals
from sidegate.pages.account import AccountPages
from sidegate.pages.answers import text
from tests.unit.login.fakes import HOST, NOW, Kit, a_session, cookies, exchange, field, response_of

CANARY = "canary-of-a-token"
SESSION = replace(a_session(), tokens=Tokens(Secret(CANARY), Secret(CANARY), Secret(CANARY)))
PLACES = (
    Place("this-one", NOW, NOW, NOW + 60, is_this=True),
    Place("another", NOW, NOW, NOW + 60, device="Firefox, Linux"),
)


class Turned:
    """In place of the refusals: says by which way somebody was turned away."""

    def sign_in(self, made: Exchange) -> Response:
        return text(403, f"sign in {made.request_id}")

    def denied(self, made: Exchange, denial: Deny) -> Response:
        return text(403, f"denied {made.request_id} {denial.rule}")

    def refused(self, made: Exchange, refusal: Refuse) -> Response:
        return text(401, f"refused {made.request_id} {refusal.error.code}")

    def error(
        self, error: SidegateError, made: Exchange | None, again: tuple[str, str] | None = None
    ) -> Response:
        assert made is not None
        return text(error.status, error.code + (f" back to {again[0]}" if again else ""))


class Elsewhere:
    """The sessions of alice, of which all may be listed and some may be gone."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.gone: set[str] = set()
        self.is_down = False

    async def places(self, session: Session) -> tuple[Sequence[Place], bool]:
        assert session
        if self.is_down:
            raise StoreUnavailable("down")
        return [place for place in PLACES if place.name not in self.ended], False

    async def end(self, name: str) -> bool:
        self.ended.append(name)
        return name not in self.gone


class Bench:
    """The endpoint. `decision`: what the gate says of whoever asks."""

    def __init__(self, decision: Decision | None = None) -> None:
        self.kit = Kit()
        self.decision = Allow(SESSION) if decision is None else decision
        self.elsewhere: Elsewhere | None = Elsewhere()
        self.fails: SidegateError | None = None
        self.sent: list[str] = []
        self.takes_requests = True
        self.store_is_down = False

    async def _admitted(self) -> Admission:
        if self.store_is_down:
            raise StoreUnavailable("down")
        return Admission(self.decision, ("session=renewed",))

    async def _send(self, session: Session, host: str) -> str:
        if self.fails:
            raise self.fails
        self.sent.append(f"{session.identity.user} at {host}")
        return "number-1"

    def asks(self, made: Exchange, body: bytes = b"") -> Response:
        send = self._send if self.takes_requests else None
        account = Account(
            admit=lambda _: self._admitted(),
            refusals=cast("Refusals", Turned()),
            failures=self.kit.failures,
            providers=self.kit.providers,
            pages=AccountPages(self.kit.pages, "/oauth2", takes_requests=send is not None),
            tokens=self.kit.tokens,
            as_kept=lambda session: session,
            elsewhere=self.elsewhere,
            send=send,
            clock=self.kit.clock,
            on_event=self.kit.events,
        )
        plan = account.answer(made)
        if isinstance(plan, ReadBody):
            plan = plan.then(body)
        return response_of(plan)

    def page(self) -> str:
        return self.asks(exchange("/oauth2/account")).body.decode()

    def posts(self, body: str, **fields: str) -> Response:
        sent = {"sec_fetch_site": "same-origin", **fields}
        form = {"content_type": "application/x-www-form-urlencoded", **sent}
        made = exchange("/oauth2/account", "POST", length=len(body), **form)
        return self.asks(made, body.encode())


def token_of(response: Response) -> str:
    found = re.search(rb'name="token" value="([^"]+)"', response.body)
    assert found
    return found[1].decode()


@pytest.fixture
def bench() -> Bench:
    """Return a bench for alice, who is signed in."""
    return Bench()


def test_whoever_is_signed_in_sees_their_page_and_nobody_keeps_it(bench: Bench) -> None:
    made = exchange("/oauth2/account")
    response = bench.asks(made)
    assert (response.status, made.user) == (200, "alice@example.com")
    assert "no-store" in (field(response, "Cache-Control") or "")
    assert cookies(response) == ["session=renewed"]
    assert b"alice@example.com" in response.body
    assert b"Example ID" in response.body
    assert bench.kit.events.heard == []


@pytest.mark.parametrize("target", ["/oauth2/account", "/oauth2/account?download"])
def test_no_token_is_in_it(bench: Bench, target: str) -> None:
    response = bench.asks(exchange(target))
    assert CANARY not in response.body.decode()
    assert CANARY not in str(response.headers)


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        (SignIn(), b"sign in req-1"),
        (Allow(), b"sign in req-1"),
        (Allow(replace(SESSION, id="")), b"sign in req-1"),
        (Deny("rule-1", replace(SESSION, id=""), everywhere=False), b"sign in req-1"),
        (Deny("rule-1", SESSION), b"denied req-1 rule-1"),
        (Refuse(BearerRejected("no")), b"refused req-1 bearer_rejected"),
    ],
)
def test_nobody_else_does(decision: Decision, told: bytes) -> None:
    for target in ("/oauth2/account", "/oauth2/account?download"):
        assert Bench(decision).asks(exchange(target)).body == told
    for body in ("do=end&session=another", "do=ask", "do=erase"):
        assert Bench(decision).posts(body).body == told


def test_whoever_a_rule_refuses_one_path_sees_it_all_the_same() -> None:
    denied = Bench(Deny("rule-1", SESSION, everywhere=False))
    assert b"alice@example.com" in denied.asks(exchange("/oauth2/account")).body


def test_a_password_file_is_named_without_the_mark_of_its_line(bench: Bench) -> None:
    bench.decision = Allow(replace(SESSION, provider=f"{BY_FILE}digest"))
    assert "htpasswd" in bench.page()
    assert "digest" not in bench.page()


def test_the_download_is_a_file_and_is_told(bench: Bench) -> None:
    response = bench.asks(exchange("/oauth2/account?download"))
    assert field(response, "Content-Type") == "application/json"
    assert field(response, "Content-Disposition") == 'attachment; filename="account.json"'
    assert "no-store" in (field(response, "Cache-Control") or "")
    document = json.loads(response.body)
    assert document["person"]["email"] == "alice@example.com"
    assert [place["name"] for place in document["sessions"]] == ["this-one", "another"]
    assert bench.kit.events.heard == [("data_exported", "", "alice@example.com")]


def test_a_head_of_the_download_hands_nothing_out_and_is_not_told_as_if(bench: Bench) -> None:
    assert bench.asks(exchange("/oauth2/account?download", "HEAD")).status == 200
    assert bench.kit.events.heard == []


def test_another_site_makes_nobody_download_anything(bench: Bench) -> None:
    made = exchange("/oauth2/account?download", sec_fetch_site="cross-site")
    response = bench.asks(made)
    assert field(response, "Content-Disposition") is None
    assert bench.kit.events.heard == []


def test_the_page_of_whoever_was_here_before_does_nothing_for_who_is_now(bench: Bench) -> None:
    asked = bench.posts("do=ask")
    page = bench.asks(exchange("/oauth2/account"))
    bench.decision = Allow(replace(SESSION, id="of-bob"))
    assert bench.posts(f"do=erase&token={token_of(asked)}").status == 403
    told = bench.posts(f"do=ask&token={token_of(page)}", sec_fetch_site="none", origin="null")
    assert told.status == 403, "an old page, in a browser that says nothing of who sent it"
    assert bench.sent == []


def test_without_a_shared_store_nobody_knows_where_else(bench: Bench) -> None:
    bench.elsewhere = None
    assert "nobody here knows" in bench.page()
    document = json.loads(bench.asks(exchange("/oauth2/account?download")).body)
    assert document["sessions"] is None
    assert b"nobody here knows" in bench.posts("do=end&session=another").body
    assert [kind for kind, _, _ in bench.kit.events.heard] == ["data_exported"]


def test_a_session_elsewhere_is_ended_and_that_is_told(bench: Bench) -> None:
    response = bench.posts("do=end&session=another")
    assert bench.elsewhere
    assert bench.elsewhere.ended == ["another"]
    assert b"That session has ended." in response.body
    assert b"Firefox, Linux" not in response.body
    assert bench.kit.events.heard == [("sessions_revoked", "", "alice@example.com")]


@pytest.mark.parametrize("name", ["somebody-elses", "this-one", "", "another%00"])
def test_nobody_ends_what_is_not_another_session_of_theirs(bench: Bench, name: str) -> None:
    response = bench.posts(f"do=end&session={name}")
    assert bench.elsewhere
    assert bench.elsewhere.ended == []
    assert b"had ended already" in response.body
    assert bench.kit.events.heard == []


def test_a_session_that_was_gone_is_not_said_to_have_ended_now(bench: Bench) -> None:
    assert bench.elsewhere
    bench.elsewhere.gone = {"another"}
    assert b"had ended already" in bench.posts("do=end&session=another").body
    assert bench.kit.events.heard == []


FOREIGN = [
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"sec_fetch_site": "none", "origin": "https://evil.test"},
    {"sec_fetch_site": "none", "origin": "null", "user_agent": "Mozilla/5.0"},
]


@pytest.mark.parametrize("fields", FOREIGN)
@pytest.mark.parametrize("body", ["do=end&session=another", "do=ask", "do=erase"])
def test_what_another_site_sends_does_nothing(
    bench: Bench, fields: dict[str, str], body: str
) -> None:
    response = bench.posts(body, **fields)
    assert (response.status, response.body) == (403, b"cross_site_request")
    assert bench.elsewhere
    assert bench.elsewhere.ended == bench.sent == bench.kit.events.heard == []


def test_an_old_browser_brings_the_token_of_the_form(bench: Bench) -> None:
    token = bench.kit.tokens.make("account", SESSION.id)
    told = bench.posts(
        f"do=end&session=another&token={token}", sec_fetch_site="none", origin="null"
    )
    assert b"That session has ended." in told.body


def test_a_get_does_nothing(bench: Bench) -> None:
    response = bench.asks(exchange("/oauth2/account?do=end&session=another"))
    assert response.status == 200
    assert bench.elsewhere
    assert bench.elsewhere.ended == []


def test_erasure_is_asked_for_in_two_steps_and_told_under_its_number(bench: Bench) -> None:
    asked = bench.posts("do=ask")
    assert b"Ask for erasure?" in asked.body
    assert bench.sent == []
    done = bench.posts(f"do=erase&token={token_of(asked)}")
    assert bench.sent == [f"sub-1 at {HOST}"]
    assert b"Your request was passed on" in done.body
    assert b"number-1" in done.body
    assert bench.kit.events.heard == [("erasure_requested", "", "alice@example.com")]
    assert bench.kit.events.details == ["number-1"]


@pytest.mark.parametrize("purpose", ["", "account", "sign_out"])
def test_the_second_step_cannot_be_taken_first(bench: Bench, purpose: str) -> None:
    token = bench.kit.tokens.make(purpose, SESSION.id) if purpose else ""
    response = bench.posts(f"do=erase&token={token}")
    assert (response.status, response.body) == (403, b"cross_site_request")
    assert bench.sent == []


def test_a_token_of_another_session_is_none(bench: Bench) -> None:
    token = bench.kit.tokens.make("erasure", "another-session")
    assert bench.posts(f"do=erase&token={token}").status == 403
    assert bench.sent == []


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (ErasureFailed("the receiver answered 500"), 503, "erasure_failed"),
        (ErasureTooOften(9), 429, "rate_limited"),
    ],
)
def test_what_was_not_passed_on_is_not_said_to_be(
    bench: Bench, error: SidegateError, status: int, kind: str
) -> None:
    bench.fails = error
    done = bench.posts(f"do=erase&token={token_of(bench.posts('do=ask'))}")
    assert (done.status, done.body.decode()) == (status, f"{error.code} back to /oauth2/account")
    assert bench.kit.events.heard == [(kind, error.code, "alice@example.com")]
    assert bench.kit.events.details == [str(error)]


def test_where_nobody_takes_requests_there_is_nothing_to_send(bench: Bench) -> None:
    bench.takes_requests = False
    token = bench.kit.tokens.make("erasure", SESSION.id)
    for body in ("do=ask", f"do=erase&token={token}"):
        assert b"ask whoever looks after this site" in bench.posts(body).body
    assert bench.sent == []


def test_a_store_that_does_not_answer_is_told_as_such(bench: Bench) -> None:
    assert bench.elsewhere
    bench.elsewhere.is_down = True
    for target in ("/oauth2/account", "/oauth2/account?download"):
        assert bench.asks(exchange(target)).body == b"store_unavailable"
    assert bench.posts("do=end&session=another").status == 503
    assert bench.kit.events.heard == []
    bench.store_is_down = True
    assert bench.asks(exchange("/oauth2/account")).status == 503
