"""Plays the rows of which Authorization fields carry a JWT; nothing diverges."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kit.gate import FakeTokens, proxy, request
from tests.kit.wire import Wire

ROWS = json.loads(Path(__file__).with_name("bearer.json").read_text())["auth_header"]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS])
def test_a_field_carries_a_token_or_none_as_recorded(row: dict[str, Any]) -> None:
    tokens, fallback = FakeTokens(), str(not row["deny_invalid"]).lower()
    flags = ("--skip-jwt-bearer-tokens", f"--bearer-token-login-fallback={fallback}")
    gate = proxy(*flags, tokens=tokens)
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(b"/", b"Authorization: " + row["authorization"].encode()))
        answer = wire.client_got()
    expect = row["expect"]
    assert tokens.asked == ([expect["jwt"]] if expect["jwt"] else [])
    if not expect["passed_on"]:
        assert (answer.status, answer.body) == (expect["status"], b"Forbidden\n")
    elif not expect["jwt"]:
        assert b"Sign in" in answer.body
