"""Which paths a rule means, and which it may mean."""

import pytest

from sidegate.gate.paths import Fit, Paths

NO, MAY, YES = Fit.NO, Fit.MAY, Fit.YES


@pytest.mark.parametrize(
    ("path", "fit"),
    [
        (b"/admin", YES),
        (b"/admin/", YES),
        (b"/admin/users", YES),
        (b"/administrator", NO),
        (b"/adm", NO),
        (b"/", NO),
        (b"/x/admin", NO),
        (b"/ADMIN/users", MAY),
        (b"/admin%2fusers", MAY),
        (b"/x/../admin", MAY),
        (b"//admin", MAY),
        (b"/%61dmin", MAY),
        (b"/x;/y", MAY),
    ],
)
def test_a_path_means_what_is_below_it_too(path: bytes, fit: Fit) -> None:
    for named in ("/admin", "/admin/"):
        assert Paths([named]).fit(path) is fit


def test_a_name_with_capitals_may_be_meant_without_them() -> None:
    for paths in (Paths(["/Admin"]), Paths(exact=["/Admin"]), Paths(patterns=["^/Admin$"])):
        assert paths.fit(b"/Admin") is YES
        assert paths.fit(b"/admin") is MAY
        assert paths.fit(b"/other") is NO


@pytest.mark.parametrize(
    ("path", "fit"),
    [
        (b"/a", YES),
        (b"/a/", MAY),
        (b"/A", MAY),
        (b"/a/b", NO),
        (b"/b", NO),
        (b"/a//", MAY),
    ],
)
def test_an_exact_path_is_one_path(path: bytes, fit: Fit) -> None:
    assert Paths(exact=["/a"]).fit(path) is fit


@pytest.mark.parametrize(
    ("path", "fit"), [(b"/v1/x", YES), (b"/V1/x", MAY), (b"/v/x", NO), (b"/v1//x", MAY)]
)
def test_a_pattern_is_searched_in_the_path(path: bytes, fit: Fit) -> None:
    assert Paths(patterns=["^/v[0-9]/"]).fit(path) is fit


def test_letters_outside_ascii_are_compared_decoded() -> None:
    paths = Paths(["/caf\u00e9"])
    assert paths.fit(b"/caf%C3%A9/menu") is YES
    assert paths.fit(b"/CAF%C3%89") is MAY


@pytest.mark.parametrize("paths", [Paths(), Paths(["/"]), Paths(["/a", "/"])])
def test_no_path_or_the_root_means_every_path_however_it_is_written(paths: Paths) -> None:
    for path in (b"/", b"/a", b"//a", b"/%2f", b"/x/../y"):
        assert paths.fit(path) is YES
    assert paths.are_all
