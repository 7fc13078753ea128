"""The same bytes are one document, whoever reads them."""

import pytest

from sidegate.oidc.strict_json import JsonRejected, parse_json, parse_object


def test_an_object_is_returned() -> None:
    assert parse_object(b'{"a": [1, {"b": null}], "c": "\xc3\xa9\\u00e9"}') == {
        "a": [1, {"b": None}],
        "c": "éé",
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b"{} x",
        b"{'a': 1}",
        b'{"a": 1, "a": 1}',
        b'{"x": {"a": 1, "\\u0061": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\n"}',
        b'{"a":' * 100_000,
        b'{"a":' + b"[" * 100_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
    ],
)
def test_what_two_readers_may_read_differently_is_refused(data: bytes) -> None:
    with pytest.raises(JsonRejected):
        parse_object(data)


def test_other_values_are_read_as_strictly_where_they_are_asked_for() -> None:
    assert parse_json(b'[{"a": 1}]') == [{"a": 1}]
    with pytest.raises(JsonRejected):
        parse_json(b'[{"a": 1, "a": 2}]')


def test_the_message_does_not_quote_the_document() -> None:
    with pytest.raises(JsonRejected) as caught:
        parse_object(b'{"token": "s3cret" x}')
    assert "s3cret" not in str(caught.value)
    assert "token" not in str(caught.value)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_has_a_limit_of_its_own(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    assert parse_object(b'{"a":' + opening * 63 + b"1" + closing * 63 + b"}")
    with pytest.raises(JsonRejected, match="nested too deeply"):
        parse_object(b'{"a":' + opening * 64 + b"1" + closing * 64 + b"}")


def test_brackets_inside_text_are_no_nesting() -> None:
    text = b"[{" * 100 + b'\\"' + b"[" * 100
    assert parse_object(b'{"a":"' + text + b'"}')["a"].startswith("[{")


def test_text_that_never_ends_is_looked_at_once() -> None:
    # Quadratic would be minutes here; the suite's time limit is the assertion.
    with pytest.raises(JsonRejected):
        parse_object(b'{"a":"' + b'\\"' * 500_000)
