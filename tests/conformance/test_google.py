"""Google over real sockets; its hosts are led to a script, because they cannot be had here."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.config.settings import ClientKey, GoogleServiceAccount
from sidegate.core.errors import (
    IdTokenRejected,
    NotAuthorized,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.identity import Grant, Session
from sidegate.core.ports import Attempt
from sidegate.core.secret import Secret
from sidegate.net.fetch import Fetcher
from sidegate.providers.calls import Calls
from sidegate.providers.google import GOOGLE, GoogleProvider
from tests.conformance.provider import Canned
from tests.conformance.provider.google import Google, Rewritten
from tests.unit.providers.settings import credentials, provider_settings

SERVICE_KEY = RSAKey.generate_key(2048)
STAFF, OPS = "staff@example.com", "ops@example.com"
ALICE = {"sub": "1", "email": "alice@example.com", "email_verified": True, "hd": "example.com"}
ADMIN = "root@example.com"
BY_KEY = {
    "google_admin_email": ADMIN,
    "google_service_account": GoogleServiceAccount(
        email="s@project.example",
        key_id="k1",
        key=ClientKey(pem=Secret(SERVICE_KEY.as_pem(private=True)), kind="RSA"),
    ),
}
BY_MACHINE = {"google_admin_email": ADMIN, "google_use_application_default_credentials": True}


@pytest.fixture
def site() -> Iterator[Google]:
    with Google(SERVICE_KEY) as site:
        site.members = {STAFF: {"alice@example.com", "bob@partner.example"}, OPS: set()}
        yield site


class Stage:
    """Google as the gate speaks to it. `person` is who signs in."""

    def __init__(self, site: Google, *, needs_groups: bool = False, **settings: Any) -> None:
        self.site = site
        self.person: dict[str, Any] = dict(ALICE)
        made = provider_settings(
            provider="google",
            oidc_issuer_url=site.issuer,
            client_id=site.client_id,
            client_secret=Secret(site.client_secret),
            **settings,
        )
        fetch = Rewritten(Fetcher(lambda: pytest.fail("no TLS here")), site.issuer)
        self.provider = GoogleProvider(
            made,
            Calls(fetch, site.clock),
            site.clock,
            credentials=credentials(made, site.clock),
            needs_groups=needs_groups,
            turn=asyncio.Lock(),
        )

    def sign_in(self) -> Grant:
        return asyncio.run(self._sign_in())

    def sign_in_and_renew(self, change: Any) -> Grant:
        """Sign in, let something change, and renew the session."""

        async def play() -> Grant:
            grant = await self._sign_in()
            change()
            at = self.site.clock()
            session = Session("s", "google", grant.identity, grant.tokens, at, at, at + 9e4)
            return await self.provider.refresh(session)

        return asyncio.run(play())

    async def _sign_in(self) -> Grant:
        await self.provider.discover()
        attempt = Attempt(
            state="s",
            nonce="n",
            verifier=Secret("v" * 43),
            return_url="/",
            redirect_uri="https://app.example.com/oauth2/callback",
            provider="google",
            created_at=self.site.clock(),
        )
        url = self.provider.authorization_url(attempt)
        assert url.startswith(GOOGLE.authorization_endpoint)
        moved = url.replace(GOOGLE.authorization_endpoint, f"{self.site.issuer}/authorize")
        back = self.site.authorize(moved, self.person)
        return await self.provider.redeem(back["code"], attempt)


@pytest.mark.parametrize("rights", [BY_KEY, BY_MACHINE], ids=["key", "machine"])
def test_a_member_gets_in_with_the_groups_that_are_asked_for(
    site: Google, rights: dict[str, Any]
) -> None:
    stage = Stage(site, google_groups=(STAFF, OPS), **rights)
    assert stage.sign_in().identity.groups == (STAFF,)


def test_a_member_from_outside_is_found_as_well(site: Google) -> None:
    stage = Stage(site, google_groups=(STAFF,), **BY_KEY)
    stage.person = {**ALICE, "email": "bob@partner.example", "hd": "partner.example"}
    assert stage.sign_in().identity.groups == (STAFF,)
    stage.person["email"] = "eve@partner.example"
    with pytest.raises(NotAuthorized):
        stage.sign_in()


def test_all_groups_are_read_page_by_page(site: Google) -> None:
    site.members[OPS] = {"alice@example.com"}
    stage = Stage(site, needs_groups=True, **BY_KEY)
    assert stage.sign_in().identity.groups == (OPS, STAFF)


def test_who_is_in_no_group_stays_outside(site: Google) -> None:
    with pytest.raises(NotAuthorized):
        Stage(site, google_groups=(OPS, "gone@example.com"), **BY_KEY).sign_in()


def test_a_personal_account_with_an_address_of_the_organization_stays_outside(
    site: Google,
) -> None:
    stage = Stage(site, google_hosted_domains=("example.com",))
    del stage.person["hd"]
    with pytest.raises(NotAuthorized):
        stage.sign_in()


def test_a_removed_member_is_out_with_the_next_renewal(site: Google) -> None:
    stage = Stage(site, google_groups=(STAFF,), **BY_KEY)
    with pytest.raises(IdTokenRejected):
        stage.sign_in_and_renew(site.members[STAFF].clear)


def test_a_directory_that_is_down_ends_no_session(site: Google) -> None:
    stage = Stage(site, google_groups=(STAFF,), **BY_KEY)
    down = {"admin": [Canned(503), Canned(503)]}
    assert stage.sign_in_and_renew(lambda: site.queued.update(down)).identity.groups == (STAFF,)


@pytest.mark.parametrize(
    ("service", "answers", "error"),
    [
        ("admin", [Canned(503), Canned(503)], ProviderUnavailable),
        ("admin", [Canned(429)], ProviderUnavailable),
        ("admin", [Canned(403)], ProviderMisbehaved),
        ("admin", [Canned(200, b"[]")], ProviderMisbehaved),
        ("iam", [Canned(403)], ProviderMisbehaved),
        ("iam", [Canned(500), Canned(500)], ProviderUnavailable),
        ("machine", [Canned(404)], ProviderMisbehaved),
    ],
)
def test_nobody_gets_in_while_google_cannot_tell(
    site: Google, service: str, answers: list[Canned], error: type[Exception]
) -> None:
    site.queued[service] = answers
    with pytest.raises(error):
        Stage(site, google_groups=(STAFF,), **BY_MACHINE).sign_in()


def test_a_hiccup_of_the_directory_is_asked_over(site: Google) -> None:
    site.queued["admin"] = [Canned(502)]
    stage = Stage(site, google_groups=(STAFF,), **BY_KEY)
    assert stage.sign_in().identity.groups == (STAFF,)


def test_an_administrator_who_may_not_lend_rights_is_told_in_the_log(site: Google) -> None:
    rights = {**BY_KEY, "google_admin_email": "nobody@example.com"}
    with pytest.raises(ProviderMisbehaved, match="unauthorized_client"):
        Stage(site, google_groups=(STAFF,), **rights).sign_in()
