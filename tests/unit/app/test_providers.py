"""Every provider is made from its own settings, and called in its own way."""

from pathlib import Path

import msgspec
import pytest

from sidegate.app.providers import collect, connect
from sidegate.config.settings import Settings
from sidegate.core.errors import ConfigurationError
from tests.unit.app.conftest import MakeSettings


def with_second(settings: Settings) -> Settings:
    (first,) = settings.providers
    second = msgspec.structs.replace(first, id="staff", oidc_issuer_url="https://staff.test")
    return msgspec.structs.replace(settings, providers=(first, second))


def test_each_has_its_own_calls(settings: MakeSettings) -> None:
    connected = connect(with_second(settings()), lambda: 0.0)
    assert [provider.id for provider in collect(connected)] == ["oidc", "staff"]
    assert connected[0].fetch is not connected[1].fetch
    assert connected[1].settings.oidc_issuer_url == "https://staff.test"


def test_a_broken_ca_file_stops_the_start(settings: MakeSettings, tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    with pytest.raises(ConfigurationError, match="provider_ca_files"):
        connect(settings(f"--provider-ca-file={broken}"), lambda: 0.0)
