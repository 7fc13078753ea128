"""What the tests of charts and manifests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kubernetes.api_server import ApiServer
from tests.kubernetes.charts import with_dependency


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


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of the application that brings the gate along."""
    return with_dependency(tmp_path_factory.mktemp("charts"))
