"""The loop that a gate runs on."""

import asyncio

import pytest
import uvloop

from sidegate import app
from sidegate.app import process
from tests.unit.app.conftest import MakeSettings


class Fake:
    """A process that ends at once and tells on which loop it ran."""

    def __init__(self, _settings: object, _config_file: object) -> None:
        self.loop = type(asyncio.get_running_loop())

    async def run(self, warnings: list[str]) -> int:
        warnings.append(self.loop.__module__)
        return 7


@pytest.mark.parametrize(
    ("flags", "module"), [((), uvloop.__name__), (("--uvloop=false",), asyncio.__name__)]
)
def test_the_option_chooses_the_loop_and_the_status_comes_through(
    settings: MakeSettings, flags: tuple[str, ...], module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "Process", Fake)
    heard: list[str] = []
    assert app.run(settings(*flags), heard) == 7
    assert heard[0].startswith(module)


def test_plain_asyncio_is_used_where_there_is_no_uvloop(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.sys, "platform", "win32")
    assert app._loop_factory(settings()) is None
