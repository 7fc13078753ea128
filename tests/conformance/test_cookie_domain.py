"""Plays the rows of cookie attributes through whole sign-ins, and sign-outs where a cookie goes."""

import re

import pytest

from sidegate.core.errors import ConfigurationError
from tests.conformance.rows import Row, agree, gate_with, lines, params, peer_of, read, toml
from tests.kit.gate import Proxy, cookie_for, request
from tests.kit.wire import Answer, Wire

ROWS = read("cookie_domain")["cookie_domain"]
STATE = re.compile(r"state=([^&]+)")


def config_of(row: Row) -> str:
    given = row["in"]
    keys = ("cookie_domains", "cookie_path", "cookie_samesite", "cookie_name", "reverse_proxy",
            "trusted_proxy_ips")  # fmt: skip
    named = {key: given[key] for key in keys if key in given}
    # What a row does not name is off in it.
    flags = {key: given.get(key, False) for key in ("cookie_secure", "cookie_httponly")}
    expire = f"{max(given['expire_seconds'], 0)}s"
    return toml(**{"cookie_samesite": "", **named, **flags}, cookie_expire=expire)


def is_mistaken(row: Row) -> bool:
    """Say whether the row asks for a cookie that no browser would keep or send back (law 10).

    oauth2-proxy writes such cookies, or leaves the attribute out, and nobody can sign in.
    """
    given = row["in"]
    return (
        any(d in ("", "*.example.com", "example.com:8443") for d in given["cookie_domains"])
        or not given["cookie_path"]
        or given.get("cookie_name") in ("a b", "a=b", "__Host-x")
        or (given.get("cookie_samesite") == "none" and not given["cookie_secure"])
    )


def ask(row: Row, gate: Proxy, target: str, *more: bytes) -> Answer:
    given = row["in"]
    peer = peer_of(given.get("remote_addr", "192.0.2.7:1"))
    with Wire(gate, refuse=gate.refuse, peer=peer) as wire:
        head = (*lines(given.get("headers", [])), *more)
        wire.client_sends(request(target.encode(), *head, host=given["host"].encode()))
        return wire.client_got()


def set_cookies(answer: Answer) -> list[str]:
    return [value for name, value in answer.headers if name == "set-cookie"]


def signed_in(row: Row, gate: Proxy) -> list[str]:
    """Return the cookies of a sign-in from beginning to end."""
    started = ask(row, gate, "/oauth2/start")
    state = STATE.search(started.header("location") or "")
    (attempt,) = set_cookies(started)
    assert state is not None
    cookie = f"Cookie: {attempt.partition(';')[0]}".encode()
    answer = ask(row, gate, f"/oauth2/callback?code=c&state={state[1]}", cookie)
    assert answer.status in (302, 303)
    return set_cookies(answer)


def signed_out(row: Row, gate: Proxy) -> list[str]:
    answer = ask(row, gate, "/oauth2/sign_out", b"Cookie: " + cookie_for(gate))
    assert answer.status in (302, 303)
    return set_cookies(answer)


def attributes(cookie: str) -> set[str]:
    """Return the attributes and the name of a cookie; their order means nothing."""
    pair, *rest = cookie.split("; ")
    return {pair.partition("=")[0], *rest}


@pytest.mark.parametrize("row", params([row for row in ROWS if not is_mistaken(row)]))
def test_the_session_cookie_has_the_attributes_recorded(row: Row) -> None:
    gate = gate_with(config_of(row))
    cookies = (signed_out if row["in"]["expire_seconds"] < 0 else signed_in)(row, gate)
    name = row["in"].get("cookie_name", "_oauth2_proxy")
    ours = [cookie for cookie in cookies if cookie.startswith(f"{name}=")]
    agree(row, attributes(ours[0]), attributes(row["expect"]["set_cookie"]))


@pytest.mark.parametrize("row", params([row for row in ROWS if is_mistaken(row)]))
def test_a_cookie_that_browsers_would_not_keep_stops_the_start(row: Row) -> None:
    with pytest.raises(ConfigurationError, match="cookie_"):
        gate_with(config_of(row))


def test_the_account_of_rows() -> None:
    assert len(ROWS) == 85
    assert sum(map(is_mistaken, ROWS)) == 25
