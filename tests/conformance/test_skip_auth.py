"""Plays the rows of open paths and of API routes through a whole gate, bytes in, bytes out."""

import pytest

from sidegate.core.errors import ConfigurationError
from tests.conformance.rows import Row, agree, gate_with, lines, params, peer_of, read, toml
from tests.kit.gate import request
from tests.kit.wire import Wire

ROWS = read("skip_auth")
# Law 2: what two readers may read differently opens nothing. oauth2-proxy decodes and cuts first.
MEANS_TWO_THINGS = {
    *("//foo", "/./foo", "/foo/../bar", "/foo/%2e%2e/bar", "/public/../admin"),
    *("/foo#x", "/foo#frag", "/foo/secret#/bar", "/x#.css", "/foo%23x", "/foo/secret%23/bar"),
    *("/foo%2fbar", "/foo;x", "/foo%3Fbar", "/foo%00", "/foo%0a", "https://evil/foo"),
}
# Law 10: mistakes that stop the start. oauth2-proxy opens everything, or nothing, without a word.
MISTAKES = {"", "^/a=b$", "GET|POST=^/foo"}
REFUSALS = {301, 302, 400, 401, 403}  # 301: first to a path that means one thing


def config_of(row: Row) -> str:
    given = row["in"]
    keys = ("skip_auth_regex", "skip_auth_routes", "api_routes", "skip_auth_preflight",
            "reverse_proxy", "trusted_proxy_ips")  # fmt: skip
    return toml(**{key: given[key] for key in keys if given.get(key)})


def is_mistaken(row: Row) -> bool:
    return not MISTAKES.isdisjoint(row["in"]["skip_auth_routes"])


def means_two_things(row: Row) -> bool:
    given = row["in"]
    told = [value for name, value in given.get("headers", []) if name == "X-Forwarded-Uri"]
    return not MEANS_TWO_THINGS.isdisjoint([given["target"], *told])


def play(row: Row, *more: bytes) -> Wire:
    given = row["in"]
    gate = gate_with(config_of(row))
    wire = Wire(gate, refuse=gate.refuse, peer=peer_of(given.get("remote_addr", "192.0.2.7:1")))
    method, target = given.get("method", "GET").encode(), given["target"].encode()
    with wire:
        wire.client_sends(request(target, *lines(given.get("headers", [])), *more, method=method))
    return wire


def passes(wire: Wire) -> bool:
    """Say whether the application was reached, or forward-auth said yes; no is a clear no."""
    if wire.upstreams:
        return True
    status = wire.client_got().status
    assert status in {202, *REFUSALS}
    return status == 202


STARTING = [r for r in ROWS["skip_auth"] if "allowed" in r["expect"] and not is_mistaken(r)]
STOPPING = [r for r in ROWS["skip_auth"] if r not in STARTING]


@pytest.mark.parametrize("row", params(STARTING))
def test_a_path_needs_somebody_or_nobody_as_recorded(row: Row) -> None:
    agree(row, passes(play(row)), row["expect"]["allowed"] and not means_two_things(row))


@pytest.mark.parametrize("row", params(STOPPING))
def test_a_mistaken_pattern_stops_the_start(row: Row) -> None:
    with pytest.raises(ConfigurationError, match="skip_auth_"):
        gate_with(config_of(row))


@pytest.mark.parametrize("row", params(ROWS["api_route"]))
def test_a_program_is_answered_as_recorded(row: Row) -> None:
    wire = play(row)
    answer = wire.client_got()
    is_program = answer.header("content-type") == "application/json"
    if row["in"]["target"].startswith("/oauth2/"):
        assert answer.status == 401  # text for whoever asks
    else:
        assert answer.status == (401 if is_program else 403)
    agree(row, is_program, row["expect"]["is_api"] or row["expect"]["is_ajax"])


def test_the_account_of_rows() -> None:
    opened = [r for r in STARTING if r["expect"]["allowed"] and not r.get("divergence")]
    assert sum(map(len, ROWS.values())) == 529
    assert sum(means_two_things(row) for row in opened) == 49
    assert sum(is_mistaken(row) for row in STOPPING) == 54
