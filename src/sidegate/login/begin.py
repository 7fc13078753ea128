"""`PREFIX/start` and `PREFIX/start/ID`: to a provider, or to the page where one is chosen."""

from collections.abc import Callable, Iterator

from sidegate.core.messages import Exchange, Plan, Respond, Response
from sidegate.core.ports import Provider
from sidegate.core.providers import Providers
from sidegate.login.choice import Choice, login_hint, tidy
from sidegate.login.failure import Failures
from sidegate.login.form import Form
from sidegate.login.form_body import read_form
from sidegate.login.return_url import ReturnUrls
from sidegate.login.sign_in_page import SignInPage
from sidegate.login.start import Start

UNKNOWN = "No sign-in is known for this address. Please choose one of these."


class Begin:
    """Begins a sign-in at the only provider, at the named one, or asks which.

    `login_hint` goes on to the provider. The email address of the page's own form leads to a
    provider by its domain, and is the hint.
    """

    def __init__(
        self,
        *,
        providers: Providers,
        choice: Choice,
        start: Start,
        page: SignInPage,
        returns: ReturnUrls,
        failures: Failures,
    ) -> None:
        self._providers = providers
        self._choice = choice
        self._start = start
        self._page = page
        self._returns = returns
        self._failures = failures

    def answer(self, exchange: Exchange) -> Plan:
        """Answer `PREFIX/start`."""
        return read_form(
            exchange, self._failures, lambda form: Respond(self._answer(exchange, form))
        )

    def by_id(self) -> Iterator[tuple[str, Callable[[Exchange], Plan]]]:
        """Return for each provider its id and what answers `PREFIX/start/ID`."""
        for provider in self._providers:
            yield provider.id, self._starter(provider)

    def _starter(self, provider: Provider) -> Callable[[Exchange], Plan]:
        def answer(exchange: Exchange) -> Plan:
            form = Form(exchange.head.query)
            return_url = self._returns.choose(exchange, form)
            return Respond(self._start.start(exchange, return_url, provider, login_hint(form)))

        return answer

    def _answer(self, exchange: Exchange, form: Form) -> Response:
        return_url, hint = self._returns.choose(exchange, form), login_hint(form)
        if exchange.head.method == b"POST" and form.first("email") is not None:
            return self._by_email(exchange, return_url, form.first("email") or "")
        provider = self._providers.only or self._choice.named(form)
        if provider is None:
            return self._page.choose(exchange, return_url, hint)
        return self._start.start(exchange, return_url, provider, hint)

    def _by_email(self, exchange: Exchange, return_url: str, written: str) -> Response:
        address = tidy(written)
        provider = self._choice.for_email(address)
        if provider is None:
            return self._page.choose(exchange, return_url, problem=UNKNOWN)
        return self._start.start(exchange, return_url, provider, address, by_form=True)
