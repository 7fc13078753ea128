"""A secret never shows itself by accident."""

import copy
import json
import pickle

import pytest

from sidegate.core.identity import Tokens
from sidegate.core.secret import Secret

CANARY = "canary-d7f3"
SECRET = Secret(CANARY)


@pytest.mark.parametrize(
    "shown",
    [
        repr(SECRET),
        str(SECRET),
        f"{SECRET}",
        f"{SECRET!r:>40}",
        "%s" % SECRET,  # noqa: UP031 - old code formats this way
        repr([SECRET]),
        repr({"token": SECRET}),
        repr(Tokens(access_token=SECRET)),
        repr(Secret(CANARY.encode())),
    ],
)
def test_no_way_of_printing_shows_it(shown):
    assert CANARY not in shown
    assert "***" in shown


def test_revealing_is_the_one_way_to_have_it():
    assert SECRET.reveal() == CANARY


def test_it_cannot_leave_by_pickle_copy_or_json():
    for leave in (pickle.dumps, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            leave(SECRET)


def test_an_empty_secret_is_false_so_that_it_is_not_taken_for_one():
    assert not Secret("")
    assert SECRET


def test_equal_secrets_are_equal_and_count_once():
    assert Secret("a") == Secret("a")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
