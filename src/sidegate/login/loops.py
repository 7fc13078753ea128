"""Notices that somebody is signed in again and again, and ends it on a page that names the cause.

A round is a sign-in that was finished, after which the browser was sent to sign in once more for
the same address within a minute. Three of them end on the page. Nothing is counted while nothing
hints at a loop: the browser brought a session cookie of before, or the return address is one that
our cookies may not reach. So whoever opens many tabs at once is never stopped: their attempts began
before the first session was there.
"""

from typing import Final, Protocol

from sidegate.config.settings import CookieSettings
from sidegate.core.errors import SignInLoop
from sidegate.core.messages import Exchange, Response
from sidegate.core.ports import Attempt, Clock
from sidegate.login import causes
from sidegate.login.failure import Failures
from sidegate.login.ports import SessionStore, asker_of

_MOST_ROUNDS: Final = 3


class RoundStore(Protocol):
    """Keeps the count of rounds in the browser. What two of them return are Set-Cookie values."""

    def recall(self, cookie_header: bytes | None, return_url: str, now: float) -> int:
        """Return how many sign-ins to this address were finished in a row."""

    def remember(self, count: int, return_url: str, host: str, now: float) -> list[str]:
        """Keep the count for a minute."""

    def forget(self, cookie_header: bytes | None, host: str) -> list[str]:
        """End the count, where there is one."""


class Loops:
    """Counts rounds. `settings`: of the cookies, which name the likely causes."""

    def __init__(
        self,
        settings: CookieSettings,
        *,
        rounds: RoundStore,
        sessions: SessionStore,
        failures: Failures,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._rounds = rounds
        self._sessions = sessions
        self._failures = failures
        self._clock = clock

    def rounds_before(self, exchange: Exchange, return_url: str) -> int:
        """Return how many rounds are behind a sign-in that begins now."""
        present = exchange.head.get(b"cookie")
        counted = self._rounds.recall(present, return_url, self._clock())
        return counted or int(self._sessions.is_present(present))

    def page(self, exchange: Exchange, return_url: str) -> Response | None:
        """Return the page that ends a loop, None where there is none. The count begins anew."""
        present, asker = exchange.head.get(b"cookie"), asker_of(exchange)
        if self._rounds.recall(present, return_url, self._clock()) < _MOST_ROUNDS:
            return None
        opens = self._sessions.opens(present, self._clock())
        brought = self._sessions.is_present(present)
        likely = self._static(exchange, return_url)
        likely.append(causes.of_request(brought=brought, opens=opens))
        return self._failures.answer(
            exchange,
            SignInLoop(f"{_MOST_ROUNDS} rounds: {' '.join(likely)}"),
            return_url=return_url,
            causes=likely,
            cookies=self._rounds.forget(present, asker.host),
        )

    def finished(self, exchange: Exchange, attempt: Attempt, session: list[str]) -> list[str]:
        """Return the cookies that count a sign-in, none where nothing hints at a loop.

        `session`: the Set-Cookie values of the new session.
        """
        filled = sum("Max-Age=0" not in cookie for cookie in session)
        hints = attempt.rounds or filled > 1 or self._static(exchange, attempt.return_url)
        if not hints:
            return []
        host = asker_of(exchange).host
        return self._rounds.remember(attempt.rounds + 1, attempt.return_url, host, self._clock())

    def forget(self, exchange: Exchange) -> list[str]:
        """Return the cookies that end the count: a session ended because somebody wanted it."""
        return self._rounds.forget(exchange.head.get(b"cookie"), asker_of(exchange).host)

    def missing_attempt(self, exchange: Exchange) -> list[str]:
        """Return why the browser may have come back without its sign-in cookie."""
        asker = asker_of(exchange)
        return causes.of_attempt(self._settings, asker, self._sessions.domain_for(asker.host))

    def _static(self, exchange: Exchange, return_url: str) -> list[str]:
        asker = asker_of(exchange)
        domain = self._sessions.domain_for(asker.host)
        return causes.of_session(self._settings, return_url, asker, domain)
