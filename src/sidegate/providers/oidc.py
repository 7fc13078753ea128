"""The OpenID Connect provider, the base of all others. It decides what to ask and whom to believe.

Rule 1: no I/O here: `fetch` was handed in, and so was everything that waits.
Rule 2: nobody is believed before the ID token was verified; userinfo only fills its gaps.
"""

from collections.abc import Callable
from typing import ClassVar, Final

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import (
    GrantRejected,
    IdTokenRejected,
    IssuerMismatch,
    ProviderError,
    ProviderMisbehaved,
    ProviderUnavailable,
    SignInError,
)
from sidegate.core.identity import Grant, Identity, Session
from sidegate.core.ports import Attempt, Clock, Fetch, Logout, Turn
from sidegate.core.secret import Secret
from sidegate.oidc.algorithms import allowed_algorithms
from sidegate.oidc.authorization import authorization_url, end_session_url
from sidegate.oidc.bearer_token import BearerPolicy, verify_bearer_token
from sidegate.oidc.claims import ClaimNames, Claims, identity_of, updated
from sidegate.oidc.id_token import MAX_ID_TOKEN, check_refreshed, verify_id_token
from sidegate.oidc.jws import Jws, read_jws
from sidegate.oidc.logout_token import (
    LogoutPolicy,
    logout_of,
    read_logout_token,
    verify_logout_token,
)
from sidegate.oidc.metadata import Metadata, discovery_url, parse_metadata
from sidegate.oidc.pkce import challenge
from sidegate.oidc.token_endpoint import (
    Client,
    TokenAnswer,
    code_request,
    parse_answer,
    refresh_request,
)
from sidegate.providers.credentials import Credentials
from sidegate.providers.documents import get_document
from sidegate.providers.endpoints import configured_metadata, with_configured
from sidegate.providers.grants import grant_of
from sidegate.providers.key_set import Keys, KeySet
from sidegate.providers.userinfo import Userinfo

_PATIENCE: Final = 3.0  # seconds for an answer that a sign-in can do without


class OidcProvider:
    """Implements `core.ports.Provider` for every issuer that follows OpenID Connect Core.

    `needs_groups`: a rule asks for groups, so they are looked up where the ID token has none.
    `discover` has to succeed once before anybody can sign in; the application repeats it.

    A provider that differs in a little overrides `name`, `least_scope`, `extra_parameters`,
    `token_parameters`, `assertion_audience`, `person`, `complete`, `can_do_without`, `trust` or
    `userinfo_tells_more`, and nothing that verifies.
    """

    name: ClassVar = "OpenID Connect"
    demands_verified_email: ClassVar = False  # it always says whether an address is verified
    userinfo_tells_more: ClassVar = True  # than the ID token
    knows_groups_scope: ClassVar = True  # where its document does not deny that

    def __init__(
        self,
        settings: ProviderSettings,
        fetch: Fetch,
        clock: Clock,
        *,
        credentials: Credentials,
        needs_groups: bool,
        turn: Turn,
    ) -> None:
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._credentials = credentials
        self._needs_groups = needs_groups
        self.keys = KeySet(fetch, clock, turn)
        self.names = ClaimNames(
            settings.oidc_email_claim,
            settings.oidc_groups_claim,
            allow_unverified_email=settings.insecure_oidc_allow_unverified_email,
            demand_verified_email=self.demands_verified_email,
            kept=settings.kept_claims,
        )
        self._userinfo = Userinfo(
            settings,
            fetch,
            clock,
            self.keys,
            self.names,
            lambda: (self.metadata(), self._algorithms),
            needs_groups=needs_groups,
            tells_more=self.userinfo_tells_more,
        )
        # What discovery brought
        self._metadata: Metadata | None = None
        self._algorithms: tuple[str, ...] = ()
        self._is_ready = False
        self._trouble = "the provider has not been discovered yet"

    def __repr__(self) -> str:
        return f"<OidcProvider {self.id} {self._settings.oidc_issuer_url}>"

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
        return "" if self._is_ready else self._trouble

    async def discover(self) -> None:
        """Try once to learn endpoints and keys. Raises ProviderError; what was known stays."""
        try:
            metadata = await self._load_metadata()
            algorithms = allowed_algorithms(
                self._settings.oidc_enabled_signing_algs,
                metadata.id_token_signing_alg_values_supported,
            )
            if self._settings.skip_oidc_discovery:  # people may set out before the keys are here
                self._metadata, self._algorithms = metadata, algorithms
            await self.keys.fill(metadata.jwks_uri)
        except ProviderError as error:
            self._trouble = f"{error.code}: {error}"
            raise
        self._metadata, self._algorithms = metadata, algorithms
        self._is_ready = True

    def authorization_url(self, attempt: Attempt, *, login_hint: str = "") -> str:
        """Return where the browser goes to sign in. Raises ProviderUnavailable before discovery."""
        settings = self._settings
        return authorization_url(
            self.metadata().authorization_endpoint,
            client_id=settings.client_id,
            redirect_uri=attempt.redirect_uri,
            scope=settings.scope or self.least_scope(),
            state=attempt.state,
            nonce="" if settings.insecure_oidc_skip_nonce else attempt.nonce,
            code_challenge=challenge(attempt.verifier) if settings.code_challenge_method else "",
            prompt=settings.prompt,
            acr_values=settings.acr_values,
            response_mode=settings.auth_request_response_mode,
            extra=self.extra_parameters(),
            login_hint=login_hint,
        )

    def least_scope(self) -> str:
        """Return what is asked for where `scope` is not given; groups where a rule needs them."""
        known = self.metadata().scopes_supported or ("groups",)
        asks = self._needs_groups and self.knows_groups_scope and "groups" in known
        return "openid email profile groups" if asks else "openid email profile"

    def extra_parameters(self) -> tuple[tuple[str, str], ...]:
        """Return what else the authorization request says, such as `access_type`."""
        return ()

    def token_parameters(self) -> tuple[tuple[str, str], ...]:
        """Return what else a token request says."""
        return ()

    def assertion_audience(self) -> str:
        """Return whom our assertions are for: the issuer, which no other provider can pose as."""
        return self.metadata().issuer

    def can_do_without(self) -> bool:
        """Say whether people may sign in although `complete` could not ask, which is then logged.

        At a refresh what was known before serves in any case.
        """
        return False

    def person(self, claims: Claims, userinfo: Claims) -> Identity:
        """Return who verified claims describe; userinfo only fills their gaps. Raises SignInError.

        Asked about people who sign in, at each refresh, and about tokens that programs bring.
        """
        return identity_of(claims, userinfo, self.names)

    def stranger(self, claims: Claims) -> Identity:
        """Return who verified claims of another issuer describe (`extra_jwt_issuers`).

        Names of claims are ours; what else this kind of provider knows holds for its own only.
        """
        return identity_of(claims, {}, self.names)

    def trust(
        self,
        keys: Keys,
        unverified: Callable[[], Claims],  # noqa: ARG002 - for those who override this
    ) -> tuple[str | None, Keys]:
        """Return the issuer that a token has to name, None: any, and which of its keys may sign it.

        `unverified` returns what the token says of itself: it may choose among what is trusted
        anyway, and proves nothing. Raises IdTokenRejected.
        """
        skips = self._settings.insecure_oidc_skip_issuer_verification
        return None if skips else self.metadata().issuer, keys

    async def complete(
        self,
        identity: Identity,
        claims: Claims,  # noqa: ARG002 - for those who override this
        token: Secret[str],  # noqa: ARG002 - for them too
    ) -> Identity:
        """Return the person with what this kind of provider tells elsewhere, such as groups.

        Asked at sign-in and at each refresh; `claims` are verified, and empty where a refresh
        brought no ID token; `token` is the fresh access token. Raises SignInError for somebody who
        may not come in, also later; ProviderError when nobody can tell, which ends a sign-in, while
        a session goes on as it was.
        """
        return identity

    def check_issuer(self, issuer: str | None) -> None:
        """Compare `iss` of a callback (RFC 9207 section 2.4). Raises IssuerMismatch."""
        metadata = self.metadata()
        skips = self._settings.insecure_oidc_skip_issuer_verification
        if issuer is None:
            if metadata.authorization_response_iss_parameter_supported:
                raise IssuerMismatch("callback has no iss, though the provider promises one")
        elif issuer != metadata.issuer and not skips:
            raise IssuerMismatch(f"iss of the callback is not {metadata.issuer!r}")

    async def redeem(self, code: str, attempt: Attempt) -> Grant:
        """Exchange the code and verify what comes. Raises SignInError or ProviderError."""
        metadata, now = self.metadata(), self._clock()
        verifier = attempt.verifier if self._settings.code_challenge_method else None
        request = code_request(
            metadata.token_endpoint,
            self.client(metadata.token_endpoint_auth_methods_supported),
            code=code,
            redirect_uri=attempt.redirect_uri,
            verifier=verifier,
            more=self.token_parameters(),
        )
        answer = parse_answer(await self._fetch(request))
        if answer.id_token is None:
            raise ProviderMisbehaved("token endpoint: there is no id_token; is openid in scope?")
        nonce = None if self._settings.insecure_oidc_skip_nonce else attempt.nonce
        claims = await self._verify(answer, answer.id_token, nonce)
        userinfo = await self._userinfo_at_sign_in(claims, answer.access_token)
        identity, trouble = self.person(claims, userinfo), ""
        try:
            identity = await self.complete(identity, claims, answer.access_token)
        except (ProviderUnavailable, ProviderMisbehaved) as error:
            if not self.can_do_without():
                raise
            trouble = error.code
        return grant_of(identity, claims, answer, now, trouble=trouble)

    async def refresh(self, session: Session) -> Grant:
        """Renew with the refresh token; same subject as before.

        Raises GrantRejected for good, ProviderUnavailable for now, IdTokenRejected or
        ProviderMisbehaved for a bad answer. Without a new ID token userinfo may tell who left a
        group; what nobody tells anew stays.
        """
        refresh_token = session.tokens.refresh_token
        if refresh_token is None:
            raise GrantRejected("the session has no refresh token")
        metadata, now = self.metadata(), self._clock()
        client = self.client(metadata.token_endpoint_auth_methods_supported)
        more = self.token_parameters()
        request = refresh_request(metadata.token_endpoint, client, refresh_token, more)
        answer = parse_answer(await self._fetch(request))
        claims: Claims = {}
        if answer.id_token is not None:
            claims = await self._verify(answer, answer.id_token, None)
            check_refreshed(claims, session.identity.user)
        identity, trouble = await self._refreshed_identity(claims, answer, session.identity)
        return grant_of(identity, claims, answer, now, session, trouble=trouble)

    async def verify_bearer(self, jws: Jws) -> Claims:
        """Return the claims of a token that a client brought. Raises SignInError, ProviderError."""
        return await self.keys.claims(lambda keys: self._verify_bearer_with(keys, jws))

    def _verify_bearer_with(self, keys: Keys, jws: Jws) -> Claims:
        issuer, keys = self.trust(keys, jws.claims)
        policy = BearerPolicy(
            issuer=issuer,
            algorithms=self._algorithms,
            audiences=self.audiences,
            audience_claims=self._settings.oidc_audience_claims or ("aud",),
            is_client=True,
            jwks_uri=self.metadata().jwks_uri,
        )
        return verify_bearer_token(jws, keys, policy, self._clock())

    @property
    def issuer(self) -> str:
        """The issuer of the configuration."""
        return self._settings.oidc_issuer_url

    def speaks_as(self, issuer: str) -> bool:
        """Say whether a token of this issuer is one of this provider, should it be genuine."""
        return self._settings.insecure_oidc_skip_issuer_verification or issuer == self.issuer

    async def verify_logout(self, token: Secret[str]) -> Logout:
        """Return what a logout token says. Raises SignInError, or ProviderError for now."""
        jws = read_logout_token(token.reveal())
        claims = await self.keys.claims(lambda keys: self._verify_logout_with(keys, jws))
        return logout_of(self.id, claims)

    def _verify_logout_with(self, keys: Keys, jws: Jws) -> Claims:
        issuer, keys = self.trust(keys, jws.claims)
        policy = LogoutPolicy(issuer, self._algorithms, self.audiences)
        return verify_logout_token(jws, keys, policy, self._clock())

    def end_session_url(self, session: Session | None, return_to: str) -> str | None:
        """Return where to sign out at the provider (RP-Initiated Logout), or None."""
        metadata = self._metadata
        if not self._settings.oidc_end_session or not metadata:
            return None
        if session is not None and session.is_by_password:
            return None  # the provider never heard of them
        if not metadata.end_session_endpoint:
            return None
        return end_session_url(
            metadata.end_session_endpoint,
            client_id=self._settings.client_id,
            return_to=return_to,
            id_token=session.tokens.id_token if session else None,
        )

    @property
    def audiences(self) -> frozenset[str]:
        """Whom a token of this provider may be for, to be for us."""
        return frozenset({self._settings.client_id, *self._settings.oidc_extra_audiences})

    def metadata(self) -> Metadata:
        """Return what discovery brought. Raises ProviderUnavailable before that."""
        if self._metadata is None:
            raise ProviderUnavailable(self._trouble)
        return self._metadata

    def client(self, methods: tuple[str, ...]) -> Client:
        """Return who we are at an endpoint that takes these methods. Raises ProviderUnavailable."""
        metadata = self.metadata()
        return self._credentials.client(
            audience=self.assertion_audience(),
            methods=methods,
            algorithms=metadata.token_endpoint_auth_signing_alg_values_supported,
        )

    async def _load_metadata(self) -> Metadata:
        settings = self._settings
        if settings.skip_oidc_discovery:
            return configured_metadata(settings)
        issuer = settings.oidc_issuer_url
        document = await get_document(self._fetch, discovery_url(issuer), "discovery document")
        skip = settings.insecure_oidc_skip_issuer_verification
        return with_configured(parse_metadata(document, issuer, skip_issuer_check=skip), settings)

    async def _verify(
        self, answer: TokenAnswer, id_token: Secret[str], nonce: str | None
    ) -> Claims:
        return await self.keys.claims(lambda keys: self._verify_with(keys, answer, id_token, nonce))

    def _verify_with(
        self,
        keys: Keys,
        answer: TokenAnswer,
        id_token: Secret[str],
        nonce: str | None,
    ) -> Claims:
        settings, text = self._settings, id_token.reveal()
        issuer, keys = self.trust(keys, lambda: read_jws(text, "ID token", MAX_ID_TOKEN).claims())
        return verify_id_token(
            text,
            keys=keys,
            issuer=issuer,
            client_id=settings.client_id,
            audiences=settings.oidc_extra_audiences,
            audience_claims=settings.oidc_audience_claims or ("aud",),
            algorithms=self._algorithms,
            nonce=nonce,
            access_token=answer.access_token.reveal(),
            now=self._clock(),
        )

    async def userinfo(
        self, claims: Claims, access_token: Secret[str], *, needs_groups: bool = False
    ) -> Claims:
        """Return what userinfo says where the claims leave something out, else nothing.

        Raises IdTokenRejected when it is about somebody else, and ProviderError.
        """
        if not self._userinfo.is_needed(claims, needs_groups=needs_groups):
            return {}
        return await self._userinfo.ask(claims["sub"], access_token)

    async def _userinfo_at_sign_in(self, claims: Claims, access_token: Secret[str]) -> Claims:
        """Return what userinfo says, asked even when the ID token says all.

        Only userinfo can tell that the access token is another person's. When it fails and nothing
        is missing, the ID token, which is signed, is enough.
        """
        is_needed, subject = self._userinfo.is_needed(claims), claims["sub"]
        try:
            if is_needed:
                return await self._userinfo.ask(subject, access_token)
            return await self._userinfo.ask(subject, access_token, _PATIENCE)
        except ProviderError:
            if is_needed:
                raise
            return {}

    async def _refreshed_identity(
        self, claims: Claims, answer: TokenAnswer, old: Identity
    ) -> tuple[Identity, str]:
        """Return the person as the refreshed tokens describe them, and the code of a failed call.

        The old refresh token is used up by now: when only a call for more fails, the old identity
        serves until the next refresh, rather than the new tokens being lost and the person signed
        out.
        """
        identity, token = old, answer.access_token
        try:
            if claims:
                userinfo = await self.userinfo(claims, token, needs_groups=bool(old.groups))
                identity = self.person(claims, userinfo)
            elif old.groups or old.claims or self._needs_groups or self.names.kept:
                told = await self._userinfo.ask(old.user, token)
                identity = updated(old, told, self.names)
            return await self.complete(identity, claims, token), ""
        except (GrantRejected, IdTokenRejected):
            raise
        except ProviderError as error:
            return old, error.code
        except SignInError as error:
            raise IdTokenRejected(str(error)) from None
