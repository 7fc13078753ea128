"""Every error has a status, a stable code of its own, and words that give nothing away."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest

from sidegate.core import errors
from sidegate.core.errors import (
    ConfigurationError,
    ProviderError,
    RequestError,
    SidegateError,
    SignInError,
    UpstreamError,
)


def tree(root: type[SidegateError]) -> Iterator[type[SidegateError]]:
    """Yield the errors of the drawing; other modules may refine them, under the same code."""
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child)


ALL = list(tree(SidegateError))


@pytest.mark.parametrize("error", ALL)
def test_an_error_can_be_answered(error: type[SidegateError]) -> None:
    assert 400 <= HTTPStatus(error.status) < 600
    assert error.code.replace("_", "").isalpha()
    assert error.code == error.code.lower()
    assert error.public.endswith(".")
    assert error.__doc__


def test_a_code_means_one_thing() -> None:
    # `bad_request` stands for the whole family too; no other code is shared.
    codes = [error.code for error in ALL]
    assert [code for code in codes if codes.count(code) > 1] == ["bad_request"] * 2


@pytest.mark.parametrize(
    ("family", "statuses"),
    [
        (RequestError, range(400, 500)),
        (SignInError, range(400, 500)),
        (ProviderError, [403, 502, 503]),
        (UpstreamError, [502, 504]),
    ],
)
def test_whose_fault_it_is_decides_the_status(family: type[SidegateError], statuses: range) -> None:
    assert {error.status for error in tree(family)} <= set(statuses)


@pytest.mark.parametrize("error", ALL)
def test_the_drawing_shows_every_error_with_its_status(error: type[SidegateError]) -> None:
    drawing = errors.__doc__ or ""
    (line,) = [
        text for text in drawing.splitlines() if text.strip(" │├└─").split(" ")[0] == error.__name__
    ]
    is_leaf = not error.__subclasses__() and error is not ConfigurationError
    assert not is_leaf or str(error.status) in line


def test_a_configuration_error_lists_every_mistake() -> None:
    error = ConfigurationError(["a: wrong", "b: wrong"])
    assert error.mistakes == ["a: wrong", "b: wrong"]
    assert str(error) == "a: wrong\nb: wrong"
