"""Files of users, and passwords that are compared with what stands in them.

- A file gives users or Malformed, which says what to do; nothing else comes out.
- Whatever hash was accepted, comparing with it says yes or no, and yes only to the right password.
- A Basic field gives a name and a password, or nothing.
"""

import base64

from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.config.findings import Malformed
from sidegate.config.password_file import Entry, parse_password_file
from sidegate.frontends.basic_auth import read_credentials
from sidegate.gate.passwords import Passwords
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutations import mutated

PASSWORD = "p1"
HASHES = {
    "sha": "{SHA}t49XZhHsBvlq88plTCIXKl10bEA=",
    "bcrypt": "$2b$04$nG8a.l/lhSHLJ1PZQLJiSO6r1O55pFh5dTOyYw7JBQGMpvpbdgWfi",
    "argon": "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21l$"
    "sVVQ5pZ1dhsgL+fTKTqcOx/JE97P5370WAliVYeXMzI",
}
FILES = [
    "".join(f"{user}:{text}\n" for user, text in HASHES.items()).encode(),
    *(f"{user}:{text}\n".encode() for user, text in HASHES.items()),
    b'# users\n\n"alice": "' + HASHES["sha"].encode() + b'"\r\nbob:{SHA}AAAA\n',
]
WORDS = [
    b":",
    b"$",
    b"/",
    b"=",
    b"A",
    b".",
    b'"',
    b" ",
    b"\r",
    b"\n",
    b"#",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
]
WORDS += [b"{SHA}", b"$2b$04$", b"$2y$31$", b"$argon2id$v=19$m=8,t=1,p=1$", b"\xef\xbb\xbf", b"m=9"]
LINES = [b"eve:p1", b"eve", b":", b"eve:" + HASHES["sha"].encode()]


def is_cheap(entry: Entry) -> bool:
    """Say whether a comparison is quick: what takes long is not more dangerous."""
    kind, _, cost = entry.cost.partition(" ")
    if kind == "argon2id":
        memory, passes, _ = (int(part[2:]) for part in cost.split(",")[:3])
        return memory * passes < 1000
    return cost in ("", "04")


def _digest(text: str) -> bytes:
    """Return what a password is compared with: base64 has spellings with unused bits."""
    if text.startswith("$2"):
        return text.rpartition("$")[2].encode()
    digest = text.removeprefix("{SHA}").rpartition("$")[2]
    return base64.b64decode(digest + "=" * (-len(digest) % 4))


@fuzzed(500)
@given(content=mutated(FILES, WORDS, LINES), password=st.sampled_from([PASSWORD, "", "p2", "p1\0"]))
@example(content=b"a:{SHA}\xc3\xa9\n", password=PASSWORD)
@example(content=b"a:{SHA}t49XZhHsBvlq88plTCIXKl10bEC=\n", password=PASSWORD)
def test_a_file_is_users_who_can_be_asked_or_a_mistake(content: bytes, password: str) -> None:
    try:
        entries = parse_password_file(content).entries
    except Malformed as error:
        remedy = error.remedy
    else:
        remedy = "none"
        cheap = {user: entry for user, entry in entries.items() if is_cheap(entry)}
        passwords = Passwords(cheap)
        for user, entry in cheap.items():
            if passwords.fits(user, password):
                assert password == PASSWORD
                assert _digest(entry.text) in map(_digest, HASHES.values())
    assert remedy


@fuzzed(400)
@given(
    field=st.binary(max_size=20).map(base64.b64encode).map(b"Basic ".__add__)
    | mutated([b"Basic YTpi", b"Basic w6k6w7w=", b"Basic YQ=="], [b"=", b" ", b"\xff", b"A"], [b""])
)
def test_a_basic_field_is_a_name_and_a_password_or_nothing(field: bytes) -> None:
    read = read_credentials(field)
    if read is not None:
        user, password = read
        assert user
        assert ":" not in user
        assert base64.b64decode(field[6:]) == f"{user}:{password}".encode()
