"""A cookie secret is 32 bytes in a form that cannot be mistaken, and comes from one place."""

import base64

import pytest

from sidegate.config.findings import Malformed
from sidegate.config.key_material import decode_cookie_secret, parse_client_secret, parse_ring
from sidegate.core.secret import Secret
from tests.unit.config.conftest import SECRET, Desk

KEY = bytes(range(223, 255))


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(KEY),
        base64.b64encode(KEY).rstrip(b"="),
        base64.urlsafe_b64encode(KEY),
        base64.urlsafe_b64encode(KEY).rstrip(b"="),
        KEY.hex().encode(),
        KEY.hex().upper().encode(),
        KEY,
    ],
)
def test_each_accepted_form_gives_the_same_key(text: bytes) -> None:
    assert decode_cookie_secret(text) == KEY


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"0123456789abcdef",
        b"0123456789abcdef01234567",
        base64.b64encode(KEY[:24]) + b"!",
        base64.b64encode(KEY[:31]),
        base64.b64encode(KEY + b"x"),
        base64.b64encode(KEY) + b"==",
        base64.b64encode(KEY)[:20] + b" " + base64.b64encode(KEY)[20:],
        KEY.hex().encode()[:-2],
        KEY.hex().encode()[:-1] + b"g",
        KEY[:31],
        KEY + b"\n\n",
    ],
)
def test_anything_else_is_refused_without_showing_it(text: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        decode_cookie_secret(text)
    assert "sidegate secret" in caught.value.remedy
    assert str(len(text)) in caught.value.what


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_one_final_newline_of_a_secret_file_is_cut_off(desk: Desk, end: bytes) -> None:
    desk.files["cookie-secret"] = SECRET.encode() + end
    desk.files["client-secret"] = b" s3cret " + end
    settings = desk.load().settings
    assert settings.cookie.cookie_secrets == (Secret(SECRET.encode()),)
    assert settings.providers[0].client_secret.reveal() == " s3cret "


@pytest.mark.parametrize("key", ["cookie-secret", "client-secret"])
def test_a_secret_given_twice_is_a_mistake(desk: Desk, key: str) -> None:
    mistake = desk.mistake(f"--{key}={SECRET}")
    assert f"--{key}-file" in mistake
    assert SECRET not in mistake


@pytest.mark.parametrize("key", ["cookie-secret", "client-secret"])
@pytest.mark.parametrize("content", [None, b"", b"\n"])
def test_a_secret_file_that_is_missing_or_empty_is_a_mistake(
    desk: Desk, key: str, content: bytes | None
) -> None:
    del desk.files[key]
    if content is not None:
        desk.files[key] = content
    mistake = desk.mistake()
    assert mistake.startswith(f"flag --{key}-file")
    assert ("cannot read" in mistake) == (content is None)


def test_missing_secrets_are_told_with_their_remedy(desk: Desk) -> None:
    mistakes = desk.without("--cookie-secret-file", "--client-secret-file").mistakes()
    assert any("`sidegate secret`" in mistake for mistake in mistakes)
    assert any("--client-secret-file=FILE" in mistake for mistake in mistakes)


def test_secrets_in_flags_and_variables_work_with_a_warning(desk: Desk) -> None:
    desk.without("--cookie-secret-file", "--client-secret-file")
    loaded = desk.load(f"--cookie-secret={SECRET}", env={"OAUTH2_PROXY_CLIENT_SECRET": "s3cret"})
    assert loaded.settings.providers[0].client_secret.reveal() == "s3cret"
    seen = "a secret in the {} can be seen; give it as a file instead, with --{}-file"
    assert loaded.warnings == [
        "environment OAUTH2_PROXY_CLIENT_SECRET: " + seen.format("environment", "client-secret"),
        "flag --cookie-secret: " + seen.format("process list", "cookie-secret"),
    ]
    assert "s3cret" not in "".join(loaded.warnings)


def test_a_client_secret_has_to_be_text(desk: Desk) -> None:
    desk.files["client-secret"] = b"\xff\xfe"
    assert "not UTF-8" in desk.mistake()


def test_a_raw_secret_that_looks_like_a_shorter_one_is_mentioned(desk: Desk) -> None:
    desk.files["cookie-secret"] = b"0123456789abcdef0123456789abcdef"
    assert any("stand for less than 32 bytes" in warning for warning in desk.load().warnings)


def test_a_secret_in_a_file_is_not_told(desk: Desk) -> None:
    assert desk.load().warnings == []


def test_a_ring_is_a_secret_a_line_the_newest_first() -> None:
    encoded, plain = base64.b64encode(KEY), b"p" * 32
    text = b"# made in May\r\n" + encoded + b"\r\n\n  " + plain + b" \n" + encoded + b"\n"
    assert parse_ring(text) == (Secret(KEY), Secret(plain))


@pytest.mark.parametrize("secret", [KEY[:31] + b"\n", b"\n" * 16 + b"x" * 16, b"#" * 32])
def test_a_secret_of_raw_bytes_may_hold_line_ends_and_number_signs(secret: bytes) -> None:
    assert parse_ring(secret + b"\n") == (Secret(secret),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "0 characters"),
        (b"\n# nothing\n\n", "no cookie secret"),
        (b"p" * 32 + b"\nshort\n", "line 2"),
        (base64.b64encode(KEY) + b"\n" + base64.b64encode(KEY)[:30], "line 2"),
        (b"\n".join(b"%032d" % n for n in range(65)), "more than 64"),
    ],
)
def test_a_ring_with_one_wrong_line_is_no_ring(text: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        parse_ring(text)


def test_a_ring_comes_from_a_file_and_a_single_secret_from_a_value(desk: Desk) -> None:
    desk.files["cookie-secret"] = b"n" * 32 + b"\n" + b"o" * 32 + b"\n"
    secrets = desk.load().settings.cookie.cookie_secrets
    assert secrets == (Secret(b"n" * 32), Secret(b"o" * 32))


@pytest.mark.parametrize(("content", "said"), [(b"\n", "empty"), (b"\xff", "not UTF-8")])
def test_a_client_secret_that_is_none_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        parse_client_secret(content)
