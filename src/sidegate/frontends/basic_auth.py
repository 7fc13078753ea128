"""A name and a password in `Authorization: Basic` (RFC 7617), with each request of a program.

Rule 1: nothing is set at the client; the field comes again with the next request.
Rule 2: what the check said is remembered for a minute, under a keyed hash of the field, so that not
        each request costs a password hash. A "no" too: the field may be meant for the application,
        and the person be signed in by a cookie. No "yes" outlives its line in the file.
Rule 3: requests that come at the same moment with the same field are checked once.
"""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Final

from sidegate.core.errors import SignInError, TooManyAttempts, WrongPassword
from sidegate.core.identity import Session
from sidegate.core.messages import Exchange
from sidegate.core.ports import Clock, Randomness
from sidegate.login.password_check import PasswordCheck
from sidegate.login.ports import AccountStore, OnEvent
from sidegate.stores.refresh import Recent

MEMORY: Final = 60.0
_SCHEME: Final = b"Basic "  # spelled so, as with oauth2-proxy
_KEY_BYTES: Final = 32
Outcome = Session | SignInError
Spawn = Callable[[Coroutine[Any, Any, Outcome]], "asyncio.Task[Outcome]"]


class BasicAuth:
    """Finds the session of a request that brings a name and a password."""

    def __init__(
        self,
        check: PasswordCheck,
        accounts: AccountStore,
        *,
        clock: Clock,
        randomness: Randomness,
        spawn: Spawn,
        on_event: OnEvent,
    ) -> None:
        self._check = check
        self._accounts = accounts
        self._clock = clock
        self._key = randomness(_KEY_BYTES)
        self._spawn = spawn
        self._on_event = on_event
        self._known: Recent[bytes, Session | None] = Recent(MEMORY)
        self._running: dict[bytes, asyncio.Task[Outcome]] = {}

    def find(self, exchange: Exchange) -> Session | Coroutine[Any, Any, Session | None] | None:
        """Return the session, or None, or what finds it after a while.

        That raises TooManyAttempts when nobody may ask now.
        """
        field = exchange.head.index.get(b"authorization")
        if field is None or not field.startswith(_SCHEME):
            return None
        credentials = read_credentials(field)
        if credentials is None:
            return None
        key = hashlib.blake2b(field, key=self._key, digest_size=16).digest()
        known = self._known.get(key, self._clock())
        if known is not None and (known[0] is None or self._accounts.lists(known[0])):
            return known[0]
        return self._ask(exchange, key, credentials)

    async def _ask(
        self, exchange: Exchange, key: bytes, credentials: tuple[str, str]
    ) -> Session | None:
        task = self._running.get(key)
        if task is None:
            task = self._spawn(self._find(exchange, key, credentials))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        outcome = await asyncio.shield(task)
        if isinstance(outcome, TooManyAttempts):
            raise outcome
        return outcome if isinstance(outcome, Session) else None

    async def _find(
        self, exchange: Exchange, key: bytes, credentials: tuple[str, str]
    ) -> Session | SignInError:
        try:
            # It must not end while it is still remembered.
            session = await self._check.session(exchange, *credentials, 2 * MEMORY)
        except WrongPassword as error:
            self._known.put(key, None, self._clock())
            return error
        except SignInError as error:
            return error
        session = replace(session, id="")  # it comes again with each request, and is kept nowhere
        self._known.put(key, session, self._clock())
        exchange.session = session
        self._on_event("password_accepted", exchange, "", session.identity.user, "")
        return session


def read_credentials(field: bytes) -> tuple[str, str] | None:
    """Return name and password of a Basic field, or None when it is none."""
    try:
        text = base64.b64decode(field[len(_SCHEME) :], validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = text.partition(":")
    return (user, password) if user and colon else None
