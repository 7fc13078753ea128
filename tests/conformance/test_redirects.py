"""Plays the redirect rows of oauth2-proxy; divergences stand in `divergences.toml`."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from sidegate.core.errors import BadRequest
from sidegate.core.messages import Asker, Exchange, Peer, RequestHead
from sidegate.login.form import Form
from sidegate.login.return_url import ReturnUrls, Whitelist, validate
from tests.conformance.rows import DIVERGING

HERE = Path(__file__).parent
DATA = json.loads((HERE / "redirects.json").read_text())
OWN_HOST = "app.example.com"


def rows(group: str) -> list[Any]:
    return [pytest.param(row, id=row["id"]) for row in DATA[group]]


def whitelist_of(row: dict[str, Any]) -> Whitelist:
    return Whitelist(DATA["whitelists"][row["whitelist"]])


def agrees(row: dict[str, Any], *, same: bool) -> bool:
    """Demand that a row that diverges differs: the list of divergences stays short and true."""
    return same != (row["id"] in DIVERGING)


@pytest.mark.parametrize("row", rows("redirect_valid"))
def test_an_address_is_accepted_or_refused_as_recorded(row: dict[str, Any]) -> None:
    found = validate(row["redirect"], whitelist_of(row), "/oauth2")
    assert found is None or unquote(found) == unquote(row["redirect"])
    assert agrees(row, same=(found is not None) == row["expect"])


@pytest.mark.parametrize("row", rows("app_redirect"))
def test_the_first_valid_source_is_chosen_as_recorded(row: dict[str, Any]) -> None:
    returns = ReturnUrls(whitelist_of(row), row.get("proxy_prefix", "/oauth2"))
    exchange = exchange_of(row)
    try:
        # The body of a form counts before the query (`login.form_body`).
        form = Form(row.get("body", "").encode() + b"&" + exchange.head.query)
        chosen = returns.choose(exchange, form)
    except BadRequest:
        assert isinstance(row["expect"], dict)  # wordings need not match
    else:
        assert agrees(row, same=chosen == written(row["expect"]))


def written(address: str) -> str:
    """Return a recorded address as it stands in a Location, which is ASCII."""
    return "".join(quote(c) if c == " " or not c.isascii() else c for c in address)


def exchange_of(row: dict[str, Any]) -> Exchange:
    """Build the exchange after the trust rules, whose own rows are played elsewhere."""
    head = RequestHead()
    head.target = row["target"].encode()
    head.host = OWN_HOST.encode()
    head.index = {name.lower().encode(): value.encode() for name, value in row.get("headers", [])}
    # All rows come from 127.0.0.1; an empty list of proxies trusted everybody there.
    proxies = row.get("trusted_proxy_ips") or ["127.0.0.1"]
    trusted = bool(row.get("reverse_proxy")) and "127.0.0.1" in proxies
    scheme = head.text(b"x-forwarded-proto") if trusted else ""
    host = head.text(b"x-forwarded-host") if trusted else ""
    exchange = Exchange(head, Peer("127.0.0.1"), 0.0)
    exchange.asker = Asker("127.0.0.1", scheme or "http", host or OWN_HOST, trusted)
    return exchange
