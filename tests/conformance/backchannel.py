"""Logout tokens, honest and forged, and how a provider posts them."""

from typing import Any
from urllib.parse import urlencode

from tests.conformance.browser import Answer, Browser
from tests.conformance.provider import Mutation, Provider

ENDPOINT = "/oauth2/backchannel-logout"
PERSON = "alice@example.com"
_HEADER = ("alg", "typ", "kid", "crit", "jku", "jwk", "x5u", "x5c", "zip")
_NO_CLAIMS = {"remove", "twice", "use_id_token", *_HEADER}


def tokens_of(idp: Provider, change: dict[str, Any]) -> list[str]:
    """Return what a provider posts, one after the other, for a row's mutation."""
    if change.get("use_id_token"):
        return [idp.id_token(PERSON)]
    header = {name: change[name] for name in _HEADER if name in change}
    mutation: Mutation = {
        "header": {"typ": "logout+jwt", **header},
        "claims": {name: value for name, value in change.items() if name not in _NO_CLAIMS},
        "remove": change.get("remove", []),
    }
    times = 2 if change.get("twice") else 1
    return [idp.logout_token(PERSON, mutation) for _ in range(times)]


def post(browser: Browser, token: str) -> Answer:
    """Post a logout token as section 2.5 wants it."""
    form = ("Content-Type", "application/x-www-form-urlencoded")
    body = urlencode({"logout_token": token}).encode()
    return browser.ask("POST", ENDPOINT, form, ("Accept", "*/*"), body=body, cookies="")
