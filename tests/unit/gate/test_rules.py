"""Who may pass."""

from sidegate.core.identity import Identity
from sidegate.gate.rules import Rules


def test_single_people_are_named_in_any_case() -> None:
    rules = Rules(emails=["Alice@Example.com"])
    assert rules.refusal(Identity("1", "ALICE@example.com")) is None
    assert rules.refusal(Identity("2", "carol@example.com")) == "email"


def test_one_common_group_is_enough_and_names_are_exact() -> None:
    rules = Rules(["*"], allowed_groups=["staff", "admins"])
    assert rules.refusal(Identity("1", groups=("x", "staff"))) is None
    assert rules.refusal(Identity("1", groups=("Staff",))) == "allowed_groups"
    assert rules.refusal(Identity("1")) == "allowed_groups"


def test_an_empty_group_name_is_no_rule() -> None:
    assert Rules(["*"], allowed_groups=[""]).refusal(Identity("1")) is None


def test_people_without_email_pass_only_where_everybody_does() -> None:
    assert Rules(["*"]).refusal(Identity("1")) is None
    assert Rules(["a.test"]).refusal(Identity("1")) == "email"
    assert Rules().refusal(Identity("1")) == "email"
    assert (Rules(["*"]).need_email, Rules(["a.test"]).need_email) == (False, True)


def test_whoever_is_listed_in_a_file_of_ours_needs_no_email_and_still_a_group() -> None:
    rules = Rules(["a.test"], allowed_groups=["staff"])
    assert rules.refusal(Identity("1", groups=("staff",)), is_listed=True) is None
    assert rules.refusal(Identity("1"), is_listed=True) == "allowed_groups"


def test_a_list_of_people_is_replaced_while_the_domains_stay() -> None:
    rules = Rules(["b.test"], ["alice@a.test"])
    rules.take_emails(["Carol@a.test"])
    assert rules.refusal(Identity("1", "alice@a.test")) == "email"
    assert rules.refusal(Identity("2", "carol@a.test")) is None
    assert rules.refusal(Identity("3", "bob@b.test")) is None


def test_an_empty_line_among_the_addresses_lets_nobody_pass_who_has_none() -> None:
    assert Rules(["example.com"], [""]).refusal(Identity("u")) == "email"
