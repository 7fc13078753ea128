"""Where secrets come from: what the vaults' drivers and External Secrets are told, word by word."""

from typing import Any

import pytest

from tests.kubernetes.charts import (
    LEAST,
    SIDECAR,
    documents,
    gate_of,
    kubeconform,
    merged,
    of_kind,
    refusal,
    render,
)
from tests.kubernetes.matrix import AZURE, EXTERNAL, MATRIX, VAULT, csi

pytestmark = pytest.mark.needs("helm", "manifest-schemas")

FILES = {"client-secret", "cookie-secret", "redis-password"}

# What the documentation of each driver knows: parameters, and the keys of an entry.
KNOWN: dict[str, tuple[set[str], set[str]]] = {
    "azure": (
        {
            *("usePodIdentity", "useVMManagedIdentity", "userAssignedIdentityID", "clientID"),
            *("tenantId", "keyvaultName", "cloudName", "objects"),
        },
        {
            *("objectName", "objectType", "objectAlias", "objectVersion", "objectFormat"),
            *("objectEncoding", "objectVersionHistory", "filePermission"),
        },
    ),
    "aws": (
        {
            *("region", "failoverRegion", "pathTranslation", "usePodIdentity"),
            *("preferredAddressType", "objects"),
        },
        {
            *("objectName", "objectType", "objectAlias", "objectVersion", "objectVersionLabel"),
            *("filePermission", "jmesPath", "failoverObject"),
        },
    ),
    "gcp": ({"auth", "secrets"}, {"resourceName", "path", "mode", "extractJSONKey"}),
    "vault": (
        {
            *("roleName", "vaultAddress", "vaultNamespace", "vaultAuthMountPath", "audience"),
            *("vaultCACertPath", "objects"),
        },
        {"objectName", "secretPath", "secretKey", "method", "secretArgs", "filePermission"},
    ),
}
KNOWN["gke"] = KNOWN["gcp"]
CLASSES = [name for name in MATRIX if of_kind("SecretProviderClass", render(MATRIX[name]))]


def told(values: dict[str, Any]) -> tuple[str, dict[str, str], list[dict[str, Any]]]:
    """Return the provider, its parameters without the entries, and the entries."""
    (made,) = of_kind("SecretProviderClass", render(values))
    parameters = dict(made["spec"]["parameters"])
    (listed,) = documents(parameters.pop("secrets", "") or parameters.pop("objects"))
    if isinstance(listed, dict):
        listed = [documents(one)[0] for one in listed["array"]]
    return made["spec"]["provider"], parameters, listed


@pytest.mark.parametrize("name", CLASSES)
def test_a_driver_is_told_nothing_that_it_does_not_know(name):
    provider, parameters, entries = told(MATRIX[name])
    known, keys = KNOWN[provider]
    assert parameters.keys() <= known
    assert all(isinstance(value, str) for value in parameters.values())
    assert all(entry.keys() <= keys for entry in entries)


def test_azure_signs_in_by_its_workload_identity():
    provider, parameters, entries = told(MATRIX["Azure Key Vault"])
    assert provider == "azure"
    assert parameters == {
        "usePodIdentity": "false",
        "useVMManagedIdentity": "false",
        "clientID": AZURE["clientId"],
        "tenantId": AZURE["tenantId"],
        "keyvaultName": "vault",
    }
    assert {one["objectAlias"] for one in entries} == FILES
    assert entries[0] == {
        "objectName": "sidegate-client-secret",
        "objectType": "secret",
        "objectAlias": "client-secret",
        "filePermission": "0444",
    }


def test_the_pods_of_azure_carry_the_identity():
    manifests = render(MATRIX["Azure Key Vault"])
    (deployment,) = of_kind("Deployment", manifests)
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert labels["azure.workload.identity/use"] == "true"
    account = of_kind("ServiceAccount", manifests)[0]["metadata"]["annotations"]
    assert account["azure.workload.identity/client-id"] == AZURE["clientId"]


def test_aws_takes_a_secret_each():
    provider, parameters, entries = told(MATRIX["AWS Secrets Manager"])
    assert provider == "aws"
    assert parameters == {"region": "eu-central-1", "usePodIdentity": "false"}
    assert {one["objectAlias"] for one in entries} == FILES
    assert {one["objectType"] for one in entries} == {"secretsmanager"}


def test_aws_takes_one_secret_whose_json_holds_them_all():
    _, parameters, (entry,) = told(MATRIX["AWS Secrets Manager, one for all"])
    assert parameters["failoverRegion"] == "eu-west-1"
    assert entry["objectName"] == "prod/gate"
    paths = {one["objectAlias"]: one["path"] for one in entry["jmesPath"]}
    assert paths.keys() == FILES
    # Bare, a hyphen is no part of a name in JMESPath.
    assert paths["client-secret"] == '"sidegate-client-secret"'
    assert entry["objectAlias"] not in FILES


def test_aws_takes_parameters_of_the_systems_manager():
    values = csi("aws", region="eu-central-1", objectType="ssmparameter")
    _, _, entries = told(merged(LEAST, values))
    assert {one["objectType"] for one in entries} == {"ssmparameter"}


def test_google_is_told_the_newest_version():
    provider, parameters, entries = told(MATRIX["Google Secret Manager"])
    assert (provider, parameters) == ("gcp", {"auth": "pod-adc"})
    assert {one["path"] for one in entries} == FILES
    resource = "projects/my-project/secrets/sidegate-client-secret/versions/latest"
    assert entries[0] == {"resourceName": resource, "path": "client-secret", "mode": 0o444}


def test_the_driver_that_gke_brings_has_a_name_of_its_own():
    values = MATRIX["Google Secret Manager of GKE, regional"]
    provider, _, entries = told(values)
    assert provider == "gke"
    assert entries[0]["resourceName"].startswith("projects/my-project/locations/europe-west3/")
    assert _volume(values)["driver"] == "secrets-store-gke.csi.k8s.io"
    assert _volume(MATRIX["Google Secret Manager"])["driver"] == "secrets-store.csi.k8s.io"


def test_vault_is_told_role_and_place():
    provider, parameters, entries = told(MATRIX["Vault"])
    assert provider == "vault"
    assert parameters == {"vaultAddress": "https://vault:8200", "roleName": "gate"}
    assert {one["objectName"] for one in entries} == FILES
    assert entries[0] == {
        "objectName": "client-secret",
        "secretPath": "secret/data/gate",
        "secretKey": "sidegate-client-secret",
        "filePermission": 0o444,
    }


def test_vault_may_have_a_namespace_an_audience_and_an_authority_of_its_own():
    _, parameters, _ = told(MATRIX["Vault Enterprise"])
    assert (
        parameters.items()
        >= {
            "vaultNamespace": "team",
            "vaultAuthMountPath": "clusters/a",
            "audience": "vault",
            "vaultCACertPath": "/vault/tls/ca.crt",
        }.items()
    )


@pytest.mark.parametrize("name", CLASSES)
def test_files_of_a_driver_are_root_s_so_the_gate_reads_them_as_others(name):
    """The volume is in its container only. A driver that minds fsGroup may be told 0440."""
    values = MATRIX[name]
    assert _volume(values)["readOnly"] is True
    for mode in ("0444", "0440"):
        _, _, entries = told(merged(values, {"secrets": {"csi": {"filePermission": mode}}}))
        for entry in entries:
            for one in (entry, *entry.get("jmesPath", ())):
                found = one.get("filePermission", one.get("mode"))
                assert found in {mode, int(mode, 8)}


def _volume(values: dict[str, Any]) -> dict[str, Any]:
    made = render(values)
    holder = of_kind("Pod", made)[0]["spec"]
    volume = next(one for one in holder["volumes"] if one["name"] == "sidegate-secrets")
    return dict(volume["csi"])


def test_a_secret_of_ones_own_stays_at_0440():
    _, spec = gate_of(render(LEAST))
    volume = next(one for one in spec["volumes"] if one["name"] == "sidegate-secrets")
    assert volume["projected"]["defaultMode"] == 0o440


def test_external_secrets_make_the_secret_that_the_gate_mounts():
    manifests = render(merged(LEAST, EXTERNAL))
    (made,) = of_kind("ExternalSecret", manifests)
    assert made["spec"]["secretStoreRef"] == {"name": "vault", "kind": "ClusterSecretStore"}
    assert made["spec"]["data"] == [
        {"secretKey": name, "remoteRef": {"key": "gate", "property": name}}
        for name in ("client-secret", "cookie-secret")
    ]
    _, spec = gate_of(manifests)
    volume = next(one for one in spec["volumes"] if one["name"] == "sidegate-secrets")
    (source,) = volume["projected"]["sources"]
    assert source["secret"]["name"] == made["spec"]["target"]["name"]


def vault(**about: Any) -> dict[str, Any]:
    return csi("vault", **{**VAULT, **about})


def azure(**about: Any) -> dict[str, Any]:
    return csi("azure", **{**AZURE, **about})


def named(provider: str, name: str, **about: Any) -> dict[str, Any]:
    return merged(csi(provider, **about), {"secrets": {"csi": {"clientSecret": name}}})


def external(**about: Any) -> dict[str, Any]:
    return merged(EXTERNAL, {"secrets": {"externalSecret": about}})


AWS, GCP = {"region": "eu-central-1"}, {"project": "my-project"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (csi("vaultt"), "must be one of '', 'azure', 'aws', 'gcp', 'vault'"),
        (azure(keyvaultName=""), "azure.keyvaultName: is needed, the name of the vault"),
        (azure(keyvaultName="https://x.vault.azure.net"), "is not the name of the vault"),
        (azure(tenantId=""), "azure.tenantId: is needed, the directory id"),
        (azure(tenantId="example.com"), '"example.com" is not the directory id'),
        (azure(clientId=""), "azure.clientId: is needed, the client id of the workload identity"),
        (azure(clientId="gate"), '"gate" is not the client id'),
        (azure(cloudName="china"), "is not a cloud, as AzureChinaCloud"),
        (azure(usePodIdentity=True), "usePodIdentity"),
        (named("azure", "client_secret", **AZURE), "is not a name in Key Vault"),
        (csi("aws", region="Frankfurt"), '"Frankfurt" is not a region, as eu-central-1'),
        (csi("aws", failoverRegion="x"), "aws.failoverRegion"),
        (csi("aws", objectType="s3"), "objectType"),
        (csi("aws", usePodIdentity="yes"), "usePodIdentity"),
        (named("aws", "a b", **AWS), "is not a name in AWS"),
        (named("aws", 'a"b', objectName="gate", **AWS), "is not a key of the JSON"),
        (csi("gcp", project=""), "gcp.project: is needed, the id or the number"),
        (csi("gcp", project="My Project"), "is not the id or the number of the project"),
        (csi("gcp", location="Europe", **GCP), "is not the location of regional secrets"),
        (named("gcp", "projects/p/secrets/s", **GCP), "is not a name in Secret Manager"),
        (named("gcp", "", **GCP), "secrets.csi.clientSecret: say what it is called there"),
        (vault(address=""), "vault.address: is needed, the address of Vault"),
        (vault(address="http://vault:8200"), "is not the address of Vault, as https://"),
        (vault(role=""), "vault.role: is needed"),
        (vault(path=""), "vault.path: is needed, the path of the secret, as secret/data/gate"),
        (vault(path="/secret/data/gate"), "is not the path of the secret"),
        (vault(caCertPath="ca.crt"), "is not the path of a certificate file"),
        (vault(skipTLSVerify=True), "skipTLSVerify"),
        (merged(vault(), {"secrets": {"csi": {"aws": AWS}}}), "aws.region: is given, and the pro"),
        (merged(vault(), {"secrets": {"csi": {"filePermission": "0666"}}}), "filePermission"),
        (merged(vault(), {"secrets": {"keys": {"redisPassword": ""}}}), "keys.redisPassword"),
        (external(store={"name": ""}), "externalSecret.store.name: name the SecretStore"),
        (external(store={"kind": "Store"}), "kind"),
        (external(clientSecret={"key": ""}), "clientSecret.key: say what the store calls it"),
        (external(clientSecret={"version": "1"}), "version"),
        (external(refreshInterval="hourly"), '"hourly" is no duration, write 1h or 15m'),
        (external(redisPassword={"key": "x"}), "secrets.keys.redisPassword: name the file"),
        (merged(EXTERNAL, {"secrets": {"existingSecret": "x"}}), "say by one of existingSecret"),
        (external(enabled=False), "externalSecret.enabled: is false"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_no_vault_would_take_is_refused_with_what_to_do(values, said):
    assert said in refusal(merged(LEAST, values))


@pytest.mark.parametrize("name", ["Vault", "External Secrets"])
def test_the_schemas_of_both_refuse_what_they_do_not_have(name):
    kinds = {"SecretProviderClass", "ExternalSecret"}
    (made,) = [one for one in render(MATRIX[name]) if one["kind"] in kinds]
    assert kubeconform([made]) == ""
    assert "surprise" in kubeconform([{**made, "spec": {**made["spec"], "surprise": 1}}])


def test_parameters_are_texts():
    (made,) = of_kind("SecretProviderClass", render(MATRIX["Vault"]))
    spec = {**made["spec"], "parameters": {"roleName": True}}
    assert "want string" in kubeconform([{**made, "spec": spec}])


def test_beside_an_application_the_driver_asks_with_its_account():
    made = render(merged(LEAST, SIDECAR, azure()))
    assert not of_kind("ServiceAccount", made)
