"""With sessions in Redis nothing secret is printed either, and Redis itself can open nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sidegate.cli import main
from tests.conformance import daily_life
from tests.conformance.attacks import Play
from tests.conformance.exercise import IN_REDIS, found_in, leaks, secrets_of
from tests.conformance.gates import honest_flags
from tests.conformance.world import REDIS_PASSWORD, World

pytestmark = pytest.mark.needs("redis")


@pytest.fixture(params=["file", "address"])
def life(world: World, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    """Yield a whole life of sessions in Redis, whose password is given in a file or the address."""
    url, flags = world.redis().url, [IN_REDIS]
    if request.param == "file":
        (tmp_path / "redis-password").write_text(REDIS_PASSWORD)
        flags.append(f"--redis-password-file={tmp_path / 'redis-password'}")
    else:
        url = url.replace("//", f"//:{REDIS_PASSWORD}@")
    with daily_life.of(world, tmp_path, *flags, f"--redis-connection-url={url}") as play:
        yield play


def test_no_secret_is_printed_by_the_gate(life: Play) -> None:
    assert leaks(life) == []
    assert REDIS_PASSWORD in secrets_of(life)


def test_no_secret_is_printed_by_a_command(
    life: Play, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given = {flag.partition("=")[0] for flag in life.flags}
    honest = honest_flags(life.idp, life.world.upstream, tmp_path)
    flags = [*(flag for flag in honest if flag.partition("=")[0] not in given), *life.flags]
    who = "--user=alice@example.com"
    for words in (
        ["sessions", "list"],
        ["sessions", "list", "--json"],
        ["sessions", "show", who],
        ["privacy", "export", who],
        ["doctor"],
        ["sessions", "revoke", who],
        ["privacy", "erase", who],
    ):
        main([*words, *(flag for flag in flags if not flag.startswith("--metrics"))])
    out, err = capfd.readouterr()
    assert " sessions\n" in err
    assert "sign_in_succeeded" in out, "the lines of the audit about her"
    assert found_in((("the output", out), ("the errors", err)), secrets_of(life)) == []
    assert leaks(life) == [], "what the commands wrote into the audit file"


def test_redis_holds_nothing_that_opens_a_session(life: Play) -> None:
    server = life.world.redis()
    keys = server.ask("--scan", password=REDIS_PASSWORD).splitlines()
    held = [server.ask("HGETALL", key, password=REDIS_PASSWORD, check=False) for key in keys]
    assert len(keys) > 1
    assert found_in([("a key", key) for key in keys], secrets_of(life)) == []
    assert found_in([("a value", one) for one in held], secrets_of(life)) == []
