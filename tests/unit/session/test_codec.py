"""A session survives the way through bytes, and carries nothing that no option uses."""

import zlib
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.errors import SessionTooLarge
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.ports import Attempt
from sidegate.core.secret import Secret
from sidegate.session.codec import (
    MOST_BYTES,
    Keep,
    decode_attempt,
    decode_session,
    encode_attempt,
    encode_session,
)

ALL = Keep(access_token=True, id_token=True, refresh_token=True, provider_session_id=True)
NOTHING = Keep(refresh_token=False)
TOKENS = Tokens(Secret("access-canary"), Secret("id-canary"), Secret("refresh-canary"), 300.0)
SESSION = Session(
    "session-id",
    "oidc",
    Identity("alice", "alice@example.com", "al", ("staff", "ops"), {"dept": ("it", "hr")}),
    TOKENS,
    1.0,
    2.0,
    3.0,
    generation=4,
    provider_session_id="sid-canary",
    idle_until=5.0,
)
ATTEMPT = Attempt("state", "nonce", Secret("verifier"), "/x?y=1", "https://a/cb", "oidc", 5.0)


def _fields(session: Session) -> tuple[object, ...]:
    return tuple(getattr(session, name) for name in Session.__dataclass_fields__)


def test_everything_that_is_kept_comes_back() -> None:
    read = decode_session(encode_session(SESSION, ALL))
    assert read is not None
    assert _fields(read) == _fields(SESSION)


TEXT = st.text(max_size=40)
TOKEN = st.none() | st.text(min_size=1, max_size=400).map(Secret)


@given(
    st.builds(
        Session,
        id=st.text(min_size=1, max_size=20),
        provider=TEXT,
        identity=st.builds(
            Identity,
            st.text(min_size=1, max_size=9),
            TEXT,
            TEXT,
            st.lists(TEXT).map(tuple),
            st.dictionaries(TEXT, st.lists(TEXT).map(tuple), max_size=3),
        ),
        tokens=st.builds(
            Tokens,
            TOKEN,
            TOKEN,
            TOKEN,
            st.none() | st.floats(0, 1e12, allow_nan=False),
            st.booleans(),
        ),
        created_at=st.floats(0, 1e12),
        refreshed_at=st.floats(0, 1e12),
        ends_at=st.floats(0, 1e12),
        generation=st.integers(0, 2**31),
        provider_session_id=TEXT,
        idle_until=st.floats(0, 1e12),
    )
)
def test_every_session_survives(session: Session) -> None:
    read = decode_session(encode_session(session, ALL))
    assert read is not None
    assert _fields(read) == _fields(session)


def test_nothing_is_stored_that_no_option_uses() -> None:
    data = encode_session(SESSION, NOTHING)
    plain = data[1:] if data[:1] == b"\x01" else zlib.decompress(data[1:])
    assert b"canary" not in plain
    read = decode_session(data)
    assert read is not None
    assert read.tokens == Tokens()
    assert read.identity == SESSION.identity


@pytest.mark.parametrize(
    ("keep", "tokens"),
    [
        (
            Keep(access_token=True, refresh_token=False),
            Tokens(TOKENS.access_token, None, None, 300.0),
        ),
        (Keep(id_token=True, refresh_token=False), Tokens(None, TOKENS.id_token)),
        (Keep(), Tokens(None, None, TOKENS.refresh_token, 300.0)),
    ],
)
def test_each_token_is_kept_on_its_own(keep: Keep, tokens: Tokens) -> None:
    read = decode_session(encode_session(SESSION, keep))
    assert read is not None
    assert read.tokens == tokens


def test_the_access_token_is_kept_where_the_session_is_renewed_with_it() -> None:
    asked = replace(SESSION, tokens=Tokens(Secret("a"), expires_at=300.0, renews_by_asking=True))
    read = decode_session(encode_session(asked, Keep()))
    assert read is not None
    assert read.tokens == asked.tokens
    bare = decode_session(encode_session(asked, NOTHING))
    assert bare is not None
    assert bare.tokens == Tokens()


def test_deflating_is_used_only_when_it_helps() -> None:
    large = replace(SESSION, identity=replace(SESSION.identity, groups=("group",) * 500))
    small = replace(
        SESSION,
        identity=Identity("a"),
        created_at=1795461429.123457,
        refreshed_at=1732389541.987654,
        ends_at=1801111111.424242,
    )
    assert len(encode_session(large, ALL)) < 600
    assert encode_session(small, NOTHING)[:1] == b"\x01"


def test_a_deflated_bomb_is_nothing() -> None:
    # A well-formed record, so that nothing but its size is wrong.
    bomb = zlib.compress(_record(groups=["g" * MOST_BYTES])[1:])
    assert decode_session(b"\x02" + bomb) is None


def test_what_would_not_be_read_again_is_refused_when_it_is_written() -> None:
    huge = replace(SESSION, identity=Identity("alice", groups=("g" * MOST_BYTES,)))
    with pytest.raises(SessionTooLarge):
        encode_session(huge, ALL)


def test_bytes_after_the_end_are_seen() -> None:
    large = replace(SESSION, identity=replace(SESSION.identity, groups=("group",) * 500))
    for session in (SESSION, large):
        assert decode_session(encode_session(session, ALL) + b"x") is None


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_none(data: bytes) -> None:
    for form in (b"", b"\x01", b"\x02"):
        assert decode_session(form + data) is None
        assert decode_attempt(form + data) is None


@given(st.integers(0, 200))
def test_truncated_bytes_give_none(length: int) -> None:
    data = encode_session(SESSION, ALL)
    assert decode_session(data[: min(length, len(data) - 1)]) is None


def _record(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "tag": 1, "id": "i", "provider": "p", "user": "u", "email": "", "name": "", "groups": [],
        "access": None, "id_token": None, "refresh": None, "expires_at": None,
        "created_at": 1.0, "refreshed_at": 1.0, "ends_at": 2.0, "generation": 0, "sid": "",
    }  # fmt: skip
    return b"\x01" + msgspec.msgpack.encode(list((fields | changes).values()))


def test_a_session_that_was_sealed_before_claims_were_kept_has_none() -> None:
    read = decode_session(_record())
    assert read is not None
    assert read.identity.claims == {}


def test_a_record_of_another_version_or_type_is_none() -> None:
    assert decode_session(_record()) is not None
    for changes in (
        {"tag": 2},
        {"id": ""},
        {"user": ""},
        {"user": 5},
        {"groups": "staff"},
        {"ends_at": float("nan")},
        {"ends_at": float("inf")},
        {"expires_at": float("nan")},
        {"claims": {"dept": "it"}},
        {"claims": {}, "idle_until": float("nan")},
        {"claims": {}, "idle_until": 0.0, "more": 1},
    ):
        assert decode_session(_record(**changes)) is None


def test_bytes_of_a_form_that_nobody_writes_are_none() -> None:
    plain = _record()[1:]
    for form in (b"\x00", b"\x03", b"\xff"):
        assert decode_session(form + plain) is None
        assert decode_session(form + zlib.compress(plain)) is None


def test_an_attempt_without_a_state_or_an_age_is_none() -> None:
    assert decode_attempt(encode_attempt(ATTEMPT)) is not None
    assert decode_attempt(encode_attempt(replace(ATTEMPT, state=""))) is None
    for never in (float("nan"), float("inf"), float("-inf")):
        assert decode_attempt(encode_attempt(replace(ATTEMPT, created_at=never))) is None


def test_an_attempt_comes_back_whole_and_is_no_session() -> None:
    data = encode_attempt(ATTEMPT)
    assert decode_attempt(data) == ATTEMPT
    assert decode_session(data) is None
    assert decode_attempt(encode_session(SESSION, ALL)) is None
