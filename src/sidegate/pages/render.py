"""The pages people see, from templates that are read once.

Rule 1: every value enters a page through `Markup.format`, which escapes it.
Rule 2: no script and no inline style, ever; the policy below forbids what nobody needs.
Rule 3: a form goes to the gate itself. Chromium applies `form-action` to every redirect after a
        form was sent, so what leads elsewhere after a form is answered with `onward`, and the form
        for a password allows what may come behind it.
Rule 4: no text of a provider or of a request is shown, except the host and the request id.
"""

import hashlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from markupsafe import Markup

from sidegate.core.errors import SidegateError
from sidegate.core.messages import RequestHead, Response
from sidegate.pages.answers import NOSNIFF, protected

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# A password is sent to us and nowhere else, but the application behind the redirect that follows
# may lead on to another site (its own sign-in, for one), which Chromium holds against the form.
_POLICY_OF_PASSWORDS = _POLICY.replace("form-action 'self'", "form-action 'self' https: http:")
_HEADINGS = {
    "bad_request": "This request could not be understood",
    "method_not_allowed": "This method does not work here",
    "cross_site_request": "This request was not carried out",
    "not_authorized": "You do not have access",
    "email_missing": "You do not have access",
    "email_unverified": "You do not have access",
    "email_malformed": "You do not have access",
    "provider_unavailable": "Signing in is not possible right now",
    "upstream_timeout": "The application does not answer",
}
_KINDS = {
    HTTPStatus.BAD_GATEWAY: "Something on the way does not work",
    HTTPStatus.SERVICE_UNAVAILABLE: "This does not work right now",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong",
}


@dataclass(frozen=True, slots=True)
class SignInOption:
    """A button of the sign-in page: the name of a provider, and the address that begins there."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class PasswordFields:
    """What the form for a name and a password holds. `problem` says what was wrong, or nothing."""

    return_url: str
    token: str
    problem: str = ""


class Pages:
    """Makes every page. `prefix` is `proxy_prefix`."""

    def __init__(self, prefix: str) -> None:
        self._templates = {name: _template(name) for name in _TEMPLATES}
        self._css = _read("sidegate.css")
        self._tag = hashlib.sha256(self._css).hexdigest()[:16]
        self._sign_in = f"{prefix}/sign_in"
        self._sign_out = f"{prefix}/sign_out"
        self._stylesheet = f"{prefix}/static/sidegate.css?v={self._tag}"

    def sign_in(
        self,
        status: int,
        host: str,
        options: Sequence[SignInOption],
        form: PasswordFields | None = None,
    ) -> Response:
        """Ask somebody to sign in: `options` begin it at a provider, `form` is another way."""
        buttons = Markup().join(
            self._fill("sign_in_option", provider=option.name, start=option.address)
            for option in options
        )
        main = self._fill("sign_in", host=host, options=buttons)
        if form is None:
            return self._page(status, "Sign In", main)
        main += self._fill(
            "password",
            sign_in=self._sign_in,
            return_url=form.return_url,
            token=form.token,
            problem=form.problem,
        )
        return self._page(status, "Sign In", main, policy=_POLICY_OF_PASSWORDS)

    def error(
        self,
        error: SidegateError | type[SidegateError],
        request_id: str,
        action: tuple[str, str] | None = None,
        causes: Sequence[str] = (),
    ) -> Response:
        """Say what went wrong in the error's public words, and what to do next.

        `action`: address and words of the button, or None when there is nothing to do here.
        `causes`: sentences for whoever can mend it.
        """
        items = Markup().join(self._fill("cause", text=text) for text in causes)
        title = f"{error.status} {HTTPStatus(error.status).phrase}"
        main = self._fill(
            "error",
            title=title,
            heading=_heading(error),
            text=error.public,
            causes=self._fill("causes", items=items) if causes else "",
            actions=self._fill("action", href=action[0], label=action[1]) if action else "",
        )
        footer = self._fill("reference", code=error.code, request_id=request_id or "unknown")
        return self._page(error.status, title, main, footer)

    def signed_out(self, host: str, start: str) -> Response:
        """Say that nobody is signed in here (any more)."""
        main = self._fill("signed_out", host=host, start=start)
        return self._page(HTTPStatus.OK, "Signed Out", main)

    def confirm_sign_out(
        self, status: int, host: str, return_url: str, token: str, *, is_foreign: bool = True
    ) -> Response:
        """Ask before a sign-out, with a form that carries `token`.

        `is_foreign`: another site began it, and the person may not know of that.
        """
        main = self._fill(
            "sign_out",
            lead="Another site sent you to this page. " if is_foreign else "",
            host=host,
            sign_out=self._sign_out,
            return_url=return_url,
            token=token,
        )
        return self._page(status, "Sign Out", main)

    def onward(self, location: str) -> Response:
        """Send a browser that sent a form of ours to another site; `location` was validated.

        A redirect would do for every browser but those that hold it against `form-action`.
        """
        response = self._page(HTTPStatus.OK, "One Moment", self._fill("onward", location=location))
        response.headers.append(("Refresh", f"0; url={location}"))
        return response

    def stylesheet(self, head: RequestHead) -> Response:
        """Return the stylesheet: for a year under its own hash, else to be asked for again."""
        own = head.query == f"v={self._tag}".encode()
        lasting = "public, max-age=31536000, immutable" if own else "no-cache"
        headers = [("ETag", f'"{self._tag}"'), ("Cache-Control", lasting)]
        if f'"{self._tag}"' in head.text(b"if-none-match"):
            return Response(HTTPStatus.NOT_MODIFIED, headers)
        headers += [("Content-Type", "text/css; charset=utf-8"), NOSNIFF]
        return Response(HTTPStatus.OK, headers, self._css)

    def _fill(self, name: str, **values: str) -> Markup:
        return self._templates[name].format(**values)

    def _page(
        self, status: int, title: str, main: Markup, footer: str = "", policy: str = _POLICY
    ) -> Response:
        whole = self._fill(
            "frame", title=title, main=main, footer=footer, stylesheet=self._stylesheet
        )
        return protected(status, "text/html; charset=utf-8", whole.encode(), policy)


_TEMPLATES = (
    "frame",
    "sign_in",
    "sign_in_option",
    "password",
    "error",
    "signed_out",
    "sign_out",
    "onward",
    "action",
    "cause",
    "causes",
    "reference",
)


def _heading(error: SidegateError | type[SidegateError]) -> str:
    kind = _KINDS.get(HTTPStatus(error.status), "Signing in did not work")
    return _HEADINGS.get(error.code, kind)


def _template(name: str) -> Markup:
    # The templates are ours and trusted; the values are what `format` escapes.
    return Markup(_read(f"templates/{name}.html").decode().rstrip("\n"))  # noqa: S704 - see above


def _read(name: str) -> bytes:
    # `importlib.resources` does the same and costs 1.9 MB of memory, this costs 0.2.
    found = pkgutil.get_data(__package__, name)
    if found is None:
        raise FileNotFoundError(name)
    return found
