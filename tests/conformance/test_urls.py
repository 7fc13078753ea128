"""Addresses and durations, row by row, at a whole gate without sockets.

The rows of redirect URIs have a test of their own. Left out, with their number: parameters of the
sign-in address that the browser chooses, which exist in oauth2-proxy's alpha configuration only,
and redirect URIs that stay relative, which no provider accepts.
"""

from typing import Any

import pytest

from sidegate.config.findings import Malformed
from sidegate.config.values import parse_duration
from sidegate.core.errors import ConfigurationError
from tests.conformance.records import Row, parameters, rows, settle
from tests.kit.gate import proxy
from tests.kit.wire import Wire

LEFT_OUT = {"login_params": 63, "redirect_uri": 51}
END = b"\r\n\r\n"


def answered(flags: tuple[str, ...], given: dict[str, Any]) -> Any:
    """Return what a gate with these flags answers to the request of a row."""
    fields = [("Host", given.get("host", "app.example.com")), *given["headers"]]
    lines = [f"{name}: {value}" for name, value in fields]
    head = "\r\n".join([f"{given.get('method', 'GET')} {given['target']} HTTP/1.1", *lines])
    gate = proxy(*flags)
    with Wire(gate, refuse=gate.refuse, peer=("127.0.0.1", 5)) as wire:
        wire.client_sends(head.encode() + END)
        return wire.client_got()


@pytest.mark.parametrize("row", parameters("urls.json", "https_redirect"))
def test_a_browser_is_sent_to_https_as_recorded(row: Row) -> None:
    given, expect = row["in"], row["expect"]
    flags = (
        "--force-https",
        f"--https-address=127.0.0.1:{given['https_port']}",
        "--tls-cert-file=c",
        "--tls-key-file=k",
        *(["--reverse-proxy"] if given["reverse_proxy"] else []),
    )
    found = answered(flags, given)
    if expect["status"] == 308:
        told = (found.status, found.header("location"))
        settle(row, "" if told == (308, expect["location"]) else f"{told}, recorded {expect}")
    else:
        settle(row, "" if found.status != 308 else f"{found.headers}")


def is_ping(given: dict[str, Any], path: str, agent: str) -> bool:
    """Say whether a gate answers as to a health check; one that will not start does not."""
    try:
        found = answered((f"--ping-path={path}", f"--ping-user-agent={agent}"), given)
    except ConfigurationError:
        return False
    return found.body == b"OK"


@pytest.mark.parametrize("row", parameters("urls.json", "health"))
def test_a_health_check_is_recognized_as_recorded(row: Row) -> None:
    """Lists of paths and agents stand for as many gates with one of each; empty ones for none."""
    given = row["in"]
    agents = [agent for agent in given["user_agents"] if agent] or [""]
    found = any(is_ping(given, path, agent) for path in given["paths"] if path for agent in agents)
    settle(row, "" if found is row["expect"]["is_health"] else f"{given}: {found}")


@pytest.mark.parametrize("row", parameters("urls.json", "duration"))
def test_a_duration_is_read_as_recorded(row: Row) -> None:
    try:
        found: object = {"seconds": parse_duration(row["in"]["value"])}
    except Malformed:
        found = {"error": True}
    settle(row, "" if found == row["expect"] else f"{found}, recorded {row['expect']}")


def test_what_is_left_out_is_as_much_as_is_said() -> None:
    relative = [r for r in rows("urls.json", "redirect_uri") if r["in"]["relative_redirect_url"]]
    parameters_of_the_browser = rows("urls.json", "login_params")
    assert {
        "login_params": len(parameters_of_the_browser),
        "redirect_uri": len(relative),
    } == LEFT_OUT
