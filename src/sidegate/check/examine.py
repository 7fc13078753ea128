"""Everything that is looked at, in one table."""

from collections.abc import Callable, Iterator

from sidegate.check.finders import (
    configuration,
    containers,
    exposure,
    gateways,
    images,
    key_vaults,
    loopback,
    mesh,
    monitoring,
    namespaces,
    network,
    secrets_given,
    ungated,
)
from sidegate.check.finding import Finding
from sidegate.manifests.objects import Manifests

CHECKS: tuple[Callable[[Manifests], Iterator[Finding]], ...] = (
    configuration.find,
    containers.find,
    images.find,
    namespaces.find,
    secrets_given.find,
    key_vaults.find,
    exposure.find,
    ungated.find,
    gateways.find,
    loopback.find,
    mesh.find,
    monitoring.find,
    network.find,
)


def examine(manifests: Manifests) -> list[Finding]:
    """Return what every check finds, by place."""
    found = {one for check in CHECKS for one in check(manifests)}
    return sorted(found, key=lambda one: (one.where, one.id, one.seen))
