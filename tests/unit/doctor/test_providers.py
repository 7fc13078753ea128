"""Clocks are compared by the Date of answers, and addresses are known before anybody is asked."""

import asyncio

import pytest

from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.doctor.providers import Heard, called, make, skew_of
from tests.unit.doctor.conftest import MakeScene


def heard(at: float, **fields: str) -> Heard:
    return Heard("https://login.test", FetchResponse(200, fields, b""), at)


@pytest.mark.parametrize(
    ("at", "skew"), [(1_700_000_000.5, 0.0), (1_700_000_060.5, -60.0), (1_699_999_000.5, 1000.0)]
)
def test_the_skew_is_the_date_less_our_time(at: float, skew: float) -> None:
    assert skew_of(heard(at, date="Tue, 14 Nov 2023 22:13:20 GMT")) == skew


@pytest.mark.parametrize(
    "fields", [{}, {"date": "soon"}, {"date": "Tue, 14 Nov 2023 22:13:20 GMT", "age": "9"}]
)
def test_without_a_date_of_now_there_is_no_skew(fields: dict[str, str]) -> None:
    assert skew_of(heard(0.0, **fields)) is None


async def nobody(_: FetchRequest, /) -> FetchResponse:
    raise AssertionError("nobody is asked")


@pytest.mark.parametrize(
    ("flags", "urls"),
    [
        ([], ["https://login.test"]),
        (
            ["--oidc-jwks-url=https://keys.test/jwks"],
            ["https://login.test", "https://keys.test/jwks"],
        ),
        (
            ["--provider=github", "--oidc-issuer-url=", "--github-org=o"],
            [
                "https://github.com/login/oauth/authorize",
                "https://github.com/login/oauth/access_token",
            ],
        ),
    ],
)
def test_addresses_of_a_provider_are_known_without_asking_it(
    make_scene: MakeScene, flags: list[str], urls: list[str]
) -> None:
    async def addresses() -> list[str]:
        scene = make_scene(*flags)
        one = scene.settings.providers[0]
        return called(one, make(one, nobody, scene))

    assert asyncio.run(addresses()) == urls
