"""People about whom the provider says a lot: sessions of 3, 5, 15 and 60 KB."""

import base64
import secrets
from typing import Any
from urllib.parse import urlencode

from tests.conformance.browser import Answer, Browser
from tests.conformance.provider import Provider
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Gate, Stage

SIZES = (3_000, 5_000, 15_000, 60_000)
MOST_COOKIES = 8
MOST_BYTES = 4093


def play(stage: Stage) -> Outcome:
    """Sign each of them in; whoever does not fit gets one clear page and no circle."""
    provider = stage.provider()
    gate = stage.gate_of(provider)
    told, holds = [], True
    for size in SIZES:
        browser = Browser(gate.port)
        answer = _sign_in(browser, provider, _person(size))
        lines = [line for line in answer.all("set-cookie") if _carries(line)]
        longest = max(map(len, lines), default=0)
        after = browser.get("/x").status
        if size < SIZES[-1]:
            told.append(f"{size // 1000} KB: {len(lines)} cookies, the longest {longest} bytes")
            holds = holds and after == 200 and 0 < longest <= MOST_BYTES
            holds = holds and len(lines) <= MOST_COOKIES
        else:
            told.append(f"{size // 1000} KB: {answer.status}, then {after}: {_title(answer)}")
            holds = holds and (answer.status, after, lines) == (502, 403, [])
        browser.close()
    grown, kept = _grow(gate, provider)
    told.append(f"shrinking leaves {kept} cookies, from {grown}")
    return Outcome("; ".join(told), holds and grown > kept == 1)


def _grow(gate: Gate, provider: Provider) -> tuple[int, int]:
    """Sign one browser in with much and then with little; return how many cookies it has."""
    browser = Browser(gate.port)
    _sign_in(browser, provider, _person(15_000))
    grown = sum(map(_is_of_session, browser.jar.names()))
    _sign_in(browser, provider, _person(10))
    return grown, sum(map(_is_of_session, browser.jar.names()))


def _sign_in(browser: Browser, provider: Provider, person: dict[str, Any]) -> Answer:
    started = browser.get("/oauth2/start?rd=/x")
    back = provider.authorize(started.get("location"), person)
    return browser.get(f"/oauth2/callback?{urlencode(back.parameters)}")


def _person(size: int) -> dict[str, Any]:
    """Return somebody with so many bytes of groups, which do not deflate away."""
    text = base64.urlsafe_b64encode(secrets.token_bytes(size * 3 // 4)).decode()
    groups = [text[start : start + 40] for start in range(0, len(text), 40)]
    return {"sub": "p", "email": "p@example.com", "email_verified": True, "groups": groups}


def _carries(line: str) -> bool:
    return _is_of_session(line.partition("=")[0]) and "Max-Age=0" not in line


def _is_of_session(name: str) -> bool:
    return name.removeprefix("_oauth2_proxy") in {"", *(f"_{n}" for n in range(MOST_COOKIES))}


def _title(answer: Answer) -> str:
    return " ".join(answer.text.partition("<h1>")[2].partition("</h1>")[0].split())


FAULT = Fault(
    "R-13",
    "sessions of 3, 5, 15 and 60 KB",
    "at most 8 cookies of 4093 bytes each, attributes included; beyond: one clear page, no circle",
    play,
)
