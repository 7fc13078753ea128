"""The gate's own endpoints, and what it answers to whom, as recorded of oauth2-proxy.

Rows say `--provider=github`, and are played with it. Where they have a session, which somebody has
to sign in for, it stands for any provider: they are played with the scripted one under GitHub's
addresses and scopes. Defaults that are stricter with us are set back to those of oauth2-proxy, for
the rows are about something else.
"""

import re
from typing import Any

import pytest

from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import Answer, Browser
from tests.conformance.comparison import differences
from tests.conformance.gates import StartRefused
from tests.conformance.provider import Mutation, Provider
from tests.conformance.records import Row, parameters, settle
from tests.conformance.world import World

GROUPS = ("endpoints", "auth_query", "cookies", "start")  # `basic` has a test of its own
STAND_IN = "--provider=github"
GITHUB = (
    "--provider=oidc",
    "--login-url=https://github.com/login/oauth/authorize",
    "--scope=openid user:email read:org",
)
# The stylesheet of the pages, which has another name with us.
STYLES = re.compile(r"/oauth2/static/css/[a-z]+\.min\.css")
# The attack rows `csrf-replay-callback` and `logout-idtoken-hint-leak` want another end: whoever is
# signed in goes on to the application, and no ID token goes to a whitelisted host.
CHANGED_BY_ATTACKS = {
    "/oauth2/callback?state=n:/x&code=c",
    "/oauth2/sign_out?rd=https://x.example.com/?t={id_token}",
}
UNCACHED = {"Cache-Control", "Expires", "X-Accel-Expires"}
# Ours are `lax`, `S256` and to check the nonce.
DEFAULTS = ("--cookie-samesite=", "--code-challenge-method=", "--insecure-oidc-skip-nonce")
OWN = {"--client-id", "--client-secret", "--cookie-secret", "--upstream"}


def flags_of(row: Row) -> tuple[str, ...]:
    """Return the flags of a row, without those that every gate of ours has anyway."""
    given = [flag for flag in row["in"].get("args", []) if _name(flag) not in OWN]
    flags = [flag for flag in given if flag != STAND_IN or not row["in"].get("session")]
    if len(flags) < len(given):
        flags = [*GITHUB, *flags]
    defaults = [flag for flag in DEFAULTS if _name(flag) not in {_name(one) for one in flags}]
    upstream = [flag for flag in row["in"].get("args", []) if _name(flag) == "--upstream"]
    return _last_wins([*defaults, *flags, *upstream])


def _last_wins(flags: list[str]) -> tuple[str, ...]:
    """Of a flag that is given twice the last counts, as in the recorded program."""
    once = {_name(flag): flag for flag in flags}
    return tuple(flag for flag in flags if once[_name(flag)] is flag)


def _name(flag: str) -> str:
    return flag.partition("=")[0]


def files_of(row: Row, world: World) -> tuple[str, ...]:
    """Return the flags that name the files of a row."""
    found = []
    for key, option in (
        ("emails_file", "authenticated-emails-file"),
        ("htpasswd", "htpasswd-file"),
    ):
        if row["in"].get(key):
            path = world.folder / f"{row['id']}-{key}"
            path.write_text(row["in"][key])
            found.append(f"--{option}={path}")
    return tuple(found)


def session_of(row: Row, world: World, idp: Provider) -> str:
    """Return the cookies of the session that a row has, from a gate that lets everybody in."""
    about = row["in"].get("session")
    if about is None:
        return ""
    names = [flag for flag in flags_of(row) if flag.startswith("--cookie-name=")]
    lax = ("--email-domain=*", "--oidc-email-claim=address", "--cookie-secure=false")
    gate = world.gate(idp, *lax, *DEFAULTS, *names)
    person = {
        "sub": about["user"],
        "address": about.get("email"),
        "preferred_username": about.get("preferred_username"),
        "groups": about.get("groups"),
    }
    mutation: Mutation = {
        "token_response": {k: about[k] for k in ("access_token", "refresh_token") if k in about},
        "remove": ["at_hash"],
    }
    browser = gate.browser(behind=False, https=False)
    started = browser.get("/oauth2/start")
    claims = {name: value for name, value in person.items() if value is not None}
    back = idp.authorize(started.get("location"), claims, mutation)
    query = "&".join(f"{name}={value}" for name, value in back.parameters)
    assert browser.get(f"{CALLBACK}?{query}").status == 302
    gate.hang_up()
    return browser.jar.line(browser.host, "/", https=True)


def ask(browser: Browser, request: dict[str, Any], session: str) -> Answer:
    """Send the request of a row."""
    fields, cookies = [], [session] if session else []
    for name, value in request.get("headers", []):
        if name.lower() == "cookie":
            cookies.append(value)
        else:
            fields.append((name, value))
    method = request.get("method") or "GET"
    body = request.get("body", "").encode()
    target = STYLES.sub("/oauth2/static/sidegate.css", request["target"])
    return browser.ask(method, target, *fields, body=body, cookies="; ".join(cookies))


def play(row: Row, world: World) -> str:
    """Play a row; return what is not as recorded, empty for nothing."""
    expect = row["expect"]
    idp = world.provider(client_id="cid", client_secret="csec")
    extra = ("--upstream=",) if row["in"].get("no_upstream") and not _has_upstream(row) else ()
    if "--provider=google" in row["in"].get("args", []):  # its addresses are fixed ones
        extra = (*extra, f"--oidc-jwks-url={idp.issuer}/jwks")
    try:
        gate = world.gate(idp, *flags_of(row), *files_of(row, world), *extra)
    except StartRefused as refused:
        return "" if "config_error" in expect else f"it does not start: {refused}"
    session = session_of(row, world, idp)
    before = len(world.upstream.requests)
    browser = gate.browser(behind=False, https=False)
    answer = ask(browser, row["in"]["req"], session)
    gate.hang_up()
    if "config_error" in expect:
        return "it starts"
    if "error" in expect:  # it crashed
        return "" if answer.status < 500 else f"status {answer.status}"
    return "\n".join(
        differences(
            readable(expect, row["in"]["req"]["target"], answer),
            answer,
            world.upstream.requests[before:],
        )
    )


def readable(expect: dict[str, Any], target: str, answer: Answer) -> dict[str, Any]:
    """Return what is expected, where we read a recording in our way.

    A callback that cannot be right is a fault of the recorded program's own; the attack rows
    `csrf-state-missing` and `csrf-method-post` want a fault of the client's. A stylesheet may be
    kept by the browser, with us, when it asks each time whether it is still the same. See also
    `CHANGED_BY_ATTACKS`.
    """
    if target.startswith(CALLBACK) and expect["status"] == 500 and answer.status in {400, 403, 405}:
        kinds = {"Content-Type": answer.all("content-type")}
        headers = {**expect["headers"], **kinds}
        return {"status": answer.status, "headers": headers, "upstream": None}
    if target in CHANGED_BY_ATTACKS and answer.status == 302:
        headers = {**expect["headers"], "Location": ["/"]}
        return {"status": 302, "headers": headers, "upstream": None}
    if STYLES.fullmatch(target):
        kept = {n: v for n, v in expect["headers"].items() if n not in UNCACHED}
        return {**expect, "headers": kept}
    return expect


def _has_upstream(row: Row) -> bool:
    return any(_name(flag) == "--upstream" for flag in row["in"]["args"])


@pytest.mark.parametrize("row", parameters("endpoints.json", *GROUPS, by=flags_of))
def test_an_endpoint_answers_as_recorded(row: Row, world: World) -> None:
    settle(row, play(row, world))
