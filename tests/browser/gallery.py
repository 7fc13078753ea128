"""Every page that people see, made by the real code, and shown under its real policy."""

from collections.abc import Callable
from urllib.parse import urlsplit

from markupsafe import Markup
from playwright.sync_api import BrowserContext, Route

from sidegate.config.branding.colour import accent_rules
from sidegate.core import errors
from sidegate.core.account import REDIS, Held, Place
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.messages import RequestHead, Response
from sidegate.core.secret import Secret
from sidegate.pages.account import AccountPages, FormTokensOfPage
from sidegate.pages.brand import Brand, Picture
from sidegate.pages.render import EmailField, Pages, PasswordFields, SignInOption
from sidegate.pages.words import WORDS

ADDRESS = "http://gate.test/"
HOST = "reports.example.com"
LOGO = Picture(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">'
    b'<rect width="48" height="48" rx="12" fill="#5a2ca0"/>'
    b'<path d="M14 25l7 7 13-15" fill="none" stroke="#fff" stroke-width="5"/></svg>',
    "image/svg+xml",
)
BRAND = Brand(
    name="Example Corp",
    logo=LOGO,
    banner=Markup('Staff only. <a href="/help">Need help?</a>'),
    footer=Markup('<a href="/imprint">Imprint</a>'),
    style=accent_rules("#5a2ca0"),
)
NAMES = ("Example ID", "GitHub", "Google", "Keycloak", "GitLab", "Microsoft", "Partners", "Guests")
REQUEST = "5f1d2c3b4a59687700000042"


def _ways(number: int) -> list[SignInOption]:
    return [SignInOption(name, f"/oauth2/start?rd=/{name[0]}") for name in NAMES[:number]]


def _form(problem: str = "") -> PasswordFields:
    return PasswordFields("/report", "token", problem)


def _failed(pages: Pages, error: errors.SidegateError, *causes: str) -> Response:
    label = "try_again" if isinstance(error, errors.ProviderUnavailable) else "start_again"
    return pages.error(error, REQUEST, ("/oauth2/start?rd=/", WORDS[label]), causes)


HOUR, BEGAN = 3600.0, 1_795_500_000.0
ALICE = Identity("8f14e45f-ceea-467f", "alice@example.com", "alice", ("staff", "reports-readers"))
SESSION = Session(
    "s1",
    "oidc",
    ALICE,
    Tokens(refresh_token=Secret("r")),
    BEGAN,
    BEGAN + HOUR,
    BEGAN + 168 * HOUR,
    idle_until=BEGAN + 3 * HOUR,
)
PLACES = (
    Place("p1", BEGAN, BEGAN, BEGAN + 168 * HOUR, BEGAN + HOUR, "Firefox, Linux", is_this=True),
    Place("p2", BEGAN - 9 * HOUR, BEGAN, BEGAN + 159 * HOUR, BEGAN - HOUR, "Safari, iPhone"),
    Place("p3", BEGAN - 20 * HOUR, BEGAN, BEGAN + 148 * HOUR),
)
FORMS = FormTokensOfPage("token", "token")


def _account(pages: Pages) -> AccountPages:
    return AccountPages(pages, "/oauth2", takes_requests=True)


PAGES: dict[str, Callable[[Pages], Response]] = {
    "sign-in": lambda pages: pages.sign_in(403, HOST, _ways(1)),
    "sign-in-two-providers": lambda pages: pages.sign_in(403, HOST, _ways(2)),
    "sign-in-eight-providers": lambda pages: pages.sign_in(403, HOST, _ways(8), _form()),
    "sign-in-by-email": lambda pages: pages.sign_in(
        403, HOST, _ways(2), email=EmailField("/report", "No sign-in is known for this address.")
    ),
    "sign-in-wrong-password": lambda pages: pages.sign_in(
        401, HOST, _ways(1), _form(errors.WrongPassword.public)
    ),
    "form-not-sent": lambda pages: pages.sign_in(
        403, HOST, _ways(1), beside="/oauth2/sign_in?rd=/form"
    ),
    "one-moment": lambda pages: pages.onward("/report"),
    "no-access": lambda pages: pages.error(
        errors.NotAuthorized("r"), REQUEST, ("/oauth2/sign_out", WORDS["another_account"])
    ),
    "provider-unavailable": lambda pages: _failed(pages, errors.ProviderUnavailable("x")),
    "sign-in-loop": lambda pages: _failed(
        pages,
        errors.SignInLoop("x"),
        "Cookies are given for paths below /app (cookie_path), which leaves out this address.",
    ),
    "session-too-large": lambda pages: pages.error(errors.SessionTooLarge("x"), REQUEST),
    "application-silent": lambda pages: pages.error(errors.UpstreamSilent("x"), REQUEST),
    "sign-out": lambda pages: pages.confirm_sign_out(200, HOST, "/", "token"),
    "signed-out": lambda pages: pages.signed_out(HOST, "/oauth2/start?rd=/"),
    "account": lambda pages: AccountPages(pages, "/oauth2").account(
        Held(SESSION, "Example ID"), HOST, FORMS
    ),
    "account-three-sessions": lambda pages: _account(pages).account(
        Held(SESSION, "Example ID", REDIS, PLACES),
        HOST,
        FORMS,
        said=WORDS["account_ended"],
    ),
    "erasure": lambda pages: _account(pages).ask_for_erasure("alice@example.com", HOST, "token"),
    "erasure-sent": lambda pages: _account(pages).erasure_sent("erasure_" + REQUEST, HOST),
    "erasure-failed": lambda pages: pages.error(
        errors.ErasureFailed("x"), REQUEST, ("/oauth2/account", WORDS["erasure_back"])
    ),
}
PLAIN, BRANDED = Pages("/oauth2"), Pages("/oauth2", BRAND)


def show(context: BrowserContext, pages: Pages) -> None:
    """Have the context find these pages at `ADDRESS`, each under its name."""

    def answer(route: Route) -> None:
        parts = urlsplit(route.request.url)
        head = RequestHead()
        head.target, head.index = f"{parts.path}?{parts.query}".encode(), {}
        if parts.path.endswith("/sidegate.css"):
            response = pages.assets.stylesheet(head)
        elif parts.path.endswith("/logo"):
            response = pages.assets.logo(head) or Response(404)
        else:
            response = PAGES[parts.path[1:]](pages)
        headers = {name: value for name, value in response.headers if name != "Refresh"}
        route.fulfill(status=response.status, headers=headers, body=response.body)

    context.route(f"{ADDRESS}**", answer)
