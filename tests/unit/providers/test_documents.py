"""A document comes whole, or the error says whether trying again may help."""

import asyncio

import pytest

from sidegate.core.errors import ProviderError, ProviderMisbehaved, ProviderUnavailable
from sidegate.core.secret import Secret
from sidegate.providers.documents import ask, get_document
from tests.unit.providers.script import ScriptedFetch, reply

URL = "https://idp.example/doc"


def read(status: int, token: Secret[str] | None = None) -> tuple[bytes, ScriptedFetch]:
    fetch = ScriptedFetch()
    fetch.expect(f"GET {URL}", reply(b"body", status))
    return asyncio.run(get_document(fetch, URL, "document", token)), fetch


def test_a_document_is_the_body_of_the_answer() -> None:
    body, fetch = read(200)
    assert body == b"body"
    assert fetch.asked[0].headers == (("Accept", "application/json"),)


def test_a_token_goes_along_in_the_field_and_nowhere_else() -> None:
    _, fetch = read(200, Secret("canary"))
    assert fetch.asked[0].headers[1] == ("Authorization", "Bearer canary")
    assert "canary" not in fetch.asked[0].url


def test_whoever_wants_another_status_gets_it_and_says_what_else_to_send() -> None:
    fetch = ScriptedFetch()
    fetch.expect(f"GET {URL}", reply(b"", 404))
    assert asyncio.run(ask(fetch, URL, "member", accept="x/y", more=(("A", "b"),))).status == 404
    assert fetch.asked[0].headers == (("Accept", "x/y"), ("A", "b"))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, ProviderMisbehaved),
        (404, ProviderMisbehaved),
        (429, ProviderUnavailable),
        (503, ProviderUnavailable),
    ],
)
def test_another_status_is_an_error_that_names_the_document(
    status: int, error: type[ProviderError]
) -> None:
    with pytest.raises(error, match=f"document: the provider answered {status}"):
        read(status)
