"""The form for a name and a password: bound to one browser, so that no other page can send it.

Without that, a foreign page could sign somebody in under the name of whoever made the page, and
read later what they did there (login CSRF). A browser has to show both, that the form was sent by
a page of ours (`login.same_site`) and the token that this browser was given with it.

A program has to show neither: scripts for oauth2-proxy post name and password and nothing else, and
no page can steer them. What no page can keep a browser from sending tells them apart: Origin, which
goes with every POST, Sec-Fetch-*, Referer, and a User-Agent of browsers. A cookie tells nothing:
programs have them too, and this attack needs none.
"""

from typing import Final

from sidegate.core.errors import ForeignForm
from sidegate.core.messages import Exchange, RequestHead
from sidegate.login.form import Form
from sidegate.login.form_token import FIELD, FormTokens
from sidegate.login.ports import VisitorStore, asker_of
from sidegate.login.same_site import is_browser, is_own_post

_ACTION: Final = "sign_in"
_SIGNS: Final = (b"origin", b"referer", b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest")


class PasswordForm:
    """Makes the tokens of the form and recognizes them."""

    def __init__(self, *, visitors: VisitorStore, tokens: FormTokens) -> None:
        self._visitors = visitors
        self._tokens = tokens

    def token(self, exchange: Exchange) -> tuple[str, list[str]]:
        """Return the token for this browser, and the Set-Cookie values that bind it."""
        present = exchange.head.get(b"cookie")
        visitor, cookies = self._visitors.greet(present, asker_of(exchange).host)
        return self._tokens.make(_ACTION, visitor), cookies

    def check(self, exchange: Exchange, form: Form) -> None:
        """Let our form pass, and a program. Raises ForeignForm for the rest."""
        head = exchange.head
        visitor = self._visitors.known(head.get(b"cookie"))
        if self._tokens.holds(form.first(FIELD), _ACTION, visitor):
            if is_own_post(head, asker_of(exchange), has_token=True):
                return
        elif not _shows_browser(head):
            return
        raise ForeignForm("a browser sent a form that this gate did not give it")


def _shows_browser(head: RequestHead) -> bool:
    return is_browser(head) or any(name in head.index for name in _SIGNS)
