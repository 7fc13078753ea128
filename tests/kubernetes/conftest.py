"""What the tests of charts and manifests share."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kubernetes.api_server import ApiServer
from tests.kubernetes.charts import with_dependency
from tests.kubernetes.mesh import Mesh


@pytest.fixture(scope="session")
def cluster() -> Iterator[ApiServer]:
    """Yield an API server. Its namespace `restricted` takes pods of that standard only."""
    server = ApiServer()
    try:
        server.namespace("restricted", enforce="restricted")
        server.namespace("istio-ingress")
        yield server
    finally:
        server.end()


@pytest.fixture
def internet(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> Mesh:
    """Return a mesh; the names of its hosts lead to its gateway."""
    real = socket.getaddrinfo

    def lookup(host: str, *words: Any, **options: Any) -> Any:
        there = host.endswith(".example.com")
        return real(mesh.gateway.pod if there else host, *words, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return mesh


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of the application that brings the gate along."""
    return with_dependency(tmp_path_factory.mktemp("charts"))
