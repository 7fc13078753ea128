"""A program is told from a browser by what it accepts, or by where it asks."""

import pytest

from sidegate.core.messages import RequestHead
from sidegate.pages.negotiate import wants_json


def head(accept: bytes | None) -> RequestHead:
    made = RequestHead()
    made.index = {} if accept is None else {b"accept": accept}
    return made


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        (b"application/json", True),
        (b"text/html, application/json", True),
        (b"text/html ,\tapplication/json\t", True),
        (b"application/json;q=1", False),
        (b"application/jsonp", False),
        (b"application/*", False),
        (b"*/*", False),
        (b"text/html,application/xhtml+xml,*/*;q=0.8", False),
        (b"", False),
        (None, False),
    ],
)
def test_accept_decides(accept: bytes | None, json: bool) -> None:  # noqa: FBT001 - a column
    assert wants_json(head(accept), is_api=False, force=False) is json


def test_an_api_route_and_the_option_decide_before_it() -> None:
    assert wants_json(head(b"text/html"), is_api=True, force=False)
    assert wants_json(head(None), is_api=False, force=True)
