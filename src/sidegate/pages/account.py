"""The page on which somebody sees what is held about them, and those that ask for erasure.

Here, and nowhere else, a page shows what a provider said of somebody: to nobody but them, and as
text. No token is ever in it: `core.account.Held` names their kinds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from markupsafe import Markup

from sidegate.core.account import COOKIES, Held, Place
from sidegate.core.messages import Response
from sidegate.pages.parts import Templates
from sidegate.pages.render import Pages
from sidegate.pages.words import WORDS

_TEMPLATES: Final = (
    *("account", "account_said", "account_fact", "account_time", "account_unknown"),
    *("account_places", "account_most", "account_this", "account_other", "account_used"),
    *("account_ask", "account_link", "account_nobody", "account_tokens"),
    *("erasure", "erasure_sent"),
)
_TOKENS: Final[Mapping[str, str]] = {
    "access_token": WORDS["account_access_token"],
    "id_token": WORDS["account_id_token"],
    "refresh_token": WORDS["account_refresh_token"],
}


@dataclass(frozen=True, slots=True)
class FormTokensOfPage:
    """The tokens in the forms of the page: to sign out, and for what it does itself."""

    sign_out: str
    account: str


class AccountPages:
    """Makes them in the frame of all pages. `prefix`: `proxy_prefix`.

    `erasure_link`: where somebody asks for erasure; `takes_requests`: they ask here. Neither: they
    are told whom to ask.
    """

    def __init__(
        self, pages: Pages, prefix: str, *, erasure_link: str = "", takes_requests: bool = False
    ) -> None:
        self._frame = pages.frame
        templates = Templates(names=_TEMPLATES)
        self._fill, self._maybe = templates.fill, templates.fill_or_leave_out
        self._account = f"{prefix}/account"
        self._sign_out = f"{prefix}/sign_out"
        self._link = erasure_link
        self._takes_requests = takes_requests

    def account(
        self, held: Held, host: str, tokens: FormTokensOfPage, *, said: str = ""
    ) -> Response:
        """Show what is held. `said`: what became of what the person just did, in words."""
        main = self._fill(
            "account",
            said=self._maybe("account_said", said=said),
            host=host,
            you=Markup("\n").join(self._you(held)),
            session=Markup("\n").join(self._session(held)),
            places=self._places(held, tokens.account),
            account=self._account,
            sign_out=self._sign_out,
            token=tokens.sign_out,
            erase=self._erase(tokens.account),
        )
        return self._frame.page(HTTPStatus.OK, self._frame.title("account"), main)

    def ask_for_erasure(self, who: str, host: str, token: str) -> Response:
        """Ask whether somebody means it, with a form whose token says that they were asked."""
        main = self._fill("erasure", who=who, host=host, account=self._account, token=token)
        return self._frame.page(HTTPStatus.OK, self._frame.title("erasure"), main)

    def erasure_sent(self, number: str, host: str) -> Response:
        """Say that the request was passed on, under this number."""
        main = self._fill("erasure_sent", number=number, host=host, account=self._account)
        return self._frame.page(HTTPStatus.OK, self._frame.title("erasure"), main)

    def _you(self, held: Held) -> Iterator[Markup]:
        who = held.session.identity
        yield self._fact(WORDS["account_user"], who.user)
        if who.email:
            yield self._fact(WORDS["account_email"], who.email)
        if who.preferred_username:
            yield self._fact(WORDS["account_name"], who.preferred_username)
        if who.groups:
            yield self._fact(WORDS["account_groups"], ", ".join(who.groups))
        for claim, values in who.claims.items():
            yield self._fact(claim, ", ".join(values))

    def _session(self, held: Held) -> Iterator[Markup]:
        session = held.session
        yield self._fact(WORDS["account_provider"], held.provider)
        yield self._fact(WORDS["account_began"], self._time(session.created_at))
        yield self._fact(WORDS["account_confirmed"], self._time(session.refreshed_at))
        if session.idle_until:
            yield self._fact(WORDS["account_unused"], self._time(session.idle_until))
        yield self._fact(WORDS["account_ends"], self._time(session.ends_at))
        if session.device:
            yield self._fact(WORDS["account_device"], session.device)
        in_cookies = held.kept_in == COOKIES
        place = WORDS["account_in_cookies"] if in_cookies else WORDS["account_in_redis"]
        yield self._fact(WORDS["account_place"], place)
        yield self._fact(WORDS["account_tokens"], self._tokens(held))
        if session.provider_session_id:
            yield self._fact(WORDS["account_sid"], WORDS["account_sid_hidden"])

    def _tokens(self, held: Held) -> str:
        kinds = ", ".join(_TOKENS[kind] for kind in held.tokens)
        return self._maybe("account_tokens", kinds=kinds) or WORDS["account_no_tokens"]

    def _places(self, held: Held, token: str) -> Markup:
        if held.places is None:
            return self._fill("account_unknown")
        places = Markup("\n").join(self._place(place, token) for place in held.places)
        more = self._fill("account_most") if held.has_more else ""
        return self._fill("account_places", places=places, more=more)

    def _place(self, place: Place, token: str) -> Markup:
        used = "" if place.used_at is None else self._time(place.used_at)
        values = {
            "device": place.device or WORDS["account_some_browser"],
            "began": self._time(place.began_at),
            "ends": self._time(place.ends_at),
            "used": self._maybe("account_used", used=used),
        }
        if place.is_this:
            return self._fill("account_this", **values)
        return self._fill(
            "account_other", name=place.name, account=self._account, token=token, **values
        )

    def _erase(self, token: str) -> Markup:
        if self._link:
            return self._fill("account_link", link=self._link)
        if self._takes_requests:
            return self._fill("account_ask", account=self._account, token=token)
        return self._fill("account_nobody")

    def _fact(self, label: str, value: str) -> Markup:
        return self._fill("account_fact", label=label, value=value)

    def _time(self, seconds: float) -> Markup:
        exact = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
        short = exact[: len("2026-11-24T10:16")].replace("T", " ")
        return self._fill("account_time", exact=exact.replace("+00:00", "Z"), time=short)
