"""Each claim that every token must have is judged by itself."""

from typing import Any

import pytest

from sidegate.core.errors import IdTokenRejected
from sidegate.oidc.registered_claims import (
    SKEW,
    audiences_of,
    check_issuer,
    check_subject,
    check_times,
    time_of,
)
from tests.unit.oidc.tokens import ISSUER, NOW, claims


def test_an_issuer_is_compared_to_the_last_character() -> None:
    check_issuer(claims(), ISSUER, "token")
    check_issuer(claims(iss="whoever"), None, "token")
    for other in (ISSUER + "/", ISSUER.upper(), None, [ISSUER]):
        with pytest.raises(IdTokenRejected, match="iss of the token"):
            check_issuer(claims(iss=other), ISSUER, "token")


def test_two_clocks_may_differ_by_half_a_minute() -> None:
    check_times(claims(exp=NOW - 29, iat=NOW + 29, nbf=NOW + 29), NOW, SKEW, "token")


@pytest.mark.parametrize(
    "wrong", [{"exp": NOW - 30}, {"iat": NOW + 31}, {"nbf": NOW + 31}, {"iat": None}, {"exp": None}]
)
def test_a_token_outside_its_time_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(IdTokenRejected):
        check_times(claims(**wrong), NOW, SKEW, "token")


@pytest.mark.parametrize("value", ["1700000000", True, 1e16, -(10**400), [1], {}])
def test_what_is_no_number_or_no_date_is_no_time(value: Any) -> None:
    with pytest.raises(IdTokenRejected, match="exp of the token"):
        time_of({"exp": value}, "exp", "token")


@pytest.mark.parametrize("value", [None, "", "x" * 256, 7, "a\nb"])
def test_a_subject_is_text_that_can_name_somebody(value: Any) -> None:
    with pytest.raises(IdTokenRejected, match="sub of the token"):
        check_subject({"sub": value}, "token")


def test_the_first_audience_claim_that_is_present_counts() -> None:
    both = {"aud": ["a", "b"], "client": "c"}
    assert audiences_of(both, ("x", "client", "aud"), "token") == ("client", {"c"})
    assert audiences_of(both, ("aud",), "token") == ("aud", {"a", "b"})


@pytest.mark.parametrize("value", [[], {}, 7, None, ["a", 7]])
def test_an_audience_is_text_or_a_list_of_text_and_never_nothing(value: Any) -> None:
    with pytest.raises(IdTokenRejected, match="aud of the token"):
        audiences_of({"aud": value}, ("aud",), "token")
