"""Readiness is a list of reasons not to be ready."""

from typing import cast

from sidegate.core.ports import Provider
from sidegate.observe.health import providers_away, public_reasons, unready_reasons


class _Provider:
    id = "oidc"

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def unready_reason(self) -> str:
        return self._reason


def _provider(reason: str) -> Provider:
    return cast("Provider", _Provider(reason))


def test_nothing_in_the_way_means_ready() -> None:
    assert unready_reasons(draining=False, providers=[_provider("")]) == []


def test_every_reason_is_named() -> None:
    providers = [_provider("not discovered yet"), _provider("refused")]
    reasons = unready_reasons(draining=True, providers=providers, store="no connection")
    assert reasons == [
        "draining",
        "store: no connection",
        "provider: oidc: not discovered yet",
        "provider: oidc: refused",
    ]


def test_one_provider_that_is_there_is_enough_and_the_others_are_named() -> None:
    providers = [_provider("away"), _provider("")]
    assert unready_reasons(draining=False, providers=providers) == []
    assert providers_away(providers) == ["oidc"]


def test_strangers_learn_only_the_kind_of_reason() -> None:
    reasons = ["draining", "provider: a: https://internal refused", "provider: b: x"]
    assert public_reasons(reasons) == ["draining", "provider"]
