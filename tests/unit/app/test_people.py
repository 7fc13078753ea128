"""Who stands in the list may pass, and who does not stand there any more may not, at once."""

from pathlib import Path

import pytest

from sidegate.app.people import watch_emails
from sidegate.config.findings import Malformed
from sidegate.core.identity import Identity
from sidegate.gate.rules import Rules
from tests.kit.gate import cookie_for, proxy, request
from tests.kit.wire import Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_changed_list_of_people_holds_at_the_next_request_also_for_who_is_signed_in(
    tmp_path: Path,
) -> None:
    path = tmp_path / "emails"
    path.write_text("alice@list.test\n")
    gate = proxy(f"--authenticated-emails-file={path}")
    cookie = cookie_for(gate, identity=Identity("sub-1", "alice@list.test"))
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(cookie=cookie))
        wire.upstream_sends(OK)
        assert wire.client_got().status == 200
        (watched,) = gate.base.watched
        path.write_text("bob@list.test\n")
        assert watched.read()() == "1 addresses"
        wire.client_sends(request(cookie=cookie))
        assert wire.client_got().status == 403
    assert len(wire.upstream_got().split(b"HTTP/1.1\r\n")) == 2


@pytest.mark.parametrize("text", ["", "# all gone\n", 'alice@example.com,"broken'])
def test_an_emptied_or_broken_list_of_people_is_not_taken(tmp_path: Path, text: str) -> None:
    path, rules = tmp_path / "emails", Rules(emails=["alice@example.com"])
    path.write_text(text)
    with pytest.raises(Malformed):
        watch_emails(str(path), rules).read()
    assert rules.refusal(Identity("1", "alice@example.com")) is None


def test_the_same_list_of_people_is_no_news(tmp_path: Path) -> None:
    path = tmp_path / "emails"
    path.write_text("Alice@example.com\n")
    watched = watch_emails(str(path), Rules(emails=["alice@example.com"]))
    assert watched.read()() is None
    path.write_text("alice@example.com\nbob@example.com\n")
    assert watched.read()() == "2 addresses"
    assert watched.read()() is None


def test_a_list_that_was_empty_from_the_start_is_no_fault(tmp_path: Path) -> None:
    path, rules = tmp_path / "emails", Rules()
    path.write_text("# nobody yet\n")
    watched = watch_emails(str(path), rules)
    assert watched.read()() is None
    path.write_text("alice@example.com\n")
    assert watched.read()() == "1 addresses"
