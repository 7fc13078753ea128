"""Whatever becomes of the logs, clients notice nothing; what was lost is counted and told."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.integration.processes import free_port, until
from tests.integration.wire import Wire

PUBLIC = "--skip-auth-route=^/"
DROPPED = re.compile(r"^sidegate_log_lines_dropped_total(?:\{.*\})? ([0-9.e+]+)$", re.MULTILINE)
LONG = "/" + "x" * 2000  # 8 MiB of lines wait at most: some 4100 of these
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/operate/audit-event.schema.json").read_text("utf-8")
)


class Metrics:
    """The listener for scrapes of one gate."""

    def __init__(self) -> None:
        self.port = free_port()
        self.flag = f"--metrics-address=127.0.0.1:{self.port}"

    def dropped(self) -> float:
        """Return how many lines were lost so far."""
        with Wire(self.port) as wire:
            text = wire.got("GET /metrics").body.decode()
        found = DROPPED.findall(text)
        assert found
        return sum(map(float, found))


def serves(gate, count: int, target: str = "/") -> None:
    """Ask so many times, over one connection."""
    with gate.wire() as wire:
        for _ in range(count):
            assert wire.got(f"GET {target}").status == 200


def requests_in(text: str) -> int:
    return text.count("GET 127.0.0.1:")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Yield both ends of a pipe, as of `sidegate | sleep 1000`."""
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        os.close(end)


def test_a_reader_that_never_reads_holds_nobody_up(gate, pipe):
    reading, writing = pipe
    metrics = Metrics()
    blocked = gate(PUBLIC, metrics.flag, output=writing)
    serves(blocked, 5000, LONG)
    assert metrics.dropped() > 0
    serves(blocked, 100)
    read = bytearray()
    os.set_blocking(reading, False)

    def told() -> bool:
        try:
            read.extend(os.read(reading, 1 << 20))
        except BlockingIOError:
            return False
        return b"log lines were lost lines=" in read

    until(told, 20, "the gate to tell how many lines were lost")


def test_a_reader_that_left_holds_nobody_up(gate):
    reading, writing = os.pipe()
    metrics = Metrics()
    left = gate(PUBLIC, metrics.flag, output=writing)
    os.close(writing)
    os.close(reading)
    serves(left, 50)
    until(lambda: metrics.dropped() > 0, 10, "the lines to be counted as lost")
    serves(left, 50)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a file system of 128 KiB; leave the test out where nobody may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        if os.environ.get("CI") and os.geteuid() == 0:
            pytest.fail(f"no tmpfs can be mounted: {mounted.stderr}")
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_holds_nobody_up_and_is_told_when_there_is_room(gate, small_disk):
    metrics = Metrics()
    log, audit = small_disk / "gate.log", small_disk / "audit.jsonl"
    full = gate(
        PUBLIC,
        metrics.flag,
        f"--logging-filename={log}",
        f"--audit-log-file={audit}",
        "--audit-hash-chain",
    )
    serves(full, 400, LONG)
    until(lambda: metrics.dropped() > 0, 10, "the disk to be full")
    serves(full, 100)
    with full.wire() as wire:  # events that have to wait for room
        for _ in range(20):
            assert wire.got("GET /oauth2/start").status == 503
    before = log.read_text()  # where some lines found room, they told of the others
    log.unlink()

    def told() -> bool:
        serves(full, 1)
        return log.exists() and "log lines were lost" in before + log.read_text()

    until(told, 10, "the loss to be told")
    assert full.process.end() == 0
    events = [json.loads(line)["event"] for line in audit.read_bytes().splitlines()]
    assert events.count("sign_in_failed") == 20
    assert events[-1] == "gate_stopped"
    assert verified(audit) == 0


def test_a_folder_that_was_removed_comes_back(gate, tmp_path):
    log = tmp_path / "logs" / "gate.log"
    removed = gate(PUBLIC, f"--logging-filename={log}")
    serves(removed, 3)
    until(lambda: requests_in(log.read_text()) == 3, 10, "the lines to be written")
    log.unlink()
    log.parent.rmdir()
    serves(removed, 3)
    until(log.exists, 10, "the file to be made again")


def test_no_line_is_lost_while_others_rotate_the_file_under_load(gate, tmp_path):
    log = tmp_path / "gate.log"
    rotated = gate(PUBLIC, f"--logging-filename={log}")
    for number in range(5):
        serves(rotated, 100)
        until(log.exists, 10, "the file to be made again")
        log.rename(tmp_path / f"gate.log.{number}")
    serves(rotated, 100)
    assert rotated.process.end() == 0
    texts = [one.read_text() for one in tmp_path.glob("gate.log*")]
    assert sum(map(requests_in, texts)) == 600
    assert len(texts) == 6


def test_no_line_is_lost_while_it_rotates_and_compresses_its_own_file(gate, tmp_path):
    log = tmp_path / "gate.log"
    own = gate(PUBLIC, f"--logging-filename={log}", "--logging-max-size=1", "--logging-compress")
    serves(own, 1500, LONG)
    assert own.process.end() == 0
    packed = list(tmp_path.glob("gate-*.log.gz"))
    assert packed
    texts = [gzip.decompress(one.read_bytes()).decode() for one in packed]
    texts += [one.read_text() for one in tmp_path.glob("gate-*.log")]  # that nobody came to yet
    assert sum(map(requests_in, [*texts, log.read_text()])) == 1500


def test_nothing_is_lost_at_an_orderly_end(gate):
    ended = gate(PUBLIC)
    serves(ended, 500)
    assert ended.process.end() == 0
    assert requests_in(ended.process.output) == 500
    assert "stopped connections_cut" in ended.process.output


def test_a_log_that_cannot_be_opened_stops_the_start(gate, tmp_path):
    with pytest.raises(AssertionError, match="no log can be written there"):
        gate(PUBLIC, f"--logging-filename={tmp_path}")


def verified(*files: Path) -> int:
    command = [sys.executable, "-m", "sidegate", "audit", "verify", *map(str, files)]
    return subprocess.run(command, capture_output=True, check=False).returncode


@pytest.mark.needs("oidc-provider")
def test_the_life_of_a_session_is_in_the_audit_file(gate, oidc_provider, tmp_path):
    audit = tmp_path / "audit.jsonl"
    flags = (f"--audit-log-file={audit}", "--audit-hash-chain", "--logging-format=json")
    seen = gate(*flags, "--skip-provider-button", idp=oidc_provider)
    with seen.person("alice") as alice:
        alice.sign_in("/")
        alice.get("/oauth2/sign_out")
    assert seen.process.end() == 0
    events = [json.loads(line) for line in audit.read_bytes().splitlines()]
    for event in events:
        jsonschema.validate(event, SCHEMA)
    by_name = {event["event"]: event for event in events}
    assert (events[0]["event"], events[-1]["event"]) == ("gate_started", "gate_stopped")
    signed_in = by_name["sign_in_succeeded"]
    assert signed_in["subject"]
    assert signed_in["session"] == by_name["signed_out"]["session"]
    assert verified(audit) == 0
    shown = [json.loads(line) for line in seen.process.output.splitlines()]
    assert {line["log"] for line in shown} == {"standard", "auth", "request"}
    signed_in = next(line for line in shown if line.get("event") == "sign_in_succeeded")
    assert signed_in["request_id"] in [x["request_id"] for x in shown if x["log"] == "request"]
    changed = audit.read_bytes().replace(b"sign_in_succeeded", b"sign_in_failed___")
    audit.write_bytes(changed)
    assert verified(audit) == 1
