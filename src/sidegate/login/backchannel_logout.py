"""Ends sessions because their provider says so (OpenID Connect Back-Channel Logout 1.0).

Anybody can post here, so a token counts only when a provider of ours signed it just now for us, and
only once. Then the sessions end before anything is answered: 200 means that they have ended.

- 400: the token is not to be believed. The body says that and no more; the log says why.
- 503: the provider's keys or the store of the sessions could not be asked. Nothing was noted, so
  the provider may send the very same token again.

A token is noted after the sessions ended and not before, for the sake of that. Two copies that come
at the same moment may both count, and end the same sessions twice.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from sidegate.core.errors import (
    BadRequest,
    IdTokenRejected,
    LogoutTokenRejected,
    ProviderError,
    SidegateError,
    SignInError,
    StoreUnavailable,
)
from sidegate.core.messages import Exchange, Later, Plan, ReadBody, Respond, Response
from sidegate.core.ports import Logout, LogoutVerifier
from sidegate.core.secret import Secret
from sidegate.login.form import FORM_TYPE, Form, media_type
from sidegate.login.ports import OnEvent, ReplayStore, SessionStore
from sidegate.oidc.bearer_token import claimed_issuer
from sidegate.oidc.logout_token import LIVES, read_logout_token
from sidegate.pages import answers

LIMIT: Final = 32 * 1024  # bytes; a token has 16 KiB at most


class BackchannelLogout:
    """`PREFIX/backchannel-logout`, for POST only. `providers`: whose word counts."""

    def __init__(
        self,
        *,
        providers: Sequence[LogoutVerifier],
        sessions: SessionStore,
        replays: ReplayStore,
        on_event: OnEvent,
    ) -> None:
        self._providers = providers
        self._sessions = sessions
        self._replays = replays
        self._on_event = on_event

    def answer(self, exchange: Exchange) -> Plan:
        """Read the form; when a token is in it, the plan ends what it says."""
        if media_type(exchange.head) != FORM_TYPE or not exchange.head.length:
            return Respond(self._refused(exchange, LogoutTokenRejected("no form was posted")))
        return ReadBody(LIMIT, lambda body: Later(self._answer(exchange, body)))

    async def _answer(self, exchange: Exchange, body: bytes) -> Plan:
        try:
            logout = await self._verify(_token_in(body))
            await self._end(logout)
        except (SignInError, ProviderError, StoreUnavailable) as error:
            return Respond(self._refused(exchange, error))
        exchange.user, exchange.provider = logout.user, logout.provider
        self._on_event("backchannel_logout", exchange, "", logout.user, logout.session_id)
        return Respond(answers.text(HTTPStatus.OK, ""))

    async def _verify(self, token: Secret[str]) -> Logout:
        """Return what a token says. The issuer that it names says whose keys have to fit."""
        issuer = claimed_issuer(read_logout_token(token.reveal()))
        refusal: SignInError = IdTokenRejected("iss of the logout token is no provider of ours")
        for provider in self._providers:
            if provider.speaks_as(issuer):
                try:
                    return await provider.verify_logout(token)
                except SignInError as error:
                    refusal = error
        raise refusal

    async def _end(self, logout: Logout) -> None:
        """End the sessions that are meant (section 2.7): `sid` names one, `sub` alone means all."""
        name = f"{logout.provider}\0{logout.token_id}"
        if await self._replays.is_used(name):
            raise LogoutTokenRejected("logout token was used before (jti)")
        if logout.session_id:
            await self._sessions.end_all(logout.provider, sid=logout.session_id)
        else:
            await self._sessions.end_all(logout.provider, user=logout.user)
        await self._replays.use(name, LIVES)

    def _refused(self, exchange: Exchange, error: SidegateError) -> Response:
        is_theirs = isinstance(error, SignInError)
        exchange.reason = LogoutTokenRejected.code if is_theirs else error.code
        self._on_event("logout_refused", exchange, exchange.reason, "", str(error))
        if is_theirs:
            said = {"error": "invalid_request", "error_description": LogoutTokenRejected.public}
            return answers.json(HTTPStatus.BAD_REQUEST, said)
        response = answers.json_error(error.status, error.code, exchange.request_id)
        response.headers += answers.retry_after(error)
        return response


def _token_in(body: bytes) -> Secret[str]:
    """Return the one logout token of a form (section 2.5); further parameters are ignored."""
    try:
        tokens = Form(body).all("logout_token")
    except BadRequest as error:
        raise LogoutTokenRejected(str(error)) from None
    if len(tokens) != 1:
        raise LogoutTokenRejected(f"{len(tokens)} logout tokens were posted")
    return Secret(tokens[0])
