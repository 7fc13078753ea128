"""A call is repeated where that does no harm, and not made at all while the provider said no."""

import asyncio

import pytest

from sidegate.core.errors import ProviderUnavailable
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.providers.calls import MOST_REMEMBERED, Calls
from sidegate.providers.rate_limits import LONGEST
from tests.unit.providers.script import Reply

URL = "https://idp.example/user?page=2"
GET = FetchRequest("GET", URL, (("Authorization", "Bearer alice"),))
POST = FetchRequest("POST", "https://idp.example/token", (), b"code=x")
OK = FetchResponse(200, {}, b"")
BROKEN = FetchResponse(502, {}, b"")
LATER = FetchResponse(429, {"retry-after": "30"}, b"")
REFUSED = ProviderUnavailable("refused", was_sent=False)
CUT = ProviderUnavailable("reset")


class Line:
    """What stands behind the calls: answers in order, and each takes `cost` seconds."""

    def __init__(self, *answers: Reply, cost: float = 0.0) -> None:
        self.answers = list(answers)
        self.asked: list[FetchRequest] = []
        self.now = 1000.0
        self.cost = cost
        self.calls = Calls(self.fetch, lambda: self.now)

    async def fetch(self, request: FetchRequest, /) -> FetchResponse:
        self.asked.append(request)
        self.now += self.cost
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def status(self, request: FetchRequest) -> int:
        return asyncio.run(self.calls(request)).status

    def fails(self, request: FetchRequest) -> ProviderUnavailable:
        with pytest.raises(ProviderUnavailable) as caught:
            asyncio.run(self.calls(request))
        return caught.value


@pytest.mark.parametrize("fault", [REFUSED, CUT, BROKEN])
def test_a_question_is_asked_twice_and_no_more(fault: Reply) -> None:
    line = Line(fault, OK)
    assert line.status(GET) == 200
    assert len(line.asked) == 2
    line = Line(BROKEN, BROKEN)
    assert line.status(GET) == 502
    assert len(line.asked) == 2


def test_a_code_is_redeemed_once_when_the_request_may_have_arrived() -> None:
    line = Line(CUT)
    assert line.fails(POST) is CUT
    line = Line(BROKEN)
    assert line.status(POST) == 502
    assert len(line.asked) == 1


def test_a_code_is_redeemed_again_when_nothing_was_sent() -> None:
    line = Line(REFUSED, OK)
    assert line.status(POST) == 200


def test_a_post_that_only_asks_is_repeated() -> None:
    question = FetchRequest("POST", "https://idp.example/introspect", is_idempotent=True)
    assert Line(CUT, OK).status(question) == 200


def test_both_tries_share_the_time_of_the_call() -> None:
    line = Line(BROKEN, OK, cost=4.0)
    line.status(GET)
    assert [request.timeout for request in line.asked] == [10.0, 6.0]


def test_a_call_that_used_its_time_up_is_not_repeated() -> None:
    line = Line(CUT, cost=9.6)
    assert line.fails(GET) is CUT
    line = Line(BROKEN, cost=9.6)
    assert line.status(GET) == 502


def test_a_limit_is_unavailable_and_says_for_how_long() -> None:
    error = Line(LATER).fails(GET)
    assert (error.code, error.wait, error.was_sent) == ("provider_unavailable", 30, False)
    assert str(error) == "https://idp.example: the provider wants no calls for 30 s"


def test_whoever_was_told_to_wait_is_not_asked_for_before_that_time() -> None:
    line = Line(LATER, OK)
    line.fails(GET)
    line.now += 29.5
    assert line.fails(GET).wait == 1
    assert len(line.asked) == 1
    line.now += 0.5
    assert line.status(GET) == 200


def test_a_limit_is_about_one_credential_on_one_origin() -> None:
    line = Line(LATER, OK, OK)
    line.fails(GET)
    line.fails(FetchRequest("GET", "https://idp.example/other", GET.headers))
    assert line.status(FetchRequest("GET", URL, (("Authorization", "Bearer bob"),))) == 200
    assert line.status(FetchRequest("GET", "https://other.example/", GET.headers)) == 200


def test_without_a_credential_a_limit_is_about_the_address() -> None:
    line = Line(LATER, OK)
    line.fails(FetchRequest("GET", "https://idp.example/jwks?a=1"))
    line.fails(FetchRequest("GET", "https://idp.example/jwks?a=2"))
    assert line.status(POST) == 200


def test_a_pause_of_the_whole_provider_is_respected_and_not_repeated_into() -> None:
    line = Line(FetchResponse(503, {"retry-after": "5"}, b""))
    assert line.fails(GET).wait == 5.0
    line.fails(GET)
    assert len(line.asked) == 1


def test_the_second_answer_may_be_a_limit_too() -> None:
    line = Line(BROKEN, LATER)
    assert line.fails(GET).wait == 30.0


def test_a_clock_that_is_moved_back_keeps_nobody_out_for_long() -> None:
    line = Line(LATER, OK)
    line.fails(GET)
    line.now -= LONGEST
    assert line.status(GET) == 200


def test_what_is_remembered_is_bounded_and_holds_no_credential() -> None:
    line = Line(*[LATER] * (MOST_REMEMBERED + 10))
    for number in range(MOST_REMEMBERED + 10):
        line.fails(FetchRequest("GET", URL, (("Authorization", f"Bearer canary-{number}"),)))
    assert len(line.calls._until) == MOST_REMEMBERED
    assert b"canary" not in b"".join(line.calls._until)
    line.now += 31
    line.answers = [LATER]
    line.fails(GET)
    assert len(line.calls._until) == 1
