"""Sessions in the browser's own cookies: nothing to install, nothing to share but the keys."""

from collections.abc import Callable

from sidegate.config.settings import CookieSettings
from sidegate.core.identity import Session
from sidegate.core.ports import Clock
from sidegate.session.codec import Keep, decode_session, encode_session
from sidegate.session.freshness import remaining
from sidegate.session.keyring import Sealer
from sidegate.stores.session_cache import SessionCache
from sidegate.stores.session_cookies import SessionCookies

PURPOSE = "session"


class CookieStore:
    """Loads, saves and clears the session of a browser. It never waits for anything.

    `sealer`: of purpose `session`. `binding`: as for `SessionCookies`. `on_expired` hears of each
    authentic cookie whose session is over.
    """

    def __init__(
        self,
        settings: CookieSettings,
        sealer: Sealer,
        keep: Keep,
        clock: Clock,
        *,
        binding: bytes = b"",
        on_expired: Callable[[], None] = lambda: None,
    ) -> None:
        self._keep = keep
        self._clock = clock
        self._on_expired = on_expired
        self._cookies = cookies = SessionCookies(settings, sealer, binding)
        self._ours = cookies.ours
        self._cache = SessionCache()
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
            if now < session.ends_at:
                self._cache.put(key, session, now)
        if now < session.ends_at:
            return session
        self._on_expired()
        return None

    def opens(self, cookie_header: bytes | None, now: float) -> bool:
        """Say whether these cookies carry a live session."""
        return self.load(cookie_header, now) is not None

    def _open(self, cookies: bytes) -> Session | None:
        """Return the newest session of these cookies.

        Going on with an old one would redeem its refresh token a second time.
        """
        sessions = filter(None, map(decode_session, self._cookies.open(cookies)))
        return max(sessions, key=lambda s: (s.created_at, s.generation), default=None)

    async def save(self, session: Session, host: str, present: bytes | None) -> list[str]:
        """Return the cookies that carry `session`; one that is over is cleared.

        Raises SessionTooLarge.
        """
        left = remaining(session, self._clock())
        if not left:
            return self._cookies.clear(host, present)
        return self._cookies.write(encode_session(session, self._keep), host, present, left)

    async def clear(self, host: str, present: bytes | None) -> list[str]:
        """Return the cookies that sign the browser out."""
        return self._cookies.clear(host, present)

    async def end_all(self, provider: str, *, user: str = "", sid: str = "") -> int:
        """Return 0: sessions that only browsers keep cannot be found from here."""
        del provider, user, sid
        return 0
