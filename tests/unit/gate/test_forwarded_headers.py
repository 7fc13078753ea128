"""Fields that only a proxy has a right to send."""

import pytest

from sidegate.gate.forwarded_headers import (
    NEVER,
    OF_PROXIES,
    OF_PROXIES_FAMILIES,
    WRITTEN,
    unanswered,
)
from sidegate.gate.identity_headers import STRIPPED
from sidegate.http1.names import Passes, fold

FROM_CLIENTS = Passes(WRITTEN | NEVER | OF_PROXIES, OF_PROXIES_FAMILIES)


@pytest.mark.parametrize("name", sorted(WRITTEN | NEVER | OF_PROXIES))
def test_names_are_folded_and_drop_every_spelling(name: bytes) -> None:
    assert fold(name) == name
    for spelling in (name, name.replace(b"-", b"_"), name.replace(b"-", b".")):
        assert not FROM_CLIENTS[spelling]


@pytest.mark.parametrize(
    "name",
    [
        b"x-ssl-client-s-dn", b"ssl-client-verify", b"x-forwarded-tls-client-cert-info",
        b"x-webauth-role", b"x-authentik-username", b"x-ms-client-principal-name",
    ],
)  # fmt: skip
def test_families_are_dropped_whole(name: bytes) -> None:
    assert not FROM_CLIENTS[name]


@pytest.mark.parametrize(
    "name",
    [
        b"x-forwarded-users", b"x-custom", b"authorization", b"user-agent", b"via", b"traceparent",
        b"x-b3-traceid", b"x-requested-with", b"x-http-method-override", b"x-csrf-token", b"prefer",
        b"x-api-key", b"origin", b"range", b"x-user", b"x-auth-token", b"x-original-filename",
    ],
)  # fmt: skip
def test_what_clients_may_say_passes(name: bytes) -> None:
    assert FROM_CLIENTS[name]


def test_nothing_is_both_of_proxies_and_of_the_gate_alone() -> None:
    assert OF_PROXIES.isdisjoint(WRITTEN | NEVER | STRIPPED)


def test_a_proxy_answers_for_all_until_it_is_said_for_which() -> None:
    assert unanswered(()) == (frozenset(), ())


def test_a_proxy_answers_for_what_is_named_and_for_families_of_it() -> None:
    names, families = unanswered(("X-Forwarded-For", "X-WebAuth-User", "X-Of-Ours"))
    assert names == (OF_PROXIES | WRITTEN) - {b"x-forwarded-for"}
    assert set(OF_PROXIES_FAMILIES) - set(families) == {b"x-webauth-"}
