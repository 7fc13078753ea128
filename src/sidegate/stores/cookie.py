"""Sessions in the browser's own cookies: nothing to install, nothing to share but the keys.

What was signed out is over, also for whoever has a copy of the cookie: as far as this process
reaches, see `stores.revocations`.
"""

from collections.abc import Callable
from dataclasses import replace

from sidegate.config.settings import CookieSettings
from sidegate.core.errors import SessionTooLarge
from sidegate.core.identity import Ended, Session
from sidegate.core.ports import Clock
from sidegate.session.bound import BoundSealer
from sidegate.session.codec import Keep, decode_session, encode_session
from sidegate.session.freshness import remaining, session_end
from sidegate.session.idleness import touched
from sidegate.stores.revocations import Revocations
from sidegate.stores.session_cache import SessionCache
from sidegate.stores.session_cookies import SessionCookies, is_theirs

PURPOSE = "session"


class CookieStore:
    """Loads, saves and clears the session of a browser. It never waits for anything.

    `sealer`: of purpose `session`. `keep` says what of a session is stored, by its provider.
    `on_expired` hears of each authentic cookie whose session is over, `on_unopened` of cookies of
    which none is authentic.
    """

    finds_all = False

    def __init__(
        self,
        settings: CookieSettings,
        sealer: BoundSealer,
        keep: Callable[[str], Keep],
        clock: Clock,
        *,
        on_expired: Callable[[], None] = lambda: None,
        on_unopened: Callable[[], None] = lambda: None,
    ) -> None:
        self._keep = keep
        self._idle_timeout = settings.session_idle_timeout
        self._clock = clock
        self._on_expired = on_expired
        self._cookies = cookies = SessionCookies(settings, sealer, on_unopened)
        self._ours = cookies.ours
        self._cache: SessionCache[Session] = SessionCache()
        self.on_used: Callable[[Session], None] = lambda _: None
        self.on_ended: Callable[[Ended], None] = lambda _: None
        self._over = Revocations(session_end(0.0, settings.cookie_expire))
        self.outdated = cookies.outdated
        self.is_present = cookies.is_present
        self.domain_for = cookies.domain_for
        self.clear_present = cookies.clear_present
        self.is_ours = cookies.is_ours
        self.strip = cookies.strip

    def load(self, cookie_header: bytes | None, now: float) -> Session | None:
        """Return the live session of a Cookie header, or None. Never raises."""
        key = self._ours(cookie_header)
        if key is None:
            return None
        session = self._cache.get(key, now)
        if session is None:
            session = self._open(key)
            if session is None:
                return None
            if not session.has_expired(now):
                self._cache.put(key, session, now)
        if not session.has_expired(now):
            return session
        self._on_expired()
        return None

    def still(self, session: Session, cookie_header: bytes | None, now: float) -> Session | None:
        """Return the session as it is now, or None when it has ended.

        Not that of the cookies, which may have been written anew since then.
        """
        del cookie_header
        return None if session.has_expired(now) or self._over.covers(session) else session

    def opens(self, cookie_header: bytes | None, now: float) -> bool:
        """Say whether these cookies carry a live session."""
        return self.load(cookie_header, now) is not None

    def _open(self, cookies: bytes) -> Session | None:
        """Return the newest session of these cookies that was not ended.

        Going on with an old one would redeem its refresh token a second time.
        """
        alive = [
            session
            for plain, providers in self._cookies.open(cookies)
            if (session := decode_session(plain)) is not None
            and is_theirs(session, providers)
            and not self._over.covers(session)
        ]
        return max(alive, key=lambda s: (s.created_at, s.generation), default=None)

    async def save(self, session: Session, host: str, present: bytes | None) -> list[str]:
        """Return the cookies that carry `session`, as used right now; one that is over is cleared.

        Raises SessionTooLarge.
        """
        return self._save(session, host, present)

    def _save(self, session: Session, host: str, present: bytes | None) -> list[str]:
        now = self._clock()
        session = touched(session, now, self._idle_timeout)
        left = remaining(session, now)
        if not left:
            return self._cookies.clear(host, present)
        self.on_used(session)
        keep = self._keep(session.provider)
        try:
            return self._write(session, keep, host, present, left)
        except SessionTooLarge:
            if not (keep.id_token and keep.id_token_is_hint):
                raise
        # Without the hint the provider asks whoever signs out whether they mean it.
        return self._write(session, replace(keep, id_token=False), host, present, left)

    def _write(
        self, session: Session, keep: Keep, host: str, present: bytes | None, left: int
    ) -> list[str]:
        plain = encode_session(session, keep)
        return self._cookies.write(plain, session.provider, host, present, left)

    def reseal(self, session: Session, host: str, present: bytes | None, now: float) -> list[str]:
        """Return the cookies that carry the same session under the key of now, none if it is."""
        if not self._cookies.is_due(present, now):
            return []
        try:
            return self._save(session, host, present)
        except SessionTooLarge:  # it fitted, with other options; it lives on as it is
            return []

    def forget(self) -> None:
        """Open everything anew: a key has come or gone."""
        self._cache.clear()
        self.outdated.clear()

    async def clear(self, host: str, present: bytes | None) -> list[str]:
        """End the session in the cookies, and return those that sign the browser out."""
        now = self._clock()
        session = self.load(present, now)
        if session is not None:
            self._over.end(session, now)
            self._cache.clear()
            self.on_ended(Ended(session.id))
        return self._cookies.clear(host, present)

    async def end_all(self, provider: str, *, user: str = "", sid: str = "") -> int:
        """End what this process can end, and return 0: nobody knows how many browsers have one."""
        now = self._clock()
        if user:
            self._over.end_person(provider, user, now)
        if sid:
            self._over.end_provider_session(provider, sid, now)
        self._cache.clear()
        self.on_ended(Ended(provider=provider, user=user, session_id=sid))
        return 0
