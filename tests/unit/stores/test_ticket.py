"""A ticket is an id that only the browser has; what follows from it cannot be undone."""

import os
from math import nan
from struct import pack

import pytest

from sidegate.stores.ticket import Ticket, session_name, session_sealer, unpack_ticket

ID = "x" * 43


def test_a_ticket_comes_back_as_it_was() -> None:
    ticket = Ticket(ID, 1_800_000_000.25)
    assert unpack_ticket(ticket.pack()) == ticket


@pytest.mark.parametrize(
    "data",
    [b"", b"x", pack(">d", 1.0), pack(">d", nan) + b"id", pack(">d", 1.0) + b"\xff"],
)
def test_anything_else_is_no_ticket(data: bytes) -> None:
    assert unpack_ticket(data) is None


def test_the_name_is_steady_and_says_nothing_of_the_id() -> None:
    name = session_name(ID)
    assert name == session_name(ID) != session_name("y" * 43)
    assert len(name) == 40
    assert ID[:4] not in name


def test_only_the_id_opens_what_was_sealed_with_it() -> None:
    sealed = session_sealer(ID, os.urandom).seal(b"session", b"name").encode()
    assert session_sealer(ID, os.urandom).open(sealed, b"name") == b"session"
    assert session_sealer(ID, os.urandom).open(sealed, b"other") is None
    for other in ("y" * 43, session_name(ID)):
        assert session_sealer(other, os.urandom).open(sealed, b"name") is None
