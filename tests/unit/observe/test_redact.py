"""Nothing secret comes out, and one event stays one line."""

import time
from base64 import b64encode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.secret import Secret
from sidegate.observe.redact import Redactor, escape, escape_word, is_secret_name

CANARY = "c4n4rySECRETvalue"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjNG40cnkifQ.c4n4rySIGNATURE"
REDACTOR = Redactor("/oauth2")


@pytest.mark.parametrize(
    "target",
    [
        "/app?code={}",
        "/app?a=1&access_token={}&b=2",
        "/app?id_token={}",
        "/app?refresh_token={}",
        "/app?token={}",
        "/app?client_secret={}",
        "/app?password={}",
        "/app?id_token_hint={}",
        "/app?code_verifier={}",
        "/app?nonce={}",
        "/app?client_assertion={}",
        "/app?Access-Token={}",
        "/app?c%6fde={}",
        "/app?c%256fde={}",
        "/app?user[password]={}",
        "/app?user.state={}",
        "/app?a=1;state={}",
        "/app?x?code={}",
        "/app;code={}",
        "/app;a=1;access_token={}",
        "/app#access_token={}",
        "/app?next=https%3A%2F%2Fx.test%2Fcb%3Fcode%3D{}%26a%3D1",
        "/app?next=https%3A%2F%2Fx.test%2Fcb%3Fa%3D1%26state%3D{}",
        "/app?next=%252Fcb%253Fcode%253D{}",
        "/app?u=https://ann:{}@x.test/",
        "/app?h=Bearer+{}",
        "/app?h=Bearer%20{}",
        "/oauth2/callback?code=1&x={}",
        "/oauth2/callback?{}",
        "/oauth2?x={}",
    ],
)
def test_a_secret_in_a_target_is_masked_wherever_it_hides(target: str) -> None:
    shown = REDACTOR.uri(target.format(CANARY).encode())
    assert CANARY not in shown
    assert shown.startswith(("/app", "/oauth2"))


@pytest.mark.parametrize("target", ["/app/{}", "/app?x={}", "/app?{}", "/app?x=a%20{}"])
def test_a_jwt_in_a_target_is_masked_whatever_its_parameter_is_called(target: str) -> None:
    shown = REDACTOR.uri(target.format(JWT).encode())
    assert "eyJ" not in shown
    assert "SIGNATURE" not in shown


def test_harmless_targets_are_logged_as_they_came() -> None:
    for target in ("/", "/a/b-c_d~e.html", "/search?q=shoes&page=2", "/a%20b?x=%20", "/a?b", "/a?"):
        assert REDACTOR.uri(target.encode()) == target


def test_an_own_endpoint_is_logged_without_its_query_and_others_keep_theirs() -> None:
    assert REDACTOR.uri(b"/oauth2/start?rd=/x") == "/oauth2/start"
    assert REDACTOR.uri(b"/oauth2x?rd=/x") == "/oauth2x?rd=/x"
    assert REDACTOR.uri(b"/app?code=1&b=2") == "/app?code=***&b=2"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        "proxy-authorization: Custom a b {}",
        "sent bearer {} to it",
        "Basic {}=",
        "Cookie: a=b; _oauth2_proxy={}",
        "set-cookie: x={}; Path=/",
        '{{"access_token": "{}", "x": 1}}',
        '{{\\"refresh_token\\":\\"{}\\"}}',
        "{{'client_secret': '{}'}}",
        "[(b'cookie', b'{}')]",
        "('code', '{}')",
        "token: {}",
        "password = {}",
        'password="two words {}"',
        "https://ann:{}@host/x failed",
        "redis://:a/b@{}@host:6379/0",
        "rediss://:{}@host",
        "grant_type=authorization_code&code={}&redirect_uri=x",
        "https://x.test/cb?state={}#x",
    ],
)
def test_a_secret_in_free_text_is_masked(text: str) -> None:
    assert CANARY not in REDACTOR.text(text.format(CANARY))


def test_a_jwt_and_a_sealed_cookie_value_are_masked_by_their_shape() -> None:
    sealed = "Ab9_-" * 40
    shown = REDACTOR.text(f"odd {JWT} and {sealed}.{sealed} here")
    assert shown == "odd *** and *** here"


def test_a_secret_of_the_configuration_is_masked_even_when_somebody_echoes_it() -> None:
    redactor = Redactor("/oauth2", [Secret("s3cr3t/value"), Secret(b"binary\xff\xfe12")])
    shown = redactor.text("no s3cr3t/value, no s3cr3t%2Fvalue, no binary\xff\xfe12")
    assert shown == "no ***, no ***, no ***"
    assert "s3cr3t" not in repr(redactor)


def test_ordinary_sentences_stay_readable() -> None:
    for text in (
        "connection refused: 127.0.0.1:8080",
        "status 502 after 3 tries",
        "reason=timeout",
    ):
        assert REDACTOR.text(text) == text


def test_a_cut_never_hides_a_secret_from_the_mask() -> None:
    for cut in range(1, 40):
        shown = REDACTOR.uri(f"/app/{'x' * 10}/{JWT}".encode(), limit=cut)
        assert "eyJ" not in shown


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (JWT, JWT),
        ("Ab9_-" * 30, "Ab9_-"),
        (f"https://user:{CANARY}@host/", CANARY),
        (f"postgres://user:{CANARY}@host/", CANARY),
        (f"token={CANARY}", CANARY),
        (f"-----BEGIN PRIVATE KEY-----{CANARY}", CANARY),
        (f"Authorization: Bearer {CANARY}", CANARY),
        ("kn0wn/" + "s3cret" * 200, "s3cret"),
    ],
)
def test_nor_does_the_end_of_what_is_looked_at_in_a_text_without_end(
    text: str, secret: str
) -> None:
    redactor = Redactor("/oauth2", [Secret("kn0wn/" + "s3cret" * 200)])
    pieces = {secret[at : at + 4] for at in range(max(1, len(secret) - 4))}
    for shrinks in ("", f"password={'x' * 900} "):
        for before in range(0, 1000, 4):  # eight characters: less than any of these secrets
            shown = redactor.text(f"{shrinks}{'. ' * before}{text} {'. ' * 4000}", 700)
            assert not any(piece in shown for piece in pieces), before


def test_of_a_text_without_end_the_beginning_is_shown_and_no_more_is_looked_at() -> None:
    assert REDACTOR.text("token=" + "x" * 9000 + " y") == "token=***..."
    assert REDACTOR.uri(b"/a?token=" + b"x" * 9000 + b"&b=1") == "/a?token=***..."
    assert REDACTOR.uri(b"/" + b"%3D;" * 4000, 20) == "/%3D;%3D;%3D;%3D;%3D..."


@pytest.mark.parametrize(
    "name", ["code", "CODE", "id-token", "x[code]", "x_amz_signature", "co%64e"]
)
def test_secret_names_are_known_in_every_spelling(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["", "q", "codex", "reason", "status", "country_code", "page"])
def test_other_names_are_not_secret(name: str) -> None:
    assert not is_secret_name(name)


def test_escapes_can_be_read_back() -> None:
    assert escape('a"b\\c\r\n\x1b\x85é€😀') == r"a\"b\\c\x0d\x0a\x1b\x85\xe9\u20ac\U0001f600"
    assert escape_word("a b") == r"a\x20b"
    assert escape_word("") == "-"


@given(st.binary(max_size=300))
def test_any_target_comes_out_as_printable_ascii_on_one_line(target: bytes) -> None:
    shown = REDACTOR.uri(target)
    assert shown.isascii()
    assert shown == "" or shown.isprintable()


@given(st.text(max_size=300))
def test_any_text_comes_out_as_printable_ascii_on_one_line(text: str) -> None:
    shown = escape(REDACTOR.text(text))
    assert shown.isascii()
    assert shown == "" or shown.isprintable()


@given(st.text(alphabet="abcXYZ019_-", min_size=12, max_size=30), st.text(max_size=40))
def test_a_parameter_with_a_secret_name_never_shows_its_value(secret: str, rest: str) -> None:
    canary = f"QQ{secret}QQ"
    target = b"/a?" + rest.encode("utf-8", "surrogatepass") + b"&code=" + canary.encode()
    assert canary not in REDACTOR.uri(target)


@pytest.mark.parametrize(
    "piece",
    ["token", "a://", "bearer ", "code=%26", "eyJ", "https://@", '"', "%25", "token:", "a-", '\\"'],
)
def test_a_hostile_target_of_full_length_costs_milliseconds_not_seconds(piece: str) -> None:
    target = ("/?x=" + "@" + piece * (16384 // len(piece))).encode()
    before = time.process_time()
    REDACTOR.uri(target)
    REDACTOR.text(target.decode())
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize("written", ["{0}", "{1}", "{2}", "{3}", "whsec_{1}", "x={1}&y"])
def test_a_known_key_is_masked_however_it_is_written(written: str) -> None:
    key = bytes(range(200, 232))
    forms = (key.hex(), b64encode(key).decode(), urlsafe_b64encode(key).decode().rstrip("="))
    redactor = Redactor("/oauth2", [Secret(key)])
    text = f"it said {written}".format(key.decode("latin-1"), forms[1], forms[0], forms[2])
    shown = redactor.text(text)
    assert not [one for one in (key.decode("latin-1"), *forms) if one in shown]
    assert shown.startswith("it said ")


@pytest.mark.parametrize("end", ["\n", "\\n", " ", "%0A"])
@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "ENCRYPTED "])
def test_a_private_key_is_masked_whoever_wrote_it(kind: str, end: str) -> None:
    block = end.join(
        [f"-----BEGIN {kind}PRIVATE KEY-----", CANARY, CANARY, f"-----END {kind}PRIVATE KEY-----"]
    )
    for text in (f"before {block} after", f"before {block[:80]}"):
        shown = REDACTOR.text(text)
        assert CANARY[:8] not in shown
        assert shown.startswith("before ***")
    assert shown.endswith("***")
    assert REDACTOR.text(f"{block} after").endswith(" after")
