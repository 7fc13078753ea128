"""Exchanges and settings as the logs and metrics see them."""

from collections.abc import Callable
from typing import Any

import pytest

from sidegate.config.options.logging import AUTH_FORMAT, REQUEST_FORMAT, STANDARD_FORMAT
from sidegate.config.settings import LoggingSettings
from sidegate.core.messages import Asker, Exchange, Peer, RequestHead
from sidegate.observe.redact import Redactor

MakeExchange = Callable[..., Exchange]
MakeSettings = Callable[..., LoggingSettings]


@pytest.fixture
def settings() -> MakeSettings:
    def make(**changes: Any) -> LoggingSettings:
        values: dict[str, Any] = {
            "standard_logging": True,
            "auth_logging": True,
            "request_logging": True,
            "logging_level": "info",
            "logging_local_time": False,
            "errors_to_info_log": False,
            "exclude_logging_paths": (),
            "silence_ping_logging": False,
            "logging_format": "text",
            "auth_logging_format": AUTH_FORMAT,
            "standard_logging_format": STANDARD_FORMAT,
            "request_logging_format": REQUEST_FORMAT,
            "logging_filename": "",
            "logging_max_size": 100,
            "logging_max_age": 7,
            "logging_max_backups": 0,
            "logging_compress": False,
            "audit_log_file": "",
            "audit_log_max_size": 100,
            "audit_log_max_age": 365,
            "audit_log_compress": False,
            "audit_hash_chain": False,
        }
        return LoggingSettings(**(values | changes))

    return make


@pytest.fixture
def exchange() -> MakeExchange:
    def make(target: bytes = b"/app", **changes: Any) -> Exchange:
        head = RequestHead()
        head.method = changes.pop("method", b"GET")
        head.target = target
        head.minor = 1
        head.host = b"app.test"
        agent = changes.pop("agent", b"curl/8")
        head.fields = [(b"User-Agent", agent)]
        head.index = {b"user-agent": agent}
        made = Exchange(head, Peer("192.0.2.7", 5000), 10.0)
        made.asker = Asker("203.0.113.9", "https", changes.pop("host", "app.test"), False)
        made.request_id = "4f6c2e9a-0000-4000-8000-1b2c3d4e5f60"
        made.user = "ann@example.com"
        made.route = "/"
        made.upstream = "127.0.0.1:8080"
        made.status = 200
        made.sent = 1234
        made.ended = 10.0042
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    return make


@pytest.fixture
def redactor() -> Redactor:
    return Redactor("/oauth2")
