"""The document that somebody takes along: complete, and without what opens anything."""

import json
from dataclasses import replace
from types import MappingProxyType

from sidegate.core.account import REDIS, Held, Place
from sidegate.core.identity import BY_FILE, Identity, Tokens
from sidegate.core.secret import Secret
from sidegate.login.account_export import exported, stamp
from tests.unit.login.fakes import HOST, NOW, a_session

WHO = Identity(
    "sub-1", "a@example.com", "al", ("g1", "g2"), MappingProxyType({"team": ("red", "blue")})
)
CANARIES = ("canary-access", "canary-id", "canary-refresh", "canary-sid")
SESSION = replace(
    a_session(WHO),
    id="canary-session-id",
    tokens=Tokens(Secret(CANARIES[0]), Secret(CANARIES[1]), Secret(CANARIES[2]), NOW + 300),
    provider_session_id=CANARIES[3],
    generation=2,
    idle_until=NOW + 600,
    device="Firefox, Linux",
)


def test_all_that_is_held_is_in_it() -> None:
    found = exported(Held(SESSION, "Example ID"), HOST, NOW)
    assert found["schema"] == 1
    assert (found["host"], found["made_at"]) == (HOST, "1970-01-12T13:46:40Z")
    assert found["person"] == {
        "user": "sub-1",
        "email": "a@example.com",
        "preferred_username": "al",
        "groups": ["g1", "g2"],
        "claims": {"team": ["red", "blue"]},
    }
    assert found["session"] == {
        "provider": "oidc",
        "began_at": "1970-01-12T13:46:40Z",
        "confirmed_at": "1970-01-12T13:46:40Z",
        "ends_if_unused_at": "1970-01-12T13:56:40Z",
        "ends_at": "1970-01-12T14:46:40Z",
        "renewals": 2,
        "device": "Firefox, Linux",
        "kept_in": "cookies",
        "tokens_kept": ["access_token", "id_token", "refresh_token"],
        "access_token_ends_at": "1970-01-12T13:51:40Z",
        "provider_session_kept": True,
    }
    assert (found["sessions"], found["sessions_are_all"]) == (None, None)


def test_sessions_elsewhere_are_in_it_where_they_are_known() -> None:
    places = (
        Place("n1", NOW, NOW, NOW + 60, NOW + 1, "Firefox, Linux", is_this=True),
        Place("n2", NOW - 60, NOW, NOW + 30),
    )
    found = exported(Held(SESSION, "Example ID", REDIS, places, has_more=True), HOST, NOW)
    assert found["sessions"] == [
        {
            "name": "n1",
            "this": True,
            "began_at": stamp(NOW),
            "confirmed_at": stamp(NOW),
            "used_at": stamp(NOW + 1),
            "ends_at": stamp(NOW + 60),
            "device": "Firefox, Linux",
        },
        {
            "name": "n2",
            "this": False,
            "began_at": stamp(NOW - 60),
            "confirmed_at": stamp(NOW),
            "used_at": None,
            "ends_at": stamp(NOW + 30),
            "device": "",
        },
    ]
    assert found["sessions_are_all"] is False


def test_nothing_is_in_it_with_which_anybody_could_act() -> None:
    text = json.dumps(exported(Held(SESSION, "Example ID"), HOST, NOW))
    for canary in (*CANARIES, SESSION.id):
        assert canary not in text


def test_of_a_password_file_not_even_the_mark_of_the_line_is_told() -> None:
    session = replace(SESSION, provider=BY_FILE + "digest", idle_until=0.0, tokens=Tokens())
    text = json.dumps(exported(Held(session, "htpasswd"), HOST, NOW))
    assert "digest" not in text
    assert '"provider": "htpasswd"' in text
    assert '"ends_if_unused_at": null' in text
    assert '"access_token_ends_at": null' in text
