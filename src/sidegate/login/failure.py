"""What happens when a sign-in fails: one page, one log event, one code everywhere."""

from sidegate.core.errors import BadRequest, ProviderUnavailable, SessionTooLarge, SidegateError
from sidegate.core.messages import Exchange, Response
from sidegate.login.ports import OnEvent
from sidegate.login.return_url import ReturnUrls
from sidegate.pages import answers
from sidegate.pages.render import Pages
from sidegate.pages.words import WORDS


class Failures:
    """Answers failed sign-ins, always with a way to start again."""

    def __init__(self, *, pages: Pages, returns: ReturnUrls, on_event: OnEvent) -> None:
        self._pages = pages
        self._returns = returns
        self._on_event = on_event

    def answer(
        self,
        exchange: Exchange,
        error: SidegateError,
        *,
        return_url: str = "/",
        user: str = "",
        cookies: list[str] | None = None,
        causes: list[str] | None = None,
    ) -> Response:
        """Report `error` and return its page; `return_url` is where the person wanted to go.

        `user`: who it was, as far as the provider said. `cookies`: `Set-Cookie` values. `causes`:
        sentences that may help whoever looks after the site.
        """
        exchange.reason = error.code
        self._on_event("failure", exchange, error.code, user, _one_line(error))
        may_help = isinstance(error, ProviderUnavailable)  # the same again
        label = WORDS["try_again"] if may_help else WORDS["start_again"]
        again = (self._returns.start_link(return_url), label)
        response = self._pages.error(
            error,
            exchange.request_id,
            None if isinstance(error, SessionTooLarge) else again,  # it would end here again
            causes or [],
            return_url=return_url,
        )
        response.headers += answers.set_cookies(cookies or []) + answers.retry_after(error)
        return response

    def bad_request(self, exchange: Exchange, error: BadRequest) -> Response:
        """Refuse a query or body that cannot be read; that is no sign-in, so no event."""
        exchange.reason = error.code
        return self._pages.error(error, exchange.request_id, ("/", WORDS["start_page"]))


def _one_line(error: SidegateError) -> str:
    """Return the error's message for a log: printable ASCII, one line, 200 characters at most."""
    return ascii(str(error))[1:-1][:200]
