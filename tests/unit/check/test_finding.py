"""Every kind of finding has one text, and a place reads like that of a compiler."""

import pytest

from sidegate.check.finding import Advice, Severity, Where, advice


@pytest.mark.parametrize("one", advice().values(), ids=lambda one: one.id)
def test_a_text_is_whole(one: Advice):
    assert isinstance(one.severity, Severity)
    assert one.cause.endswith((".", "."))
    assert one.remedy.endswith((".", ")"))
    assert not one.title.endswith(".")
    assert one.link == f"docs/kubernetes/check.md#{one.id}"


def test_a_place_names_file_line_and_object():
    assert str(Where("a.yaml", 3, "Pod x")) == "a.yaml:3 (Pod x)"
    assert str(Where("https://app.example.com")) == "https://app.example.com"
