"""The cookies that carry one sealed value for a session: the session itself, or a ticket to it.

Rule 1: whatever is wrong with a cookie, there is simply no value in it.
Rule 2: every change leaves the browser with exactly the cookies of the new state; stale pieces
    and the whole cookie of before are cleared in the same answer.
"""

from collections.abc import Callable
from typing import Final

from sidegate.config.settings import CookieSettings
from sidegate.core.identity import Session
from sidegate.http1.cookies import containing, read_cookies, without
from sidegate.session.bound import BoundSealer
from sidegate.session.chunks import ChunkNames, candidates, split
from sidegate.stores.attempts import AttemptNames
from sidegate.stores.attributes import CookieAttributes
from sidegate.stores.preference import preference_name
from sidegate.stores.rounds import rounds_name
from sidegate.stores.visitors import visitor_name

_RESEAL_PERIOD: Final = 60.0
_MOST_OUTDATED: Final = 4096


class SessionCookies:
    """Opens, writes and clears them, for every store of sessions.

    `sealer`: of the store's own purpose, bound so that two gates may share a secret. `mark`: the
    shortest text that every cookie of the session contains. `outdated`: empty unless cookies came
    lately that a key sealed which is about to go; `is_due` then says whose turn it is.
    `on_unopened` hears of cookies none of which opens.
    """

    __slots__ = (
        "_attempt_names",
        "_attributes",
        "_context",
        "_ends_with_browser",
        "_hint",
        "_names",
        "_on_unopened",
        "_others",
        "_outdated_since",
        "_sealer",
        "mark",
        "outdated",
    )

    def __init__(
        self,
        settings: CookieSettings,
        sealer: BoundSealer,
        on_unopened: Callable[[], None] = lambda: None,
    ) -> None:
        name = settings.cookie_name
        self._sealer = sealer
        self.outdated: dict[int, float] = {}  # hash of cookies, and when they may be due again
        self._outdated_since = 0.0
        self._on_unopened = on_unopened
        self._attributes = CookieAttributes(settings)
        self._ends_with_browser = settings.cookie_expire <= 0
        self._names = ChunkNames(name)
        self._attempt_names = AttemptNames(name)
        others = (visitor_name(name), rounds_name(name), preference_name(name))
        self._others = {other.encode("latin-1") for other in others}
        self.mark = self._names.chunks[0].encode("latin-1")[:-2]
        # What every cookie of ours contains, sign-in cookies too, however far a name was cut.
        self._hint = name[:200].encode("latin-1")
        # The whole name, though a chunk is stored under a longer or a shortened one.
        self._context = name.encode()

    def ours(self, cookie_header: bytes | None) -> bytes | None:
        """Return the pairs that contain our name, a key for a memory; None when there are none.

        Cookies of the application come and go without another key.
        """
        mark = self.mark
        if cookie_header is None or mark not in cookie_header:
            return None
        return containing(cookie_header, mark)

    def open(self, cookie_header: bytes) -> list[tuple[bytes, frozenset[str]]]:
        """Return what is in the authentic ones among the values these cookies may carry.

        Each with the ids of the providers it may belong to, for `is_theirs`.
        Several where a browser sends an old cookie beside the new one, as after a change of
        `cookie_domains`; the caller knows which is the newer one.
        """
        opened = []
        values = candidates(self._names, read_cookies(cookie_header))
        for value in values:
            found = self._sealer.open(value, self._context)
            if found is not None:
                opened.append(found)
                if self._sealer.is_outdated(value):
                    self._note(cookie_header)
        if values and not opened:
            self._on_unopened()
        return opened

    def is_due(self, cookie_header: bytes | None, now: float) -> bool:
        """Say whether a browser with these cookies should get them sealed anew, and note that.

        Once a minute at most for the same cookies: many requests bring them at once, and the
        answer that replaces them may be lost.
        """
        if not 0 <= now - self._outdated_since < 2 * _RESEAL_PERIOD:
            # Whoever still has an old cookie is noted again when it is opened the next time.
            due = self.outdated.copy()
            self.outdated.clear()
            self._outdated_since = now
        else:
            due = self.outdated
        cookies = self.ours(cookie_header)
        if cookies is None or due.get(hash(cookies), now + 1) > now:
            return False
        self.outdated[hash(cookies)] = now + _RESEAL_PERIOD
        return True

    def _note(self, cookies: bytes) -> None:
        if len(self.outdated) >= _MOST_OUTDATED:
            del self.outdated[next(iter(self.outdated))]
        self.outdated.setdefault(hash(cookies), 0.0)

    def write(
        self, plain: bytes, provider: str, host: str, present: bytes | None, left: int
    ) -> list[str]:
        """Return the Set-Cookie values that give this value to the browser.

        `provider`: whose session it is, by id. `host`: the authority the browser used. `present`:
        the Cookie header of its request; what it has and no longer needs is cleared. `left`:
        seconds to the absolute end, which become Max-Age; with `cookie_expire` 0 there is none.
        Raises SessionTooLarge.
        """
        max_age = None if self._ends_with_browser else left
        value = self._sealer.seal(plain, provider, self._context)
        bare = self._attributes.render(self._names.single, "", host, max_age)
        cookies = split(self._names, value, len(bare) - len(self._names.single) - 1)
        written = {name for name, _ in cookies}
        return [self._attributes.render(n, v, host, max_age) for n, v in cookies] + [
            self._attributes.clear(name, host)
            for name in self._present(present)
            if name not in written
        ]

    def is_present(self, cookie_header: bytes | None) -> bool:
        """Say whether a Cookie header has a cookie of a session, valid or not."""
        return bool(self._present(cookie_header))

    def domain_for(self, host: str) -> str:
        """Return the Domain that our cookies for this host have, empty for none."""
        return self._attributes.domain_for(host)

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
        ours = dict.fromkeys(name for name, _ in cookies if self._names.covers(name))
        return [name.decode("latin-1") for name in ours]


def is_theirs(session: Session, providers: frozenset[str]) -> bool:
    """Say whether a session is of one of these providers, or of none (the file of users)."""
    return session.provider in providers or session.is_by_password
