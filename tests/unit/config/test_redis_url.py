"""The address of a Redis server says where it is and who asks, and is quoted nowhere."""

import pytest

from sidegate.config.findings import Malformed
from sidegate.config.redis_url import parse_redis_url
from sidegate.core.secret import Secret


def _parts(text: str) -> tuple[object, ...]:
    url = parse_redis_url(text)
    return url.host, url.port, url.is_tls, url.database, url.username, url.password.reveal()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("redis://r.test", ("r.test", 6379, False, 0, "", "")),
        ("redis://r.test/", ("r.test", 6379, False, 0, "", "")),
        ("rediss://r.test:7000/3", ("r.test", 7000, True, 3, "", "")),
        ("REDIS://127.0.0.1:1", ("127.0.0.1", 1, False, 0, "", "")),
        ("redis://[::1]:7000/15", ("::1", 7000, False, 15, "", "")),
        ("redis://:p%40ss@r.test", ("r.test", 6379, False, 0, "", "p@ss")),
        ("redis://gate:a:b@r.test", ("r.test", 6379, False, 0, "gate", "a:b")),
        ("redis://u@v:w@r.test", ("r.test", 6379, False, 0, "u@v", "w")),
    ],
)
def test_an_address_over_tcp(text: str, parts: tuple[object, ...]) -> None:
    assert _parts(text) == parts


def test_a_socket_has_a_path_and_its_database_in_the_query() -> None:
    url = parse_redis_url("unix://:pw@/run/a%20b.sock?db=2")
    assert (url.socket_path, url.database, url.password) == ("/run/a b.sock", 2, Secret("pw"))
    assert (url.host, url.port, url.is_tls) == ("", 0, False)


def test_sentinels_have_another_port() -> None:
    assert parse_redis_url("redis://s.test", 26379).port == 26379


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no redis://"),
        ("r.test:6379", "no redis://"),
        ("http://r.test", "no redis://"),
        ("redis:r.test", "no redis://"),
        ("redis://r.test#hunter2", "no redis://"),
        ("redis://hunter2 @r.test", "no redis://"),
        ("redis://", "no HOST"),
        ("redis://u:hunter2@", "no HOST"),
        ("redis://hunter2:x/y@r.test", "no HOST or HOST:PORT"),
        ("redis://r.test:0", "port"),
        ("redis://r.test:99999", "port"),
        ("redis://r..test", "host"),
        ("redis://:hunter2%@r.test", "escape"),
        ("redis://r.test/x", "/N"),
        ("redis://r.test/-1", "/N"),
        ("redis://r.test/1_0", "/N"),
        ("redis://r.test/99999", "/N"),
        ("redis://r.test/0?dial_timeout=5", "/N"),
        ("unix://r.test/x.sock", "no path of a socket"),
        ("unix:///", "no path of a socket"),
        ("unix:///x.sock?db=", "?db=N"),
        ("unix:///x.sock?password=hunter2", "?db=N"),
    ],
)
def test_what_is_no_address_is_told_without_quoting_it(text: str, what: str) -> None:
    with pytest.raises(Malformed) as error:
        parse_redis_url(text)
    assert what in error.value.what
    assert "hunter2" not in error.value.what + error.value.remedy
