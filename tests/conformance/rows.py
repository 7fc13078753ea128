"""Rows of oauth2-proxy's outcomes, and the account of where sidegate answers differently.

A row is played as it stands. Where it comes out differently on purpose, either its id stands in
`divergences.toml`, or a runner names the law behind many rows, once, in a table of its own and
counts them. Rows marked `divergence` in the data are unsafe or broken in oauth2-proxy: they are
played, must not crash, and are not compared.
"""

import functools
import json
from typing import Any

import pytest

from tests.conformance.records import HERE, Row, diverging
from tests.kit.gate import Proxy, proxy

DIVERGING = diverging().keys()


@functools.cache
def read(name: str) -> dict[str, list[Row]]:
    """Return the groups of a file of rows."""
    groups: dict[str, list[Row]] = json.loads((HERE / f"{name}.json").read_text())
    return {group: rows for group, rows in groups.items() if group != "about"}


def params(rows: list[Row]) -> list[Any]:
    """Return rows as parameters of a test, each under its own id."""
    return [pytest.param(row, id=row["id"]) for row in rows]


def agree(row: Row, found: object, expected: object) -> None:
    """Fail unless they are the same, or differ in a row that is said to differ."""
    if row.get("divergence"):
        return
    if row["id"] in DIVERGING:
        assert found != expected, "this row agrees: take it out of divergences.toml"
    else:
        assert found == expected


@functools.cache
def gate_with(toml: str) -> Proxy:
    """Return the gate of a configuration file. Raises ConfigurationError."""
    return proxy(toml=toml)


def toml(**options: object) -> str:
    """Return options as a configuration file."""
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())


def peer_of(remote: str) -> object:
    """Return the peer name of a socket from `ip:port`, `[ip]:port` or the name of a Unix socket."""
    if remote == "@" or remote.startswith("/"):
        return remote
    address, _, port = remote.rpartition(":")
    return (address.strip("[]"), int(port))


def lines(headers: list[list[str]]) -> list[bytes]:
    """Return the header lines of a row."""
    return [f"{name}: {value}".encode() for name, value in headers]
