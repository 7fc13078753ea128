"""The pages people see, from templates that are read once.

Rule 1: every value enters a page through `Markup.format`, which escapes it.
Rule 2: no inline style, and no script but three of ours, by their hash: they carry the fragment of
        an address (`#part`, which no server sees) through a sign-in. Without them all else works.
Rule 3: a form goes to the gate itself. What leads elsewhere after a form is answered with `onward`,
        and the form for a password allows what may come behind it (`policy`).
Rule 4: no text of a provider or of a request is shown, except the host and the request id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from markupsafe import Markup

from sidegate.core.errors import SidegateError
from sidegate.core.messages import Response
from sidegate.pages import words
from sidegate.pages.answers import protected
from sidegate.pages.assets import Assets
from sidegate.pages.brand import Brand
from sidegate.pages.frame import HTML, KEEP, PASS, RESTORE, Frame
from sidegate.pages.parts import Templates


@dataclass(frozen=True, slots=True)
class SignInOption:
    """A button of the sign-in page: the name of a provider, and the address that begins there."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class EmailField:
    """The form that finds the provider of an email address. `problem`: what was wrong, if any."""

    return_url: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PasswordFields:
    """What the form for a name and a password holds. `problem` says what was wrong, or nothing."""

    return_url: str
    token: str
    problem: str = ""


class Pages:
    """Makes every page. `prefix` is `proxy_prefix`."""

    def __init__(self, prefix: str, brand: Brand | None = None) -> None:
        self._brand = brand = brand or Brand()
        templates = Templates()
        self._fill, self._maybe = templates.fill, templates.fill_or_leave_out
        self.assets = Assets(prefix, brand)
        self.frame = Frame(brand, templates, self.assets)
        self._start = f"{prefix}/start"
        self._sign_in = f"{prefix}/sign_in"
        self._sign_out = f"{prefix}/sign_out"
        self._banner = self._maybe("banner", banner=brand.banner)

    @property
    def robots(self) -> str:
        """The text of `/robots.txt`."""
        return self._brand.robots

    def sign_in(
        self,
        status: int,
        host: str,
        options: Sequence[SignInOption],
        form: PasswordFields | None = None,
        email: EmailField | None = None,
        *,
        return_url: str = "/",
        beside: str = "",
    ) -> Response:
        """Ask somebody to sign in: `options` begin it at a provider, `form` is another way.

        `email` finds one of the providers. `return_url`: where the person goes then. `beside`:
        where somebody signs in, in another tab, who sent a form that did not arrive; empty for
        everybody else.
        """
        custom = self._brand.custom
        if custom is not None and custom.sign_in is not None:
            page, rules = custom.render(
                custom.sign_in,
                {
                    "ProviderName": options[0].name if options else "",
                    "StatusCode": status,
                    "CustomLogin": form is not None,
                    "Redirect": return_url,
                    "Host": host,
                    "Token": "" if form is None else form.token,
                    "Problem": "" if form is None else form.problem,
                    "AsksEmail": email is not None,
                    "EmailProblem": "" if email is None else email.problem,
                    "Unsent": bool(beside),
                    "Providers": [{"Name": o.name, "Address": o.address} for o in options],
                },
            )
            return protected(status, HTML, page.encode(), rules)
        buttons = self._buttons(options)
        if beside:
            link = self._fill("unsent_link", sign_in=beside)
            main = self._fill("unsent", host=host, options=buttons, link=link)
        else:
            main = self._fill("sign_in", host=host, options=buttons, banner=self._banner)
        if email is not None:
            main += self._fill(
                "email", start=self._start, return_url=email.return_url, problem=email.problem
            )
        if form is not None:
            main += self._fill(
                "password",
                sign_in=self._sign_in,
                return_url=form.return_url,
                token=form.token,
                problem=form.problem,
            )
        return self.frame.page(
            status, self.frame.title("sign_in"), main, code=KEEP, leads_on=form is not None
        )

    def error(
        self,
        error: SidegateError | type[SidegateError],
        request_id: str,
        action: tuple[str, str] | None = None,
        causes: Sequence[str] = (),
        *,
        return_url: str = "",
    ) -> Response:
        """Say what went wrong in the error's public words, and what to do next.

        `action`: address and words of the button, or None when there is nothing to do here.
        `causes`: sentences for whoever can mend it. `return_url`: where the person wanted to go.
        """
        inside = self._inside(error)
        custom = self._brand.custom
        if custom is not None and custom.error is not None:
            page, rules = custom.render(
                custom.error,
                {
                    "Title": HTTPStatus(error.status).phrase,
                    "Message": inside or error.public,
                    "StatusCode": error.status,
                    "Redirect": return_url,
                    "RequestID": request_id,
                    "Code": error.code,
                    "Heading": _heading(error),
                },
            )
            return protected(error.status, HTML, page.encode(), rules)
        causes = [*causes, *words.CAUSES.get(error.code, ())]
        items = Markup().join(self._fill("cause", text=text) for text in causes)
        title = f"{error.status} {HTTPStatus(error.status).phrase}"
        main = self._fill(
            "error",
            title=title,
            heading=_heading(error),
            text=error.public,
            advice=self._maybe("advice", advice=words.ADVICE.get(error.code, "")),
            causes=self._maybe("causes", items=items),
            debug=self._maybe("debug", text=inside),
            actions=self._fill("action", href=action[0], label=action[1]) if action else "",
        )
        reference = self._fill(
            "reference", code=self._explained(error.code), request_id=request_id or "unknown"
        )
        return self.frame.page(error.status, title, main, reference=reference)

    def signed_out(self, host: str, start: str) -> Response:
        """Say that nobody is signed in here (any more)."""
        main = self._fill("signed_out", host=host, start=start)
        return self.frame.page(HTTPStatus.OK, self.frame.title("signed_out"), main)

    def confirm_sign_out(
        self, status: int, host: str, return_url: str, token: str, *, is_foreign: bool = True
    ) -> Response:
        """Ask before a sign-out, with a form that carries `token`.

        `is_foreign`: another site began it, and the person may not know of that.
        """
        main = self._fill(
            "sign_out",
            lead=words.WORDS["sign_out_foreign"] + " " if is_foreign else "",
            host=host,
            sign_out=self._sign_out,
            return_url=return_url,
            token=token,
        )
        return self.frame.page(status, self.frame.title("sign_out"), main)

    def onward(self, location: str) -> Response:
        """Send a browser that sent a form of ours to another site; `location` was validated.

        A redirect would do for every browser but those that hold it against `form-action`.
        """
        response = self._moment(HTTPStatus.OK, "onward", location)
        response.headers.append(("Refresh", f"0; url={location}"))
        return response

    def passing(self, status: int, start: str) -> Response:
        """Send a browser on to `start`, and have it keep the fragment of the address it is at."""
        return self._moment(status, "pass", start, PASS)

    def restoring(self, location: str) -> Response:
        """Send a browser to `location` with the fragment that it kept when the sign-in began."""
        return self._moment(HTTPStatus.OK, "onward", location, RESTORE)

    def _buttons(self, options: Sequence[SignInOption]) -> Markup:
        one = "sign_in_option" if len(options) == 1 else "sign_in_choice"
        filled = [self._fill(one, provider=way.name, start=way.address) for way in options]
        if len(options) <= 1:
            return Markup().join(filled)
        return self._fill("sign_in_choices", choices=Markup("\n").join(filled))

    def _moment(
        self, status: int, template: str, location: str, code: Markup | None = None
    ) -> Response:
        main = self._fill(template, location=location)
        head = self._fill("refresh", location=location) if code else ""
        return self.frame.page(status, self.frame.title("one_moment"), main, code=code, head=head)

    def _explained(self, code: str) -> str:
        """Return a code, as a link to what explains it where there is such a page."""
        address = self._brand.help_url
        return self._fill("code", address=f"{address}#{code}", code=code) if address else code

    def _inside(self, error: SidegateError | type[SidegateError]) -> str:
        describe = self._brand.describe
        return describe(error) if describe and isinstance(error, SidegateError) else ""


def _heading(error: SidegateError | type[SidegateError]) -> str:
    kind = words.KINDS.get(error.status, words.OTHERWISE)
    return words.HEADINGS.get(error.code, kind)
