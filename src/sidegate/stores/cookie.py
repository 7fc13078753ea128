"""Sessions in the browser's own cookies: nothing to install, nothing to share but the keys.

Rule 1: whatever is wrong with a cookie, the browser is simply not signed in.
Rule 2: every change leaves the browser with exactly the cookies of the new state; stale pieces
    and the whole cookie of before are cleared in the same answer.
"""

from collections.abc import Callable

from sidegate.config.settings import CookieSettings
from sidegate.core.identity import Session
from sidegate.core.ports import Clock
from sidegate.http1.cookies import read_cookies, without
from sidegate.session.chunks import ChunkNames, candidates, split
from sidegate.session.codec import Keep, decode_session, encode_session
from sidegate.session.freshness import remaining
from sidegate.session.keyring import Sealer
from sidegate.stores.attempts import AttemptNames
from sidegate.stores.attributes import CookieAttributes
from sidegate.stores.rounds import rounds_name
from sidegate.stores.session_cache import SessionCache
from sidegate.stores.visitors import visitor_name

PURPOSE = "session"


class CookieStore:
    """Loads, saves and clears the session of a browser. Synchronous: it never waits.

    `sealer`: of purpose `session`. `binding`: what else must be the same for a session to be
    ours, such as issuer and client id, so that two gates may share a secret. `on_expired` hears
    of each authentic cookie whose session is over.
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
        self._settings = settings
        self._sealer = sealer
        self._keep = keep
        self._clock = clock
        self._on_expired = on_expired
        self._attributes = CookieAttributes(settings)
        self._names = ChunkNames(settings.cookie_name)
        self._attempt_names = AttemptNames(settings.cookie_name)
        name = settings.cookie_name
        self._others = {visitor_name(name).encode("latin-1"), rounds_name(name).encode("latin-1")}
        # The shortest text that every cookie of the session contains.
        self._mark = self._names.chunks[0].encode("latin-1")[:-2]
        # What every cookie of ours contains, sign-in cookies too, however far a name was cut.
        self._hint = settings.cookie_name[:200].encode("latin-1")
        # The whole name, though a chunk is stored under a longer or a shortened one.
        self._context = len(binding).to_bytes(4, "big") + binding + settings.cookie_name.encode()
        self._cache = SessionCache()

    def load(self, cookie_header: bytes | None, now: float) -> Session | None:
        """Return the live session of a Cookie header, or None. Never raises.

        Only the pairs that contain our name are the key of the cache, so that cookies of the
        application come and go without a new decryption.
        """
        mark = self._mark
        if cookie_header is None or mark not in cookie_header:
            return None
        key = b";".join([part for part in cookie_header.split(b";") if mark in part])
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

    def is_present(self, cookie_header: bytes | None) -> bool:
        """Say whether a Cookie header has a cookie of a session, valid or not."""
        return bool(self._present(cookie_header))

    def domain_for(self, host: str) -> str:
        """Return the Domain that our cookies for this host have, empty for none."""
        return self._attributes.domain_for(host)

    def _open(self, cookie_header: bytes) -> Session | None:
        """Return the newest session among the candidates.

        After a change of `cookie_domains` a browser may send an old cookie beside the new one;
        going on with the old one would redeem its refresh token a second time.
        """
        opened = [
            session
            for value in candidates(self._names, read_cookies(cookie_header))
            if (plain := self._sealer.open(value, self._context)) is not None
            and (session := decode_session(plain)) is not None
        ]
        return max(opened, key=lambda s: (s.created_at, s.generation), default=None)

    def save(self, session: Session, host: str, present: bytes | None) -> list[str]:
        """Return the Set-Cookie values that give this session to the browser.

        `host`: the authority the browser used. `present`: the Cookie header of its request;
        what it has and no longer needs is cleared. Max-Age is what is left until the absolute
        end; with `cookie_expire` 0 there is none. A session that is over is cleared. Raises
        SessionTooLarge.
        """
        left = remaining(session, self._clock())
        if not left:
            return self.clear(host, present)
        max_age = left if self._settings.cookie_expire > 0 else None
        value = self._sealer.seal(encode_session(session, self._keep), self._context)
        bare = self._attributes.render(self._names.single, "", host, max_age)
        cookies = split(self._names, value, len(bare) - len(self._names.single) - 1)
        written = {name for name, _ in cookies}
        return [self._attributes.render(n, v, host, max_age) for n, v in cookies] + [
            self._attributes.clear(name, host)
            for name in self._present(present)
            if name not in written
        ]

    def clear(self, host: str, present: bytes | None) -> list[str]:
        """Return the Set-Cookie values that sign the browser out: the name and every chunk.

        The name even when it is not there: with `cookie_path` it may not have been sent here.
        """
        lines = self.clear_present(host, present)
        if self._names.single not in self._present(present):
            lines.append(self._attributes.clear(self._names.single, host))
        return lines

    def clear_present(self, host: str, present: bytes | None) -> list[str]:
        """Return the Set-Cookie values that remove what the browser sent of ours, if anything."""
        names = self._present(present)
        return [line for n in names for line in self._attributes.clear_everywhere(n, host)]

    def is_ours(self, name: bytes) -> bool:
        """Say whether a cookie of exactly this name belongs to the gate, not to the application."""
        return name in self._names.all or self._attempt_names.match(name) or name in self._others

    def strip(self, header: bytes) -> bytes | None:
        """Return a Cookie header without our cookies; None when nothing is left of it."""
        if self._hint not in header:
            return header
        return without(header, self.is_ours, self._hint)

    def _present(self, cookie_header: bytes | None) -> list[str]:
        cookies = read_cookies(cookie_header or b"")
        ours = dict.fromkeys(name for name, _ in cookies if name in self._names.all)
        return [name.decode("latin-1") for name in ours]
