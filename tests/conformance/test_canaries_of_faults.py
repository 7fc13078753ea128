"""A part that breaks, and says in its error all that it was given, gives no secret away."""

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.conformance import daily_life
from tests.conformance.attacks import CALLBACK, Play
from tests.conformance.exercise import leaks, secrets_of
from tests.conformance.gates import METRICS
from tests.conformance.world import World

PARTS = [
    "sidegate.providers.oidc:OidcProvider.redeem",
    "sidegate.providers.oidc:OidcProvider.refresh",
    "sidegate.gate.passwords:Passwords.fits",
    "sidegate.stores.cookie:CookieStore.load",
    "sidegate.stores.cookie:CookieStore.save",
    "sidegate.oidc.identity_token:IdentityTokens.token",
    "sidegate.login.form_token:FormTokens.holds",
    "sidegate.login.erasure:ErasureRequests.send",
    "sidegate.frontends.upstream_head:UpstreamHead.write",
]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("part", PARTS)
def test_an_error_that_says_all_shows_no_secret(
    world: World, tmp_path: Path, part: str, form: str
) -> None:
    idp = world.provider(client_id="canary-client", client_secret="canary:client%secret+ ü" * 2)
    idp.forget()
    own, planted = daily_life.planted(tmp_path, idp)
    flags = (*daily_life.FLAGS, *own, METRICS, f"--logging-format={form}")
    gate = world.gate(idp, *flags, environment=(("BREAK", part), ("ALOUD", "1")))
    gate.may_break = True
    play = Play(world, flags, gate, idp, world.provider(client_id="trap"), idp)
    play.planted = planted
    browser = gate.browser()
    where = play._keep(browser.get("/deep")).get("location")
    if where:
        back = idp.authorize(where, "alice@example.com")
        play._keep(browser.get(f"{CALLBACK}?{urlencode(back.parameters)}"))
        play._keep(browser.get("/deep"))
        world.clock.offset += 3605
        play._keep(browser.get("/deep"))
    for do in (daily_life.bring_passwords, daily_life.bring_tokens, daily_life.look_at_oneself):
        with suppress(AssertionError, IndexError):  # a part broke, so not all of it works
            do(play)
    gate.said_until("given: ")
    gate.hang_up()
    assert leaks(play) == []
    assert secrets_of(play)
