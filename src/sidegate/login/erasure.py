"""Passes on that somebody wants to be erased, as Standard Webhooks have it.

Rule 1: it counts as passed on when the receiver answered 2xx, and never before.
Rule 2: the receiver can tell that it is ours, and that it is no copy of an earlier one: what is
        signed is the id, the time and the body.
Rule 3: nothing is sent but who asks, at which provider, when, and here.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from math import ceil
from typing import Final

from sidegate.core.errors import ErasureFailed, ErasureTooOften, ProviderError
from sidegate.core.identity import Session
from sidegate.core.ports import Clock, Fetch, FetchRequest, Randomness
from sidegate.core.secret import Secret
from sidegate.gate.throttle import Throttle

EVENT: Final = "erasure.requested"
MOST: Final = 3  # that one person may have passed on
PERIOD: Final = 86400.0  # seconds, in which so many are taken
TRIES: Final = 10  # of one person, taken or not: a receiver that fails is not to be flooded
TRIES_PERIOD: Final = 3600.0
_ANSWER: Final = 65536  # bytes of an answer, of which only the status counts
_TIMEOUT: Final = 10.0
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where requests go, and what signs them."""

    url: str
    secret: Secret[bytes]


class ErasureRequests:
    """Sends them, each once. `fetch` makes the call; the count is that of this process."""

    def __init__(
        self, webhook: Webhook, *, fetch: Fetch, clock: Clock, randomness: Randomness
    ) -> None:
        self._webhook = webhook
        self._fetch = fetch
        self._clock = clock
        self._randomness = randomness
        self._throttle = Throttle(MOST, PERIOD)
        self._tries = Throttle(TRIES, TRIES_PERIOD)

    async def send(self, session: Session, host: str) -> str:
        """Pass on that the owner of a session wants to be erased; return the id of the request.

        Raises ErasureFailed, and then nothing was counted, or ErasureTooOften.
        """
        now = self._clock()
        whose = f"{session.provider}\0{session.identity.user}"
        wait = self._throttle.take(whose, now)
        if wait:
            raise ErasureTooOften(ceil(wait))
        if self._tries.take(whose, now):
            self._throttle.give_back(whose)
            raise ErasureFailed("it failed again and again, and is not tried for a while")
        request_id = f"erasure_{self._randomness(_ID_BYTES).hex()}"
        body = _body(session, host, now)
        try:
            answer = await self._fetch(self._request(request_id, int(now), body))
        except ProviderError as error:
            self._throttle.give_back(whose)
            raise ErasureFailed(str(error)) from None
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            self._throttle.give_back(whose)
            raise ErasureFailed(f"the receiver answered {answer.status}")
        return request_id

    def _request(self, request_id: str, now: int, body: bytes) -> FetchRequest:
        headers = (
            ("Content-Type", "application/json"),
            ("Accept", "*/*"),
            ("webhook-id", request_id),
            ("webhook-timestamp", str(now)),
            ("webhook-signature", signature(self._webhook.secret, request_id, now, body)),
        )
        return FetchRequest(
            "POST", self._webhook.url, headers, body, timeout=_TIMEOUT, limit=_ANSWER
        )


def signature(secret: Secret[bytes], request_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature` (Standard Webhooks, "v1", HMAC-SHA256)."""
    signed = f"{request_id}.{timestamp}.".encode() + body
    digest = hmac.digest(secret.reveal(), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _body(session: Session, host: str, now: float) -> bytes:
    who = session.identity
    timestamp = datetime.fromtimestamp(int(now), UTC).isoformat().replace("+00:00", "Z")
    data = {
        "provider": session.provider_name,
        "user": who.user,
        "email": who.email,
        "preferred_username": who.preferred_username,
        "host": host,
    }
    return json.dumps({"type": EVENT, "timestamp": timestamp, "data": data}).encode()
