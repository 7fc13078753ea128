"""Checks a name and a password, wherever they came from: once, slowly, and not too often.

Rule 1: an attempt counts as failed from its begin, and is forgiven when it was none: a thousand at
        the same moment are a thousand.
Rule 2: nothing that is answered, counted or slow tells whether there is such a user. Only the log
        names one, and only one that exists: what else stands in that field may be a password.
Rule 3: whoever the file lists needs no email address; the other rules hold for them as well.
"""

from math import ceil
from typing import Final

from sidegate.config.settings import PasswordSettings
from sidegate.core.errors import SignInBusy, SignInError, TooManyAttempts, WrongPassword
from sidegate.core.identity import Session, Tokens
from sidegate.core.messages import Exchange
from sidegate.core.ports import Clock, Randomness
from sidegate.gate.throttle import Throttle, network_of
from sidegate.login.device import NameDevice, no_name
from sidegate.login.ports import AccountStore, OnEvent, asker_of
from sidegate.login.start import handle

_LONGEST_KEY: Final = 64  # of a user's name, which anybody may choose
_NO_ADDRESS: Final = "@"


class PasswordCheck:
    """Makes a session of a name and a password."""

    def __init__(
        self,
        settings: PasswordSettings,
        *,
        accounts: AccountStore,
        clock: Clock,
        randomness: Randomness,
        on_event: OnEvent,
        name_device: NameDevice = no_name,
    ) -> None:
        self._name_device = name_device
        period = settings.htpasswd_limit_period
        self._of_user = Throttle(settings.htpasswd_limit_per_user, period)
        self._of_address = Throttle(settings.htpasswd_limit_per_address, period)
        self._accounts = accounts
        self._clock = clock
        self._randomness = randomness
        self._on_event = on_event

    async def session(
        self, exchange: Exchange, user: str, password: str, lifetime: float
    ) -> Session:
        """Return a new session of `lifetime` seconds.

        Raises WrongPassword, TooManyAttempts or SignInBusy, after telling of it. `exchange` gets
        the user's name, or the reason why not.
        """
        self._on_event("attempt", exchange, "", "", "")
        try:
            return await self._session(exchange, user, password, lifetime)
        except SignInError as error:
            exchange.reason = error.code
            known = user if self._accounts.knows(user) else ""
            self._on_event("failure", exchange, error.code, known, str(error))
            raise

    async def _session(
        self, exchange: Exchange, user: str, password: str, lifetime: float
    ) -> Session:
        buckets = self._take(asker_of(exchange).client, user)
        try:
            vouched = await self._accounts.vouch(user, password)
        except SignInBusy:
            _give_back(buckets)
            raise
        if vouched is None:
            raise WrongPassword("the user or the password is wrong")
        _give_back(buckets)
        exchange.user = user
        provider, identity = vouched
        now = self._clock()
        return Session(
            id=handle(self._randomness),
            provider=provider,
            identity=identity,
            tokens=Tokens(),
            created_at=now,
            refreshed_at=now,
            ends_at=now + lifetime,
            device=self._name_device(exchange.head),
        )

    def _take(self, client: str, user: str) -> list[tuple[Throttle, str]]:
        """Count the attempt for both; return where. Raises TooManyAttempts, and counts nothing."""
        wanted = [(self._of_user, user[:_LONGEST_KEY])]
        if client != _NO_ADDRESS:  # behind a Unix socket that tells none, all are one
            wanted.append((self._of_address, network_of(client)))
        taken: list[tuple[Throttle, str]] = []
        for throttle, key in wanted:
            wait = throttle.take(key, self._clock())
            if wait:
                _give_back(taken)
                whom = "for this user" if throttle is self._of_user else "from this address"
                raise TooManyAttempts(f"too many failures {whom}", ceil(wait))
            taken.append((throttle, key))
        return taken


def _give_back(buckets: list[tuple[Throttle, str]]) -> None:
    for throttle, key in buckets:
        throttle.give_back(key)
