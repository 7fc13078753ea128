"""Google: fixed addresses, hosted domains, groups of the directory."""

from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import (
    EmailUnverified,
    IdTokenRejected,
    NotAuthorized,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.identity import Identity
from sidegate.providers.google import GOOGLE, GoogleProvider
from tests.unit.oidc.tokens import claims, sign
from tests.unit.providers.script import reply
from tests.unit.providers.settings import made, provider_settings
from tests.unit.providers.test_oidc import ATTEMPT, HEADER, Stage

ME = f"GET {GOOGLE.userinfo_endpoint}"
DIRECTORY = "GET https://admin.googleapis.com/admin/directory/v1"
LOCAL = "GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default"
SIGN = (
    "POST https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/m@p.example:signJwt"
)
SUBJECT = "248289761001"
MACHINE = {
    "google_use_application_default_credentials": True,
    "google_admin_email": "root@example.com",
}


class Google(Stage):
    """A discovered Google with these settings."""

    def __init__(self, rsa: RSAKey, *, needs_groups: bool = False, **settings: Any) -> None:
        super().__init__(rsa)
        chosen = provider_settings(provider="google", oidc_issuer_url="", **settings)
        clock = lambda: self.now  # noqa: E731 - `now` moves
        self.provider = made(GoogleProvider, chosen, self.fetch, clock, needs_groups=needs_groups)
        self.fetch.expect(f"GET {GOOGLE.jwks_uri}", self.keys)
        self.run_discovery()

    def answers(self, id_claims: dict[str, Any] | None, **values: Any) -> None:
        token = {} if id_claims is None else {"id_token": sign(self.rsa, HEADER, id_claims)}
        good = {"access_token": "canary-at", "token_type": "Bearer", **token}
        self.fetch.expect(f"POST {GOOGLE.token_endpoint}", reply({**good, **values}))

    def signs_in(self, **changes: Any) -> None:
        self.answers(google(**changes), refresh_token="rt")
        self.fetch.expect(ME, reply({"sub": SUBJECT}))

    def lends_rights(self) -> None:
        self.fetch.expect(f"{LOCAL}/email", reply(b"m@p.example"))
        self.fetch.expect(f"{LOCAL}/token", reply({"access_token": "machine-at"}))
        self.fetch.expect(SIGN, reply({"signedJwt": "a.b.c"}))
        self.fetch.expect(
            f"POST {GOOGLE.token_endpoint}",
            reply({"access_token": "admin-at", "token_type": "Bearer", "expires_in": 3600}),
        )


def google(**changes: Any) -> dict[str, Any]:
    """Return the claims of an ID token of Google."""
    return claims(iss=GOOGLE.issuer, **{"email_verified": True, **changes})


def test_the_sign_in_asks_for_the_least_and_for_a_refresh_token(rsa: RSAKey) -> None:
    url = Google(rsa).provider.authorization_url(ATTEMPT)
    assert url.startswith("https://accounts.google.com/o/oauth2/auth?")
    assert "&scope=openid%20email%20profile&" in url
    assert url.endswith("&access_type=offline&prompt=consent")
    asking = Google(rsa, prompt="select_account", google_hosted_domains=("example.com",))
    assert "prompt=select_account&access_type=offline&hd=example.com" in (
        asking.provider.authorization_url(ATTEMPT)
    )
    once = Google(rsa, approval_prompt="auto").provider.authorization_url(ATTEMPT)
    assert once.endswith("&access_type=offline")
    several = Google(rsa, google_hosted_domains=("a.example", "b.example")).provider
    assert several.authorization_url(ATTEMPT).endswith("&hd=%2A")


@pytest.mark.parametrize("hd", [None, "evil.example", "EXAMPLE.com.evil", ["example.com"]])
def test_an_account_of_no_hosted_domain_stays_outside_whatever_its_address(
    hd: object, rsa: RSAKey
) -> None:
    stage = Google(rsa, google_hosted_domains=("example.com",))
    stage.signs_in(email="mallory@example.com", hd=hd)
    with pytest.raises(NotAuthorized):
        stage.redeem()
    stage.answers(google(nonce=None, hd=hd))
    with pytest.raises(IdTokenRejected):
        stage.refresh()
    stage.signs_in(hd="example.com")
    assert stage.redeem().identity.email == "alice@example.com"


@pytest.mark.parametrize("said", [None, False, "no"])
def test_an_unverified_address_is_refused(said: object, rsa: RSAKey) -> None:
    stage = Google(rsa)
    stage.signs_in(email_verified=said)
    with pytest.raises(EmailUnverified):
        stage.redeem()


def test_nobody_asks_the_directory_where_no_option_does(rsa: RSAKey) -> None:
    stage = Google(rsa, needs_groups=True)
    stage.signs_in()
    assert stage.redeem().identity.groups == ()
    assert stage.fetch.is_played()


def test_members_are_found_group_by_group(rsa: RSAKey) -> None:
    stage = Google(
        rsa, google_groups=("a@example.com", "b@example.com", "c@example.com"), **MACHINE
    )
    stage.signs_in()
    stage.lends_rights()
    member = "hasMember/alice@example.com"
    stage.fetch.expect(f"{DIRECTORY}/groups/a@example.com/{member}", reply({"isMember": True}))
    stage.fetch.expect(f"{DIRECTORY}/groups/b@example.com/{member}", reply({"isMember": False}))
    stage.fetch.expect(f"{DIRECTORY}/groups/c@example.com/{member}", reply({}, 404))
    assert stage.redeem().identity.groups == ("a@example.com",)
    assert ("Authorization", "Bearer admin-at") in stage.fetch.asked[-1].headers
    assert b"canary-at" not in b"".join(request.body for request in stage.fetch.asked)


@pytest.mark.parametrize(
    ("status", "is_member"), [("ACTIVE", True), ("SUSPENDED", False), (None, False)]
)
def test_people_from_outside_are_looked_up_as_direct_members(
    status: str | None, *, is_member: bool, rsa: RSAKey
) -> None:
    stage = Google(rsa, google_groups=("a@example.com",), **MACHINE)
    stage.signs_in(email="bob@partner.example")
    stage.lends_rights()
    group = f"{DIRECTORY}/groups/a@example.com"
    stage.fetch.expect(f"{group}/hasMember/bob@partner.example", reply({}, 400))
    stage.fetch.expect(f"{group}/members/bob@partner.example", reply({"status": status}))
    if is_member:
        assert stage.redeem().identity.groups == ("a@example.com",)
    else:
        with pytest.raises(NotAuthorized):
            stage.redeem()


def test_all_groups_are_listed_where_a_rule_needs_some(rsa: RSAKey) -> None:
    stage = Google(rsa, needs_groups=True, **MACHINE)
    stage.signs_in()
    stage.lends_rights()
    first = f"{DIRECTORY}/groups?userKey=alice%40example.com&maxResults=200"
    page = {"groups": [{"email": "a@example.com"}, {"odd": 1}, 7], "nextPageToken": "n+2"}
    stage.fetch.expect(first, reply(page))
    stage.fetch.expect(f"{first}&pageToken=n%2B2", reply({"groups": [{"email": "b@example.com"}]}))
    assert stage.redeem().identity.groups == ("a@example.com", "b@example.com")


def test_a_list_of_groups_that_never_ends_is_not_followed_for_ever(rsa: RSAKey) -> None:
    stage = Google(rsa, needs_groups=True, **MACHINE)
    stage.signs_in()
    stage.lends_rights()
    first = f"{DIRECTORY}/groups?userKey=alice%40example.com&maxResults=200"
    for page in range(20):
        address = first if page == 0 else f"{first}&pageToken=next"
        stage.fetch.expect(address, reply({"nextPageToken": "next"}))
    with pytest.raises(ProviderMisbehaved):
        stage.redeem()


def test_who_left_the_group_is_out_with_the_next_refresh(rsa: RSAKey) -> None:
    stage = Google(rsa, google_groups=("a@example.com",), **MACHINE)
    old = Identity(SUBJECT, "alice@example.com", "", ("a@example.com",))
    stage.answers(None)
    stage.fetch.expect(ME, reply({"sub": SUBJECT}))
    stage.lends_rights()
    asked = f"{DIRECTORY}/groups/a@example.com/hasMember/alice@example.com"
    stage.fetch.expect(asked, reply({"isMember": False}))
    with pytest.raises(IdTokenRejected):
        stage.refresh(old)
    stage.answers(None)
    stage.fetch.expect(ME, reply({"sub": SUBJECT}))
    stage.fetch.expect(asked, reply({}, 503))
    assert stage.refresh(old).identity == old, "Google is down: everything stays for now"


def test_the_rights_are_borrowed_once_and_again_before_they_end(rsa: RSAKey) -> None:
    stage = Google(rsa, google_groups=("a@example.com",), **MACHINE)
    asked = f"{DIRECTORY}/groups/a@example.com/hasMember/alice@example.com"
    stage.signs_in()
    stage.lends_rights()
    stage.fetch.expect(asked, reply({"isMember": True}))
    stage.redeem()
    stage.signs_in()
    stage.fetch.expect(asked, reply({"isMember": True}))
    stage.redeem()
    stage.now += 3545
    stage.answers(google(exp=stage.now + 60, iat=stage.now), refresh_token="rt")
    stage.fetch.expect(ME, reply({"sub": SUBJECT}))
    stage.fetch.expect(f"{LOCAL}/token", reply({"access_token": "machine-at"}))
    stage.fetch.expect(SIGN, reply({"signedJwt": "a.b.c"}))
    stage.fetch.expect(
        f"POST {GOOGLE.token_endpoint}",
        reply({"access_token": "admin-at-2", "token_type": "Bearer", "expires_in": 3600}),
    )
    stage.fetch.expect(asked, reply({"isMember": True}))
    stage.redeem()
    assert stage.fetch.is_played()


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, ProviderMisbehaved), (429, ProviderUnavailable), (500, ProviderUnavailable)],
)
def test_nobody_gets_in_while_the_directory_cannot_tell(
    status: int, error: type[Exception], rsa: RSAKey
) -> None:
    stage = Google(rsa, google_groups=("a@example.com",), **MACHINE)
    stage.signs_in()
    stage.lends_rights()
    asked = f"{DIRECTORY}/groups/a@example.com/hasMember/alice@example.com"
    stage.fetch.expect(asked, reply({}, status))
    with pytest.raises(error):
        stage.redeem()


def test_the_organization_names_people(rsa: RSAKey) -> None:
    stage = Google(rsa, google_use_organization_id=True, **MACHINE)
    ids = [{"type": "custom", "value": "x"}, {"type": "organization", "value": "e-17"}]
    stage.signs_in()
    stage.lends_rights()
    asked = f"{DIRECTORY}/users/alice@example.com?fields=externalIds"
    stage.fetch.expect(asked, reply({"externalIds": ids}))
    assert stage.redeem().identity.preferred_username == "e-17"
    stage.signs_in()
    stage.fetch.expect(asked, reply({}))
    assert stage.redeem().identity.preferred_username == ""


def test_a_scope_for_groups_which_google_does_not_know_is_never_asked_for(rsa: RSAKey) -> None:
    url = Google(rsa, needs_groups=True).provider.authorization_url(ATTEMPT)
    assert "&scope=openid%20email%20profile&" in url
