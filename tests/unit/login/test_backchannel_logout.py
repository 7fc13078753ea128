"""A provider ends sessions with a token that counts once; nobody else does."""

import json
from typing import Any

import pytest

from sidegate.core.errors import (
    IdTokenRejected,
    ProviderUnavailable,
    SidegateError,
    StoreUnavailable,
)
from sidegate.core.messages import Exchange, ReadBody, Response
from sidegate.core.ports import Logout
from sidegate.core.secret import Secret
from sidegate.login.backchannel_logout import LIMIT, BackchannelLogout
from sidegate.oidc import base64url
from sidegate.stores.replays import Replays
from tests.unit.login.fakes import ISSUER, NOW, Events, Sessions, exchange, field, response_of
from tests.unit.oidc.tokens import segment

FORM = "application/x-www-form-urlencoded"
ACCEPTED = (200, b"")


class Provider:
    """Believes every token of its issuer, and takes its word."""

    def __init__(self, name: str = "oidc", issuer: str = ISSUER) -> None:
        self.id = name
        self.issuer = issuer
        self.fails: SidegateError | None = None

    def speaks_as(self, issuer: str) -> bool:
        return issuer == self.issuer

    async def verify_logout(self, token: Secret[str]) -> Logout:
        if self.fails:
            raise self.fails
        said = json.loads(_decoded(token.reveal().split(".")[1]))
        return Logout(self.id, said["jti"], said.get("sub", ""), said.get("sid", ""))


class Down(Sessions):
    """A store that takes nothing as long as it is told so."""

    is_down = True

    async def end_all(self, provider: str, *, user: str = "", sid: str = "") -> int:
        if self.is_down:
            raise StoreUnavailable("down")
        return await super().end_all(provider, user=user, sid=sid)


class Stage:
    def __init__(self, *providers: Provider, sessions: Sessions | None = None) -> None:
        self.providers = providers or (Provider(),)
        self.sessions = sessions or Sessions()
        self.events = Events()
        self.logout = BackchannelLogout(
            providers=self.providers,
            sessions=self.sessions,
            replays=Replays(lambda: NOW),
            on_event=self.events,
        )

    def posts(self, body: bytes, made: Exchange | None = None) -> Response:
        made = made or _asks(len(body))
        plan = self.logout.answer(made)
        if isinstance(plan, ReadBody):
            assert len(body) <= plan.limit
            plan = plan.then(body)
        return response_of(plan)

    def says(self, **claims: Any) -> Response:
        return self.posts(b"logout_token=" + token(**claims))


def token(**claims: Any) -> bytes:
    said = {"iss": ISSUER, "jti": "j1", **claims}
    return f"{segment({'alg': 'RS256'})}.{segment(said)}.c2ln".encode()


def _decoded(part: str) -> bytes:
    return base64url.decode(part)


def _asks(length: int = 9, kind: str = FORM) -> Exchange:
    return exchange("/oauth2/backchannel-logout", "POST", length=length, content_type=kind)


def outcome(response: Response) -> tuple[int, bytes]:
    assert "no-store" in (field(response, "Cache-Control") or "")
    return response.status, response.body


def test_the_session_that_is_named_ends() -> None:
    stage = Stage()
    assert outcome(stage.says(sub="sub-1", sid="p1")) == ACCEPTED
    assert stage.sessions.ended == [("oidc", "", "p1")]
    assert stage.events.heard == [("backchannel_logout", "", "sub-1")]


def test_where_only_the_person_is_named_all_their_sessions_end() -> None:
    stage = Stage()
    assert outcome(stage.says(sub="sub-1")) == ACCEPTED
    assert stage.sessions.ended == [("oidc", "sub-1", "")]


def test_the_log_names_the_session_where_nobody_names_the_person() -> None:
    stage = Stage()
    assert outcome(stage.says(sid="p1")) == ACCEPTED
    assert stage.events.heard == [("backchannel_logout", "", "")]
    assert stage.events.details == ["p1"]


def test_a_token_counts_once() -> None:
    stage = Stage()
    assert outcome(stage.says(sub="sub-1")) == ACCEPTED
    status, body = outcome(stage.says(sub="sub-1"))
    assert (status, json.loads(body)["error"]) == (400, "invalid_request")
    assert len(stage.sessions.ended) == 1
    assert "jti" in stage.events.details[-1]


def test_two_providers_may_use_the_same_name_for_a_token() -> None:
    other = Provider("other", "https://other.test")
    stage = Stage(Provider(), other)
    assert outcome(stage.says(sub="sub-1")) == ACCEPTED
    assert outcome(stage.says(iss="https://other.test", sub="sub-1")) == ACCEPTED
    assert stage.sessions.ended == [("oidc", "sub-1", ""), ("other", "sub-1", "")]


def test_only_the_provider_that_the_token_names_is_asked() -> None:
    stage = Stage(Provider("other", "https://other.test"), Provider())
    assert outcome(stage.says(sub="sub-1")) == ACCEPTED
    assert stage.sessions.ended == [("oidc", "sub-1", "")]
    status, _ = outcome(stage.says(iss="https://third.test", sub="sub-1", jti="j2"))
    assert status == 400


def test_two_clients_at_one_provider_each_know_their_own_tokens() -> None:
    first, second = Provider("first"), Provider("second")
    first.fails = IdTokenRejected("aud of the logout token has an audience that is not trusted")
    stage = Stage(first, second)
    assert outcome(stage.says(sub="sub-1")) == ACCEPTED
    assert stage.sessions.ended == [("second", "sub-1", "")]


@pytest.mark.parametrize(
    "body",
    [
        b"token=" + token(sub="sub-1"),
        b"logout_token=",
        b"logout_token=not.a.token",
        b"logout_token=a.b",
        b"logout_token=%zz",
        b"logout_token=%ff",
        b"logout_token=" + token(sub="sub-1") + b"&logout_token=" + token(sub="sub-1"),
        b"logout_token=" + token(iss=None, sub="sub-1"),
        b"logout_token=" + b"x" * (LIMIT - 20),
    ],
    ids=["absent", "empty", "junk", "parts", "escape", "bytes", "twice", "no issuer", "long"],
)
def test_what_is_no_token_is_refused_without_a_word_about_why(body: bytes) -> None:
    stage = Stage()
    status, answer = outcome(stage.posts(body))
    assert status == 400
    assert json.loads(answer) == {
        "error": "invalid_request",
        "error_description": "The logout token was not accepted.",
    }
    assert stage.sessions.ended == []
    assert stage.events.heard == [("logout_refused", "logout_token_rejected", "")]


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", ""])
def test_only_a_form_is_read(kind: str) -> None:
    stage = Stage()
    made = _asks(kind=kind)
    assert outcome(stage.posts(b"logout_token=" + token(sub="sub-1"), made))[0] == 400


def test_a_form_without_a_body_is_refused() -> None:
    assert outcome(Stage().posts(b"", _asks(0)))[0] == 400


def test_further_parameters_are_ignored() -> None:
    assert outcome(Stage().posts(b"x=1&logout_token=" + token(sub="a"))) == ACCEPTED


def test_a_provider_whose_keys_are_out_of_reach_may_send_it_again() -> None:
    provider = Provider()
    provider.fails = ProviderUnavailable("no keys")
    stage = Stage(provider)
    assert outcome(stage.says(sub="sub-1"))[0] == 503
    provider.fails = None
    assert outcome(stage.says(sub="sub-1")) == ACCEPTED


def test_a_store_that_did_not_take_it_is_no_success_and_the_token_may_come_again() -> None:
    sessions = Down()
    stage = Stage(sessions=sessions)
    response = stage.says(sub="sub-1")
    assert outcome(response)[0] == 503
    assert field(response, "Retry-After") == "5"
    sessions.is_down = False
    assert outcome(stage.says(sub="sub-1")) == ACCEPTED
    assert sessions.ended == [("oidc", "sub-1", "")]
