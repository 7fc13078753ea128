"""A request for erasure is signed, sent once, and counts when it was taken."""

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from sidegate.core.errors import (
    ErasureFailed,
    ErasureTooOften,
    ProviderMisbehaved,
    ProviderUnavailable,
    SidegateError,
)
from sidegate.core.identity import BY_FILE, Identity, Session, Tokens
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.core.secret import Secret
from sidegate.login.erasure import TRIES, TRIES_PERIOD, ErasureRequests, Webhook, signature
from tests.unit.login.fakes import HOST, NOW, a_session

KEY = Secret(b"0123456789abcdef0123456789abcdef")
URL = "https://desk.example.com/erasure?team=privacy"
CANARY = "canary-refresh-token"
SESSION = replace(a_session(), tokens=Tokens(refresh_token=Secret(CANARY)))


class Desk:
    """What takes requests. `answers`: the status of each, or what happens instead."""

    def __init__(self, *answers: int | SidegateError) -> None:
        self.answers = list(answers)
        self.got: list[FetchRequest] = []
        self.now = NOW
        self.requests = ErasureRequests(
            Webhook(URL, KEY),
            fetch=self.fetch,
            clock=lambda: self.now,
            randomness=lambda count: bytes([len(self.got) + 1]) * count,
        )

    async def fetch(self, request: FetchRequest) -> FetchResponse:
        self.got.append(request)
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, SidegateError):
            raise answer
        return FetchResponse(answer, {}, b"")

    def send(self, session: Session = SESSION) -> str:
        return asyncio.run(self.requests.send(session, HOST))


def test_the_receiver_learns_who_asks_and_can_tell_that_it_is_us() -> None:
    desk = Desk()
    number = desk.send()
    (sent,) = desk.got
    headers = dict(sent.headers)
    assert (sent.method, sent.url, sent.may_be_repeated) == ("POST", URL, False)
    assert headers["Content-Type"] == "application/json"
    assert headers["webhook-id"] == number == "erasure_" + "01" * 16
    assert headers["webhook-timestamp"] == "1000000"
    signed = f"{number}.1000000.".encode() + sent.body
    digest = hmac.new(KEY.reveal(), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert json.loads(sent.body) == {
        "type": "erasure.requested",
        "timestamp": "1970-01-12T13:46:40Z",
        "data": {
            "provider": "oidc",
            "user": "sub-1",
            "email": "alice@example.com",
            "preferred_username": "al",
            "host": HOST,
        },
    }


def test_no_token_and_no_secret_is_sent() -> None:
    desk = Desk()
    desk.send(replace(SESSION, provider=BY_FILE + "digest-of-the-line"))
    (sent,) = desk.got
    everything = sent.body.decode() + str(sent.headers)
    for canary in (CANARY, "digest-of-the-line", KEY.reveal().decode(), SESSION.id):
        assert canary not in everything


def test_the_example_of_standard_webhooks() -> None:
    secret = Secret(base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    body = b'{"test": 2432232314}'
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "answer",
    [199, 302, 400, 500, ProviderUnavailable("silent"), ProviderMisbehaved("not HTTP")],
)
def test_whatever_is_no_2xx_is_a_failure_and_may_be_tried_again(
    answer: int | SidegateError,
) -> None:
    desk = Desk(*[answer] * 5)
    for _ in range(5):
        with pytest.raises(ErasureFailed):
            desk.send()
    assert desk.send()


def test_a_receiver_that_fails_is_not_called_again_and_again_by_one_person() -> None:
    desk = Desk(*[500] * 100)
    for _ in range(30):
        with pytest.raises(ErasureFailed):
            desk.send()
    assert len(desk.got) == TRIES
    with pytest.raises(ErasureFailed):
        desk.send(a_session(Identity("bob")))
    assert len(desk.got) == TRIES + 1, "nobody else waits for that"
    desk.now += TRIES_PERIOD
    desk.answers.clear()
    assert desk.send()


def test_one_person_has_three_a_day_passed_on_and_nobody_else_waits_for_that() -> None:
    desk = Desk()
    for _ in range(3):
        desk.send()
    with pytest.raises(ErasureTooOften) as caught:
        desk.send()
    assert caught.value.wait == 8 * 3600
    assert desk.send(a_session(Identity("bob")))
    assert len(desk.got) == 4
    desk.now += 8 * 3600 + 1
    assert desk.send()
