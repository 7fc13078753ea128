"""Cookies: what browsers, sibling domains and attackers put into the Cookie field.

- Reading never raises; whatever was done to a sealed cookie, it opens to what was sealed or not
  at all, and only for its own name and purpose.
- Chunks are joined in any order; one that is missing, foreign or swapped opens nothing.
- Bytes that are authentic but not a session are None, never an exception.
- A sign-in cookie opens, or is missing, or is too old: there is no fourth outcome.
- Cookies of ours never reach the application; all others do, in order and byte for byte.
"""

import zlib
from dataclasses import replace
from functools import cache
from itertools import count
from math import isfinite
from struct import pack

from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.core.errors import AttemptExpired, AttemptMissing
from sidegate.core.identity import Session
from sidegate.core.ports import Attempt
from sidegate.core.secret import Secret
from sidegate.session.chunks import MOST_CANDIDATES, ChunkNames, candidates, split
from sidegate.session.codec import (
    Keep,
    decode_attempt,
    decode_session,
    encode_attempt,
    encode_session,
)
from sidegate.session.keyring import KeyRing
from sidegate.stores import attempts
from sidegate.stores.attempts import Attempts
from sidegate.stores.cookie import PURPOSE, CookieStore
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutations import mutated
from tests.kit.at_once import at_once
from tests.unit.stores.kit import HOST, NOW, SECRET, Jar, bound, session, settings

NAN = b"\x7f\xf8" + bytes(6)
NAME = b"_oauth2_proxy"
STATE = "abcdefgh-the-rest-of-the-state"
ATTEMPT = Attempt(STATE, "nonce", Secret("verifier"), "/x?y=1", "https://a/cb", "oidc", NOW)
NUMBERS = count(1)
# Not random: the bounded run is the same every time. Never the same nonce twice, all the same.
RING = KeyRing([SECRET], lambda size: next(NUMBERS).to_bytes(size, "big"))
STORE = CookieStore(settings(), bound(RING.sealer(PURPOSE)), lambda _: Keep(), lambda: NOW)
ATTEMPTS = Attempts(settings(), bound(RING.sealer(attempts.PURPOSE)))
WORDS = [b";", b"; ", b"=", b" ", b"\t", b",", b'"', b"_0", b"_1", b"_7", b"_csrf", b"3.", b"."]
TOKEN_WORDS = [b"=", b"A", b"-", b"_", b"+", b"/", b"\n", b"AAAA"]
WORDS += [NAME, b"__Host-" + NAME, b"a=b; ", b"; a", b"A", b"_", b"-", b"\xff", b"%3D", b"\\"]


def header_of(kept: Session) -> bytes:
    jar = Jar()
    jar.take(at_once(STORE.save(kept, HOST, None)))
    return jar.header


@cache
def small() -> Session:
    return session()


@cache
def large() -> Session:
    noise = "".join(f"{number * number:x}" for number in range(2000))
    return session(refresh_token=noise, id="session-2")


@cache
def headers() -> dict[bytes, Session]:
    return {header_of(kept): kept for kept in (small(), large())}


def facts(kept: Session | None) -> object:
    return kept and (kept.id, kept.identity, kept.ends_at, kept.tokens.refresh_token)


@fuzzed(500)
@given(data=st.data())
def test_a_mutated_session_cookie_is_the_session_or_nothing(data: st.DataObject) -> None:
    originals = list(headers())
    header = data.draw(mutated([*originals, b"a=b; c=d"], WORDS, [b"x"]))
    found = STORE.load(header, NOW)
    assert facts(found) in {facts(None), facts(small()), facts(large())}
    stripped = STORE.strip(header)
    assert STORE.load(stripped, NOW) is None
    check_stripped(header, stripped)


def check_stripped(header: bytes, stripped: bytes | None) -> None:
    kept = [part for part in header.split(b";") if not is_ours(part)]
    left = [] if stripped is None else stripped.split(b";")
    assert [part.strip(b" ") for part in left] in (
        [part.strip(b" ") for part in kept],
        [part.strip(b" ") for part in kept[:-1]],  # nothing but blanks was left at the end
    )
    assert not any(map(is_ours, left))


def is_ours(part: bytes) -> bool:
    name = part.partition(b"=")[0].strip(b" \t")
    return STORE.is_ours(name)


@fuzzed(300)
@given(
    order=st.permutations(range(4)),
    without=st.none() | st.integers(0, 3),
    twice=st.none() | st.integers(0, 3),
    swapped=st.none() | st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_chunks_are_joined_in_any_order_and_only_all_of_them(
    order: list[int],
    without: int | None,
    twice: int | None,
    swapped: tuple[int, int] | None,
) -> None:
    names = ChunkNames(NAME.decode())
    value = "".join(chr(97 + number % 26) for number in range(15_000))
    pairs = [(name.encode(), part.encode()) for name, part in split(names, value, 40)]
    assert len(pairs) == 4
    if swapped is not None:
        one, other = swapped
        (a, x), (b, y) = pairs[one], pairs[other]
        pairs[one], pairs[other] = (a, y), (b, x)
    sent = [pairs[number] for number in order if number != without]
    if twice is not None:
        sent.append(pairs[twice])
    found = candidates(names, sent)
    is_whole = without is None or without == twice
    is_right = swapped is None or swapped[0] == swapped[1]
    assert (value.encode() in found) == (is_whole and is_right)
    assert len(found) <= MOST_CANDIDATES


@fuzzed(500)
@given(
    cookies=st.lists(
        st.tuples(
            st.sampled_from([NAME, *(NAME + b"_%d" % n for n in range(9)), NAME + b"_a", b"x"]),
            st.sampled_from([b"", b"1.", b"2.", b"8.", b"9.", b"3.abc", b"abc", b"\xff", b"."]),
        ),
        max_size=30,
    )
)
def test_joining_is_bounded_whatever_was_planted(cookies: list[tuple[bytes, bytes]]) -> None:
    found = candidates(ChunkNames(NAME.decode()), cookies)
    assert len(found) <= MOST_CANDIDATES


@fuzzed(500)
@given(data=st.data(), context=st.sampled_from([b"a", b"b", b"", b"a\0"]))
def test_a_sealed_value_opens_as_it_was_sealed_or_not_at_all(
    data: st.DataObject, context: bytes
) -> None:
    sealer, other = RING.sealer("one"), RING.sealer("other")
    tokens = {sealer.seal(b"plain-%d" % n, b"a").encode(): b"plain-%d" % n for n in range(2)}
    token = data.draw(mutated(list(tokens), TOKEN_WORDS, [b""]))
    expected = tokens.get(token) if context == b"a" else None
    assert sealer.open(token, context) == expected
    assert other.open(token, context) is None


def plain(sealed: bytes) -> bytes:
    """Return the form that is not deflated, in which a mutation meets the record itself."""
    return b"\x01" + zlib.decompress(sealed[1:]) if sealed[:1] == b"\x02" else sealed


SESSION_BYTES = [
    plain(encode_session(session(), Keep())),
    encode_session(large(), Keep()),
    plain(encode_attempt(ATTEMPT)),
    b"\x01\x91\x01",
    b"\x02x\x9c\x03\x00\x00\x00\x00\x01",
]


@fuzzed(800)
@given(
    raw=mutated(
        SESSION_BYTES,
        [b"\x01", b"\x02", b"\xc0", b"\xc3", b"\xdd\xff\xff\xff\xff", b"\xcb" + NAN],
        [b"\x91"],
    )
    | st.binary(max_size=60)
)
@example(raw=b"\x01" + b"\x91" * 5000)
@example(raw=SESSION_BYTES[0].replace(pack(">d", NOW), NAN))
def test_authentic_bytes_are_a_session_or_nothing(raw: bytes) -> None:
    read = decode_session(raw)
    if read is not None:
        assert read.id
        assert read.identity.user
        assert all(map(isfinite, (read.created_at, read.refreshed_at, read.ends_at)))
        assert facts(decode_session(encode_session(read, Keep()))) == facts(read)
    attempt = decode_attempt(raw)
    assert attempt is None or decode_attempt(encode_attempt(attempt)) == attempt


@fuzzed(500)
@given(
    data=st.data(),
    age=st.sampled_from([-5.0, 0.0, 899.0, 900.0, 1e9]),
    state=st.sampled_from([STATE, STATE[:8], "", "abcdefg", "ABCDEFGH", "abcdefgé", "a;b=c;de"])
    | st.text(max_size=12),
)
def test_an_attempt_opens_or_is_missing_or_is_too_old(
    data: st.DataObject, age: float, state: str
) -> None:
    jar = Jar()
    attempt = replace(ATTEMPT, created_at=NOW - age)
    jar.take(ATTEMPTS.seal_attempt(attempt, HOST, None))
    header = data.draw(mutated([jar.header, header_of(small())], WORDS, [b"x"]))
    try:
        opened = ATTEMPTS.open_attempt(state, header, NOW)
    except AttemptMissing:
        return
    except AttemptExpired:
        assert age >= 900
        return
    assert opened == attempt
    assert state[:8] == STATE[:8]
    assert age < 900
