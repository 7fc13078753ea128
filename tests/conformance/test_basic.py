"""Plays the rows of oauth2-proxy with names and passwords against the whole gate, bytes in and out.

The rows' provider is one that needs no discovery; ours stands in for it. What is compared: status,
listed fields, what kind of page it is and where it leads back, and what the application was told.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sidegate.core.identity import Identity, Tokens
from sidegate.core.secret import Secret
from tests.kit.gate import cookie_for, proxy, request, sent_fields
from tests.kit.wire import Answer, Wire

HERE = Path(__file__).parent
ROWS = json.loads((HERE / "basic.json").read_text())["basic"]
DIVERGENCES = tomllib.loads((HERE / "divergences.toml").read_text())["divergence"]
DIVERGING = {row for entry in DIVERGENCES for row in entry["rows"]}
OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-Upstream: yes\r\n"
    b"Content-Length: 2\r\n\r\nok"
)
# Of what is sent to the application: what oauth2-proxy does not know, or we never send (law 4).
COMPARED = ("authorization", "x-forwarded-for", "x-forwarded-user", "x-forwarded-email")
COMPARED += ("x-forwarded-groups", "x-forwarded-preferred-username")


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS])
def test_a_name_and_a_password_are_answered_as_recorded(
    row: dict[str, Any], tmp_path: Path
) -> None:
    differences = play(row, tmp_path)
    assert bool(differences) == (row["id"] in DIVERGING), differences


def play(row: dict[str, Any], folder: Path) -> list[str]:
    """Return how the gate's answer differs from the row's."""
    flags = [flag for flag in row["args"] if not flag.startswith("--provider=")]
    flags.append("--cookie-samesite=")  # their default; ours is stricter
    if "htpasswd" in row:
        users = folder / "users"
        users.write_text(row["htpasswd"])
        flags.append(f"--htpasswd-file={users}")
    gate = proxy(*flags)
    asked = row["req"]
    lines = [f"{name}: {value}".encode() for name, value in asked["headers"]]
    body = asked["body"].encode()
    if body or asked["method"] == "POST":
        lines.append(b"Content-Length: %d" % len(body))
    cookie = b""
    if row["session"]:
        session = row["session"]
        person = Identity(session["user"], session["email"], session["preferred_username"], ())
        tokens = Tokens(Secret(session["access_token"]), Secret(session["id_token"]))
        cookie = cookie_for(gate, identity=person, tokens=tokens)
    raw = request(
        asked["target"].encode(),
        *lines,
        method=asked["method"].encode(),
        host=b"app.example.com",
        cookie=cookie,
        body=body,
    )
    with Wire(gate, refuse=gate.refuse, peer=("127.0.0.1", 50000)) as wire:
        wire.client_sends(raw)
        wire.wait_for_work()
        if wire.upstreams:
            wire.upstream_sends(OK)
        expected = row["expect"]
        told = sent_fields(wire.upstream_got()) if wire.upstreams else None
        return [*compare(expected, wire.client_got()), *compare_told(expected["upstream"], told)]


def compare(expected: dict[str, Any], answer: Answer) -> list[str]:
    found = [] if answer.status == expected["status"] else [f"status {answer.status}"]
    for name, recorded in expected["headers"].items():
        got = [value for key, value in answer.headers if key == name.lower()]
        if name == "Set-Cookie":
            same = [cookie_of(value) for value in got] == [cookie_of(value) for value in recorded]
        else:
            same = got == recorded
        if not same:
            found.append(f"{name}: {got} for {recorded}")
    page = answer.body.decode()
    if "body" in expected and page != expected["body"]:
        found.append(f"body {page[:80]!r}")
    title = expected.get("html_title")
    if title and f"<title>{title}" not in page:
        found.append(f"no page {title!r}")
    leads = expected.get("html_rd")
    if title == "Sign In" and f'href="/oauth2/start?rd={leads}"' not in page:
        found.append(f"does not lead to {leads}")
    return found


def cookie_of(line: str) -> tuple[str, ...]:
    """Return a Set-Cookie line with any value and its attributes in any order."""
    name, *attributes = re.sub("=[^;]*", "=OPAQUE", line, count=1).split("; ")
    return name, *sorted(attributes)


def compare_told(expected: dict[str, Any] | None, told: list[tuple[str, str]] | None) -> list[str]:
    if expected is None or told is None:
        return [] if expected is told else ["reached the application, or did not"]
    wanted = [(name.lower(), value) for name, value in expected["headers"]]
    differing = sorted(
        {pair for pair in wanted if pair[0] in COMPARED}
        ^ {pair for pair in told if pair[0] in COMPARED}
    )
    return [f"told {differing}"] if differing else []
