"""Sign-ins, renewals and what comes of them, as recorded of oauth2-proxy, from start to end."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conformance.attacks import CALLBACK
from tests.conformance.browser import NAVIGATION, Answer, Browser
from tests.conformance.comparison import differences
from tests.conformance.gates import METRICS, Gate, StartRefused
from tests.conformance.provider import Mutation, Provider
from tests.conformance.records import Row, parameters, settle
from tests.conformance.test_endpoints import DEFAULTS
from tests.conformance.world import World

ALICE = {"sub": "sub-1", "email": "alice@example.com", "email_verified": True, "groups": ["g1"]}
# What the provider of a row does. `aud` as a list names nobody but us, as the attack rows want it.
MUTATIONS: dict[str, Mutation] = {
    "ok": {},
    "err400": {"token_status": 400, "token_response_raw": '{"error": "invalid_grant"}'},
    "err500": {"token_status": 500},
    "html": {"token_response_raw": "<html></html>"},
    "noid": {"token_response_remove": ["id_token"]},
    "badsig": {"sig_flip": 3},
    "none": {"header": {"alg": "none"}},
    "badaud": {"claims": {"aud": "other"}},
    "audlist": {"claims": {"aud": ["$client_id"]}},
    "badiss": {"claims": {"iss": "https://other.test"}},
    "expired": {"claims": {"exp": "now-600", "iat": "now-1200"}},
    "unverified": {"claims": {"email_verified": False}, "userinfo": {"email_verified": False}},
    "noverified": {"remove": ["email_verified"], "userinfo_remove": ["email_verified"]},
    "noemail": {"remove": ["email"], "userinfo_remove": ["email"]},
    "otherdomain": {"claims": {"email": "a@other.test"}},
    "nogroups": {"remove": ["groups"], "userinfo_remove": ["groups"]},
    "strgroup": {"claims": {"groups": "g1"}},
    "badnonce": {"claims": {"nonce": "bad"}},
    "nononce": {"remove": ["nonce"]},
    "newmail": {"claims": {"email": "new@example.com"}},
    "invalid_grant": {"refresh_error": "invalid_grant"},
    "400": {"refresh_error": "invalid_grant"},
    "500": {"refresh_status": 500},
}


def flags_of(row: Row) -> tuple[str, ...]:
    """Return the flags of a row; those that only say how the recording was made are left out."""
    given = [flag for flag in row["args"] if flag.startswith("--")]
    names = {flag.partition("=")[0] for flag in given}
    defaults = [flag for flag in DEFAULTS if flag.partition("=")[0] not in names]
    rest = [] if "--email-domain" in "".join(given) else ["--email-domain=*"]
    return ("--cookie-secure=false", *defaults, *rest, *given, METRICS)


def sign_in(browser: Browser, idp: Provider, mutation: Mutation, target: str) -> Answer:
    """Sign alice in at a provider that does what it should not."""
    started = browser.get(target)
    back = idp.authorize(started.get("location"), ALICE, mutation)
    return browser.get(f"{CALLBACK}?{urlencode(back.parameters)}")


def callback(row: Row, gate: Gate, idp: Provider) -> Iterator[str]:
    """Play a sign-in; yield what is not as recorded."""
    browser, variant = gate.browser(behind=False, https=False), row["in"].get("variant", "")
    started = browser.get("/oauth2/start?rd=/x")
    mutation = MUTATIONS[row["in"].get("idp", "ok")]
    if (
        variant == "evil rd in state"
    ):  # with us the address is chosen at the start, and nowhere else
        started = browser.get("/oauth2/start?rd=https://evil.test/")
    back = idp.authorize(started.get("location"), ALICE, mutation)
    pairs = dict(back.parameters)
    match variant:
        case "" | "evil rd in state":
            pass
        case "wrong nonce, valid cookie":
            pairs["state"] = pairs["state"][:8] + "A" * 35
        case "no code":
            pairs.pop("code")
        case "error with html":
            pairs = {"error": "<b>x</b>", "state": pairs["state"]}
        case _:
            raise AssertionError(variant)
    answer = browser.get(f"{CALLBACK}?{urlencode(pairs)}")
    yield from differences(readable(row["expect"], answer), answer, [])


def readable(expect: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """Return what is expected in the form of `comparison`.

    The recorded program answers every fault of a callback with 500; the attack rows want the
    client's faults told from the provider's. It does not clear the sign-in cookie every time.
    """
    status = expect["status"]
    if status == 500 and answer.status in {400, 403, 502, 503}:
        status = answer.status
    headers = {"Content-Type": [expect["content_type"]]} if "content_type" in expect else {}
    if "location" in expect:
        headers["Location"] = [expect["location"]]
    if "set_cookie" in expect:
        headers["Set-Cookie"] = expect["set_cookie"]
    return {"status": status, "headers": headers, "upstream": None}


def aged(expect: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """Return what is expected of a cookie with us: a renewal does not move the end of a session."""
    left = re.search(r"Max-Age=(6047\d\d)", answer.get("set-cookie"))
    lines = expect["headers"].get("Set-Cookie", [])
    if left is None or not 604790 < int(left[1]) < 604800:
        return expect
    changed = [line.replace("Max-Age=604800", left[0]) for line in lines]
    return {**expect, "headers": {**expect["headers"], "Set-Cookie": changed}}


def refresh(row: Row, gate: Gate, idp: Provider, world: World) -> Iterator[str]:
    """Play a session that is due; fewer calls to the provider than recorded are fine."""
    expect, browser = row["expect"], gate.browser(behind=False, https=False)
    mutation: Mutation = {"refresh": MUTATIONS[row["in"].get("idp", "ok")]}
    sign_in(browser, idp, mutation, "/oauth2/start?rd=/x")
    old = browser.jar.line(browser.host, "/", https=False)
    signed_in, before = idp.count("token"), len(world.upstream.requests)
    world.clock.offset += 2.2 if "expired" not in row["in"]["case"] else 4000
    answer = browser.ask("GET", "/a", *NAVIGATION)
    if "second request" in row["in"]["case"] or answer.status != expect["status"]:
        answer = browser.ask("GET", "/oauth2/auth", *NAVIGATION, cookies=old)
    yield from differences(aged(readable(expect, answer), answer), answer, [])
    calls = idp.count("token") - signed_in
    if calls > expect.get("refresh_calls", calls):
        yield f"{calls} calls, recorded {expect['refresh_calls']}"
    if "upstream_email" in expect:
        reached = world.upstream.requests[before]
        if reached.get("x-forwarded-email") != expect["upstream_email"]:
            yield f"the application was told {reached.get('x-forwarded-email')}"


def bearer(row: Row, gate: Gate, idp: Provider, world: World) -> Iterator[str]:
    """Bring a token in a field."""
    given, expect, before = row["in"], row["expect"], len(world.upstream.requests)
    mutation = (
        MUTATIONS["ok" if given["token"] == "valid" else given["token"]]
        if (given["token"] != "opaque")
        else {"raw": "opaque-token"}
    )
    token = idp.id_token(ALICE, mutation)
    browser = gate.browser(behind=False, https=False)
    answer = browser.ask("GET", given["path"], ("Authorization", f"Bearer {token}"), cookies="")
    yield from differences(readable(expect, answer), answer, [])
    reached = world.upstream.requests[before:]
    told = [(r.get("x-forwarded-user"), r.get("x-forwarded-email")) for r in reached]
    recorded = expect["upstream_user"]
    if told != ([] if recorded is None else [tuple(recorded[:2])]):
        yield f"the application was told {told}, recorded {recorded}"


def metrics(row: Row, gate: Gate, idp: Provider) -> Iterator[str]:
    """Scrape; families of Go's runtime and of its client library are not there, of course."""
    browser = gate.browser(behind=False, https=False)
    sign_in(browser, idp, {}, "/oauth2/start?rd=/x")
    found = {family.name: family for family in text_string_to_metric_families(gate.scrape())}
    for name, kind in row["expect"]["families"]:
        if name.startswith("oauth2_proxy_"):
            family = found.get(name.removesuffix("_total"))
            if family is None or family.type != kind:
                yield f"{name} is no {kind}"
    samples = found["oauth2_proxy_response_duration_seconds"].samples
    bounds = {float(s.labels["le"]) for s in samples if "le" in s.labels}
    missing = {float(le) for le in row["expect"]["histogram_le"] if le != "0"} - bounds
    if missing:
        yield f"no buckets for {missing}"


def play(row: Row, world: World) -> Iterator[str]:
    """Play a row; yield what is not as recorded."""
    if "divergence" in row:
        return
    idp = world.provider(client_id="cid", client_secret="cs")
    try:
        gate = world.gate(idp, *flags_of(row))
    except StartRefused as refused:
        yield str(refused)
        return
    match row["group"]:
        case "callback":
            yield from callback(row, gate, idp)
        case "refresh":
            yield from refresh(row, gate, idp, world)
        case "bearer":
            yield from bearer(row, gate, idp, world)
        case "logout_metrics" if "families" in row["expect"]:
            yield from metrics(row, gate, idp)
    gate.hang_up()


@pytest.mark.parametrize("row", parameters("flows.json", by=flags_of))
def test_a_flow_ends_as_recorded(row: Row, world: World) -> None:
    settle(row, "\n".join(play(row, world)))


def test_eight_requests_at_once_renew_a_session_once(world: World) -> None:
    idp = world.provider(client_id="cid", client_secret="cs")
    gate = world.gate(idp, "--cookie-secure=false", "--email-domain=*", "--cookie-refresh=1s")
    browser = gate.browser(behind=False, https=False)
    sign_in(browser, idp, {}, "/oauth2/start?rd=/x")
    cookies, before = browser.jar.line(browser.host, "/", https=False), idp.count("token")
    world.clock.offset += 2.2
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask_alone, gate, cookies) for _ in range(8)]
    assert {one.result() for one in asked} == {200}
    assert idp.count("token") - before == 1


def ask_alone(gate: Gate, cookies: str) -> int:
    """Ask with cookies of before, over a connection of its own."""
    browser = Browser(gate.port, behind=False, https=False)
    status = browser.ask("GET", "/a", *NAVIGATION, cookies=cookies).status
    browser.close()
    return status
