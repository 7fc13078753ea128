"""The parts are put together as the settings say."""

from pathlib import Path

from sidegate.app.wiring import request_ids
from tests.kit.gate import Proxy, cookie_for, proxy, request
from tests.kit.wire import Wire


def play(gate: Proxy) -> Wire:
    return Wire(gate, refuse=gate.refuse)


def test_the_emails_file_is_read_when_the_gate_is_built(tmp_path: Path) -> None:
    emails = tmp_path / "emails"
    emails.write_text("alice@example.com\n")
    listed = proxy("--email-domain=other.test", f"--authenticated-emails-file={emails}")
    with play(listed) as wire:
        wire.client_sends(request(cookie=cookie_for(listed)))
        assert len(wire.upstreams) == 1


def test_ready_tells_the_reasons() -> None:
    gate = proxy()
    gate.not_ready = ["draining"]
    with play(gate) as wire:
        wire.client_sends(request(b"/ready"))
        assert (wire.client_got().status, wire.client_got().body) == (503, b"draining\n")


def test_forward_auth_asks_about_what_a_trusted_proxy_forwards() -> None:
    line = b"X-Forwarded-Uri: /public/x"
    for peer, status in ((("127.0.0.1", 1), 202), (("192.0.2.1", 1), 401)):
        gate = proxy("--reverse-proxy", "--skip-auth-route=^/public/")
        with Wire(gate, refuse=gate.refuse, peer=peer) as wire:
            wire.client_sends(request(b"/oauth2/auth", line))
            assert wire.client_got().status == status


def test_request_ids_are_unique_in_and_across_processes() -> None:
    one, other = request_ids(b"\x01" * 8), request_ids(b"\x02" * 8)
    made = [one(), one(), other(), other()]
    assert len(set(made)) == 4
    assert made[0] == "010101010101010100000001"
