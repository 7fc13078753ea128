"""The addresses of this machine, as the kernel lists them."""

import errno
from pathlib import Path

import pytest

from sidegate.doctor.upstreams import machine_addresses, reason_of

FIB_TRIE = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.1.2.0/24 2 0 2
        |-- 10.1.2.0
           /24 link UNICAST
        |-- 10.1.2.7
           /32 host LOCAL
        |-- 10.1.2.255
           /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.1
           /32 host LOCAL
"""
IF_INET6 = """\
00000000000000000000000000000001 01 80 10 80       lo
fe800000000000000042acfffe110002 05 40 20 80     eth0
fd000000000000000000000000000007 05 40 00 80     eth0
"""


def test_they_are_read_from_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/fib_trie").write_text(FIB_TRIE)
    (tmp_path / "proc/net/if_inet6").write_text(IF_INET6)
    assert machine_addresses(tmp_path) == ["10.1.2.7", "fd00::7"]


def test_elsewhere_it_is_the_main_one_at_most(tmp_path: Path) -> None:
    assert len(machine_addresses(tmp_path)) <= 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "no connection within 3 s"),
        (OSError(errno.ECONNREFUSED, "Connection refused"), "Connection refused"),
        (OSError("several"), "several"),
        (OSError(), "OSError"),
    ],
)
def test_a_failure_has_a_reason(error: OSError, reason: str) -> None:
    assert reason_of(error) == reason
