"""A cookie goes to its domain and path and what is below, and to nothing that only looks so."""

import pytest

from sidegate.config.cookie_scope import covers, lies_in


@pytest.mark.parametrize(
    ("host", "domain", "inside"),
    [
        ("a.test", "a.test", True),
        ("app.a.test", ".A.test", True),
        ("evil-a.test", "a.test", False),
        ("a.test", "app.a.test", False),
        ("a.test", "", False),
        ("a.test", ".", False),
    ],
)
def test_a_host_lies_in_a_domain(host: str, domain: str, *, inside: bool) -> None:
    assert lies_in(host, domain) is inside


@pytest.mark.parametrize(
    ("cookie_path", "path", "covered"),
    [
        ("/", "/x", True),
        ("/x", "/x", True),
        ("/x/", "/x/y", True),
        ("/x", "/x/", True),
        ("/x", "/xy", False),
        ("/x/", "/x", False),
        ("/x", "/", False),
    ],
)
def test_a_path_covers_a_path(cookie_path: str, path: str, *, covered: bool) -> None:
    assert covers(cookie_path, path) is covered
