"""SecretProviderClasses: whether what they ask for is what a driver understands."""

from __future__ import annotations

from collections.abc import Iterator

from sidegate.check.finding import Finding, seen
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing
from sidegate.manifests.read import Unreadable, read

IDENTITIES = ("clientID", "useVMManagedIdentity", "userAssignedIdentityID", "usePodIdentity")


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield classes that cannot give the gate its secrets."""
    for thing in manifests.of_kind("SecretProviderClass"):
        if thing.spec["provider"].text == "azure":
            yield from azure(thing, thing.spec["parameters"])


def azure(thing: Thing, parameters: Node) -> Iterator[Finding]:
    """Yield what is wrong with a class for Azure Key Vault."""
    for key in ("tenantId", "tenantID"):
        if parameters[key]:
            break
    else:
        yield seen("key-vault-identity", thing, parameters, "no tenantId")
    if not any(parameters[key].text not in ("", "false") for key in IDENTITIES):
        what = "neither clientID (workload identity) nor a managed identity"
        yield seen("key-vault-identity", thing, parameters, what)
    yield from objects(thing, parameters["objects"])


def objects(thing: Thing, text: Node) -> Iterator[Finding]:
    """Yield entries of `objects` that the driver does not read, and secrets that are missing."""
    try:
        entries = [entry for root in read(text.text) for entry in root["array"]]
        inner = [node for entry in entries for node in (read(entry.text) or [entry])]
    except Unreadable as error:
        yield seen("key-vault-objects", thing, text, error.what)
        return
    if any(isinstance(entry.value, dict) for entry in entries):
        what = "entries of array are maps; the driver reads texts of YAML"
        yield seen("key-vault-objects", thing, text, what)
    names = [node["objectName"].text + node["objectAlias"].text for node in inner]
    if names and not any("cookie" in name for name in names):
        yield seen("key-vault-incomplete", thing, text, "no object is a cookie secret")
