"""The Cookie header is read without surprises, and Set-Cookie cannot be broken by its parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.http1.cookies import containing, read_cookies, set_cookie, without


@pytest.mark.parametrize(
    ("header", "pairs"),
    [
        (b"", []),
        (b"a=1", [(b"a", b"1")]),
        (b"a=1; b=2;c=3", [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]),
        (b"a=1; a=2", [(b"a", b"1"), (b"a", b"2")]),
        (b"a=1; broken; =nameless; b=2", [(b"a", b"1"), (b"b", b"2")]),
        (b"=__Host-s=evil", []),
        (b"__Host-s =x", [(b"__Host-s ", b"x")]),
        (b"\t__Host-s=x", [(b"\t__Host-s", b"x")]),
        (b'a="1\\"; b=2', [(b"a", b'"1\\"'), (b"b", b"2")]),
        (b"a=b=c", [(b"a", b"b=c")]),
        (b"a=\xff\x00; b=2", [(b"a", b"\xff\x00"), (b"b", b"2")]),
        (b"a=; ;;b=2;", [(b"a", b""), (b"b", b"2")]),
    ],
)
def test_a_broken_pair_never_drops_the_others(
    header: bytes, pairs: list[tuple[bytes, bytes]]
) -> None:
    assert read_cookies(header) == pairs


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(header: bytes) -> None:
    for name, value in read_cookies(header):
        assert name
        assert b";" not in name + value


def _is_ours(name: bytes) -> bool:
    return name == b"s"


def test_the_same_object_comes_back_when_nothing_is_removed() -> None:
    header = b"a=1;  sx=2; xs=3"
    assert without(header, _is_ours) is header


@pytest.mark.parametrize(
    ("header", "rest"),
    [
        (b"s=1", None),
        (b"s=1; s=2", None),
        (b"s=1; ", None),
        (b"s=1; a=1", b"a=1"),
        (b"a=1; s=1", b"a=1"),
        (b"a=1; s=1; b= 2 ;c", b"a=1; b= 2 ;c"),
        (b"a=1;\ts =1", b"a=1"),
        (b"a=1; s", b"a=1"),
        (b"a=s=1; s=2", b"a=s=1"),
    ],
)
def test_other_cookies_keep_their_order_and_bytes(header: bytes, rest: bytes | None) -> None:
    assert without(header, _is_ours) == rest


@given(st.lists(st.sampled_from([b"s=1", b"a=1", b"s", b" s=2", b"", b"b=s", b"ss=1"])))
def test_no_cookie_of_ours_is_left_over(parts: list[bytes]) -> None:
    rest = without(b";".join(parts), _is_ours) or b""
    assert not any(_is_ours(name) for name, _ in read_cookies(rest))
    assert [p for p in read_cookies(b";".join(parts)) if p[0] != b"s"] == read_cookies(rest)


PAIRS = st.lists(
    st.sampled_from([b"a=1", b" b=2", b"s=x", b" s=y", b"\ts =z", b" s_0=", b" as=s", b"", b" "])
)


@given(PAIRS)
def test_one_cookie_of_ours_is_taken_out_as_many_are(parts: list[bytes]) -> None:
    header = b";".join(parts)
    ours = [part for part in parts if b"s" in part]
    assert containing(header, b"s") == b";".join(ours)

    def is_ours(name: bytes) -> bool:
        return name in (b"s", b"s_0")

    kept = [part for part in parts if not is_ours(part.partition(b"=")[0].strip(b" \t"))]
    rest = header if len(kept) == len(parts) else b";".join(kept).strip(b" ") or None
    assert without(header, is_ours, b"s") == rest


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({}, "n=v; HttpOnly; Secure"),
        (
            {"path": "/", "domain": ".example.com", "max_age": 900, "samesite": "lax"},
            "n=v; Path=/; Domain=example.com; Max-Age=900; HttpOnly; Secure; SameSite=Lax",
        ),
        ({"max_age": -3600, "samesite": "none"}, "n=v; Max-Age=0; HttpOnly; Secure; SameSite=None"),
        ({"secure": False, "httponly": False, "samesite": "strict"}, "n=v; SameSite=Strict"),
    ],
)
def test_attributes_stand_in_their_usual_order(attributes: dict[str, object], text: str) -> None:
    assert set_cookie("n", "v", **attributes) == text  # type: ignore[arg-type] # table of keywords


@pytest.mark.parametrize(
    "parts",
    [
        {"name": "a b"},
        {"name": "a=b"},
        {"name": ""},
        {"name": "ä"},
        {"value": "a;b"},
        {"value": "a\r\nb"},
        {"value": '"a"'},
        {"value": "ä"},
        {"path": "/;x"},
        {"path": "/\n"},
        {"domain": "*.example.com"},
        {"domain": "a.test:80"},
        {"samesite": "Lax; x"},
    ],
)
def test_text_that_would_break_the_field_is_refused(parts: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="cookie"):
        set_cookie(**{"name": "n", "value": "v", **parts})  # type: ignore[arg-type] # same table


def test_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(ValueError, match="cookie") as caught:
        set_cookie("n", "canary;x")
    assert "canary" not in str(caught.value)
