"""Which application serves a path."""

import pytest

from sidegate.config.settings import Upstream
from sidegate.frontends.routing import Routing
from tests.kit.wire import ORIGIN


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (b"/exact", "/exact"),
        (b"/exact/", "/"),
        (b"/exact/more", "/"),
        (b"/a/x", "/a/"),
        (b"/a/b/", "/a/b/"),
        (b"/a/b", "/a/b/"),
        (b"/a", "/a/"),
        (b"/a/b/c/d", "/a/b/"),
        (b"/c", "/c"),
        (b"/c/x", "/c/"),
        (b"/A/x", "/"),
        (b"/%61/x", "/"),
        (b"", None),
        (b"*", None),
    ],
)
def test_an_exact_path_comes_first_then_the_longest_prefix(path: bytes, found: str | None) -> None:
    upstreams = [
        Upstream(path=p, origin=ORIGIN) for p in ("/", "/a/", "/exact", "/a/b/", "/c", "/c/")
    ]
    upstream = Routing(upstreams).find(path)
    assert (upstream and upstream.path) == found
