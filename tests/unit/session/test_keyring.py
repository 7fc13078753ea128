"""Only what our keys sealed for this purpose and place opens; everything else is one same None."""

import os
from base64 import urlsafe_b64encode
from itertools import count

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.secret import Secret
from sidegate.session.keyring import KeyRing

OLD, NEW = Secret(b"o" * 32), Secret(b"n" * 32)
SEALER = KeyRing([NEW], os.urandom).sealer("session")
TOKEN = SEALER.seal(b"alice", b"cookie").encode()
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_what_was_sealed_opens(plain: bytes, context: bytes) -> None:
    assert SEALER.open(SEALER.seal(plain, context).encode(), context) == plain


def test_every_flipped_bit_is_seen() -> None:
    for place in range(len(TOKEN)):
        for bit in range(8):
            forged = bytearray(TOKEN)
            forged[place] ^= 1 << bit
            assert SEALER.open(bytes(forged), b"cookie") is None


def test_every_other_letter_is_seen_also_where_only_unused_bits_differ() -> None:
    for place in range(len(TOKEN)):
        for letter in ALPHABET:
            forged = TOKEN[:place] + bytes([letter]) + TOKEN[place + 1 :]
            assert forged == TOKEN or SEALER.open(forged, b"cookie") is None


def test_a_shortened_value_never_opens() -> None:
    for length in range(len(TOKEN)):
        assert SEALER.open(TOKEN[:length], b"cookie") is None


@pytest.mark.parametrize(
    "token",
    [b"", b"A", TOKEN + b"=", TOKEN + b"\n", b" " + TOKEN, TOKEN + b"A" * 4, b"\xff" * 60, b"||"],
)
def test_another_spelling_never_opens(token: bytes) -> None:
    assert SEALER.open(token, b"cookie") is None


@given(st.binary(max_size=200))
def test_opening_never_raises(token: bytes) -> None:
    assert SEALER.open(token, b"cookie") is None


def test_purpose_context_and_key_must_be_the_same() -> None:
    assert SEALER.open(TOKEN, b"cookie2") is None
    assert KeyRing([NEW], os.urandom).sealer("attempt").open(TOKEN, b"cookie") is None
    assert KeyRing([OLD], os.urandom).sealer("session").open(TOKEN, b"cookie") is None


def test_no_byte_moves_between_purpose_and_context() -> None:
    ring = KeyRing([NEW], os.urandom)
    token = ring.sealer("ab").seal(b"x", b"c").encode()
    assert ring.sealer("a").open(token, b"bc") is None
    assert ring.sealer("abc").open(token, b"") is None


def test_the_first_key_seals_and_all_open() -> None:
    old = KeyRing([OLD], os.urandom).sealer("session")
    both = KeyRing([NEW, OLD], os.urandom).sealer("session")
    assert both.open(old.seal(b"x", b"").encode(), b"") == b"x"
    assert old.open(both.seal(b"x", b"").encode(), b"") is None
    assert SEALER.open(both.seal(b"x", b"").encode(), b"") == b"x"


def test_each_value_gets_a_nonce_of_its_own() -> None:
    numbers = count()
    sealer = KeyRing([NEW], lambda size: next(numbers).to_bytes(size, "big")).sealer("session")
    assert len({sealer.seal(b"x", b"") for _ in range(1000)}) == 1000
    assert next(numbers) == 1000


def test_the_format_is_the_one_that_is_written_down() -> None:
    """Written with the primitives alone: a change of format would sign everybody out."""

    def derive(info: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length, salt=None, info=b"sidegate/1/" + info).derive(NEW.reveal())

    head, nonce = b"\x01" + derive(b"key-id", 4), b"n" * 12
    lengths = [size.to_bytes(4, "big") for size in (5, 7, 6)]
    associated = lengths[0] + head + lengths[1] + b"session" + lengths[2] + b"cookie"
    sealed = AESGCM(derive(b"seal/session", 32)).encrypt(nonce, b"alice", associated)
    expected = urlsafe_b64encode(head + nonce + sealed).rstrip(b"=")
    sealer = KeyRing([NEW], lambda size: b"n" * size).sealer("session")
    assert sealer.seal(b"alice", b"cookie").encode() == expected


@pytest.mark.parametrize("secrets", [[], [Secret(b"short")], [NEW, Secret(b"x" * 33)]])
def test_a_bad_ring_fails_when_it_is_made(secrets: list[Secret[bytes]]) -> None:
    with pytest.raises(ValueError, match="key ring"):
        KeyRing(secrets, os.urandom)


def test_nothing_shows_a_secret() -> None:
    ring = KeyRing([NEW], os.urandom)
    assert "nnn" not in repr(ring) + repr(ring.sealer("session"))


def test_a_ring_that_changes_changes_every_sealer_it_made() -> None:
    ring = KeyRing([OLD], os.urandom)
    session, attempt = ring.sealer("session"), ring.sealer("attempt")
    before = session.seal(b"x", b"").encode(), attempt.seal(b"y", b"").encode()
    ring.change([NEW, OLD])
    assert (session.open(before[0], b""), attempt.open(before[1], b"")) == (b"x", b"y")
    assert SEALER.open(session.seal(b"z", b"").encode(), b"") == b"z"
    ring.change([NEW])
    assert (session.open(before[0], b""), attempt.open(before[1], b"")) == (None, None)


def test_another_key_than_the_first_may_seal() -> None:
    ring = KeyRing([OLD], os.urandom)
    sealer = ring.sealer("session")
    ring.change([NEW, OLD], seals=1)
    assert SEALER.open(sealer.seal(b"x", b"").encode(), b"") is None
    assert sealer.open(SEALER.seal(b"x", b"").encode(), b"") == b"x"


def test_only_what_an_older_key_sealed_is_outdated() -> None:
    ring = KeyRing([NEW, OLD], os.urandom)
    sealer = ring.sealer("session")
    by_old = KeyRing([OLD], os.urandom).sealer("session").seal(b"x", b"").encode()
    by_new = SEALER.seal(b"x", b"").encode()
    assert (sealer.is_outdated(by_old), sealer.is_outdated(by_new)) == (True, False)
    ring.change([NEW, OLD], seals=1)
    assert (sealer.is_outdated(by_old), sealer.is_outdated(by_new)) == (False, False)


def test_whoever_remembers_what_was_opened_hears_of_each_change() -> None:
    heard: list[int] = []
    ring = KeyRing([OLD], os.urandom)
    ring.on_change(lambda: heard.append(len(heard)))
    ring.change([NEW, OLD])
    ring.change([NEW])
    assert heard == [0, 1]


def test_a_bad_change_changes_nothing() -> None:
    ring = KeyRing([NEW], os.urandom)
    sealer = ring.sealer("session")
    with pytest.raises(ValueError, match="secret 2"):
        ring.change([OLD, Secret(b"short")])
    assert SEALER.open(sealer.seal(b"x", b"").encode(), b"") == b"x"


def test_names_follow_the_key_that_seals_and_are_found_under_every_key() -> None:
    ring = KeyRing([OLD], os.urandom)
    namer = ring.namer("index")
    assert ring.namer("index") is namer
    (by_old,) = namer.names(b"alice")
    ring.change([NEW, OLD], seals=1)
    assert namer.names(b"alice")[0] == by_old
    ring.change([NEW, OLD])
    by_new, second = namer.names(b"alice")
    assert (second, by_new == by_old) == (by_old, False)


def test_a_name_says_nothing_and_no_byte_moves_between_its_parts() -> None:
    names = KeyRing([NEW], os.urandom).namer("index").names
    other = KeyRing([NEW], os.urandom).namer("another").names
    found = {names(b"ab", b"c")[0], names(b"a", b"bc")[0], names(b"abc")[0], other(b"abc")[0]}
    assert len(found) == 4
    assert all(len(name) == 40 for name in found)
