"""A call to a provider is a step that tells where it goes, and nothing that it carries."""

import asyncio
from contextlib import suppress

import pytest

from sidegate.core.errors import ProviderUnavailable
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.core.steps import CURRENT
from sidegate.observe.call_steps import stepping
from sidegate.observe.tracing import Apart
from tests.kit.spans import Spans, Told


def told(request: FetchRequest, answer: int | Exception = 200) -> Told:
    spans = Spans()

    async def fetch(_: FetchRequest, /) -> FetchResponse:
        if isinstance(answer, Exception):
            raise answer
        return FetchResponse(answer, {}, b"secret-answer")

    async def call() -> None:
        CURRENT.set(Apart(spans.tracer))
        await stepping(fetch)(request)

    with suppress(ProviderUnavailable):
        asyncio.run(call())
    (found,) = spans.all()
    return found


def test_a_call_is_named_after_what_it_is_for_and_says_where_it_went() -> None:
    url = "https://idp.test/token?code=secret-code"
    request = FetchRequest("POST", url, (("Authorization", "secret"),), b"secret", purpose="token")
    span = told(request)
    assert (span.name, span.kind, span.failed) == ("POST token", "CLIENT", False)
    assert span.attributes == {
        "http.request.method": "POST",
        "server.address": "idp.test",
        "server.port": 443,
        "url.full": "https://idp.test:443/token",
        "http.response.status_code": 200,
    }
    assert b"secret" not in span.raw.SerializeToString()


def test_a_path_that_may_name_a_person_is_not_told() -> None:
    request = FetchRequest("GET", "http://[::1]:81/users/alice@example.com", purpose="api")
    assert told(request).attributes["url.full"] == "http://[::1]:81/"


@pytest.mark.parametrize(
    ("answer", "why"),
    [(404, "404"), (ProviderUnavailable("secret", was_sent=False), "provider_unavailable")],
)
def test_a_call_that_failed_says_so_in_a_word(answer: int | Exception, why: str) -> None:
    span = told(FetchRequest("GET", "https://idp.test/", purpose="keys"), answer)
    assert span.failed
    assert span.attributes["error.type"] == why
    assert b"secret" not in span.raw.SerializeToString()


@pytest.mark.parametrize("url", ["https://idp.test:port/", "https://[::1/"])
def test_an_address_that_is_none_does_not_stop_the_call_that_will_find_so(url: str) -> None:
    assert told(FetchRequest("GET", url)).attributes == {"http.response.status_code": 200}
