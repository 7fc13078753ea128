"""Fields that end at the gate."""

from sidegate.http1.hop_by_hop import FIELDS, NOT_NOMINABLE
from sidegate.http1.names import fold


def test_names_are_folded_and_framing_cannot_be_nominated_away() -> None:
    assert all(fold(name) == name for name in FIELDS | NOT_NOMINABLE)
    assert {b"content-length", b"transfer-encoding", b"cookie", b"host"} <= NOT_NOMINABLE
