"""Sessions that live for one request: whoever brings a token in Authorization is its owner.

Rule 1: a token that was verified is remembered for a while and never beyond its `exp`; one that was
refused, for a shorter while. The memories are bounded, and strangers cannot push anybody out of
that of the accepted ones.
Rule 2: the key is a digest of the whole field. Each gate has one configuration and one memory, so
the same bytes are always judged by the same issuers and audiences.
Rule 3: one verification per token at a time, whoever asks, and it is no child of any request.
Rule 4: that nobody could be asked is never remembered.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from sidegate.config.settings import BearerSettings
from sidegate.core.errors import BearerRejected, ProviderError, SidegateError, SignInError
from sidegate.core.identity import Session, Tokens, VerifiedToken
from sidegate.core.ports import Clock, TokenVerifier
from sidegate.core.secret import Secret
from sidegate.oidc.bearer_field import find_bearer, find_jwt
from sidegate.oidc.registered_claims import SKEW
from sidegate.session.codec import Keep
from sidegate.stores.token_memory import TokenMemory

JWT_SECONDS: Final = 60.0  # a key that its issuer withdrew counts for no longer
REFUSED_SECONDS: Final = 10.0
MOST_ACCEPTED: Final = 4096
MOST_REFUSED: Final = 1024
MOST_BYTES: Final = 8 << 20

Found = Session | SidegateError
Spawn = Callable[[Coroutine[Any, Any, Found]], "asyncio.Task[Found]"]


class BearerSessions:
    """Finds the session of an Authorization field.

    `keep`: the tokens that some option passes on; both are then the token that was brought, as
    with oauth2-proxy. `email_from_subject`: nobody is judged by their address, so that the subject
    may stand in for a missing one. `spawn` starts a task whose parent is the gate.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        settings: BearerSettings,
        clock: Clock,
        spawn: Spawn,
        *,
        keep: Keep,
        email_from_subject: bool,
    ) -> None:
        self._verifier = verifier
        self._settings = settings
        self._clock = clock
        self._spawn = spawn
        self._keep = keep
        self._email_from_subject = email_from_subject
        self._accepted = TokenMemory[Session](MOST_ACCEPTED, MOST_BYTES)
        self._refused = TokenMemory[SidegateError](MOST_REFUSED, MOST_BYTES)
        self._running: dict[bytes, asyncio.Task[Found]] = {}

    def find(
        self, field: bytes, now: float, *, may_introspect: bool = True
    ) -> Found | Coroutine[Any, Any, Found]:
        """Return the session of a field, or why there is none, or a coroutine that finds out.

        `may_introspect` False: an opaque token that is not known already is refused unasked.
        """
        key = sha256(field).digest()
        known = self._accepted.get(key, now) or self._refused.get(key, now)
        if known is not None:
            return known
        token, seconds = self._token(field, may_introspect=may_introspect)
        if token is None:
            return BearerRejected("Authorization carries no token that is looked at here")
        return self._verified(key, Secret(token), seconds)

    def _token(self, field: bytes, *, may_introspect: bool) -> tuple[str | None, float]:
        """Return the token to verify, and for how long the outcome counts at most."""
        settings = self._settings
        if settings.skip_jwt_bearer_tokens and (jwt := find_jwt(field)) is not None:
            return jwt, JWT_SECONDS
        if settings.bearer_token_introspection and may_introspect:
            return find_bearer(field), settings.introspection_cache_ttl
        return None, 0.0

    async def _verified(self, key: bytes, token: Secret[str], seconds: float) -> Found:
        task = self._running.get(key)
        if task is None:
            task = self._spawn(self._verify(key, token, seconds))
            self._running[key] = task
            task.add_done_callback(lambda _task: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def _verify(self, key: bytes, token: Secret[str], seconds: float) -> Found:
        try:
            verified = await self._verifier.verify(token)
        except ProviderError as error:
            return type(error)(str(error))
        except SignInError as error:
            refused = type(error)(str(error))  # a new one: a raised one holds on to its frames
            now = self._clock()
            until = now + min(seconds, REFUSED_SECONDS)
            self._refused.put(key, refused, now=now, until=until, size=len(str(refused)))
            return refused
        return self._remember(key, token, verified, seconds)

    def _remember(
        self, key: bytes, token: Secret[str], verified: VerifiedToken, seconds: float
    ) -> Session:
        now = self._clock()
        session = self._session(token, verified, now, seconds)
        until = now + seconds
        if verified.expires_at is not None:
            until = min(until, verified.expires_at)
        identity = session.identity
        claims = (text for texts in identity.claims.values() for text in texts)
        texts = (token.reveal(), identity.email, *identity.groups, *claims)
        size = sum(map(len, texts))
        self._accepted.put(key, session, now=now, until=until, size=size)
        return session

    def _session(
        self, token: Secret[str], verified: VerifiedToken, now: float, seconds: float
    ) -> Session:
        """Make the session of an owner; it has no id, so that it is never kept, only used."""
        identity = verified.identity
        if self._email_from_subject and not identity.email and "@" not in identity.user:
            identity = replace(identity, email=identity.user)
        keep = self._keep
        return Session(
            id="",
            provider=verified.provider,
            identity=identity,
            tokens=Tokens(
                access_token=token if keep.access_token else None,
                id_token=token if keep.id_token else None,
                expires_at=verified.expires_at,
            ),
            created_at=now,
            refreshed_at=now,
            # As lenient as the verification was: clocks may differ.
            ends_at=(verified.expires_at or now + seconds) + SKEW,
        )
