"""Begins a sign-in: makes the attempt, seals it in a cookie, sends the browser to the provider."""

import base64

from sidegate.core.errors import ProviderUnavailable, SignInRequired
from sidegate.core.messages import Exchange, Response
from sidegate.core.ports import Attempt, Clock, Randomness
from sidegate.core.providers import Providers
from sidegate.core.secret import Secret
from sidegate.login.failure import Failures
from sidegate.login.form import Form
from sidegate.login.loops import Loops
from sidegate.login.ports import AttemptStore, OnEvent, asker_of
from sidegate.login.redirect_uri import redirect_uri
from sidegate.login.return_url import ReturnUrls
from sidegate.pages import answers
from sidegate.pages.negotiate import is_part


class Start:
    """`PREFIX/start`, and whatever else sends somebody to the provider without a page.

    `redirect_url` and `cookie_secure` are the options of that name.
    """

    def __init__(
        self,
        *,
        providers: Providers,
        attempts: AttemptStore,
        returns: ReturnUrls,
        failures: Failures,
        loops: Loops,
        redirect_url: str,
        cookie_secure: bool,
        clock: Clock,
        randomness: Randomness,
        on_event: OnEvent,
    ) -> None:
        self._providers = providers
        self._attempts = attempts
        self._returns = returns
        self._failures = failures
        self._loops = loops
        self._redirect_url = redirect_url
        self._cookie_secure = cookie_secure
        self._clock = clock
        self._randomness = randomness
        self._on_event = on_event

    def answer(self, exchange: Exchange) -> Response:
        """Begin a sign-in that returns to the chosen address (`rd` first). Raises BadRequest."""
        return self.start(exchange, self._returns.choose(exchange, Form(exchange.head.query)))

    def start(self, exchange: Exchange, return_url: str) -> Response:
        """Redirect to the provider with the sealed attempt; 503 while the provider is not ready.

        `return_url` was validated. Who runs in circles gets the page that says so. What nobody
        will look at, such as an image, begins nothing.
        """
        if is_part(exchange.head):
            exchange.reason = "sign_in"
            return answers.json_error(
                SignInRequired.status, SignInRequired.code, exchange.request_id
            )
        if loop := self._loops.page(exchange, return_url):
            return loop
        self._on_event("attempt", exchange, "", "", "")
        asker = asker_of(exchange)
        provider = self._providers.default
        attempt = self._attempt(exchange, return_url, provider.id)
        try:
            location = provider.authorization_url(attempt)
        except ProviderUnavailable as error:
            return self._failures.answer(exchange, error, return_url=return_url)
        present = exchange.head.get(b"cookie")
        cookies = self._attempts.seal_attempt(attempt, asker.host, present)
        return answers.redirect(location, cookies)

    def _attempt(self, exchange: Exchange, return_url: str, provider: str) -> Attempt:
        return Attempt(
            state=handle(self._randomness),
            nonce=handle(self._randomness),
            verifier=Secret(handle(self._randomness)),
            return_url=return_url,
            redirect_uri=redirect_uri(
                self._redirect_url,
                self._returns.prefix,
                asker_of(exchange),
                cookie_secure=self._cookie_secure,
            ),
            provider=provider,
            created_at=self._clock(),
            rounds=self._loops.rounds_before(exchange, return_url),
        )


def handle(randomness: Randomness) -> str:
    """Return 32 random bytes as base64url: 43 characters, also a PKCE verifier (RFC 7636 4.1)."""
    return base64.urlsafe_b64encode(randomness(32)).rstrip(b"=").decode("ascii")
