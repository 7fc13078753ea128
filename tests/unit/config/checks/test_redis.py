"""Sessions in Redis need one server, group or cluster that is described without contradiction."""

import pytest

from sidegate.core.secret import Secret
from tests.unit.config.conftest import Desk

ON = "--session-store-type=redis"
URL = "--redis-connection-url=redis://127.0.0.1:6379/1"
SENTINEL = ("--redis-use-sentinel", "--redis-sentinel-master-name=m")
SENTINELS = "--redis-sentinel-connection-urls=redis://127.0.0.1,redis://127.0.0.2:5"
CLUSTER = "--redis-use-cluster"
NODES = "--redis-cluster-connection-urls=redis://127.0.0.1:7000,redis://127.0.0.1:7001"


def test_sessions_live_in_cookies_unless_told(desk: Desk) -> None:
    redis = desk.load().settings.redis
    assert (redis.session_store_type, redis.redis_connection_url) == ("cookie", None)


def test_the_password_of_a_file_and_the_user_count_before_those_of_the_url(desk: Desk) -> None:
    desk.files["pw"] = b"from-file\n"
    url = "--redis-connection-url=redis://u:from-url@127.0.0.1"
    address = desk.load(ON, url).settings.redis.redis_connection_url
    assert address is not None
    assert (address.username, address.password) == ("u", Secret("from-url"))
    loaded = desk.load(ON, url, "--redis-password-file=pw", "--redis-username=v")
    address = loaded.settings.redis.redis_connection_url
    assert address is not None
    assert (address.username, address.password) == ("v", Secret("from-file"))


def test_keys_are_named_after_the_cookie_unless_told(desk: Desk) -> None:
    assert desk.load("--cookie-name=_gate").settings.redis.redis_key_prefix == "_gate"
    assert desk.load("--redis-key-prefix=a:b").settings.redis.redis_key_prefix == "a:b"
    assert "wildcard" in desk.mistake("--redis-key-prefix=a*")


def test_a_group_of_sentinels_and_a_cluster_are_described_by_their_addresses(desk: Desk) -> None:
    redis = desk.load(ON, *SENTINEL, SENTINELS).settings.redis
    ports = [(one.host, one.port) for one in redis.redis_sentinel_connection_urls]
    assert ports == [("127.0.0.1", 26379), ("127.0.0.2", 5)]
    redis = desk.load(ON, CLUSTER, NODES).settings.redis
    assert [one.port for one in redis.redis_cluster_connection_urls] == [7000, 7001]


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        ((), "redis-connection-url, redis_connection_url: required"),
        (SENTINEL, "required"),
        (("--redis-use-sentinel", SENTINELS), "required"),
        ((CLUSTER,), "required"),
        ((*SENTINEL, SENTINELS, CLUSTER, NODES), "no sentinels"),
        (("--redis-connection-url=http://x",), "no redis://"),
        ((CLUSTER, f"{NODES},rediss://127.0.0.1:7002"), "differ"),
        ((CLUSTER, "--redis-cluster-connection-urls=redis://127.0.0.1/1"), "only database 0"),
        ((*SENTINEL, "--redis-sentinel-connection-urls=unix:///x.sock"), "no group"),
        ((URL, "--redis-ca-path=missing.pem"), "cannot read missing.pem"),
        ((URL, "--redis-password=a", "--redis-password-file=pw"), "given twice"),
        ((URL, "--redis-connection-idle-timeout=-1"), "negative"),
    ],
)
def test_mistakes(desk: Desk, flags: tuple[str, ...], part: str) -> None:
    desk.files["pw"] = b"x"
    assert part.rpartition(": ")[2] in desk.mistake(ON, *flags)


def test_all_mistakes_are_told_at_once(desk: Desk) -> None:
    mistakes = desk.mistakes(
        ON, "--redis-use-sentinel", "--redis-ca-path=x", "--redis-key-prefix=?"
    )
    assert len(mistakes) == 4


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        ((URL,), "does nothing without session_store_type=redis"),
        ((ON, URL, CLUSTER, NODES), "does nothing with this kind of Redis"),
        ((ON, URL, "--redis-ca-path=cookie-secret"), "does nothing without rediss://"),
        ((ON, "--redis-connection-url=redis://r.test"), "not encrypted"),
        (
            (ON, "--redis-connection-url=rediss://r.test", "--redis-insecure-skip-tls-verify"),
            "weak",
        ),
    ],
)
def test_what_does_nothing_or_is_weak_is_told(
    desk: Desk, flags: tuple[str, ...], part: str
) -> None:
    assert part in "\n".join(desk.load(*flags).warnings)


def test_a_socket_and_loopback_need_no_encryption(desk: Desk) -> None:
    for address in ("unix:///run/redis.sock", "redis://localhost", "rediss://r.test"):
        warnings = desk.load(ON, f"--redis-connection-url={address}").warnings
        assert "not encrypted" not in "\n".join(warnings)


def test_an_address_is_a_secret_only_where_somebody_is_named_in_it(desk: Desk) -> None:
    told = "can be seen"
    assert told not in "\n".join(desk.load(ON, URL).warnings)
    with_password = URL.replace("//", "//:hunter2@")
    warnings = "\n".join(desk.load(ON, with_password).warnings)
    assert told in warnings
    assert "hunter2" not in warnings
