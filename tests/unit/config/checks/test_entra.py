"""Tenants, workload identities and the older endpoints of Microsoft Entra ID."""

import pytest

from tests.unit.config.conftest import Desk

ONE = "11111111-1111-1111-1111-11111111111A"
LOGIN = "https://login.microsoftonline.com"
FILE = "/var/run/secrets/azure/tokens/azure-identity-token"
WORKLOAD = {
    "AZURE_FEDERATED_TOKEN_FILE": FILE,
    "AZURE_CLIENT_ID": "workload",
    "AZURE_TENANT_ID": ONE,
}
FEDERATED = "--entra-id-federated-token-auth"


@pytest.fixture
def entra(desk: Desk) -> Desk:
    desk.base["--provider"] = "entra-id"
    desk.files[FILE] = b"eyJ.eyJ.sig"
    return desk.without("--oidc-issuer-url")


def test_a_tenant_gives_the_issuer(entra: Desk) -> None:
    provider = entra.load(f"--azure-tenant={ONE}").settings.providers[0]
    assert provider.oidc_issuer_url == f"{LOGIN}/{ONE}/v2.0"
    assert provider.scope == ""


def test_an_issuer_is_taken_as_it_is(entra: Desk) -> None:
    issuer = f"https://login.microsoftonline.us/{ONE}/v2.0"
    loaded = entra.load(f"--oidc-issuer-url={issuer}", f"--azure-tenant={ONE}")
    assert loaded.settings.providers[0].oidc_issuer_url == issuer


def test_without_tenant_and_issuer_it_does_not_start(entra: Desk) -> None:
    mistake = entra.mistake()
    assert "--oidc-issuer-url" in mistake
    assert "--azure-tenant" in mistake


def test_the_older_name_means_the_older_endpoints(entra: Desk) -> None:
    provider = entra.load("--provider=azure", f"--azure-tenant={ONE}").settings.providers[0]
    assert provider.oidc_issuer_url == f"{LOGIN}/{ONE}"


@pytest.mark.parametrize(
    ("kind", "login", "token", "keys"),
    [
        ("azure", "oauth2/authorize", "oauth2/token", "discovery/keys"),
        ("entra-id", "oauth2/v2.0/authorize", "oauth2/v2.0/token", "discovery/v2.0/keys"),
    ],
)
def test_without_discovery_the_tenant_gives_the_endpoints(
    entra: Desk, kind: str, login: str, token: str, keys: str
) -> None:
    flags = (f"--provider={kind}", "--skip-oidc-discovery", f"--azure-tenant={ONE}")
    provider = entra.load(*flags).settings.providers[0]
    found = (provider.login_url, provider.redeem_url, provider.oidc_jwks_url)
    assert found == tuple(f"{LOGIN}/{ONE}/{path}" for path in (login, token, keys))


def test_an_issuer_of_many_tenants_deserves_a_second_thought(entra: Desk) -> None:
    shared = entra.load("--azure-tenant=organizations").warnings
    assert any("every organization" in warning for warning in shared)
    assert any("xms_edov" in warning for warning in shared)
    named = entra.load("--azure-tenant=common", f"--entra-id-allowed-tenant={ONE}")
    assert not any("every organization" in warning for warning in named.warnings)
    assert named.settings.providers[0].entra_id_allowed_tenants == (ONE.lower(),)
    assert not any("xms_edov" in text for text in entra.load(f"--azure-tenant={ONE}").warnings)


@pytest.mark.parametrize(
    ("flags", "place", "words"),
    [
        (("--azure-tenant=a b",), "--azure-tenant", "neither"),
        (
            (f"--azure-tenant={ONE}", "--entra-id-allowed-tenant=contoso.com"),
            "--entra-id-allowed-tenant",
            "not the id",
        ),
        (
            (f"--azure-tenant={ONE}", "--resource=https://graph.microsoft.com"),
            "--resource",
            "https://graph.microsoft.com/.default",
        ),
        (
            (f"--azure-tenant={ONE}", "--azure-graph-group-field=mail"),
            "--azure-graph-group-field",
            "not accepted",
        ),
    ],
)
def test_mistakes(entra: Desk, flags: tuple[str, ...], place: str, words: str) -> None:
    mistake = entra.mistake(*flags)
    assert place in mistake.partition(":")[0]
    assert words in mistake


def test_a_resource_belongs_to_the_older_endpoints(entra: Desk) -> None:
    resource = "https://graph.microsoft.com"
    loaded = entra.load("--provider=azure", f"--azure-tenant={ONE}", f"--resource={resource}")
    assert loaded.settings.providers[0].resource == resource


@pytest.mark.parametrize(
    "flag",
    [
        f"--azure-tenant={ONE}",
        "--azure-graph-group-field=id",
        f"--entra-id-allowed-tenant={ONE}",
        FEDERATED,
        "--resource=x",
    ],
)
def test_another_provider_takes_none_of_it(desk: Desk, flag: str) -> None:
    assert "does nothing" in desk.mistake(flag)


@pytest.mark.parametrize("kind", ["entra-id", "azure"])
def test_a_workload_identity_brings_all_it_needs(entra: Desk, kind: str) -> None:
    entra.without("--client-id", "--client-secret-file")
    provider = entra.load(f"--provider={kind}", FEDERATED, env=WORKLOAD).settings.providers[0]
    assert provider.client_id == "workload"
    assert provider.client_assertion_file == FILE
    assert ONE in provider.oidc_issuer_url


def test_what_is_written_comes_before_the_workloads_variables(entra: Desk) -> None:
    entra.without("--client-secret-file")
    provider = entra.load(FEDERATED, "--azure-tenant=contoso.com", env=WORKLOAD).settings.providers[
        0
    ]
    assert provider.client_id == "app"
    assert "contoso.com" in provider.oidc_issuer_url


def test_a_secret_beside_a_workload_identity_is_only_mentioned(entra: Desk) -> None:
    loaded = entra.load(FEDERATED, env=WORKLOAD)
    assert not loaded.settings.providers[0].client_secret
    assert any("--client-secret-file" in warning for warning in loaded.warnings)


def test_a_workload_without_its_file_does_not_start(entra: Desk) -> None:
    mistakes = entra.mistakes(FEDERATED, f"--azure-tenant={ONE}")
    assert any("AZURE_FEDERATED_TOKEN_FILE" in mistake for mistake in mistakes)
    del entra.files[FILE]
    mistakes = entra.without("--client-secret-file").mistakes(FEDERATED, env=WORKLOAD)
    assert any("cannot read" in mistake for mistake in mistakes)


def test_without_the_option_the_workloads_variables_mean_nothing(entra: Desk) -> None:
    provider = entra.load(f"--azure-tenant={ONE}", env=WORKLOAD).settings.providers[0]
    assert (provider.client_id, provider.client_assertion_file) == ("app", "")
