"""A browser takes every piece of a session that is as large as one may be, and brings them all."""

import base64
import json
import re
from collections.abc import Iterator
from random import Random

import pytest
from playwright.sync_api import expect

from tests.conformance.provider import Provider
from tests.integration.providers import Client

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def generous() -> Iterator[Provider]:
    """Yield a provider whose refresh tokens are as large as eight cookies."""
    noise = Random(8).randbytes(22_500)  # noqa: S311 - text that does not deflate away
    with Provider() as provider:
        token = base64.urlsafe_b64encode(noise).decode()
        provider.mutation = {"token_response": {"refresh_token": token}}
        yield provider


def test_all_eight_pieces_of_a_session_are_kept_and_brought_back(gate, generous, page):
    client = Client(generous.issuer, generous.client_id, generous.client_secret)
    opened = gate(client=client)
    page.goto(f"{opened.url}/oauth2/start?rd=/reports/7")
    expect(page.locator("#path")).to_have_text("/reports/7")
    names = [cookie["name"] for cookie in page.context.cookies()]
    pieces = [name for name in names if re.fullmatch(r"_oauth2_proxy_\d", name)]
    assert sorted(pieces) == [f"_oauth2_proxy_{n}" for n in range(8)]
    again = page.context.new_page()
    again.goto(f"{opened.url}/oauth2/userinfo")
    assert json.loads(again.locator("body").inner_text())["email"] == "alice@example.com"
    again.goto(f"{opened.url}/again")
    expect(again.locator("#websocket")).to_have_text("echoed hello")
