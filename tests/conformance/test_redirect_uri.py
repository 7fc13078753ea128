"""Plays the redirect-URI rows of oauth2-proxy; divergences stand in `divergences.toml`."""

import json
from pathlib import Path
from typing import Any

import pytest

from sidegate.core.messages import Asker
from sidegate.login.redirect_uri import redirect_uri
from tests.conformance.rows import DIVERGING

HERE = Path(__file__).parent
ROWS = json.loads((HERE / "redirect_uri.json").read_text())["redirect_uri"]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS])
def test_the_provider_is_told_the_address_as_recorded(row: dict[str, Any]) -> None:
    forwarded = {name.lower(): value for name, value in row["headers"] if row["reverse_proxy"]}
    scheme = forwarded.get("x-forwarded-proto", "http")
    host = forwarded.get("x-forwarded-host", row["host"])
    found = redirect_uri(
        row["redirect_url"],
        row["proxy_prefix"],
        Asker("10.1.1.1", scheme, host, row["reverse_proxy"]),
        cookie_secure=row["cookie_secure"],
    )
    assert (found == row["expect"]) != (row["id"] in DIVERGING)
