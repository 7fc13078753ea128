"""Who asks, and by which name the log calls somebody."""

import asyncio

import pytest

from sidegate.core.identity import Identity
from sidegate.core.messages import Asker, Exchange, Peer
from sidegate.login.ports import asker_of, found_in, name_of
from tests.unit.login.fakes import NOW, Sessions, a_session, exchange
from tests.unit.login.slow import SlowSessions


def test_what_the_trust_rules_found_counts() -> None:
    made = exchange()
    made.asker = Asker("9.9.9.9", "https", "told.test", trusted=True)
    assert asker_of(made) is made.asker


@pytest.mark.parametrize(
    ("peer", "client", "scheme"),
    [
        (Peer("192.0.2.1", 5), "192.0.2.1", "http"),
        (Peer("192.0.2.1", 5, is_tls=True), "192.0.2.1", "https"),
        (Peer("", is_unix=True), "@", "http"),
    ],
)
def test_before_them_only_the_wire_counts(peer: Peer, client: str, scheme: str) -> None:
    made = Exchange(exchange(x_forwarded_host="evil", x_forwarded_proto="https").head, peer, 0.0)
    asker = asker_of(made)
    assert (asker.client, asker.scheme, asker.host) == (client, scheme, "app.example.com")
    assert not asker.trusted


def test_somebody_is_called_by_their_address_else_by_their_subject() -> None:
    assert name_of(Identity("sub", "a@b")) == "a@b"
    assert name_of(Identity("sub")) == "sub"


def test_what_was_found_is_there_at_once_or_after_a_while() -> None:
    held = a_session()
    for sessions in (Sessions(held), SlowSessions(held)):
        for cookie, expected in ((b"session=1", held), (None, None)):
            found = sessions.load(cookie, NOW)
            assert asyncio.run(found_in(found)) is expected
