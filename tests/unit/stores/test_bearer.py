"""Whoever brings a token is its owner, for as long as the token says and we remember."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

from sidegate.config.settings import BearerSettings
from sidegate.core.errors import BearerRejected, ProviderUnavailable, SidegateError
from sidegate.core.identity import Identity, Session, VerifiedToken
from sidegate.session.codec import Keep
from sidegate.stores.bearer import (
    JWT_SECONDS,
    MOST_REFUSED,
    REFUSED_SECONDS,
    BearerSessions,
    Found,
)
from tests.kit.gate import ALICE, FakeTokens

JWT = "eyJ.eyJ.good"
FIELD = b"Bearer " + JWT.encode()
BOTH = BearerSettings(
    skip_jwt_bearer_tokens=True,
    bearer_token_login_fallback=True,
    extra_jwt_issuers=(),
    bearer_token_introspection=True,
    introspection_url="",
    introspection_cache_ttl=300.0,
)


class Stage:
    """Sessions of tokens, what verifies them, and a clock."""

    def __init__(
        self,
        settings: BearerSettings = BOTH,
        *,
        keep: Keep | None = None,
        email_from_subject: bool = False,
        **known: VerifiedToken | Exception,
    ) -> None:
        self.now = 1000.0
        self.tokens = FakeTokens(**known)
        self.tasks: list[asyncio.Task[Any]] = []
        self.sessions = BearerSessions(
            self.tokens,
            settings,
            lambda: self.now,
            self.spawn,
            keep=keep or Keep(),
            email_from_subject=email_from_subject,
        )

    def spawn(self, work: Coroutine[Any, Any, Found]) -> "asyncio.Task[Found]":
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.append(task)
        return task

    def find(self, field: bytes = FIELD, **options: bool) -> Found:
        found = self.sessions.find(field, self.now, **options)
        if isinstance(found, Session | SidegateError):
            return found

        async def inside() -> Found:
            return await found

        return asyncio.run(inside())

    def session(self, field: bytes = FIELD) -> Session:
        found = self.find(field)
        assert isinstance(found, Session)
        return found


def good(expires_at: float | None = 2000.0, identity: Identity = ALICE) -> dict[str, Any]:
    return {JWT: VerifiedToken(identity, expires_at), "opaque": VerifiedToken(identity, expires_at)}


def test_a_token_makes_a_session_that_is_never_kept() -> None:
    session = Stage(**good()).session()
    assert session.identity == ALICE
    assert not session.is_kept
    assert session.tokens.refresh_token is None
    assert session.ends_at == 2030


def test_a_verified_token_is_remembered_and_no_longer_than_its_time() -> None:
    stage = Stage(**good(expires_at=1020.0))
    first = stage.session()
    stage.now = 1019
    assert stage.session() is first
    assert stage.tokens.asked == [JWT]
    stage.now = 1020
    assert stage.session() is not first
    # Within the difference that clocks may have, it passes, and is asked about each time.
    stage.session()
    assert stage.tokens.asked == [JWT] * 3
    assert not stage.session().has_expired(1049)


def test_a_jwt_is_verified_anew_after_a_minute_for_its_key_may_be_withdrawn() -> None:
    stage = Stage(**good())
    stage.find()
    stage.now += JWT_SECONDS
    stage.tokens.known.clear()
    assert isinstance(stage.find(), BearerRejected)


def test_an_opaque_token_is_asked_about_again_when_the_operator_says_so() -> None:
    stage = Stage(replace_settings(introspection_cache_ttl=7.0), **good(None))
    session = stage.session(b"Bearer opaque")
    stage.now += 6.9
    assert stage.session(b"Bearer opaque") is session
    assert not session.has_expired(stage.now)
    stage.now += 0.1
    stage.tokens.known.clear()
    assert isinstance(stage.find(b"Bearer opaque"), BearerRejected)


def test_without_memory_each_request_asks() -> None:
    stage = Stage(replace_settings(introspection_cache_ttl=0.0), **good())
    stage.find(b"Bearer opaque")
    stage.find(b"Bearer opaque")
    assert stage.tokens.asked == ["opaque"] * 2
    stage.find(b"Bearer unknown")
    stage.find(b"Bearer unknown")
    assert stage.tokens.asked[2:] == ["unknown"] * 2


def test_a_refusal_is_remembered_for_a_moment() -> None:
    stage = Stage()
    first = stage.find()
    assert isinstance(first, BearerRejected)
    assert stage.find() is first
    assert first.__traceback__ is first.__context__ is None
    stage.now += REFUSED_SECONDS
    stage.find()
    assert len(stage.tokens.asked) == 2


def test_that_nobody_could_be_asked_is_not_remembered() -> None:
    stage = Stage(**{JWT: ProviderUnavailable("away")})
    assert isinstance(stage.find(), ProviderUnavailable)
    stage.tokens.known = good()
    assert isinstance(stage.find(), Session)


def test_a_flood_of_bad_tokens_pushes_no_good_one_out() -> None:
    stage = Stage(**good())
    session = stage.session()
    for number in range(MOST_REFUSED + 10):
        stage.find(b"Bearer bad-%d" % number)
    assert len(stage.sessions._refused) == MOST_REFUSED
    assert stage.session() is session


def test_many_who_bring_the_same_token_wait_for_one_verification() -> None:
    stage = Stage(**good())

    async def all_at_once() -> list[Any]:
        asked = [stage.sessions.find(FIELD, stage.now) for _ in range(20)]
        return await asyncio.gather(*(one for one in asked if isinstance(one, Coroutine)))

    found = asyncio.run(all_at_once())
    assert len(found) == 20
    assert len(set(map(id, found))) == 1
    assert stage.tokens.asked == [JWT]
    assert stage.sessions._running == {}


def test_a_client_that_leaves_does_not_end_the_verification_others_wait_for() -> None:
    stage = Stage(**good())

    async def leave_one() -> Found:
        loop = asyncio.get_running_loop()
        one, other = (loop.create_task(stage.sessions.find(FIELD, 1000)) for _ in range(2))
        await asyncio.sleep(0)
        one.cancel()
        return await other

    assert isinstance(asyncio.run(leave_one()), Session)


def test_other_bytes_are_another_token() -> None:
    stage = Stage(**good())
    stage.find()
    for field in (FIELD + b"x", b"Basic OmV5Si5leUouZ29vZHg="):
        assert isinstance(stage.find(field), BearerRejected)


# What is looked at


def replace_settings(**changes: Any) -> BearerSettings:
    values = {name: getattr(BOTH, name) for name in BOTH.__struct_fields__}
    return BearerSettings(**{**values, **changes})


def test_an_opaque_token_is_refused_unasked_without_introspection() -> None:
    stage = Stage(replace_settings(bearer_token_introspection=False), **good())
    assert isinstance(stage.find(b"Bearer opaque"), BearerRejected)
    assert stage.tokens.asked == []
    assert isinstance(stage.find(), Session)


def test_with_introspection_alone_basic_carries_nothing() -> None:
    stage = Stage(replace_settings(skip_jwt_bearer_tokens=False), **good())
    assert isinstance(stage.find(b"Basic OmV5Si5leUouZ29vZA=="), BearerRejected)
    assert stage.tokens.asked == []
    assert isinstance(stage.find(), Session)


def test_where_nobody_may_be_asked_an_opaque_token_counts_only_when_it_is_known() -> None:
    stage = Stage(**good())
    field = b"Bearer opaque"
    assert isinstance(stage.find(field, may_introspect=False), BearerRejected)
    assert stage.tokens.asked == []
    session = stage.session(field)
    assert stage.find(field, may_introspect=False) is session
    assert isinstance(stage.find(may_introspect=False), Session)


# What a session says


def test_the_token_is_in_the_session_only_when_an_option_passes_it_on() -> None:
    tokens = Stage(**good()).session().tokens
    assert tokens.access_token is tokens.id_token is None
    kept = Stage(keep=Keep(access_token=True, id_token=True), **good()).session().tokens
    assert kept.access_token is not None
    assert kept.access_token.reveal() == JWT
    assert kept.id_token == kept.access_token


@pytest.mark.parametrize(
    ("user", "is_judged", "email"),
    [("robot", False, "robot"), ("robot", True, ""), ("boss@example.com", False, "")],
)
def test_the_subject_stands_in_for_an_address_where_none_is_judged_and_never_as_one(
    user: str, email: str, *, is_judged: bool
) -> None:
    known = good(identity=Identity(user))
    session = Stage(email_from_subject=not is_judged, **known).session()
    assert session.identity == replace(Identity(user), email=email)


def test_nothing_shows_a_token() -> None:
    stage = Stage(keep=Keep(access_token=True), **good())
    assert JWT not in repr(stage.session())
    assert JWT.encode() not in repr(stage.sessions._accepted._entries).encode()
