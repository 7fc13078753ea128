"""The end of a sign-in, with the query and the cookies of a browser that somebody meddles with.

- A session is begun only for exactly one state, which is the attempt's own, from the browser that
  holds the attempt's cookie, with exactly one code, no `error`, and no other issuer.
- Whatever comes, the answer is a redirect, a page of 4xx, or the page of what the provider failed
  at; nothing is reported, and no answer repeats a parameter unescaped.
- Who is sent back goes where the attempt said.
"""

from functools import cache
from urllib.parse import parse_qsl

from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.core.errors import IssuerMismatch
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutations import mutated
from tests.fuzz.reference import Read, read_answers
from tests.kit.gate import Proxy, proxy, request
from tests.kit.wire import Wire

ISSUER = "https://idp.test"
SESSION = b"_oauth2_proxy="
QUERIES = [
    b"code=c0de&state={{STATE}}",
    b"code=c0de&state={{STATE}}&iss=https%3A%2F%2Fidp.test&session_state=x",
    b"code=c0de&state={{HALF}}",
    b"error=access_denied&error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E&state={{STATE}}",
]
WORDS = [
    b"&", b"=", b"%", b"%00", b"%0d%0a", b"%C3%A9", b"%ff", b"+", b";", b"&&", b"[]", b"A",
    b"&state={{STATE}}", b"&state=", b"&code=other", b"&code", b"&error=x", b"&iss=https://evil.test",
    b"&iss=", b"&State=x", b"st%61te={{STATE}}&", b"{{STATE}}", b"&id_token=x", b"'\"<>", b"#",
]  # fmt: skip
COOKIES = [b"{{ATTEMPT}}", b"a=b; {{ATTEMPT}}", b"{{OTHER}}; {{ATTEMPT}}", b"{{OTHER}}", b""]
COOKIE_WORDS = [b";", b"; ", b"=", b"{{ATTEMPT}}", b"{{OTHER}}", b"_csrf", b"_oauth2_proxy_", b"A"]


def refuse_others(issuer: str | None) -> None:
    if issuer not in (None, ISSUER):
        raise IssuerMismatch("another issuer")


@cache
def gate() -> Proxy:
    made = proxy("--skip-provider-button=true")
    made.provider.check_issuer = refuse_others  # type: ignore[method-assign]
    return made


def exchange(raw: bytes) -> Read:
    """Return the answer to one request."""
    with Wire(gate(), refuse=gate().refuse) as wire:
        wire.client_sends(raw)
        answers, rest = read_answers(wire.client_got_bytes(), [b"GET"], ended=True)
        assert wire.reported == gate().reported == []
    assert rest == b""
    (answer,) = answers
    return answer


def values(answer: Read, name: bytes) -> list[bytes]:
    return [value for key, value in answer.fields if key == name]


def begin(target: bytes) -> tuple[bytes, bytes]:
    """Return the state and the cookie of a sign-in that began now."""
    answer = exchange(request(target))
    (location,) = values(answer, b"location")
    (cookie,) = values(answer, b"set-cookie")
    return location.partition(b"state=")[2], cookie.partition(b";")[0]


def on_a_line(texts: list[bytes], words: list[bytes]) -> st.SearchStrategy[bytes]:
    """Return what can stand within a line; `test_heads` has the others."""
    return mutated(texts, words, [b"x"]).map(lambda text: text.translate(None, b"\r\n"))


@fuzzed(600)
@given(query=on_a_line(QUERIES, WORDS), cookie=on_a_line(COOKIES, COOKIE_WORDS))
@example(query=b"code=c&state={{STATE}}&state=x", cookie=b"{{ATTEMPT}}")
@example(query=b"code=c&state={{STATE}}&iss=https://evil.test", cookie=b"{{ATTEMPT}}")
def test_a_session_begins_only_for_the_browser_and_the_attempt_that_were_asked(
    query: bytes, cookie: bytes
) -> None:
    (state, own), (_, other) = begin(b"/deep/link?x=1"), begin(b"/other")
    query = query.replace(b"{{STATE}}", state).replace(b"{{HALF}}", state[:9])
    cookie = cookie.replace(b"{{ATTEMPT}}", own).replace(b"{{OTHER}}", other)
    answer = exchange(request(b"/oauth2/callback?" + query, cookie=cookie))
    assert answer.start == 302 or 400 <= int(answer.start) < 500, answer
    assert b"<script" not in answer.body
    started = [c for c in values(answer, b"set-cookie") if c.startswith(SESSION)]
    if not any(b"Max-Age=0" not in line for line in started):
        return
    pairs = parse_qsl(query.decode(), keep_blank_values=True, strict_parsing=False)
    told = {name: [v for n, v in pairs if n == name] for name, _ in pairs}
    assert told["state"] == [state.decode()]
    assert len(told["code"]) == 1
    assert told["code"][0]
    assert "error" not in told
    assert told.get("iss", [ISSUER]) == [ISSUER]
    assert own in [part.strip(b" ") for part in cookie.split(b";")]
    assert values(answer, b"location") == [b"/deep/link?x=1"]


@fuzzed(400)
@given(
    target=st.sampled_from([b"/oauth2/start", b"/oauth2/sign_in", b"/oauth2/sign_out", b"/x"]),
    query=on_a_line([b"rd=%2Fa%3Fb", b"rd=//evil.test", b"rd=https%3A%2F%2Fevil.test"], WORDS),
)
def test_nobody_is_sent_away_but_to_the_provider_or_to_our_own_pages(
    target: bytes, query: bytes
) -> None:
    answer = exchange(request(target + b"?" + query, b"Accept: text/html"))
    assert int(answer.start) < 500
    assert b"<script" not in answer.body
    for location in values(answer, b"location"):
        is_own = location.startswith(b"/") and location[1:2] not in (b"/", b"\\")
        assert is_own or location.startswith(ISSUER.encode() + b"/auth?"), location
