"""oauth2-proxy itself, started with flags, and its answers in the form of a row."""

import html
import re
from typing import Any
from urllib.parse import urlencode

from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import LOOPBACK, Answer, Browser
from tests.conformance.provider import Mutation, Provider
from tests.conformance.upstream import Request
from tests.integration.processes import Process, free_port, listens
from tests.parts import TOOLS

PROGRAM = TOOLS / "oauth2-proxy" / "oauth2-proxy"
ALICE = {
    "sub": "alice",
    "email": "alice@example.com",
    "email_verified": True,
    "preferred_username": "al",
    "groups": ["g1", "g2"],
}
_HOP_BY_HOP = {"connection", "transfer-encoding", "vary"}
_TITLE = re.compile(r"<title>([^<]*)</title>")
_RD = re.compile(r'name="rd" value="([^"]*)"')


class OldProxy:
    """oauth2-proxy, listening on `port`."""

    def __init__(self, flags: list[str]) -> None:
        self.port = free_port()
        self._process = Process([str(PROGRAM), f"--http-address={LOOPBACK}:{self.port}", *flags])
        self._process.wait_until(lambda: listens(self.port), 20, "oauth2-proxy to listen")

    def end(self) -> None:
        """Stop it."""
        self._process.ask_to_end()
        self._process.child.wait(20)
        self._process.forget()


def signed_in(port: int, idp: Provider) -> str:
    """Sign alice in; return her cookies."""
    browser = Browser(port, behind=False, https=False)
    started = browser.get("/oauth2/start?rd=/")
    same: Mutation = {"remove": ["at_hash"], "token_response": {"access_token": "AT"}}
    back = idp.authorize(started.get("location"), ALICE, same)
    assert browser.get(f"{CALLBACK}?{urlencode(back.parameters)}").status == 302
    browser.close()
    return browser.jar.line(browser.host, "/", https=False)


def as_row(answer: Answer, reached: list[Request]) -> dict[str, Any]:
    """Return an answer, and what reached the application, as the `expect` of a row."""
    headers: dict[str, list[str]] = {}
    for name, value in answer.fields:
        if name.lower() not in _HOP_BY_HOP:
            headers.setdefault(name.title(), []).append(value)
    row: dict[str, Any] = {"status": answer.status, "headers": headers, "upstream": None}
    title = _TITLE.search(answer.text)
    if title and "text/html" in answer.get("content-type"):
        leads = _RD.search(answer.text)
        row["html_title"], row["html_rd"] = title[1], html.unescape(leads[1]) if leads else ""
    else:
        row["body"] = answer.text
    if reached:
        row["upstream"] = _told(reached[0])
    return row


def _told(request: Request) -> dict[str, Any]:
    names = dict.fromkeys(name for name, _ in request.fields)
    fields = [[name, request.get(name.lower())] for name in names if name.lower() != "host"]
    for field in fields:
        if str(field[0]).lower() == "cookie" and "_oauth2_proxy=" in str(field[1]):
            field[1] = "_oauth2_proxy=SESSION"
    return {"request_line": request.line, "host": request.get("host"), "headers": fields}
