"""Tenants share documents and keys, and no tenant is another."""

from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import IdTokenRejected, ProviderMisbehaved
from sidegate.oidc.entra_issuer import (
    assumed_issuer,
    check_named_issuer,
    is_shared,
    issuer_of,
    keys_for,
    tenant_of,
)
from sidegate.oidc.jwks import parse_keys
from tests.unit.oidc.tokens import jwk, key_set

ONE, OTHER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
LOGIN, STS = "https://login.microsoftonline.com", "https://sts.windows.net"
CHINA = "https://login.partner.microsoftonline.cn"
MANY = LOGIN + "/{tenantid}/v2.0"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"


@pytest.mark.parametrize(
    ("configured", "named"),
    [
        (f"{LOGIN}/{ONE}/v2.0", f"{LOGIN}/{ONE}/v2.0"),
        (f"{LOGIN}/common/v2.0", MANY),
        (f"{LOGIN}/organizations/v2.0", MANY),
        (f"{LOGIN}/consumers/v2.0", f"{LOGIN}/{PERSONAL}/v2.0"),
        (f"{LOGIN}/contoso.com/v2.0", f"{LOGIN}/{ONE}/v2.0"),
        (f"{LOGIN}/contoso.com/v2.0/", f"{LOGIN}/{ONE}/v2.0"),
        (f"{LOGIN}/common", STS + "/{tenantid}/"),
        (f"{LOGIN}/{ONE}", f"{STS}/{ONE}/"),
        (f"{STS}/{ONE}/", f"{STS}/{ONE}/"),
        (f"{CHINA}/common", "https://sts.chinacloudapi.cn/{tenantid}/"),
    ],
)
def test_a_document_may_name_the_tenant_by_its_id(configured: str, named: str) -> None:
    check_named_issuer(named, configured)


@pytest.mark.parametrize(
    ("configured", "named"),
    [
        (f"{LOGIN}/{ONE}/v2.0", f"{LOGIN}/{OTHER}/v2.0"),
        (f"{LOGIN}/{ONE}/v2.0", MANY),
        (f"{LOGIN}/{ONE}", f"{STS}/{OTHER}/"),
        (f"{LOGIN}/common/v2.0", f"{LOGIN}/{ONE}/v2.0"),
        (f"{LOGIN}/contoso.com/v2.0", MANY),
        (f"{LOGIN}/contoso.com/v2.0", f"{LOGIN}/fabrikam.com/v2.0"),
        (f"{LOGIN}/common/v2.0", "https://evil.example/{tenantid}/v2.0"),
        (f"{LOGIN}/common/v2.0", STS + "/{tenantid}/"),
        (f"{LOGIN}/common", MANY),
        (f"{LOGIN}/common/v2.0", LOGIN + "/{tenantid}/v2.0/more"),
        ("https://idp.example", "https://evil.example"),
    ],
)
def test_a_document_of_somebody_else_is_refused(configured: str, named: str) -> None:
    with pytest.raises(ProviderMisbehaved, match="belong"):
        check_named_issuer(named, configured)


@pytest.mark.parametrize(
    ("configured", "issuer"),
    [
        (f"{LOGIN}/common/v2.0", MANY),
        (f"{LOGIN}/{ONE}/v2.0", f"{LOGIN}/{ONE}/v2.0"),
        (f"{LOGIN}/common", STS + "/{tenantid}/"),
        (f"{LOGIN}/{ONE}", f"{STS}/{ONE}/"),
        (f"{STS}/{ONE}/", f"{STS}/{ONE}/"),
        ("https://idp.example", "https://idp.example"),
        ("https://idp.example/some/path", "https://idp.example/some/path"),
    ],
)
def test_without_the_document_the_issuer_is_the_usual_one(configured: str, issuer: str) -> None:
    assert assumed_issuer(configured) == issuer


def test_a_token_names_the_issuer_of_its_tenant() -> None:
    assert issuer_of(MANY, {"tid": ONE}) == f"{LOGIN}/{ONE}/v2.0"
    assert issuer_of(f"{LOGIN}/{ONE}/v2.0", {"tid": OTHER}) == f"{LOGIN}/{ONE}/v2.0"


@pytest.mark.parametrize(
    "tid", [None, 1, "", "common", "{tenantid}", f"{ONE}/../{OTHER}", ONE[:-1]]
)
def test_a_tenant_that_is_none_fills_no_template(tid: Any) -> None:
    with pytest.raises(IdTokenRejected, match="tid"):
        issuer_of(MANY, {"tid": tid})


def test_a_key_signs_for_the_tenants_that_it_names(rsa: RSAKey) -> None:
    document = key_set(
        jwk(rsa, kid="all", issuer=MANY),
        jwk(rsa, kid="silent"),
        jwk(rsa, kid="odd", issuer=7),
        jwk(rsa, kid="one", issuer=f"{LOGIN}/{ONE}/v2.0"),
        jwk(rsa, kid="personal", issuer=f"{LOGIN}/{PERSONAL}/v2.0"),
    )
    keys = parse_keys(document)
    found = [key.kid for key in keys_for(f"{STS}/{ONE.upper()}/", keys)]
    assert found == ["all", "silent", "odd", "one"]
    nobody = replace(keys[0], issuer="https://idp.example")
    assert keys_for("https://idp.example", (nobody,)) == (nobody,)


def test_the_tenant_of_an_issuer_is_an_id() -> None:
    assert tenant_of(f"{STS}/{ONE.upper()}/") == ONE
    assert tenant_of(f"{LOGIN}/common/v2.0") == tenant_of("https://idp.example") == ""


@pytest.mark.parametrize("part", ["common", "organizations", "consumers", PERSONAL, "{tenantid}"])
def test_accounts_of_anybody_are_known_as_such(part: str) -> None:
    assert is_shared(f"{LOGIN}/{part}/v2.0")
    assert not is_shared(f"{LOGIN}/{ONE}/v2.0")
    assert not is_shared("https://idp.example")
