"""Cookies that were tampered with, beyond the rows: pieces, sign-in cookies, and how it looks."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.conformance.attacks import CALLBACK, Play
from tests.conformance.browser import NAVIGATION, Answer
from tests.conformance.cookie_attacks import line, tampered
from tests.conformance.world import World

FLAGS = ("--email-domain=example.com", "--reverse-proxy", "--skip-provider-button")
# What differs between two answers that say the same.
VARIES = {"date", "location", "set-cookie", "x-request-id"}


@pytest.fixture(params=[False, True], ids=["one cookie", "several"])
def signed_in(world: World, request: pytest.FixtureRequest) -> Iterator[Play]:
    """Yield somebody who is signed in, with a session in one cookie or in several."""
    idp = world.provider()
    idp.forget()
    gate = world.gate(idp, *FLAGS)
    play = Play(world, FLAGS, gate, idp, world.provider(client_id="trap"), idp, request.param)
    play.op_login({"user": "alice@example.com"})
    yield play
    gate.hang_up()


def asked(play: Play, cookies: str, target: str = "/x") -> Answer:
    """Return what a browser with these cookies gets."""
    return play.jar("other").ask("GET", target, *NAVIGATION, cookies=cookies)


def looks(answer: Answer) -> tuple[object, ...]:
    """Return an answer without what varies from one to the next."""
    fields = [(name, value) for name, value in answer.fields if name.lower() not in VARIES]
    cleared = sorted(v for v in answer.all("set-cookie") if "Max-Age=0" in v)
    return answer.status, fields, cleared, answer.body


@pytest.mark.parametrize(
    "attack",
    [
        {"flip": "each_bit"},
        {"b64": "noncanonical"},
        {"truncate": 40},
        {"replace": "A*4000"},
        {"replace": "|||"},
        {"replace": "\u0080\u00ff"},
        {"case": "swap"},
        {"append": "A"},
        {"prepend": "A"},
    ],
    ids=str,
)
def test_all_cookies_that_are_wrong_look_the_same_from_outside(
    signed_in: Play, attack: dict[str, str]
) -> None:
    cookies = signed_in.session_cookies()
    wrong = looks(asked(signed_in, line(dict.fromkeys(cookies, "AAAA"))))
    assert wrong[0] == 302
    seen = {looks(asked(signed_in, one))[0] for one in tampered(attack, cookies)}
    assert seen == {302}
    # Some flipped bits make a cookie of another name; the rest is the same to the last byte.
    same = [one for one in tampered(attack, cookies) if ";" not in _values(one)]
    assert {repr(looks(asked(signed_in, one))) for one in same} == {repr(wrong)}
    assert not signed_in.upstream_requests()


def _values(cookies: str) -> str:
    """Return the values of a Cookie field, one after the other."""
    return "".join(part.partition("=")[2] for part in cookies.split("; "))


@pytest.mark.parametrize("attack", [{"swap_chunks": True}, {"drop_chunk": 1}], ids=str)
def test_pieces_that_are_mixed_make_no_session(world: World, attack: dict[str, object]) -> None:
    idp = world.provider()
    idp.forget()
    gate = world.gate(idp, *FLAGS)
    play = Play(world, FLAGS, gate, idp, world.provider(client_id="trap"), idp, True)
    play.op_login({"user": "alice@example.com"})
    for one in tampered(attack, play.session_cookies()):
        assert asked(play, one).status == 302
    mine = play.session_cookies()
    play.op_login({"user": "bob@example.com", "jar": "B"})
    theirs = play.session_cookies("B")
    assert asked(play, line({**theirs, **dict([next(iter(mine.items()))])})).status == 302
    assert not play.upstream_requests()
    gate.hang_up()


def test_a_planted_cookie_beside_the_own_one_changes_nobody(signed_in: Play) -> None:
    mine = line(signed_in.session_cookies())
    for planted in ("_oauth2_proxy=evil", "_oauth2_proxy_0=9.evil", "_oauth2_proxy=" + "A" * 3000):
        for cookies in (f"{planted}; {mine}", f"{mine}; {planted}"):
            assert asked(signed_in, cookies).status == 200
            told = signed_in.upstream_requests()[-1]
            assert told.get("x-forwarded-email") == "alice@example.com"


def test_a_sign_in_cookie_with_one_bit_flipped_ends_the_sign_in(world: World) -> None:
    idp = world.provider()
    idp.forget()
    gate = world.gate(idp, *FLAGS)
    play = Play(world, FLAGS, gate, idp, world.provider(client_id="trap"), idp)
    play.op_start({"path": "/deep", "jar": "A"})
    back = idp.authorize(play.tabs["A", None].location, "alice@example.com")
    cookie = next(c for c in play.jar("A").jar.cookies.values() if c.name.endswith("_csrf"))
    target = f"{CALLBACK}?{urlencode(back.parameters)}"
    answers = [
        asked(play, one, target) for one in tampered({"flip": 1}, {cookie.name: cookie.value})
    ]
    assert {answer.status for answer in answers} == {403}
    assert idp.count("token") == 0
    assert asked(play, f"{cookie.name}={cookie.value}", target).status == 302
    gate.hang_up()


def test_every_sign_in_makes_another_session_and_adopts_none(signed_in: Play) -> None:
    planted = signed_in.session_cookies()
    jar = signed_in.jar("B").jar
    jar.cookies.update(signed_in.jar("A").jar.cookies)
    jar_before = dict(planted)
    signed_in.op_start({"path": "/oauth2/start", "jar": "B"})
    signed_in.op_idp_login({"user": "bob@example.com", "jar": "B"})
    signed_in.op_callback({"jar": "B", "params": {"code": "$code", "state": "$state"}})
    assert not set(signed_in.session_cookies("B").values()) & set(jar_before.values())
    signed_in.jar("B").get("/who")
    assert signed_in.upstream_requests()[-1].get("x-forwarded-email") == "bob@example.com"
