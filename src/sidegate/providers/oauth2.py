"""Plain OAuth 2.0 (RFC 6749), for providers without ID tokens. Who somebody is, an API tells.

Rule 1: an access token says nothing about anybody. A person is believed because the provider's own
address, over TLS, answered with the token that the code was just redeemed for (with PKCE).
Rule 2: without a refresh token the provider is asked again with the access token, so that who left
or was locked out is noticed. A provider that is down ends no session.
"""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import (
    GrantRejected,
    IssuerMismatch,
    ProviderError,
    ProviderMisbehaved,
    SignInError,
)
from sidegate.core.identity import Grant, Identity, Session, Tokens
from sidegate.core.ports import Attempt, Clock, Fetch, FetchResponse, Turn
from sidegate.core.secret import Secret
from sidegate.oidc.authorization import authorization_url
from sidegate.oidc.claims import ClaimNames, Claims, find, identity_of
from sidegate.oidc.pkce import challenge
from sidegate.oidc.strict_json import JsonRejected, parse_object
from sidegate.oidc.token_endpoint import (
    Client,
    TokenAnswer,
    code_request,
    parse_answer,
    refresh_request,
)
from sidegate.oidc.urls import endpoint_fault
from sidegate.providers.credentials import Credentials
from sidegate.providers.documents import ask

_GONE = frozenset({400, 401, 403, 404})
"""Statuses that say of a token or a person: not any more."""


class OAuth2Provider:
    """Implements `core.ports.Provider` for configured addresses and one document about the person.

    A provider of this kind overrides the class variables, `login_url` and its like, and `person`.
    """

    name: ClassVar[str] = "OAuth 2.0"
    default_scope: ClassVar[str] = ""
    hint_parameter: ClassVar[str] = "login_hint"
    client_methods: ClassVar[tuple[str, ...]] = ()  # how the provider wants us to say who we are
    error_aliases: ClassVar[dict[str, str]] = {}  # error codes of its own, and what they stand for

    def __init__(
        self,
        settings: ProviderSettings,
        fetch: Fetch,
        clock: Clock,
        *,
        credentials: Credentials,
        needs_groups: bool,  # noqa: ARG002 - one document tells all there is
        turn: Turn,  # noqa: ARG002 - there are no keys to renew
    ) -> None:
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._credentials = credentials
        self._trouble = "the addresses of the provider were not checked yet"
        self.login_url = settings.login_url
        self.redeem_url = settings.redeem_url
        self.profile_url = settings.profile_url

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.login_url}>"

    @property
    def id(self) -> str:
        """The stable name kept in attempts and sessions."""
        return self._settings.id

    @property
    def display_name(self) -> str:
        """The name on the sign-in button."""
        return self._settings.provider_display_name or self.name

    def unready_reason(self) -> str:
        """Say why nobody can sign in right now, or empty text when somebody can."""
        return self._trouble

    async def discover(self) -> None:
        """Check the addresses; there is nothing to ask for. Raises ProviderMisbehaved."""
        for url in (self.login_url, self.redeem_url, self.profile_url):
            if fault := endpoint_fault(url):
                self._trouble = f"an address of the provider {fault}"
                raise ProviderMisbehaved(self._trouble)
        self._trouble = ""

    def authorization_url(self, attempt: Attempt, *, login_hint: str = "") -> str:
        """Return where the browser goes to sign in (RFC 6749 section 4.1.1, RFC 7636)."""
        settings = self._settings
        return authorization_url(
            self.login_url,
            client_id=settings.client_id,
            redirect_uri=attempt.redirect_uri,
            scope=settings.scope or self.default_scope,
            state=attempt.state,
            code_challenge=challenge(attempt.verifier) if settings.code_challenge_method else "",
            prompt=settings.prompt,
            acr_values=settings.acr_values,
            response_mode=settings.auth_request_response_mode,
            extra=((self.hint_parameter, login_hint),),
        )

    def check_issuer(self, issuer: str | None) -> None:
        """Compare `iss` of a callback (RFC 9207), where there is one. Raises IssuerMismatch.

        Without `oidc_issuer_url` nobody told us the issuer. It then has to be on the origin of
        `login_url`, so that the code of another provider is never sent to this one.
        """
        known = self._settings.oidc_issuer_url
        if issuer is None or issuer == known:
            return
        if known or _origin(issuer) != _origin(self.login_url):
            raise IssuerMismatch("iss of the callback is not that of the provider")

    async def redeem(self, code: str, attempt: Attempt) -> Grant:
        """Exchange the code and ask who it is. Raises SignInError or ProviderError."""
        request = code_request(
            self.redeem_url,
            self._client(),
            code=code,
            redirect_uri=attempt.redirect_uri,
            verifier=attempt.verifier if self._settings.code_challenge_method else None,
        )
        answer = self._parse(await self._fetch(request))
        return self._grant(await self.person(answer.access_token), answer)

    async def refresh(self, session: Session) -> Grant:
        """Renew with the refresh token where there is one, and ask again who it is.

        Raises GrantRejected for good, ProviderUnavailable for now, ProviderMisbehaved for a bad
        answer.
        """
        try:
            if session.tokens.refresh_token is not None:
                return await self._redeem_again(session, session.tokens.refresh_token)
            if session.tokens.access_token is not None:
                return await self._ask_again(session, session.tokens.access_token)
        except SignInError as error:  # who would not get in now does not stay in
            raise GrantRejected(f"{error.code}: {error}") from None
        raise GrantRejected("the session has no token to ask the provider with")

    async def person(self, token: Secret[str]) -> Identity:
        """Return whom this token is about, by asking the provider.

        Raises GrantRejected when the token is good for nothing any more, SignInError for somebody
        who may not come in, and ProviderError.
        """
        settings = self._settings
        profile = await self._document(self.profile_url, "profile", token)
        claims = {
            **profile,
            "sub": self._subject(profile),
            "preferred_username": find(profile, settings.oauth2_preferred_username_claim),
        }
        names = ClaimNames(
            settings.oauth2_email_claim,
            settings.oauth2_groups_claim,
            settings.insecure_oidc_allow_unverified_email,
            kept=settings.kept_claims,
        )
        return identity_of(claims, {}, names)

    def end_session_url(self, session: Session | None, return_to: str) -> str | None:  # noqa: ARG002 - the port's
        """Return None: plain OAuth 2.0 knows no sign-out at the provider."""
        return None

    # Tokens

    async def _redeem_again(self, session: Session, refresh_token: Secret[str]) -> Grant:
        """Redeem the refresh token; it is used up then, so the new tokens must not get lost.

        When only the question fails, the old identity serves until the next time.
        """
        request = refresh_request(self.redeem_url, self._client(), refresh_token)
        answer = self._parse(await self._fetch(request))
        try:
            identity = await self.person(answer.access_token)
        except GrantRejected:
            raise
        except ProviderError:
            identity = session.identity
        return self._grant(identity, answer, refresh_token)

    async def _ask_again(self, session: Session, token: Secret[str]) -> Grant:
        await self._validate(token)
        return Grant(await self.person(token), session.tokens)

    async def _validate(self, token: Secret[str]) -> None:
        """Ask whether the token is still good, where there is an address for that."""
        if self._settings.validate_url:
            await self.get(self._settings.validate_url, "validation", token)

    def _grant(
        self, identity: Identity, answer: TokenAnswer, old: Secret[str] | None = None
    ) -> Grant:
        refresh_token, lifetime = answer.refresh_token or old, answer.expires_in
        tokens = Tokens(
            access_token=answer.access_token,
            refresh_token=refresh_token,
            expires_at=None if lifetime is None else self._clock() + lifetime,
            renews_by_asking=refresh_token is None,
        )
        return Grant(identity, tokens)

    def _parse(self, response: FetchResponse) -> TokenAnswer:
        return parse_answer(response, takes_forms=True, aliases=self.error_aliases)

    def _client(self) -> Client:
        return self._credentials.client(audience=self.redeem_url, methods=self.client_methods)

    # Documents

    async def _document(self, url: str, what: str, token: Secret[str]) -> Claims:
        response = await self.get(url, what, token)
        try:
            return parse_object(response.body)
        except JsonRejected as error:
            raise ProviderMisbehaved(f"{what}: {error}") from None

    async def get(self, url: str, what: str, token: Secret[str]) -> FetchResponse:
        """Return a 200 answer. Raises GrantRejected when the token or the person is gone."""
        response = await ask(self._fetch, url, what, token)
        if response.status in _GONE:
            raise GrantRejected(f"{what}: the provider answered {response.status}")
        if response.status != 200:
            raise ProviderMisbehaved(f"{what}: the provider answered {response.status}")
        return response

    def _subject(self, profile: Claims) -> str:
        """Return what never changes about the person; a number is as good as a text."""
        path = self._settings.oauth2_user_claim
        return subject_of(find(profile, path), f"profile: {path} (oauth2_user_claim)")


def subject_of(value: Any, what: str) -> str:
    """Return a subject as text. Raises ProviderMisbehaved when it is none."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ProviderMisbehaved(f"{what} is neither a text nor a number")


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc.lower()
