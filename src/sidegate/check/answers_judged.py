"""What a running gate answers, and what that says about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from sidegate.check.finding import Finding, Where

SOON = 21  # days


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer over HTTP. `fields`: names in lower case; `body`: its beginning."""

    status: int
    fields: Sequence[tuple[str, str]]
    body: bytes = b""

    def all_of(self, name: str) -> list[str]:
        """Return the values of a field."""
        return [value for key, value in self.fields if key == name]


def of_page(url: str, answer: Answer) -> Iterator[Finding]:
    """Yield what the answer of the public address itself says."""
    if urlsplit(url).scheme == "https" and not answer.all_of("strict-transport-security"):
        yield Finding("live-no-hsts", Where(url), f"status {answer.status} without it")


def of_plain(url: str, answer: Answer) -> Iterator[Finding]:
    """Yield that plain HTTP is answered with more than the way to https."""
    where = next(iter(answer.all_of("location")), "")
    if not (300 <= answer.status < 400 and where.startswith("https://")) and answer.status < 400:
        yield Finding("live-plain-http", Where(url), f"status {answer.status}")


def of_start(url: str, answer: Answer, callback: str) -> Iterator[Finding]:
    """Yield what the beginning of a sign-in says. `callback`: the address it should name."""
    target = next(iter(answer.all_of("location")), "")
    asked = parse_qs(urlsplit(target).query)
    redirect = "".join(asked.get("redirect_uri", []))
    if not 300 <= answer.status < 400 or not redirect:
        what = f"status {answer.status}, and no address of a provider"
        yield Finding("live-no-sign-in", Where(url), what)
        return
    if redirect != callback:
        yield Finding("live-callback", Where(url), f"redirect_uri is {redirect}, not {callback}")
    if asked.get("code_challenge_method") != ["S256"]:
        yield Finding("live-no-pkce", Where(url), "no code_challenge_method=S256")
    for cookie in answer.all_of("set-cookie"):
        yield from of_cookie(url, cookie)


def of_cookie(url: str, cookie: str) -> Iterator[Finding]:
    """Yield which attributes a cookie lacks."""
    name, _, rest = cookie.partition("=")
    attributes = {part.partition("=")[0].strip().lower() for part in rest.split(";")[1:]}
    lacking = [
        word for word in ("Secure", "HttpOnly", "SameSite") if word.lower() not in attributes
    ]
    if lacking:
        yield Finding("live-cookie", Where(url), f"{name} without {', '.join(lacking)}")


def of_metrics(url: str, answer: Answer) -> Iterator[Finding]:
    """Yield that anybody can read the metrics."""
    if answer.status == 200 and (b"# HELP" in answer.body or b"# TYPE" in answer.body):
        yield Finding("live-metrics-public", Where(url), "metrics are answered")


def of_gate(url: str, answer: Answer) -> Iterator[Finding]:
    """Yield that a request without a session is let in."""
    if answer.status not in (401, 403):
        yield Finding("live-no-gate", Where(url), f"status {answer.status} without a session")
