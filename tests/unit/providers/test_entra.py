"""Microsoft Entra ID as a script of requests and answers, as its documents have them."""

import asyncio
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from sidegate.config.client_key import read_client_key
from sidegate.core.errors import (
    EmailUnverified,
    GrantRejected,
    IdTokenRejected,
    IssuerMismatch,
    NotAuthorized,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.identity import Grant, Identity
from sidegate.core.secret import Secret
from sidegate.oidc.jws import read_jws
from sidegate.providers.entra import EntraProvider
from tests.unit.oidc.tokens import claims, jwk, key_set, sign
from tests.unit.providers.script import reply
from tests.unit.providers.test_oidc import ATTEMPT, HEADER, Stage, session

LOGIN, GRAPH = "https://login.microsoftonline.com", "https://graph.microsoft.com"
ONE, OTHER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
ISSUER, SHARED = f"{LOGIN}/{ONE}/v2.0", f"{LOGIN}/common/v2.0"
FIRST = f"GET {GRAPH}/v1.0/me/transitiveMemberOf?$select=id&$top=100"
SUBJECT = "248289761001"
OVERAGE = {
    "_claim_names": {"groups": "src1"},
    "_claim_sources": {
        "src1": {"endpoint": "https://graph.windows.net/x/users/y/getMemberObjects"}
    },
}
GROUPS = reply({"value": [{"@odata.type": "#microsoft.graph.group", "id": "g1"}, {"id": "g2"}]})


class Tenant(Stage):
    """A tenant, or many behind one address."""

    def __init__(
        self,
        rsa: RSAKey,
        kind: type[EntraProvider] = EntraProvider,
        *,
        needs_groups: bool = False,
        issuer: str = ISSUER,
        **settings: Any,
    ) -> None:
        super().__init__(rsa, kind, needs_groups=needs_groups, oidc_issuer_url=issuer, **settings)
        self.address = issuer

    def open(self, named: str = "", keys: bytes = b"", **metadata: Any) -> "Tenant":
        """Let discovery say what Microsoft's documents say."""
        base = self.address.removesuffix("/v2.0")
        document = {
            "issuer": named or self.address,
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "userinfo_endpoint": f"{GRAPH}/oidc/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            **metadata,
        }
        self.fetch.expect(f"GET {self.address}/.well-known/openid-configuration", reply(document))
        self.fetch.expect(
            f"GET {document['jwks_uri']}", reply(keys or key_set(jwk(self.rsa, kid="k1")))
        )
        asyncio.run(self.provider.discover())
        return self

    def signs_in(self, told: dict[str, Any], *more: tuple[str, Any]) -> Grant:
        """Sign somebody in; userinfo knows nothing but who it is."""
        self.answer(sign(self.rsa, HEADER, told))
        if self.provider.metadata().userinfo_endpoint:
            self.fetch.expect(f"GET {GRAPH}/oidc/userinfo", reply({"sub": told["sub"]}))
        for line, answer in more:
            self.fetch.expect(line, answer)
        return self.redeem()

    def renews(self, told: dict[str, Any] | None, *more: tuple[str, Any]) -> Grant:
        """Refresh the session of somebody who was in the groups g1 and gone."""
        self.answer(None if told is None else sign(self.rsa, HEADER, told))
        if told is None:
            self.fetch.expect(f"GET {GRAPH}/oidc/userinfo", reply({"sub": SUBJECT}))
        for line, answer in more:
            self.fetch.expect(line, answer)
        return self.refresh(Identity(SUBJECT, "alice@example.com", "", ("g1", "gone")))

    def answer(self, id_token: str | None) -> None:
        tokens = {"access_token": "canary-at", "token_type": "Bearer", "refresh_token": "rt"}
        more = {} if id_token is None else {"id_token": id_token}
        self.fetch.expect(
            f"POST {self.provider.metadata().token_endpoint}", reply({**tokens, **more})
        )


def told(tenant: str = ONE, **changes: Any) -> dict[str, Any]:
    """Return the claims of an ID token of a tenant."""
    return claims(**{"iss": f"{LOGIN}/{tenant}/v2.0", "tid": tenant, **changes})


@pytest.fixture
def tenant(rsa: RSAKey) -> Tenant:
    return Tenant(rsa).open()


@pytest.fixture
def many(rsa: RSAKey) -> Tenant:
    return Tenant(rsa, issuer=SHARED).open(LOGIN + "/{tenantid}/v2.0")


def test_a_scope_for_groups_which_microsoft_refuses_is_never_asked_for(rsa: RSAKey) -> None:
    url = Tenant(rsa, needs_groups=True).open().provider.authorization_url(ATTEMPT)
    assert "&scope=openid%20email%20profile&" in url


def test_the_scope_is_the_least_that_works(tenant: Tenant) -> None:
    url = tenant.provider.authorization_url(ATTEMPT)
    assert url.startswith(f"{LOGIN}/{ONE}/oauth2/v2.0/authorize?")
    assert "&scope=openid%20email%20profile&" in url
    assert "resource" not in url
    assert tenant.provider.display_name == "Microsoft"


def test_somebody_of_the_tenant_signs_in(tenant: Tenant) -> None:
    grant = tenant.signs_in(told(groups=["g1"]))
    assert grant.identity == Identity(SUBJECT, "alice@example.com", "", ("g1",))
    assert tenant.fetch.is_played()


def test_a_domain_may_stand_for_the_tenant(rsa: RSAKey) -> None:
    tenant = Tenant(rsa, issuer=f"{LOGIN}/contoso.com/v2.0").open(ISSUER)
    assert tenant.signs_in(told()).identity.user == SUBJECT
    with pytest.raises(IdTokenRejected, match="iss"):
        tenant.signs_in(told(OTHER))


def test_a_document_of_another_tenant_is_refused(rsa: RSAKey) -> None:
    with pytest.raises(ProviderMisbehaved, match="belong"):
        Tenant(rsa).open(f"{LOGIN}/{OTHER}/v2.0")


@pytest.mark.parametrize("who", [ONE, OTHER])
def test_any_organization_signs_in_where_nobody_says_which(many: Tenant, who: str) -> None:
    assert many.signs_in(told(who)).identity.user == SUBJECT


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": f"{LOGIN}/{OTHER}/v2.0"},
        {"tid": OTHER},
        {"tid": None},
        {"tid": "common"},
        {"iss": LOGIN + "/{tenantid}/v2.0", "tid": "{tenantid}"},
        {"iss": f"https://evil.example/{ONE}/v2.0"},
        {"iss": f"https://sts.windows.net/{ONE}/"},
    ],
)
def test_a_token_is_of_the_tenant_that_it_names(many: Tenant, changes: dict[str, Any]) -> None:
    with pytest.raises(IdTokenRejected):
        many.signs_in(told(**changes))


def test_a_key_of_one_tenant_signs_for_no_other(rsa: RSAKey) -> None:
    keys = key_set(jwk(rsa, kid="k1", issuer=f"{LOGIN}/{OTHER}/v2.0"))
    many = Tenant(rsa, issuer=SHARED).open(LOGIN + "/{tenantid}/v2.0", keys)
    assert many.signs_in(told(OTHER)).identity.user == SUBJECT
    many.answer(sign(rsa, HEADER, told(ONE)))
    many.fetch.expect(f"GET {LOGIN}/common/discovery/v2.0/keys", reply(keys))
    with pytest.raises(IdTokenRejected, match="not in the provider's set"):
        many.redeem()


@pytest.fixture
def limited(rsa: RSAKey) -> Tenant:
    stage = Tenant(rsa, issuer=SHARED, entra_id_allowed_tenants=(ONE,))
    return stage.open(LOGIN + "/{tenantid}/v2.0")


def test_only_allowed_tenants_sign_in(limited: Tenant) -> None:
    assert limited.signs_in(told()).identity.user == SUBJECT
    with pytest.raises(NotAuthorized, match="entra_id_allowed_tenants"):
        limited.signs_in(told(OTHER))


def test_only_allowed_tenants_stay_and_send_programs(limited: Tenant) -> None:
    with pytest.raises(IdTokenRejected, match="entra_id_allowed_tenants"):
        limited.renews(told(OTHER, nonce=None))
    with pytest.raises(NotAuthorized):
        limited.provider.person(told(OTHER), {})


@pytest.mark.parametrize(
    ("changes", "email"),
    [
        ({}, ""),
        ({"xms_edov": True}, "alice@example.com"),
        ({"xms_edov": 1}, "alice@example.com"),
        ({"xms_edov": "1"}, "alice@example.com"),
        ({"xms_edov": "true"}, "alice@example.com"),
        ({"email": None, "preferred_username": "alice@example.com"}, ""),
        ({"email": None, "upn": "alice@example.com"}, ""),
    ],
)
def test_of_many_tenants_only_a_proved_address_counts(
    many: Tenant, changes: dict[str, Any], email: str
) -> None:
    assert many.signs_in(told(**changes)).identity.email == email


@pytest.mark.parametrize("value", [False, 0, "0", "false", "yes"])
@pytest.mark.parametrize("shared", ["many", "tenant"])
def test_an_address_that_is_said_to_be_unproved_is_refused(
    request: pytest.FixtureRequest, shared: str, value: Any
) -> None:
    stage: Tenant = request.getfixturevalue(shared)
    with pytest.raises(EmailUnverified):
        stage.signs_in(told(xms_edov=value))


def test_an_operator_may_believe_every_address(rsa: RSAKey) -> None:
    named = LOGIN + "/{tenantid}/v2.0"
    many = Tenant(rsa, issuer=SHARED, insecure_oidc_allow_unverified_email=True).open(named)
    assert many.signs_in(told(xms_edov=False)).identity.email == "alice@example.com"


@pytest.mark.parametrize(
    ("changes", "email"),
    [
        ({"preferred_username": "alice@contoso.com"}, "alice@contoso.com"),
        ({"upn": "alice@contoso.com", "preferred_username": "x@y.z"}, "alice@contoso.com"),
        ({"preferred_username": "alice@contoso.com", "idp": ISSUER}, "alice@contoso.com"),
        ({"preferred_username": "eve@evil.example", "idp": "live.com"}, ""),
        ({"preferred_username": "eve@evil.example", "idp": f"{LOGIN}/{OTHER}/v2.0"}, ""),
        ({"preferred_username": "+4912345"}, ""),
        ({"preferred_username": ["alice@contoso.com"]}, None),
        ({}, ""),
    ],
)
def test_a_member_without_an_address_has_their_sign_in_name_and_a_guest_none(
    tenant: Tenant, changes: dict[str, Any], email: str | None
) -> None:
    who = told(**{"email": None, **changes})
    if email is None:
        with pytest.raises(IdTokenRejected):
            tenant.signs_in(who)
    else:
        assert tenant.signs_in(who).identity.email == email


def test_an_address_of_userinfo_never_counts(many: Tenant) -> None:
    many.answer(sign(many.rsa, HEADER, told(email=None)))
    answer = reply({"sub": SUBJECT, "email": "ceo@example.com"})
    many.fetch.expect(f"GET {GRAPH}/oidc/userinfo", answer)
    assert many.redeem().identity.email == ""


def test_userinfo_of_somebody_else_ends_the_sign_in(tenant: Tenant) -> None:
    tenant.answer(sign(tenant.rsa, HEADER, told()))
    tenant.fetch.expect(f"GET {GRAPH}/oidc/userinfo", reply({"sub": "bob"}))
    with pytest.raises(IdTokenRejected):
        tenant.redeem()


@pytest.mark.parametrize("overage", [OVERAGE, {"hasgroups": True}, {"hasgroups": "true"}])
def test_groups_that_do_not_fit_into_the_token_come_from_graph(
    tenant: Tenant, overage: dict[str, Any]
) -> None:
    assert tenant.signs_in(told(**overage), (FIRST, GROUPS)).identity.groups == ("g1", "g2")
    assert ("Authorization", "Bearer canary-at") in tenant.fetch.asked[-1].headers


def test_graph_is_left_alone_where_nobody_looks_at_groups(rsa: RSAKey) -> None:
    stage = Tenant(rsa, wants_groups=False).open()
    assert stage.signs_in(told(**OVERAGE)).identity.groups == ()
    assert stage.fetch.is_played()


def test_other_distributed_claims_are_no_groups(tenant: Tenant) -> None:
    assert tenant.signs_in(told(_claim_names={"roles": "src1"})).identity.groups == ()
    assert tenant.signs_in(told(_claim_names=["groups"])).identity.groups == ()


def test_a_refresh_asks_again_so_that_nobody_loses_or_keeps_a_group(tenant: Tenant) -> None:
    grant = tenant.renews(told(nonce=None, **OVERAGE), (FIRST, GROUPS))
    assert grant.identity.groups == ("g1", "g2")
    assert grant.trouble == ""
    assert tenant.renews(told(nonce=None, groups=["g3"])).identity.groups == ("g3",)
    assert tenant.renews(None).identity.groups == ("g1", "gone"), "no ID token says nothing new"


@pytest.mark.parametrize("failure", [reply({}, 403), reply({}, 503), ProviderUnavailable("429")])
def test_without_graph_nobody_signs_in_where_a_rule_needs_groups(rsa: RSAKey, failure: Any) -> None:
    strict = Tenant(rsa, needs_groups=True).open()
    with pytest.raises((ProviderMisbehaved, ProviderUnavailable)):
        strict.signs_in(told(**OVERAGE), (FIRST, failure))
    lax = Tenant(rsa).open().signs_in(told(**OVERAGE), (FIRST, failure))
    assert lax.identity.groups == ()
    assert lax.trouble.startswith("provider_"), "and the log knows"


def test_without_graph_a_session_goes_on_with_its_groups_and_the_log_knows(rsa: RSAKey) -> None:
    for needs_groups in (True, False):
        stage = Tenant(rsa, needs_groups=needs_groups).open()
        failed = (FIRST, ProviderUnavailable("429"))
        grant = stage.renews(told(nonce=None, **OVERAGE), failed)
        assert grant.identity.groups == ("g1", "gone")
        assert grant.trouble == "provider_unavailable"


def test_a_revoked_refresh_token_ends_the_session(tenant: Tenant) -> None:
    refusal = {"error": "invalid_grant", "error_codes": [50173], "suberror": "bad_token"}
    tenant.fetch.expect(f"POST {LOGIN}/{ONE}/oauth2/v2.0/token", reply(refusal, 400))
    with pytest.raises(GrantRejected, match="AADSTS50173"):
        tenant.refresh()


def test_groups_may_be_called_by_their_names(rsa: RSAKey) -> None:
    stage = Tenant(rsa, azure_graph_group_field="displayName").open()
    line = f"GET {GRAPH}/v1.0/me/transitiveMemberOf?$select=displayName,securityEnabled&$top=100"
    named = reply({"value": [{"displayName": "Staff", "securityEnabled": True}]})
    assert stage.signs_in(told(groups=["g1"]), (line, named)).identity.groups == ("Staff",)
    assert stage.renews(None, (line, named)).identity.groups == ("Staff",)


@pytest.mark.parametrize(
    ("metadata", "graph"),
    [
        ({}, GRAPH),
        (
            {"userinfo_endpoint": "https://graph.microsoft.us/oidc/userinfo"},
            "https://graph.microsoft.us",
        ),
        ({"userinfo_endpoint": ""}, GRAPH),
        (
            {
                "userinfo_endpoint": "",
                "token_endpoint": f"https://login.microsoftonline.us/{ONE}/oauth2/v2.0/token",
            },
            "https://graph.microsoft.us",
        ),
        (
            {
                "userinfo_endpoint": "https://login.chinacloudapi.cn/openid/userinfo",
                "token_endpoint": f"https://login.chinacloudapi.cn/{ONE}/oauth2/token",
            },
            "https://microsoftgraph.chinacloudapi.cn",
        ),
    ],
)
def test_graph_is_the_one_of_the_cloud_where_people_sign_in(
    rsa: RSAKey, metadata: dict[str, Any], graph: str
) -> None:
    provider = Tenant(rsa).open(**metadata).provider
    assert isinstance(provider, EntraProvider)
    assert provider.graph() == graph


def test_an_assertion_is_for_the_token_endpoint(rsa: RSAKey, ec: ECKey) -> None:
    key = read_client_key(ec.as_pem(private=True))
    stage = Tenant(rsa, issuer=SHARED, jwt_key=key, client_secret=Secret(""))
    provider = stage.open(LOGIN + "/{tenantid}/v2.0").provider
    assertion = provider.client(()).assertion
    assert assertion is not None
    claimed = read_jws(assertion.reveal(), "assertion").claims()
    assert claimed["aud"] == f"{LOGIN}/common/oauth2/v2.0/token"


@pytest.mark.parametrize(
    ("issuer", "fits"),
    [
        (None, True),
        (f"{LOGIN}/{OTHER}/v2.0", True),
        (f"{LOGIN}/common/v2.0", False),
        ("https://evil.example", False),
        (f"https://evil.example/{OTHER}/v2.0", False),
    ],
)
def test_the_issuer_of_a_callback_is_one_of_the_many(
    many: Tenant, issuer: str | None, *, fits: bool
) -> None:
    if fits:
        many.provider.check_issuer(issuer)
        assert issuer is None or many.provider.speaks_as(issuer)
        return
    with pytest.raises(IssuerMismatch):
        many.provider.check_issuer(issuer)
    assert issuer is not None
    assert many.provider.speaks_as(issuer) == (issuer == SHARED)


def test_the_issuer_of_a_callback_is_that_of_the_one_tenant(tenant: Tenant) -> None:
    tenant.provider.check_issuer(ISSUER)
    with pytest.raises(IssuerMismatch):
        tenant.provider.check_issuer(f"{LOGIN}/{OTHER}/v2.0")


def test_a_token_that_a_program_brings_is_judged_by_its_tenant_too(many: Tenant) -> None:
    def bring(who: dict[str, Any]) -> dict[str, Any]:
        jws = read_jws(sign(many.rsa, HEADER, who), "JWT")
        return asyncio.run(many.provider.verify_bearer(jws))

    assert bring(told(OTHER, nonce=None))["tid"] == OTHER
    with pytest.raises(IdTokenRejected, match="iss"):
        bring(told(OTHER, tid=ONE, nonce=None))


def test_without_discovery_the_issuer_follows_from_the_tenant(rsa: RSAKey) -> None:
    base = f"{LOGIN}/common"
    stage = Tenant(
        rsa,
        issuer=SHARED,
        skip_oidc_discovery=True,
        login_url=f"{base}/oauth2/v2.0/authorize",
        redeem_url=f"{base}/oauth2/v2.0/token",
        oidc_jwks_url=f"{base}/discovery/v2.0/keys",
    )
    stage.fetch.expect(f"GET {base}/discovery/v2.0/keys", reply(key_set(jwk(rsa, kid="k1"))))
    asyncio.run(stage.provider.discover())
    assert stage.signs_in(told(OTHER)).identity.user == SUBJECT


def test_the_issuer_is_not_compared_where_the_operator_says_so(rsa: RSAKey) -> None:
    stage = Tenant(rsa, insecure_oidc_skip_issuer_verification=True).open(
        "https://elsewhere.example"
    )
    assert stage.signs_in(told(OTHER)).identity.user == SUBJECT


def test_a_token_of_another_issuer_is_not_judged_by_tenants(limited: Tenant) -> None:
    person = limited.provider.stranger(claims(iss="https://ci.example", sub="job"))
    assert (person.user, person.email) == ("job", "alice@example.com")


def test_without_any_issuer_no_allowed_tenant_is_found(rsa: RSAKey) -> None:
    stage = Tenant(
        rsa, insecure_oidc_skip_issuer_verification=True, entra_id_allowed_tenants=(ONE,)
    ).open()
    for odd in (None, 7):
        with pytest.raises(NotAuthorized):
            stage.provider.person(told(iss=odd), {})


def test_sessions_of_before_are_of_the_same_person(tenant: Tenant) -> None:
    tenant.answer(sign(tenant.rsa, HEADER, told(nonce=None, sub="bob")))
    with pytest.raises(IdTokenRejected, match="subject"):
        asyncio.run(tenant.provider.refresh(session()))
