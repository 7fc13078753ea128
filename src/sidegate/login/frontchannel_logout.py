"""Ends sessions because a page of their provider shows us in a frame.

OpenID Connect Front-Channel Logout 1.0. Nothing is signed here, so the names have to be proof.

`iss` and `sid` are both needed. Only the provider and the person's browser know a `sid`: whoever
can name it may end what came of it, from wherever the request comes, and nobody else ends anything.
Without them any site could sign everybody out who looks at it, so nothing happens.

The session ends that the browser brings, when it is of that `sid`. Third-party cookies hardly ever
arrive, so a store that finds sessions by themselves is asked for the others; where sessions are in
cookies alone, a `sid` that no session showed is not believed to exist: strangers could otherwise
have us remember any number of them.
"""

from collections.abc import Sequence
from http import HTTPStatus

from sidegate.core.errors import BadRequest, DuplicateParameter, StoreUnavailable
from sidegate.core.messages import Exchange, Later, Plan, Respond, Response
from sidegate.core.ports import Clock, LogoutVerifier
from sidegate.login.form import Form
from sidegate.login.ports import OnEvent, SessionStore, asker_of, found_in
from sidegate.oidc.urls import origin_of
from sidegate.pages import answers


class FrontchannelLogout:
    """`PREFIX/frontchannel-logout`, for GET only. `providers`: whose frames count."""

    def __init__(
        self,
        *,
        providers: Sequence[LogoutVerifier],
        sessions: SessionStore,
        clock: Clock,
        on_event: OnEvent,
    ) -> None:
        self._providers = providers
        self._sessions = sessions
        self._clock = clock
        self._on_event = on_event

    def answer(self, exchange: Exchange) -> Plan:
        """End what `iss` and `sid` name; the answer does not tell whether there was anything."""
        try:
            form = Form(exchange.head.query)
            form.refuse_duplicates()
        except DuplicateParameter as error:
            raise BadRequest(str(error)) from None
        issuer, sid = form.first("iss"), form.first("sid")
        spoken = [one for one in self._providers if issuer and one.speaks_as(issuer)]
        if not (spoken and sid):
            exchange.reason = "logout_refused"
            return Respond(answers.text(HTTPStatus.BAD_REQUEST, "iss and sid are needed\n"))
        return Later(self._answer(exchange, spoken, sid))

    async def _answer(self, exchange: Exchange, spoken: list[LogoutVerifier], sid: str) -> Plan:
        cookies: list[str] = []
        try:
            for provider in spoken:
                cookies += await self._end(exchange, provider.id, sid)
        except StoreUnavailable as error:
            exchange.reason = error.code
            response = answers.text(error.status, f"{error.public}\n")
            response.headers += answers.retry_after(error)
            return Respond(response)
        return Respond(_framed(spoken[0].issuer, cookies))

    async def _end(self, exchange: Exchange, provider: str, sid: str) -> list[str]:
        """End what is known of a session at a provider; return the cookies that say so."""
        present, cookies = exchange.head.get(b"cookie"), list[str]()
        session = await found_in(self._sessions.load(present, self._clock()))
        brings_it = session is not None and (
            (session.provider, session.provider_session_id) == (provider, sid)
        )
        if not (brings_it or self._sessions.finds_all):
            return cookies
        await self._sessions.end_all(provider, sid=sid)
        if brings_it:
            cookies = await self._sessions.clear(asker_of(exchange).host, present)
            exchange.session = session
        exchange.provider = provider
        self._on_event("frontchannel_logout", exchange, "", "", sid)
        return cookies


def _framed(issuer: str, cookies: list[str]) -> Response:
    """Return an empty page that the provider may show in a frame, and nobody else."""
    policy = f"default-src 'none'; frame-ancestors {origin_of(issuer)}"
    response = answers.protected(HTTPStatus.OK, "text/html; charset=utf-8", b"", policy)
    response.headers = [field for field in response.headers if field[0] != "X-Frame-Options"]
    response.headers += answers.set_cookies(cookies)
    return response
