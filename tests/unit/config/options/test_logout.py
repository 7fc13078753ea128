"""Only the person ends a session here, unless an operator says otherwise."""

from sidegate.config.options.logout import LOGOUT


def test_providers_end_nothing_unless_asked() -> None:
    assert {row.flag: row.default for row in LOGOUT} == {
        "backchannel-logout": False,
        "frontchannel-logout": False,
        "websocket-recheck": 60.0,
    }
