"""Forms are read strictly: nothing is dropped, nothing is repaired."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.errors import BadRequest, DuplicateParameter
from sidegate.login.form import Form, quoted


def test_pairs_are_decoded_in_order() -> None:
    form = Form(b"a=1&b=x+y%20z&a=2&flag&&e=%C3%A9")
    assert form.first("a") == "1"
    assert form.all("a") == ["1", "2"]
    assert form.first("b") == "x y z"
    assert form.first("flag") == ""
    assert form.first("e") == "é"
    assert form.first("absent") is None


def test_a_semicolon_separates_nothing() -> None:
    assert Form(b"groups=g1;g9").all("groups") == ["g1;g9"]


@pytest.mark.parametrize("raw", [b"a=%zz", b"a=%", b"a=%4", b"%g1=a", b"a=%FF", b"a=%C3"])
def test_a_broken_escape_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        Form(raw)


@pytest.mark.parametrize("raw", [b"a=1&a=2", b"a&a", b"a=1&%61=1"])
def test_a_duplicate_is_seen_in_every_spelling(raw: bytes) -> None:
    with pytest.raises(DuplicateParameter):
        Form(raw).refuse_duplicates()


@given(st.binary(max_size=64))
def test_any_bytes_give_a_form_or_our_error(raw: bytes) -> None:
    with contextlib.suppress(BadRequest):
        Form(raw)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_quoted_reads_back_the_same(text: str) -> None:
    assert Form(b"v=" + quoted(text).encode("ascii")).first("v") == text
