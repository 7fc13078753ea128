"""Attacks on the sign-in, row by row, against a running gate with a scripted provider."""

from typing import Any

import pytest

from tests.conformance.attacks import NotPlayable, Play
from tests.conformance.exercise import BEARER, DEBUG, exercise, last_cookie
from tests.conformance.expectations import check
from tests.conformance.gates import METRICS
from tests.conformance.records import Row, described, parameters, settle
from tests.conformance.redirect_attacks import play_redirects
from tests.conformance.special_rows import SPECIAL
from tests.conformance.two_providers import play_two
from tests.conformance.world import REDIS_PASSWORD, World
from tests.parts import missing_reason

# A set of keys is fetched anew after an hour at the latest; rows that change it move past that.
PAST_KEYS = 3700.0
PLURALS = {
    "whitelist_domains": "whitelist-domain",
    "email_domains": "email-domain",
    "skip_auth_routes": "skip-auth-route",
    "trusted_ips": "trusted-ip",
    "trusted_proxy_ips": "trusted-proxy-ip",
}
BASE = {
    "whitelist_domains": [".example.com"],
    "email_domains": ["example.com"],
    "reverse_proxy": True,
    "skip_provider_button": True,
}
NEED_REDIS = {"fixation-login-new-id", "secret-redis_password"}
"""The others that ask for Redis are asked of cookies where it is missing."""

NOT_OPTIONS = {"host", "idp", "providers", "big_session", "response_mode"}


def flags_of(row: Row) -> tuple[str, ...]:
    """Return the flags of a row's set-up."""
    setup = {**BASE, **row["setup"]}
    if row["id"] == "secret-redis_password":
        setup["session_store_type"] = "redis"
    if row["kind"] != "open_redirect" and "/oauth2/sign_in" in str(row["requests"]):
        setup["skip_provider_button"] = False  # the row is about the page itself
    if row["kind"] == "trusted_ip":
        setup["real_client_ip_header"] = "X-Forwarded-For"  # the field that its rows write
    flags = [flag for name, value in setup.items() for flag in _flags(name, value)]
    if row["kind"] in {"metrics", "secret_leak"}:
        flags += [*DEBUG, METRICS]
    if "response_mode" in setup:
        flags.append(f"--auth-request-response-mode={setup['response_mode']}")
    return tuple(flags)


def _flags(name: str, value: Any) -> list[str]:
    if name in NOT_OPTIONS:
        return []
    if name == "session_store_type" and missing_reason("redis"):
        return []  # what such a row asks is asked of cookies too, with one process
    if name in PLURALS:
        return [f"--{PLURALS[name]}={item}" for item in value]
    text = str(value).lower() if isinstance(value, bool) else value
    return [f"--{name.replace('_', '-')}={text}"]


def play_of(row: Row, world: World) -> Play:
    """Return a play of this row, on a gate of its set-up and an honest provider."""
    how = row["setup"].get("idp", {})
    metadata = {name: value for name, value in how.items() if name != "ignore_pkce"}
    idp = world.provider(metadata=metadata, checks_pkce=not how.get("ignore_pkce"))
    trap = world.provider(client_id="trap")
    extra = world.provider(client_id="extra-audience", rsa="rsa-extra")
    flags = flags_of(row)
    if "skip_jwt_bearer_tokens" in row["setup"]:
        flags = (*flags, f"--extra-jwt-issuers={extra.issuer}={extra.client_id}")
    if "--session-store-type=redis" in flags:
        url = world.redis().url.replace("//", f"//:{REDIS_PASSWORD}@")
        flags = (*flags, f"--redis-connection-url={url}")
    address = "0.0.0.0" if "peer" in str(row["requests"]) else "127.0.0.1"  # noqa: S104 - an outer peer
    gate = world.gate(idp, *flags, address=address)
    idp.forget()
    trap.forget()
    has_big_people = any(word in str(row) for word in ("big_session", "chunk'", "'both'"))
    return Play(world, flags, gate, idp, trap, extra, has_big_people)


def play(row: Row, world: World) -> None:
    """Play a row. Raises AssertionError for what is not as recorded."""
    if row["id"] in SPECIAL:
        SPECIAL[row["id"]](world)
        return
    if row["kind"] in {"open_redirect", "response_splitting"}:
        play_redirects(row, lambda: play_of(row, world))
        return
    if "providers" in row["setup"]:
        play_two(row, world, flags_of(row), check)
        return
    if not row["requests"]:
        raise NotPlayable("no requests")
    act = play_of(row, world)
    if changes_keys(row):
        world.clock.offset += PAST_KEYS
    try:
        for _ in range(repeats(row)):
            for step in row["requests"]:
                if step["op"].startswith("exercise_all_flows"):
                    exercise(act)
                    act.names |= {
                        **act.idp.secrets,
                        "bearer": BEARER,
                        "cookie_value": last_cookie(act),
                        "redis_password": REDIS_PASSWORD,
                    }
                else:
                    act.play(step)
        check(act, row["expect"])
    finally:
        act.gate.hang_up()
        if changes_keys(row):
            act.idp.forget()
            world.clock.offset += PAST_KEYS


def changes_keys(row: Row) -> bool:
    """Say whether a row meddles with the key set or with key ids."""
    text = str(row["requests"])
    return "'jwks'" in text or "'kid'" in text


def repeats(row: Row) -> int:
    """Return how often the row's sign-in is done (`repeat` inside a mutation)."""
    return max(step.get("mutate", {}).get("repeat", 1) for step in row["requests"])


def attacks() -> list[Any]:
    """Return the rows; some need a real part."""
    rows = parameters("auth_attacks.json", by=flags_of)
    redis = pytest.mark.needs("redis")
    return [one._replace(marks=[redis]) if one.id in NEED_REDIS else one for one in rows]


@pytest.mark.parametrize("row", attacks())
def test_an_attack_on_the_sign_in_ends_as_recorded(row: Row, world: World) -> None:
    fault = ""
    try:
        play(row, world)
    except (AssertionError, KeyError, OSError, EOFError) as error:
        fault = described(row, error)
    settle(row, fault)
