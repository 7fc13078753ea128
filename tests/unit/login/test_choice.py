"""Which of several providers a request means."""

import pytest

from sidegate.login.choice import login_hint
from sidegate.login.form import Form
from tests.unit.login.fakes import Kit, exchange


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("al@corp.test", "corp"),
        ("al@CORP.test", "corp"),
        ("al@sub.corp.test", None),
        ("al@below.test", "corp"),
        ("al@sub.below.test", "corp"),
        ("al@deep.sub.below.test", "staff"),
        ("al@sub.sub.below.test", "corp"),
        ("al@notbelow.test", None),
        ('"a@b"@corp.test', "corp"),
        ("al@corp.test.evil.test", None),
        ("@corp.test", None),
        ("corp.test", None),
        ("al@", None),
        ("", None),
    ],
)
def test_the_domain_that_fits_best_leads_to_a_provider(address: str, provider: str | None) -> None:
    kit = Kit(corp=("corp.test", ".below.test"), staff=("*.deep.sub.below.test",))
    found = kit.choice.for_email(address)
    assert (found and found.id) == provider


def test_what_was_chosen_last_comes_first() -> None:
    kit = Kit(corp=(), staff=())
    made = exchange(cookie="_oauth2_proxy_provider=staff")
    assert [one.id for one in kit.choice.in_order(made)] == ["staff", "oidc", "corp"]
    for cookie in ("x=1", "_oauth2_proxy_provider=gone", "_oauth2_proxy_provider="):
        order = kit.choice.in_order(exchange(cookie=cookie))
        assert [one.id for one in order] == ["oidc", "corp", "staff"]


def test_with_one_provider_nothing_is_remembered() -> None:
    choice = Kit().choice
    assert choice.remembered(exchange(cookie="_oauth2_proxy_provider=oidc")) is None
    assert choice.remember(exchange(), "oidc") == []
    assert not choice.goes_by_email


def test_the_first_hint_counts_and_blanks_around_it_do_not() -> None:
    assert login_hint(Form(b"login_hint=+al+&login_hint=bo")) == "al"
    assert login_hint(Form(b"login_hint=" + b"a" * 320)) == "a" * 320
    assert login_hint(Form(b"")) == ""
