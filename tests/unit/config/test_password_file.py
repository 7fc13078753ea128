"""A file of users and password hashes is read as oauth2-proxy reads it, and says what is wrong."""

import pytest

from sidegate.config.findings import Malformed
from sidegate.config.password_file import LONGEST_USER, MOST_BYTES, parse_hash, parse_password_file

SHA = "{SHA}t49XZhHsBvlq88plTCIXKl10bEA="
BCRYPT = "$2y$05$SXWrNM7ldtbRzBvUC3VXyOvUeiUcP45XPwM93P5eeGOEPIiAZmJjC"
ARGON2 = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21l$" + "A" * 43


def users(text: str) -> dict[str, str]:
    return {user: e.text for user, e in parse_password_file(text.encode()).entries.items()}


def mistake(text: str) -> str:
    with pytest.raises(Malformed) as raised:
        parse_password_file(text.encode())
    assert raised.value.remedy
    return raised.value.what


@pytest.mark.parametrize(
    ("text", "kind", "cost"),
    [
        (SHA, "sha1", "sha1"),
        (BCRYPT, "bcrypt", "bcrypt 05"),
        (BCRYPT.replace("2y", "2a", 1), "bcrypt", "bcrypt 05"),
        (ARGON2, "argon2id", "argon2id m=8192,t=1,p=1,16,43"),
    ],
)
def test_a_hash_has_a_kind_and_a_cost(text: str, kind: str, cost: str) -> None:
    entry = parse_hash(text)
    assert entry is not None
    assert (entry.kind, entry.cost, entry.text) == (kind, cost, text)
    assert text not in repr(entry)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p1",
        "$apr1$abc$def",
        "$1$abc$def",
        "$5$abc$def",
        "rl0Wn8Q.5Jv2E",
        "{SHA}",
        "{SHA}p1",
        "{SHA}\u00e9",
        "{SHA}!!9XZhHsBvlq88plTCIXKl10bEA=",
        "{sha}t49XZhHsBvlq88plTCIXKl10bEA=",
        BCRYPT[:-1],
        BCRYPT + "x",
        BCRYPT.replace("$05$", "$03$"),
        BCRYPT.replace("$05$", "$32$"),
        BCRYPT.replace("2y", "2", 1),
        ARGON2.replace("argon2id", "argon2i"),
        ARGON2.replace("v=19", "v=16"),
        ARGON2.replace("m=8192", "m=7"),
        ARGON2.replace("m=8192", "m=99999999"),
        ARGON2.replace("t=1", "t=101"),
        ARGON2.replace("p=1", "p=0"),
        f"{SHA} ",
    ],
)
def test_another_hash_is_not_accepted(text: str) -> None:
    assert parse_hash(text) is None


def test_comments_empty_lines_and_line_ends_of_windows_are_skipped() -> None:
    assert users(f"# u0:{SHA}\r\n\r\n  \nu1:{SHA}\r\n") == {"u1": SHA}
    assert users(f"\ufeffu1:{SHA}") == {"u1": SHA}


@pytest.mark.parametrize(
    ("line", "user"),
    [
        (f"  u1:{SHA}", "u1"),
        (f'"u1":{SHA}', "u1"),
        (f'"u:1": "{SHA}"', "u:1"),
        (f"u 1:{SHA}", "u 1"),
        (f"J\u00fcrgen@example.com:{SHA}", "J\u00fcrgen@example.com"),
    ],
)
def test_spaces_before_and_quotes_around_a_field_do_not_belong_to_it(line: str, user: str) -> None:
    assert users(line) == {user: SHA}


def test_the_later_line_of_a_user_counts() -> None:
    assert users(f"u1:{SHA}\nu1:{BCRYPT}\n") == {"u1": BCRYPT}


@pytest.mark.parametrize(
    "line",
    [
        "u1",
        f"u1:{SHA}:x",
        f":{SHA}",
        f"   :{SHA}",
        f'u"1:{SHA}',
        f'"u1:{SHA}',
        f'"u1"x:{SHA}',
        f"u\x071:{SHA}",
        "u" * (LONGEST_USER + 1) + f":{SHA}",
    ],
)
def test_a_line_that_is_no_user_and_hash_refuses_the_file(line: str) -> None:
    assert "line 2 is not USER:HASH" in mistake(f"u0:{SHA}\n{line}\nu2:{SHA}\n")


def test_a_hash_that_is_not_accepted_leaves_its_user_out_and_is_told() -> None:
    read = parse_password_file(f"bad:plain\nworse:\nu1:{BCRYPT}\n".encode())
    assert list(read.entries) == ["u1"]
    (warning,) = read.warnings
    assert warning.startswith("line 1, 2 has no hash that is accepted")
    assert "plain" not in warning


def test_as_the_last_entry_it_refuses_the_file() -> None:
    what = mistake(f"u1:{SHA}\nbad:s3cret\n# the end\n\n")
    assert what == "line 2 has no hash that is accepted"


def test_many_lines_are_counted_rather_than_listed() -> None:
    assert mistake("u1\n" * 30) == "line 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 20 more is not USER:HASH"


@pytest.mark.parametrize("text", ["", "\n\n", "# nobody\n"])
def test_a_file_without_users_is_refused(text: str) -> None:
    assert mistake(text) == "holds no user"


def test_a_file_that_is_no_text_or_too_large_is_refused() -> None:
    for content in (b"u1:\xff\n", b"\x00" * (MOST_BYTES + 1)):
        with pytest.raises(Malformed):
            parse_password_file(content)


def test_weak_hashes_are_counted_in_a_warning() -> None:
    assert "1 user has a {SHA} hash" in parse_password_file(f"u1:{SHA}".encode()).warnings[0]
    two = parse_password_file(f"u1:{SHA}\nu2:{SHA}\nu3:{BCRYPT}".encode())
    assert "2 users have a {SHA} hash" in two.warnings[0]
    assert parse_password_file(f"u3:{BCRYPT}".encode()).warnings == ()
