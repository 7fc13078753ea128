"""Begins a sign-in: makes the attempt, seals it in a cookie, sends the browser to the provider."""

import base64
from collections.abc import Mapping

from sidegate.core.errors import ProviderUnavailable, SignInRequired
from sidegate.core.messages import Exchange, Response
from sidegate.core.ports import Attempt, Clock, Provider, Randomness
from sidegate.login.failure import Failures
from sidegate.login.loops import Loops
from sidegate.login.ports import AttemptStore, OnEvent, asker_of
from sidegate.login.redirect_uri import redirect_uri
from sidegate.login.return_url import ReturnUrls
from sidegate.oidc.pkce import new_verifier
from sidegate.pages import answers
from sidegate.pages.negotiate import is_part
from sidegate.pages.render import Pages


class Start:
    """Sends somebody to a provider.

    `redirect_url` and `cookie_secure` are the options of that name. `callbacks`: what is put
    behind the path of the callback, by the id of the provider.
    """

    def __init__(
        self,
        *,
        attempts: AttemptStore,
        returns: ReturnUrls,
        failures: Failures,
        loops: Loops,
        redirect_url: str,
        cookie_secure: bool,
        callbacks: Mapping[str, str],
        pages: Pages,
        clock: Clock,
        randomness: Randomness,
        on_event: OnEvent,
    ) -> None:
        self._attempts = attempts
        self._returns = returns
        self._failures = failures
        self._loops = loops
        self._redirect_url = redirect_url
        self._cookie_secure = cookie_secure
        self._callbacks = callbacks
        self._pages = pages
        self._clock = clock
        self._randomness = randomness
        self._on_event = on_event

    def start(
        self,
        exchange: Exchange,
        return_url: str,
        provider: Provider,
        login_hint: str = "",
        *,
        by_form: bool = False,
    ) -> Response:
        """Redirect to the provider with the sealed attempt; 503 while the provider is not ready.

        `return_url` was validated, and so was `login_hint`. `by_form`: a form of ours led here.
        Who runs in circles gets the page that says so. What nobody will look at, such as an image,
        begins nothing.
        """
        if is_part(exchange.head):
            exchange.reason = "sign_in"
            return answers.json_error(
                SignInRequired.status, SignInRequired.code, exchange.request_id
            )
        if loop := self._loops.page(exchange, return_url):
            return loop
        exchange.provider = provider.id
        self._on_event("attempt", exchange, "", "", "")
        asker = asker_of(exchange)
        attempt = self._attempt(exchange, return_url, provider.id)
        try:
            location = provider.authorization_url(attempt, login_hint=login_hint)
        except ProviderUnavailable as error:
            return self._failures.answer(exchange, error, return_url=return_url)
        present = exchange.head.get(b"cookie")
        cookies = self._attempts.seal_attempt(attempt, asker.host, present)
        if by_form:
            response = self._pages.onward(location)
            response.headers += answers.set_cookies(cookies)
            return response
        return answers.redirect(location, cookies)

    def _attempt(self, exchange: Exchange, return_url: str, provider: str) -> Attempt:
        return Attempt(
            state=handle(self._randomness),
            nonce=handle(self._randomness),
            verifier=new_verifier(self._randomness),
            return_url=return_url,
            redirect_uri=redirect_uri(
                self._redirect_url,
                self._returns.prefix,
                asker_of(exchange),
                cookie_secure=self._cookie_secure,
                suffix=self._callbacks[provider],
            ),
            provider=provider,
            created_at=self._clock(),
            rounds=self._loops.rounds_before(exchange, return_url),
        )


def handle(randomness: Randomness) -> str:
    """Return 32 random bytes as base64url, 43 characters: a name that nobody guesses."""
    return base64.urlsafe_b64encode(randomness(32)).rstrip(b"=").decode("ascii")
