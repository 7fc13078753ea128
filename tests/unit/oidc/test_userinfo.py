"""The userinfo answer."""

import pytest

from sidegate.core.errors import IdTokenRejected, ProviderMisbehaved
from sidegate.oidc.userinfo import parse_userinfo


def test_claims_of_the_same_subject_are_given() -> None:
    assert parse_userinfo(b'{"sub":"s","email":"a@example.com"}', "s")["email"] == "a@example.com"


@pytest.mark.parametrize("body", [b'{"sub":"other"}', b"{}", b'{"sub":["s"]}'])
def test_claims_of_another_subject_are_refused(body: bytes) -> None:
    with pytest.raises(IdTokenRejected, match="userinfo"):
        parse_userinfo(body, "s")


@pytest.mark.parametrize("body", [b"", b"eyJ.eyJ.sig", b'{"sub":"s","sub":"t"}'])
def test_anything_but_one_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ProviderMisbehaved, match="userinfo"):
        parse_userinfo(body, "s")
