"""Arrays of tables are found in the file, each with the lines of its keys."""

import pytest

from sidegate.config.findings import Findings
from sidegate.config.sources import read_document
from sidegate.config.tables import Table


def tables(text: str) -> tuple[tuple[Table, ...], list[str]]:
    findings = Findings()
    _, found = read_document("gate.toml", text.encode(), findings)
    return found.get("rules", ()), findings.mistakes


def test_tables_come_in_their_order_with_the_place_of_each_key() -> None:
    text = 'client_id = "x"\n[[rules]]\nname = "a"\n\n[[ rules ]]\nAll-Groups = ["b"]\nallow.x = 1'
    (first, second), mistakes = tables(text)
    assert mistakes == []
    assert (dict(first.values), first.place) == ({"name": "a"}, "gate.toml line 2")
    assert dict(second.values) == {"all_groups": ["b"], "allow": {"x": 1}}
    assert second.where("all_groups") == "gate.toml line 6 (all_groups)"
    assert second.where("allow") == "gate.toml line 7 (allow)"
    assert second.where("hosts") == "gate.toml line 5 (hosts)"


def test_a_table_of_another_kind_between_two_does_not_shift_the_lines() -> None:
    text = (
        '[[rules]]\nname = "a"\n[rules.allow]\nname = "x"\n[[expectations]]\n[[rules]]\nname = "b"'
    )
    (first, second), _ = tables(text)
    assert first.where("name") == "gate.toml line 2 (name)"
    assert second.where("name") == "gate.toml line 7 (name)"


def test_tables_written_in_one_line_are_counted() -> None:
    (one, two), _ = tables('rules = [{name = "a"}, {name = "b"}]')
    assert one.place == "gate.toml [[rules]] number 1"
    assert two.where("name") == "gate.toml [[rules]] number 2 (name)"


@pytest.mark.parametrize("text", ["rules = 1", "[rules]\nx = 1", 'rules = ["a"]'])
def test_what_is_no_list_of_tables_is_told(text: str) -> None:
    found, (mistake,) = tables(text)
    assert found == ()
    assert "Write [[rules]] above each." in mistake


def test_a_key_in_two_spellings_is_told() -> None:
    _, (mistake,) = tables('[[rules]]\nall_groups = ["a"]\nall-groups = ["b"]')
    assert "all_groups stands there twice" in mistake


def test_an_unknown_key_is_told_with_the_nearest_name() -> None:
    (table,), _ = tables("[[rules]]\nnmae = 1\nemail_domains = 2")
    findings = Findings()
    table.refuse_unknown(("name", "hosts"), findings)
    first, second = findings.mistakes
    assert first == "gate.toml line 2: unknown key nmae\n  Did you mean name?"
    assert "options stand above the first table" in second


def test_the_name_of_an_array_is_suggested_too() -> None:
    _, (mistake,) = tables('rule = "x"')
    assert "Did you mean rules?" in mistake
