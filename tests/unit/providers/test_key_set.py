"""Keys are fetched when they are missed or old, by one for all, and not more often than that."""

import asyncio
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import ProviderUnavailable
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.oidc.jwks import LONGEST_AGE, MAX_AGE, REFETCH_COOLDOWN
from sidegate.oidc.jws import KeyNotFound
from sidegate.providers.key_set import Keys, KeySet
from tests.unit.oidc.tokens import NOW, jwk, key_set
from tests.unit.providers.script import ScriptedFetch, Turn, reply

URL = "https://idp.example/certs"
GONE = ProviderUnavailable("https://idp.example: refused")


class Stage:
    """A key set, the issuer behind it, and a clock."""

    def __init__(self, rsa: RSAKey) -> None:
        self.now = float(NOW)
        self.rsa = rsa
        self.fetch = ScriptedFetch()
        self.keys = KeySet(self.fetch, lambda: self.now, Turn())
        self.publishes("k1")
        asyncio.run(self.keys.fill(URL))

    def publishes(self, *kids: str) -> None:
        self.fetch.expect(f"GET {URL}", reply(key_set(*(jwk(self.rsa, kid=k) for k in kids))))

    def ask(self, kid: str) -> dict[str, Any]:
        return asyncio.run(self.keys.claims(needs(kid)))


def needs(kid: str) -> Any:
    def check(keys: Keys) -> dict[str, Any]:
        if not any(key.kid == kid for key in keys):
            raise KeyNotFound(kid)
        return {"kid": kid}

    return check


@pytest.fixture
def stage(rsa: RSAKey) -> Stage:
    return Stage(rsa)


def test_before_the_first_fetch_there_is_nothing_to_verify_with() -> None:
    keys = KeySet(ScriptedFetch(), lambda: 0.0, Turn())
    with pytest.raises(ProviderUnavailable):
        asyncio.run(keys.claims(needs("k1")))


def test_a_known_key_asks_nobody(stage: Stage) -> None:
    assert stage.ask("k1") == {"kid": "k1"}
    assert stage.fetch.is_played()


def test_an_unknown_key_is_fetched_before_it_is_missed(stage: Stage) -> None:
    stage.publishes("k1", "k2")
    assert stage.ask("k2") == {"kid": "k2"}


def test_a_flood_of_unknown_keys_is_one_request_per_cool_down(stage: Stage) -> None:
    async def flood() -> list[Any]:
        asks = (stage.keys.claims(needs(f"made-up-{n}")) for n in range(200))
        return await asyncio.gather(*asks, return_exceptions=True)

    stage.publishes("k1")
    assert {type(outcome) for outcome in asyncio.run(flood())} == {KeyNotFound}
    assert len(stage.fetch.asked) == 2
    stage.now += REFETCH_COOLDOWN
    stage.publishes("k2")
    assert stage.ask("k2") == {"kid": "k2"}


def test_old_keys_are_fetched_anew_and_serve_while_the_issuer_is_away(stage: Stage) -> None:
    stage.now += MAX_AGE
    stage.fetch.expect(f"GET {URL}", GONE)
    assert stage.ask("k1") == {"kid": "k1"}
    stage.now += REFETCH_COOLDOWN
    stage.publishes("k2")
    with pytest.raises(KeyNotFound):
        stage.ask("k1")


def test_keys_that_were_just_renewed_for_their_age_keep_no_new_key_out(stage: Stage) -> None:
    stage.now += MAX_AGE
    stage.publishes("k1")
    assert stage.ask("k1") == {"kid": "k1"}
    stage.publishes("k1", "k2")
    assert stage.ask("k2") == {"kid": "k2"}
    with pytest.raises(KeyNotFound):
        stage.ask("k3")  # asks nobody


def test_a_fill_that_fails_leaves_what_was_known(stage: Stage) -> None:
    stage.fetch.expect(f"GET {URL}", GONE)
    with pytest.raises(ProviderUnavailable):
        asyncio.run(stage.keys.fill(URL))
    assert stage.ask("k1") == {"kid": "k1"}


def test_while_one_asks_for_old_keys_the_others_do_not_wait(stage: Stage) -> None:
    silence = asyncio.Event()

    async def silent(_: FetchRequest) -> FetchResponse:
        await silence.wait()
        raise GONE

    async def script() -> None:
        stage.now += MAX_AGE
        stage.keys._fetch = silent
        async with asyncio.TaskGroup() as group:
            first = group.create_task(stage.keys.claims(needs("k1")))
            await asyncio.sleep(0)
            for _ in range(100):
                assert await stage.keys.claims(needs("k1")) == {"kid": "k1"}
            assert not first.done()
            silence.set()
        assert first.result() == {"kid": "k1"}

    asyncio.run(script())


def test_an_endpoint_that_is_down_for_hours_is_asked_once_per_cool_down(stage: Stage) -> None:
    stage.now += MAX_AGE
    hours, asked = 6, 0
    for second in range(0, hours * 3600, 5):
        stage.now += 5
        if second % REFETCH_COOLDOWN == 0:
            stage.fetch.expect(f"GET {URL}", GONE)
            asked += 1
        assert stage.ask("k1") == {"kid": "k1"}
    assert stage.fetch.is_played()
    assert len(stage.fetch.asked) == 1 + asked


def test_after_a_day_without_its_issuer_no_key_serves_any_more(stage: Stage) -> None:
    stage.now += LONGEST_AGE - 1
    stage.fetch.expect(f"GET {URL}", GONE)
    assert stage.ask("k1") == {"kid": "k1"}
    stage.now += REFETCH_COOLDOWN
    stage.fetch.expect(f"GET {URL}", GONE)
    with pytest.raises(ProviderUnavailable):
        stage.ask("k1")
    stage.now += REFETCH_COOLDOWN
    stage.publishes("k1")
    assert stage.ask("k1") == {"kid": "k1"}


def test_a_key_that_was_removed_goes_within_the_hour(stage: Stage) -> None:
    stage.now += MAX_AGE - 1
    assert stage.ask("k1") == {"kid": "k1"}
    stage.now += 1
    stage.publishes("k2")
    with pytest.raises(KeyNotFound):
        stage.ask("k1")
    assert stage.ask("k2") == {"kid": "k2"}


def test_when_the_keys_came_and_what_failed_is_known(stage: Stage) -> None:
    assert (stage.keys.came_at, stage.keys.failures) == (NOW, 0)
    stage.now += REFETCH_COOLDOWN + 1
    stage.fetch.expect(f"GET {URL}", GONE)
    with pytest.raises(KeyNotFound):
        stage.ask("k2")
    assert (stage.keys.came_at, stage.keys.failures) == (NOW, 1)
