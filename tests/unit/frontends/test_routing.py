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
        (b"/a/b", "/a/"),
        (b"/a", "/"),
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


@pytest.mark.parametrize(
    ("path", "is_entrance"),
    [(b"/a", True), (b"/a/", False), (b"/c", False), (b"/a?x", None), (b"", None), (b"/ab", None)],
)
def test_a_path_that_nothing_serves_leads_below_it(path: bytes, *, is_entrance: bool) -> None:
    upstreams = [Upstream(path=p, origin=ORIGIN) for p in ("/a/", "/c", "/c/")]
    found = Routing(upstreams).find(path)
    assert (found and found.is_entrance) is is_entrance


def test_the_root_has_no_entrance() -> None:
    assert Routing([Upstream(path="/", origin=ORIGIN)]).find(b"") is None
