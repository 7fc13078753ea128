"""Which authorities a Host field may hold."""

import pytest

from sidegate.http1.host import is_host


@pytest.mark.parametrize(
    "host",
    ["a", "a.b-c:80", "a_b.test", "a.test:", "a.test:65535", "10.0.0.1", "[::1]",
     "[2001:db8::1]:443", "[::ffff:10.0.0.1]", "a" * 512],
)  # fmt: skip
def test_usual_and_legal_hosts_pass(host: str) -> None:
    assert is_host(host.encode())


@pytest.mark.parametrize(
    "host",
    ["", "a,b", "a b", "a#", "a/b", "a?b", "a\\b", "u@a", "a:b", "a:80:80", "a:65536", "a:-1",
     ":80", "a%41", "::1", "[::1", "[::1]x", "[::1]:x", "[]", "[:::]", "[1.2.3.4]", "[v1.a]",
     "[fe80::1%25eth0]", "a\n", "\xe9", "a<b>", 'a"b', "a" * 513],
)  # fmt: skip
def test_whatever_is_no_host_is_refused(host: str) -> None:
    assert not is_host(host.encode("latin-1"))
