"""Mistakes in the options of the logs stop the start."""

import pytest

from tests.unit.config.conftest import Desk


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        (["--auth-logging-format={{.Usernam}}"], "Did you mean Username?"),
        (["--request-logging-format={{.Status}}"], "Did you mean StatusCode?"),
        (["--standard-logging-format={{.Client}}"], "Its fields are Timestamp, File, Message."),
        (["--logging-format=xml"], "text, json"),
        (["--logging-max-size=0"], "more than zero"),
        (["--audit-log-max-size=0"], "more than zero"),
        (["--logging-max-age=-1"], "negative"),
        (["--audit-hash-chain"], "no audit file to chain"),
        (["--audit-log-file=a.log", "--logging-filename=a.log"], "the same file"),
    ],
)
def test_mistakes(desk: Desk, flags: list[str], part: str) -> None:
    assert part in desk.mistake(*flags)


def test_a_format_beside_json_is_told_to_do_nothing(desk: Desk) -> None:
    flags = ("--logging-format=json", "--auth-logging-format={{.Client}}")
    assert any("does nothing with" in warning for warning in desk.load(*flags).warnings)
    assert not any("does nothing with" in text for text in desk.load(flags[0]).warnings)


def test_all_of_it_reaches_the_settings(desk: Desk) -> None:
    logging = desk.load(
        "--audit-log-file=audit.jsonl",
        "--audit-hash-chain",
        "--audit-log-max-age=0",
        "--logging-filename=gate.log",
        "--logging-max-backups=3",
        "--logging-compress",
    ).settings.logging
    assert (logging.audit_log_file, logging.audit_hash_chain) == ("audit.jsonl", True)
    assert (logging.audit_log_max_age, logging.logging_max_backups) == (0, 3)
    assert logging.logging_compress
