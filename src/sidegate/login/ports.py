"""What the sign-in asks of its neighbours, in as few questions as it needs."""

from collections.abc import Awaitable, Callable, Sized
from typing import Protocol

from sidegate.core.identity import Ended, Identity, Session
from sidegate.core.messages import Asker, Exchange
from sidegate.core.ports import Attempt

Found = Session | None


class SessionStore(Protocol):
    """Keeps sessions. `host` is the asked authority, `present` the Cookie field of the request.

    What `save` and `clear` return are `Set-Cookie` values. Whatever waits may raise
    StoreUnavailable: nothing was changed then, and nobody knows whether somebody is signed in.

    `finds_all`: `end_all` finds every session there is. Where it does not, what it is told is
    remembered, so that it must be told nothing that was not proven.
    """

    on_used: Callable[[Session], None]
    """Hears of each session as it is kept anew."""
    on_ended: Callable[[Ended], None]
    """Hears of each end that this store was told."""

    @property
    def finds_all(self) -> bool:
        """Say whether sessions are found without their cookies."""

    def load(self, cookie_header: bytes | None, now: float) -> Found | Awaitable[Found]:
        """Return the valid session in the cookies, or None; a broken cookie is an absent one.

        What has to be awaited comes back only when others must be asked. `found_in` awaits it.
        """

    def still(
        self, session: Session, cookie_header: bytes | None, now: float
    ) -> Found | Awaitable[Found]:
        """Return a session that was found a while ago as it is now, or None when it has ended.

        `cookie_header`: what it was found by. Changes nothing, and counts as no use.
        """

    def opens(self, cookie_header: bytes | None, now: float) -> bool:
        """Say at once whether these cookies are ours, as far as that can be told from here.

        Whether the session in them has ended elsewhere, only `load` knows.
        """

    @property
    def outdated(self) -> Sized:
        """Something that is empty as long as nobody needs `reseal`: one object for ever."""

    def reseal(self, session: Session, host: str, present: bytes | None, now: float) -> list[str]:
        """Return the cookies that carry the same session under the key of now.

        None for cookies that are sealed with it, or had an answer of this kind a moment ago.
        """

    def is_present(self, cookie_header: bytes | None) -> bool:
        """Say whether there is a session's cookie at all, valid or not."""

    def domain_for(self, host: str) -> str:
        """Return the Domain that cookies for this host have, empty for none."""

    async def save(self, session: Session, host: str, present: bytes | None) -> list[str]:
        """Keep `session`, and return the cookies that carry it. Raises SessionTooLarge."""

    async def clear(self, host: str, present: bytes | None) -> list[str]:
        """End the session in the cookies, and return those that sign the browser out."""

    def clear_present(self, host: str, present: bytes | None) -> list[str]:
        """Return the cookies that remove every session cookie that is present, none for none.

        For cookies that open nothing: no session ends.
        """

    async def end_all(self, provider: str, *, user: str = "", sid: str = "") -> int:
        """End all sessions of a person (`Identity.user`) or a provider session; return how many.

        Sessions that only browsers keep are not found, so they do not count; this process knows
        from now on that they are over.
        """


async def found_in(found: Found | Awaitable[Found]) -> Found:
    """Return what `SessionStore.load` found, at once or after a while."""
    return found if found is None or isinstance(found, Session) else await found


class ReplayStore(Protocol):
    """Knows messages again that count once. Both may raise StoreUnavailable."""

    async def is_used(self, name: str, /) -> bool:
        """Say whether this name was noted, and not too long ago."""

    async def use(self, name: str, seconds: float, /) -> None:
        """Note a name for so many seconds."""


class AttemptStore(Protocol):
    """Keeps sign-in attempts, each in a sealed cookie of its own."""

    def seal_attempt(self, attempt: Attempt, host: str, present: bytes | None) -> list[str]:
        """Return the cookies that carry `attempt`."""

    def open_attempt(self, state: str, cookie_header: bytes | None, now: float) -> Attempt:
        """Return the attempt with this handle. Raises AttemptMissing or AttemptExpired."""

    def clear_attempt(self, state: str, host: str) -> list[str]:
        """Return the cookies that remove the attempt."""


class VisitorStore(Protocol):
    """Knows a browser again in which nobody is signed in."""

    def known(self, cookie_header: bytes | None) -> str:
        """Return what this browser was given, empty when it brings nothing of ours."""

    def greet(self, cookie_header: bytes | None, host: str) -> tuple[str, list[str]]:
        """Return what this browser is known by, and the cookies it needs for that."""


class PreferenceStore(Protocol):
    """Remembers a choice of this browser, which says nothing about anybody."""

    def recall(self, cookie_header: bytes | None) -> str:
        """Return the id of the provider that was chosen last, empty when none of ours was."""

    def remember(self, provider: str, host: str) -> list[str]:
        """Return the cookies that remember it."""


class AccountStore(Protocol):
    """Knows the users of `htpasswd_file`."""

    def knows(self, user: str) -> bool:
        """Say whether there is such a user, for the log only."""

    def lists(self, session: Session) -> bool:
        """Say whether the file vouches for this session as it did when it began."""

    async def vouch(self, user: str, password: str) -> tuple[str, Identity] | None:
        """Return the provider and the person of a session, or None. Raises SignInBusy."""


class Rules(Protocol):
    """Says who may pass."""

    def refusal(self, identity: Identity, /, *, is_listed: bool = False) -> str | None:
        """Return the name of the first rule that refuses `identity`, or None.

        The names of rules that look at the email address contain `email`; they do not hold for
        whoever `is_listed` in a file of ours.
        """


class OnEvent(Protocol):
    """Hears what happened to a sign-in, for the auth log and the metrics.

    `kind` is `attempt`, `success`, `failure`, `sign_out` or `sign_out_everywhere`. Of programs,
    which begin no session: `password_accepted`, `token_accepted` or `token_refused`. Of providers
    that say who signed out: `backchannel_logout`, `frontchannel_logout` or `logout_refused`.
    Of the account page: `data_exported`, `sessions_revoked`, `erasure_requested`,
    `erasure_failed` or `rate_limited`.
    `code` is the stable code of the error, bounded and fit for a label, else empty. `user` is a
    name for the log, empty when it is not known. `detail` is one line of printable ASCII for the
    log, never for a label; of a logout, the provider's id of the session, which no log shows.
    Who else it is about stands in `exchange.session` and `exchange.provider`.
    """

    def __call__(self, kind: str, exchange: Exchange, code: str, user: str, detail: str, /) -> None:
        """Take note. Never raises, never blocks."""


def asker_of(exchange: Exchange) -> Asker:
    """Return who asks: what the trust rules found out or, without them, what the wire says."""
    if exchange.asker is not None:
        return exchange.asker
    scheme = "https" if exchange.peer.is_tls else "http"
    host = exchange.head.host.decode("latin-1")
    return Asker(client=exchange.peer.address or "@", scheme=scheme, host=host, trusted=False)


def name_of(identity: Identity) -> str:
    """Return the name a log line uses for somebody: the email address, else the subject."""
    return identity.email or identity.user
