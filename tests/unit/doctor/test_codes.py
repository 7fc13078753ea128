"""Every stable code is explained, once, in the terminal and in docs/errors.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidegate.config.options import GENERAL, OPTIONS
from sidegate.core.errors import ExpectationFailed, SidegateError
from sidegate.doctor.codes import Explained, as_text, codes, document, error_kinds
from sidegate.observe.metrics import Metrics

ROOT = Path(__file__).parents[3]
NAMES = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")
# Names in the texts that are no option: of protocols and of files.
NOT_OPTIONS = {
    "access_denied",
    "allowed_emails",
    "frontchannel_logout_session_required",
    "interaction_required",
    "invalid_scope",
    "login_required",
    "no_rule",
    "sidegate_connections_refused_total",
    "unauthorized_client",
}


def said_reasons() -> Iterator[str]:
    """Yield each text that the source gives as a reason to a log or metric."""
    for path in (ROOT / "src" / "sidegate").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Assign(
                    targets=[ast.Attribute(value=where, attr="reason")],
                    value=ast.Constant(value=str(text)),
                ) if text and "exchange" in ast.unparse(where):
                    yield text
                case ast.Call(
                    func=ast.Attribute(attr="truncate"), args=[ast.Constant(value=str(text))]
                ):
                    yield text


def test_every_error_is_explained() -> None:
    assert {kind.code for kind in error_kinds()} - codes().keys() == set()


def test_every_reason_in_a_log_or_metric_is_explained() -> None:
    metrics = Metrics("1")  # which has `connections_refused`, the reasons of `net.room`, too
    said = {
        *said_reasons(),
        *metrics.connections_refused,
        *metrics.failures,
        *metrics.refresh_errors,
        *metrics.upstream_errors,
    }
    assert {"sign_in", "client_stalled", "evicted"} <= said
    assert said - codes().keys() == set()


def test_nothing_is_explained_that_cannot_be_seen() -> None:
    seen = {kind.code for kind in error_kinds()} | set(Metrics("1").connections_refused)
    seen |= {*said_reasons(), "session_ended", "other"}
    assert codes().keys() - seen == set()


@pytest.mark.parametrize("one", codes().values(), ids=lambda one: one.code)
def test_an_explanation_is_whole_and_names_only_options_that_exist(one: Explained) -> None:
    assert one.means
    assert one.causes
    assert one.todo
    options = {option.key for option in (*GENERAL, *OPTIONS) if not option.is_planned}
    named = set(NAMES.findall(" ".join((one.means, *one.causes, *one.todo))))
    assert named - options - NOT_OPTIONS - codes().keys() == set()


def test_the_page_is_what_the_texts_say() -> None:
    written = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    hint = "run: sidegate doctor --docs=codes > docs/errors.md"
    assert written == document(), hint


def test_the_page_has_a_heading_for_every_code() -> None:
    headings = {line[4:] for line in document().splitlines() if line.startswith("### ")}
    assert headings == codes().keys()


def test_the_text_for_a_terminal_has_status_and_words_and_is_80_columns_wide() -> None:
    text = as_text(codes()["expectation_failed"])
    assert text.startswith("expectation_failed  (HTTP 417)\n")
    assert ExpectationFailed.public in text
    lines = [line for one in codes().values() for line in as_text(one).splitlines()]
    assert max(map(len, lines)) < 80


def test_errors_that_share_a_code_have_the_status_of_the_first() -> None:
    assert codes()["bad_request"].status == 400
    assert codes()["internal_error"].status == SidegateError.status
