"""A secret is shown to nobody who did not ask for it by name."""

import copy
import json
import pickle
import traceback

import pytest

from sidegate.core.identity import Tokens
from sidegate.core.secret import Secret

HIDDEN = "hunter2"


@pytest.mark.parametrize(
    "shown",
    [
        repr(Secret(HIDDEN)),
        str(Secret(HIDDEN)),
        f"{Secret(HIDDEN)}",
        f"{Secret(HIDDEN):>20}",
        f"{Secret(HIDDEN)!a}",
        "%s %r" % (Secret(HIDDEN), Secret(HIDDEN)),  # noqa: UP031 - loggers format like this
        repr([Secret(HIDDEN.encode())]),
        repr(Tokens(access_token=Secret(HIDDEN), refresh_token=Secret(HIDDEN))),
        repr(ValueError(Secret(HIDDEN))),
    ],
)
def test_no_way_of_printing_shows_it(shown: str) -> None:
    assert HIDDEN not in shown
    assert "***" in shown


def test_only_reveal_gives_it_back() -> None:
    assert Secret(HIDDEN).reveal() == HIDDEN
    assert Secret(b"x").reveal() == b"x"


def test_it_is_compared_by_its_value_and_with_secrets_only() -> None:
    assert Secret(HIDDEN) == Secret(HIDDEN)
    assert Secret(HIDDEN) != Secret("other")
    assert Secret(HIDDEN) != HIDDEN
    assert hash(Secret(HIDDEN)) == hash(Secret(HIDDEN))
    assert hash(Secret(HIDDEN)) != hash(HIDDEN)


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("x")


@pytest.mark.parametrize("leak", [pickle.dumps, copy.deepcopy, json.dumps])
def test_it_is_not_written_out(leak: object) -> None:
    with pytest.raises(TypeError) as raised:
        leak(Secret(HIDDEN))  # type: ignore[operator] # functions of one argument
    assert HIDDEN not in "".join(traceback.format_exception(raised.value, limit=0))


def test_it_has_no_attributes_to_look_into() -> None:
    with pytest.raises(TypeError):
        vars(Secret(HIDDEN))
