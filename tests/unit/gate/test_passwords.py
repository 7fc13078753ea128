"""A password fits its own hash and no other, and everybody's comparison costs the same."""

from collections.abc import Callable

import bcrypt
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from sidegate.config.password_file import Entry, parse_hash
from sidegate.gate import passwords
from sidegate.gate.passwords import LONGEST, Passwords

LONG = "a" * 72


def bcrypt_of(password: str, cost: int = 4) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


def argon2_of(password: str) -> str:
    maker = Argon2id(salt=b"0" * 16, length=32, iterations=1, lanes=1, memory_cost=64)
    return maker.derive_phc_encoded(password.encode())


def made(**hashes: str) -> Passwords:
    entries: dict[str, Entry] = {}
    for user, text in hashes.items():
        entry = parse_hash(text)
        assert entry is not None
        entries[user] = entry
    return Passwords(entries)


HASHES: list[Callable[[str], str]] = [
    bcrypt_of,
    argon2_of,
    lambda _: "{SHA}t49XZhHsBvlq88plTCIXKl10bEA=",
]


@pytest.mark.parametrize("hashed", HASHES, ids=["bcrypt", "argon2id", "sha"])
def test_the_password_fits_and_no_other(hashed: Callable[[str], str]) -> None:
    users = made(u1=hashed("p1"))
    assert users.fits("u1", "p1")
    for user, password in [("u1", "p2"), ("u1", ""), ("u1", "p1 "), ("U1", "p1"), ("u2", "p1")]:
        assert not users.fits(user, password)


@pytest.mark.parametrize("hashed", [bcrypt_of, argon2_of])
def test_letters_of_every_language_fit(hashed: Callable[[str], str]) -> None:
    users = made(u1=hashed("p\u00e4ss\u6f22"))
    assert users.fits("u1", "p\u00e4ss\u6f22")
    assert not users.fits("u1", "pa\u0308ss\u6f22")


def test_an_empty_password_fits_nothing() -> None:
    assert not made(u1=bcrypt_of(""), u2=argon2_of("")).fits("u1", "")
    assert not made(u1=bcrypt_of(""), u2=argon2_of("")).fits("u2", "")


def test_a_bcrypt_salt_with_unused_bits_set_is_the_salt_without_them() -> None:
    text = bcrypt.hashpw(b"p1", b"$2b$04$" + b"." * 22).decode()
    users = made(u1=text[:28] + "/" + text[29:], u2=text[:28] + "O" + text[29:])
    assert users.fits("u1", "p1")
    assert not users.fits("u1", "p2")
    assert not users.fits("u2", "p1")  # another salt


def test_no_password_is_cut_for_bcrypt() -> None:
    users = made(u1=bcrypt_of(LONG), u2=bcrypt_of("p"))
    assert users.fits("u1", LONG)
    assert not users.fits("u1", LONG + "b")
    assert not users.fits("u2", "p\0anything")


def test_a_long_password_fits_argon2_up_to_a_limit() -> None:
    assert made(u1=argon2_of(LONG + "b")).fits("u1", LONG + "b")
    most = "a" * LONGEST
    assert made(u1=argon2_of(most)).fits("u1", most)
    assert not made(u1=argon2_of(most + "a")).fits("u1", most + "a")


def test_what_cannot_be_encoded_fits_nothing() -> None:
    assert not made(u1=bcrypt_of("p1")).fits("u1", "\ud800")


def test_whoever_is_asked_about_each_cost_is_computed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    computed: list[str] = []
    real = passwords._comparer

    def counting(kind: str) -> Callable[[bytes, str], bool]:
        compare = real(kind)

        def count(password: bytes, text: str) -> bool:
            entry = parse_hash(text)
            assert entry is not None  # a stand-in is a whole hash too
            computed.append(entry.cost)
            return compare(password, text)

        return count

    monkeypatch.setattr(passwords, "_comparer", counting)
    users = made(
        cheap="{SHA}t49XZhHsBvlq88plTCIXKl10bEA=",
        low=bcrypt_of("p1", 4),
        high=bcrypt_of("p1", 5),
        other=bcrypt_of("p1", 5),
        memory=argon2_of("p1"),
    )
    expected = None
    for user in ("cheap", "low", "high", "other", "memory", "nobody"):
        for password in ("p1", "wrong", "", "x" * 100):
            computed.clear()
            users.fits(user, password)
            expected = expected or sorted(computed)
            assert sorted(computed) == expected
    assert expected is not None
    assert len(expected) == len(set(expected)) == 4


def test_a_stand_in_is_nobodys() -> None:
    for text in (bcrypt_of("p1"), argon2_of("p1"), "{SHA}t49XZhHsBvlq88plTCIXKl10bEA="):
        users = made(u1=text)
        (stand_in,) = users._stand_ins.values()
        assert stand_in.text != text
        assert not users.fits("", "p1")
