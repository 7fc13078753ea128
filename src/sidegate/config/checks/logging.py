"""Checks of the three logs and of the audit file."""

from sidegate.config.findings import Findings, Malformed
from sidegate.config.log_format import FIELDS, parse_format
from sidegate.config.values import Values


def check_logging(values: Values, findings: Findings) -> None:
    """Note what is wrong with the options of the logs."""
    is_json = values.text("logging_format") == "json"
    for key in FIELDS:
        _check_format(values, key, findings, is_json=is_json)
    audit = values.text("audit_log_file")
    if values.is_on("audit_hash_chain") and not audit:
        findings.refuse(
            values.place("audit_hash_chain"),
            "there is no audit file to chain",
            "Name one: audit_log_file.",
        )
    if audit and audit == values.text("logging_filename"):
        findings.refuse(
            values.place("audit_log_file"),
            "the same file as logging_filename",
            "Choose two files: the one is for reviewers, and kept for longer.",
        )


def _check_format(values: Values, key: str, findings: Findings, *, is_json: bool) -> None:
    try:
        parse_format(key, values.text(key))
    except Malformed as error:
        findings.refuse(values.place(key), error.what, error.remedy)
    if is_json and values[key].is_given:
        findings.warn(values.place(key), "does nothing with --logging-format=json")
