"""A browser keeps its session over any number of cookies, and loses all of it at sign-out."""

import os
from random import Random
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.errors import SessionTooLarge
from sidegate.core.identity import Identity, Session
from sidegate.core.secret import Secret
from sidegate.session import chunks
from sidegate.session.codec import Keep
from sidegate.session.keyring import KeyRing, Sealer
from sidegate.stores import session_cookies
from sidegate.stores.cookie import PURPOSE, CookieStore
from tests.kit.at_once import at_once
from tests.unit.stores.kit import HOST, NOW, RING, SECRET, Jar, bound, session, settings


def _store(ring: KeyRing = RING, binding: bytes = b"", **changes: object) -> CookieStore:
    return CookieStore(
        settings(**changes), bound(ring.sealer(PURPOSE), binding), lambda _: Keep(), lambda: NOW
    )


class CountingSealer:
    """A sealer that counts how often it is asked to open something."""

    def __init__(self) -> None:
        self.sealer = RING.sealer(PURPOSE)
        self.opened = 0

    def seal(self, plaintext: bytes, context: bytes) -> str:
        """Seal."""
        return self.sealer.seal(plaintext, context)

    def open(self, token: bytes, context: bytes) -> bytes | None:
        """Count, and open."""
        self.opened += 1
        return self.sealer.open(token, context)

    def is_outdated(self, token: bytes) -> bool:
        """Say whether an older key sealed it."""
        return self.sealer.is_outdated(token)


def _large(seed: int, size: int) -> str:
    return Random(seed).randbytes(size).hex()  # noqa: S311 - text that does not deflate away


def test_a_saved_session_is_loaded_beside_the_cookies_of_the_application() -> None:
    jar = Jar()
    jar.cookies["theme"] = "dark"
    jar.take(at_once(_store().save(session(), HOST, None)))
    loaded = _store().load(jar.header + b"; x=y", NOW)
    assert loaded is not None
    assert loaded.identity == session().identity
    assert list(jar.cookies) == ["theme", "_oauth2_proxy"]


def test_the_cookie_carries_the_attributes_and_the_rest_of_its_life() -> None:
    (line,) = at_once(_store().save(session(), HOST, None))
    assert line.endswith("; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax")
    (line,) = at_once(_store().save(session(ends_at=NOW + 10.9), HOST, None))
    assert "; Max-Age=11;" in line
    (line,) = at_once(_store(cookie_expire=0.0).save(session(), HOST, None))
    assert "Max-Age" not in line


def test_a_session_that_is_over_is_cleared_instead_of_saved() -> None:
    (line,) = at_once(_store().save(session(ends_at=NOW), HOST, None))
    assert line.startswith("_oauth2_proxy=; ")
    assert "; Max-Age=0;" in line


def test_growing_and_shrinking_leave_no_stale_cookie() -> None:
    store, jar = _store(), Jar()
    for size in (10, 5_000, 12_000, 5_000, 10):
        jar.take(at_once(store.save(session(_large(size, size)), HOST, jar.header)))
        loaded = _store().load(jar.header, NOW)
        assert loaded is not None
        assert loaded.tokens.refresh_token == Secret(_large(size, size))
        assert ("_oauth2_proxy" in jar.cookies) == (len(jar.cookies) == 1)
    jar.take(at_once(store.save(session(_large(1, 9_000)), HOST, jar.header)))
    jar.take(at_once(store.clear(HOST, jar.header)))
    assert jar.cookies == {}


def test_a_session_beyond_eight_cookies_is_refused() -> None:
    with pytest.raises(SessionTooLarge):
        at_once(_store().save(session(_large(1, 40_000)), HOST, None))


def test_signing_out_clears_the_name_even_when_nothing_was_sent() -> None:
    (line,) = at_once(_store().clear(HOST, None))
    assert line == "_oauth2_proxy=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"


def test_signing_out_also_removes_a_cookie_from_before_the_domain_was_set() -> None:
    lines = at_once(_store(cookie_domains=(".app.test",)).clear(HOST, b"_oauth2_proxy=x"))
    assert ["Domain=app.test" in line for line in lines] == [True, False]
    (line,) = at_once(_store(cookie_domains=(".app.test",)).clear(HOST, None))
    assert "Domain=app.test" in line


def test_a_hit_costs_no_decryption_and_other_cookies_do_not_matter() -> None:
    sealer = CountingSealer()
    store = CookieStore(settings(), bound(cast("Sealer", sealer)), lambda _: Keep(), lambda: NOW)
    jar = Jar()
    jar.take(at_once(store.save(session(), HOST, None)))
    first = store.load(b"a=1; " + jar.header, NOW)
    assert first is not None
    for number in range(50):
        header = f"a={number}; ".encode() + jar.header + b";b=%d" % number
        again = store.load(header, NOW + 1)
        assert again is not None
        assert again.identity == first.identity
    # A pair that stands elsewhere has another blank before it, so one more opening is allowed.
    assert sealer.opened <= 2


def test_a_session_of_a_provider_that_is_not_configured_is_no_session() -> None:
    jar = Jar()
    jar.take(at_once(_store().save(session(provider="twin-of-oidc"), HOST, None)))
    assert _store().load(jar.header, NOW) is None


def test_a_password_session_is_nobodys_and_loads_beside_any_provider() -> None:
    jar = Jar()
    jar.take(at_once(_store().save(session(provider="htpasswd:1"), HOST, None)))
    assert _store().load(jar.header, NOW) is not None


def test_a_cached_session_ends_on_time_and_is_counted() -> None:
    ended: list[int] = []
    store = CookieStore(
        settings(),
        bound(RING.sealer(PURPOSE)),
        lambda _: Keep(),
        lambda: NOW,
        on_expired=lambda: ended.append(1),
    )
    jar = Jar()
    jar.take(at_once(store.save(session(ends_at=NOW + 5), HOST, None)))
    assert store.load(jar.header, NOW + 4.9) is not None
    assert ended == []
    assert store.load(jar.header, NOW + 5) is None
    assert store.load(jar.header, NOW + 500) is None
    assert len(ended) == 2


def test_every_broken_byte_of_every_chunk_means_signed_out() -> None:
    jar = Jar()
    jar.take(at_once(_store().save(session(_large(1, 5_000)), HOST, None)))
    header, store = jar.header, _store()
    for place in range(0, len(header), 7):
        broken = bytearray(header)
        broken[place] ^= 4
        assert store.load(bytes(broken), NOW) is None


@given(st.binary(max_size=100))
def test_any_header_gives_a_session_or_none(noise: bytes) -> None:
    store = _store()
    for header in (noise, b"_oauth2_proxy=" + noise, b"_oauth2_proxy_0=2." + noise):
        assert store.load(header, NOW) is None
        assert at_once(store.clear(HOST, header))


def test_chunks_may_come_in_any_order() -> None:
    jar = Jar()
    jar.take(at_once(_store().save(session(_large(1, 5_000)), HOST, None)))
    jar.cookies = dict(reversed(jar.cookies.items()))
    assert _store().load(jar.header, NOW) is not None


def test_planted_cookies_do_not_sign_anybody_out() -> None:
    jar = Jar()
    jar.take(at_once(_store().save(session(), HOST, None)))
    evil = b"_oauth2_proxy=evil; _oauth2_proxy_0=2.x; _oauth2_proxy_1=y; "
    assert _store().load(evil + jar.header, NOW) is not None


def test_the_newest_of_several_sessions_counts() -> None:
    old, new = Jar(), Jar()
    old.take(at_once(_store().save(session("old"), HOST, None)))
    new.take(at_once(_store().save(session("new", generation=1), HOST, None)))
    for header in (old.header + b"; " + new.header, new.header + b"; " + old.header):
        loaded = _store().load(header, NOW)
        assert loaded is not None
        assert loaded.generation == 1


def test_another_key_name_or_client_is_another_gate() -> None:
    jar = Jar()
    jar.take(at_once(_store(binding=b"client-a").save(session(), HOST, None)))
    assert _store(binding=b"client-a").load(jar.header, NOW) is not None
    assert _store(binding=b"client-b").load(jar.header, NOW) is None
    assert _store(KeyRing([Secret(b"z" * 32)], os.urandom)).load(jar.header, NOW) is None
    renamed = jar.header.replace(b"_oauth2_proxy", b"other")
    assert _store(binding=b"client-a", cookie_name="other").load(renamed, NOW) is None


def test_what_was_not_used_for_too_long_is_over() -> None:
    store, jar = _store(session_idle_timeout=600.0), Jar()
    (line,) = at_once(store.save(session(), HOST, None))
    assert "; Max-Age=660;" in line
    jar.take([line])
    assert store.load(jar.header, NOW + 659) is not None
    assert store.load(jar.header, NOW + 660) is None


def test_a_copy_of_the_cookie_is_dead_after_the_sign_out() -> None:
    store, jar = _store(), Jar()
    jar.take(at_once(store.save(session(), HOST, None)))
    stolen = jar.header
    assert store.load(stolen, NOW) is not None
    jar.take(at_once(store.clear(HOST, stolen)))
    assert jar.cookies == {}
    assert store.load(stolen, NOW) is None


def test_a_session_that_was_found_a_while_ago_is_still_one_until_it_ends() -> None:
    store = _store()
    header = _header(store, session())
    found = store.load(header, NOW)
    assert found is not None
    assert store.opens(header, NOW)
    assert store.still(found, b"", NOW) is found
    assert store.still(found, header, found.ends_at) is None
    at_once(store.clear(HOST, header))
    assert store.still(found, header, NOW) is None
    assert not store.opens(header, NOW)


def test_each_use_that_is_written_down_is_told() -> None:
    store, used = _store(), list[Session]()
    store.on_used = used.append
    at_once(store.save(session(), HOST, None))
    assert [one.id for one in used] == [session().id]


def test_all_sessions_of_somebody_end_at_once_and_new_ones_begin() -> None:
    now = NOW
    store = CookieStore(settings(), bound(RING.sealer(PURPOSE)), lambda _: Keep(), lambda: now)
    headers = [
        _header(store, session(id="a")),
        _header(store, session(id="b")),
        _header(store, session(identity=Identity("bob"))),
    ]
    assert all(store.load(header, now) for header in headers)
    at_once(store.end_all("oidc", user="alice"))
    assert [store.load(header, now) is None for header in headers] == [True, True, False]
    now += 1
    assert store.load(_header(store, session(created_at=now)), now) is not None


def test_what_came_of_a_session_at_the_provider_ends_with_it() -> None:
    keep = Keep(provider_session_id=True)
    store = CookieStore(settings(), bound(RING.sealer(PURPOSE)), lambda _: keep, lambda: NOW)
    header = _header(store, session(provider_session_id="p1"))
    at_once(store.end_all("oidc", sid="p2"))
    assert store.load(header, NOW) is not None
    at_once(store.end_all("oidc", sid="p1"))
    assert store.load(header, NOW) is None


def _header(store: CookieStore, kept: Session) -> bytes:
    (line,) = at_once(store.save(kept, HOST, None))
    return line.partition(";")[0].encode()


OLD, NEW = SECRET, Secret(b"n" * 32)


def _rotated() -> tuple[KeyRing, CookieStore, Jar]:
    """Return a ring, a store, and a browser whose session an older key of the ring sealed."""
    ring = KeyRing([OLD], os.urandom)
    store, jar = _store(ring), Jar()
    ring.on_change(store.forget)
    jar.take(at_once(store.save(session(), HOST, None)))
    assert store.load(jar.header, NOW) is not None
    ring.change([NEW, OLD])
    return ring, store, jar


def test_a_session_under_an_old_key_is_sealed_anew_and_survives_the_end_of_that_key() -> None:
    ring, store, jar = _rotated()
    found = store.load(jar.header, NOW)
    assert found is not None
    assert store.outdated
    jar.take(store.reseal(found, HOST, jar.header, NOW))
    ring.change([NEW])
    kept = store.load(jar.header, NOW)
    assert kept is not None
    assert (kept.id, kept.tokens) == (found.id, found.tokens)


def test_a_session_of_many_pieces_is_sealed_anew_with_all_of_them() -> None:
    ring = KeyRing([OLD], os.urandom)
    store, jar = _store(ring), Jar()
    large = session(refresh_token=_large(1, 5000))
    jar.take(at_once(store.save(large, HOST, None)))
    ring.change([NEW, OLD])
    assert store.load(jar.header, NOW) is not None
    before = dict(jar.cookies)
    jar.take(store.reseal(large, HOST, jar.header, NOW))
    assert list(jar.cookies) == list(before)
    assert _store(KeyRing([NEW], os.urandom)).load(jar.header, NOW) is not None


def test_many_requests_at_once_are_one_new_cookie_a_minute() -> None:
    _, store, jar = _rotated()
    found = store.load(jar.header, NOW)
    assert found is not None
    answers = [store.reseal(found, HOST, jar.header, NOW + n) for n in (0, 1, 59.9, 60, 61)]
    assert [len(answer) for answer in answers] == [1, 0, 0, 1, 0]


def test_a_session_under_the_key_of_now_is_left_alone() -> None:
    _, store, jar = _rotated()
    found = store.load(jar.header, NOW)
    assert found is not None
    jar.take(store.reseal(found, HOST, jar.header, NOW))
    assert store.load(jar.header, NOW) is not None
    assert store.reseal(found, HOST, jar.header, NOW + 100) == []


def test_what_is_outdated_is_forgotten_when_nobody_brings_it_any_more() -> None:
    _, store, jar = _rotated()
    found = store.load(jar.header, NOW)
    assert found is not None
    assert store.reseal(found, HOST, jar.header, NOW) != []
    assert store.reseal(found, HOST, b"_oauth2_proxy=other", NOW + 120) == []
    assert not store.outdated


def test_a_key_that_is_gone_opens_nothing_not_even_from_memory() -> None:
    ring, store, jar = _rotated()
    assert store.load(jar.header, NOW) is not None
    ring.change([NEW])
    assert store.load(jar.header, NOW) is None


def test_a_flood_of_old_cookies_is_remembered_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_cookies, "_MOST_OUTDATED", 3)
    _, store, _ = _rotated()
    old = _store(KeyRing([OLD], os.urandom))
    for number in range(10):
        jar = Jar()
        jar.take(at_once(old.save(session(id=f"s{number}"), HOST, None)))
        assert store.load(jar.header, NOW) is not None
    assert len(store.outdated) == 3


def test_what_does_not_fit_any_more_lives_on_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    _, store, jar = _rotated()
    found = store.load(jar.header, NOW)
    assert found is not None
    monkeypatch.setattr(chunks, "MOST_CHUNKS", 0)
    monkeypatch.setattr(chunks, "MOST_COOKIE_BYTES", 100)
    assert store.reseal(found, HOST, jar.header, NOW) == []


def test_a_cookie_that_no_key_opens_is_told_and_none_at_all_is_not() -> None:
    told: list[str] = []
    sealer = bound(RING.sealer(PURPOSE), b"")
    store = CookieStore(
        settings(), sealer, lambda _: Keep(), lambda: NOW, on_unopened=lambda: told.append("no")
    )
    jar = Jar()
    jar.take(at_once(store.save(session(), HOST, None)))
    assert store.load(jar.header, NOW) is not None
    assert store.load(b"theme=dark", NOW) is None
    assert told == []
    assert store.load(b"_oauth2_proxy=of-somebody-else", NOW) is None
    assert told == ["no"]
