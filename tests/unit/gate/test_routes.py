"""Which paths need nobody."""

import pytest

from sidegate.gate.routes import Routes


def test_a_pattern_opens_its_paths_and_no_others() -> None:
    routes = Routes(["^/public/"], [])
    assert routes.is_public(b"GET", b"/public/x")
    assert not routes.is_public(b"GET", b"/private")


def test_a_method_is_exact_and_only_the_path_is_negated() -> None:
    routes = Routes(["get=^/a$", "POST!=^/b"], [])
    assert routes.is_public(b"GET", b"/a")
    assert not routes.is_public(b"HEAD", b"/a")
    assert routes.is_public(b"POST", b"/a")
    assert not routes.is_public(b"POST", b"/b")


def test_a_plain_regex_with_an_equals_sign_is_a_regex() -> None:
    routes = Routes(["^/a=b$"], [])
    assert routes.is_public(b"GET", b"/a=b")
    assert not routes.is_public(b"GET", b"/b")


@pytest.mark.parametrize(
    "path",
    [
        b"/public/../admin", b"/public/%2e%2e/admin", b"/public//x", b"/public/;x",
        b"/%70ublic/x", b"/public/#x", b"/public/%ef%bc%8e%ef%bc%8e/admin", b"//public/x",
    ],
)  # fmt: skip
def test_an_ambiguous_path_opens_nothing(path: bytes) -> None:
    assert not Routes(["^/public/"], []).is_public(b"GET", path)
    assert not Routes(["!=^/x"], []).is_public(b"GET", path)


@pytest.mark.parametrize("path", [b"/oauth2/auth", b"/oauth2/userinfo"])
def test_a_negated_pattern_does_not_open_the_gates_own_paths(path: bytes) -> None:
    assert not Routes(["!=^/private", "GET!=^/x"], []).is_public(b"GET", path)
    assert Routes(["!=^/private"], [], prefix="/gate").is_public(b"GET", path)
    assert Routes(["!=^/private", ".*"], []).is_public(b"GET", path)


@pytest.mark.parametrize("method", [b"HEAD", b"get", b"OPTIONS", b"GETX", b"GET, POST", b""])
def test_no_other_method_takes_the_place_of_one(method: bytes) -> None:
    assert not Routes(["GET=^/a", "GET!=^/b"], []).is_public(method, b"/a")


@pytest.mark.parametrize("method", [b"options", b"OPTIONSX", b"GET, OPTIONS", b"HEAD"])
def test_only_options_is_a_preflight(method: bytes) -> None:
    assert not Routes([], [], skip_auth_preflight=True).is_public(method, b"/a")


def test_paths_are_matched_decoded() -> None:
    assert Routes(["^/caf\u00e9$"], []).is_public(b"GET", b"/caf%C3%A9")


def test_a_dollar_does_not_match_before_a_line_break() -> None:
    assert not Routes(["^/a$"], []).is_public(b"GET", b"/a%0a")


def test_preflights_pass_where_asked_for() -> None:
    assert Routes([], [], skip_auth_preflight=True).is_public(b"OPTIONS", b"/a")
    assert Routes([], [], skip_auth_preflight=True).open_anything
    assert not Routes([], []).is_public(b"OPTIONS", b"/a")
    assert not Routes([], []).open_anything


def test_api_routes_only_choose_the_answer() -> None:
    routes = Routes([], ["^/api/"])
    assert routes.is_api(b"/api/x")
    assert not routes.is_api(b"/api//x")
    assert not routes.is_api(b"/page")
    two = Routes([], ["^/api/", "^/rpc/"])
    assert (two.is_api(b"/api/x"), two.is_api(b"/rpc/x"), two.is_api(b"/x")) == (True, True, False)
    assert not routes.is_public(b"GET", b"/api/x")


@pytest.mark.parametrize(
    ("pattern", "target", "is_api"),
    [
        (r"^/api\?x", b"/api?x=1", True),
        ("json$", b"/foo?y.json", True),
        ("^/api$", b"/api?x", False),
        ("/api", b"/x?u=/api", True),
        ("^/api", b"/api?\xff", True),
    ],
)
def test_an_api_route_sees_the_query_which_an_open_one_never_does(
    pattern: str, target: bytes, *, is_api: bool
) -> None:
    assert Routes([], [pattern]).is_api(target) is is_api


def test_a_pattern_re2_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="invalid perl operator"):
        Routes(["^/a(?=b)"], [])


def test_answers_are_remembered_in_bounds() -> None:
    routes = Routes(["^/a"], [])
    for number in range(5000):
        routes.is_public(b"GET", b"/a%d" % number)
    assert routes.is_public(b"GET", b"/a" + b"x" * 512)
    assert len(routes._known_open) == 5000 - 4096
