"""A failed sign-in looks the same everywhere: page, event, code, and the way back."""

from sidegate.core.errors import BadRequest, IdTokenRejected, ProviderUnavailable
from tests.unit.login.fakes import Kit, cookies, exchange, field


def test_a_failure_has_one_code_in_page_event_and_exchange() -> None:
    kit, made = Kit(), exchange("/oauth2/callback")
    error = IdTokenRejected("aud")
    response = kit.failures.answer(made, error, return_url="/x", user="al", cookies=["a=; x"])
    assert response.status == 403
    assert b"id_token_rejected" in response.body
    assert b'href="/oauth2/start?rd=/x"' in response.body
    assert kit.events.heard == [("failure", "id_token_rejected", "al")]
    assert made.reason == "id_token_rejected"
    assert cookies(response) == ["a=; x"]


def test_trying_again_is_offered_when_it_may_help() -> None:
    response = Kit().failures.answer(exchange(), ProviderUnavailable("refused"))
    assert (response.status, field(response, "Retry-After")) == (503, "10")


def test_trying_again_is_offered_for_when_the_provider_wants_it() -> None:
    response = Kit().failures.answer(exchange(), ProviderUnavailable("limit", wait=90))
    assert field(response, "Retry-After") == "90"


def test_a_message_is_one_short_line_of_ascii_in_the_log() -> None:
    kit = Kit()
    kit.failures.answer(exchange(), IdTokenRejected("line\r\nforged é\u2028 " + "x" * 500))
    (detail,) = kit.events.details
    assert detail.isascii()
    assert detail.isprintable()
    assert len(detail) == 200


def test_an_unreadable_request_is_no_failed_sign_in() -> None:
    kit, made = Kit(), exchange()
    response = kit.failures.bad_request(made, BadRequest("escape"))
    assert (response.status, made.reason, kit.events.heard) == (400, "bad_request", [])
