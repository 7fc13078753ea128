"""A gate to which nothing happens for months removes old files all the same."""

from pathlib import Path

from tests.conformance.world import World
from tests.integration.processes import until

DAY = 86400.0


def test_files_go_when_their_days_are_over_without_an_event(world: World, tmp_path: Path) -> None:
    ahead = int(world.clock.offset // DAY)  # other tests move the clock, but not that of the disk
    flags = (
        f"--audit-log-file={tmp_path / 'audit.jsonl'}",
        f"--audit-log-max-age={ahead + 30}",
        "--audit-hash-chain",
    )
    gate = world.gate(world.provider(), "--email-domain=*", "--reverse-proxy", *flags)
    until(lambda: list(tmp_path.iterdir()), 20, "the start to be told")
    world.clock.offset += DAY
    until(lambda: list(tmp_path.glob("audit-*")), 20, "the file of yesterday to be put away")
    world.clock.offset += 30 * DAY
    until(lambda: not list(tmp_path.iterdir()), 20, "the file to be removed")
    gate.hang_up()
    assert "old files stay" not in gate.output
