"""What an expression asks for is read out of it, and what cannot be told is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.check.promql import asked

SUM = "sum by (code, job) (rate(a_total{code=~'5..', path!=\"/x{y=1}\"}[5m:1m] offset 1h)) > 0.5"


def test_metrics_choices_and_groups_are_found() -> None:
    found = asked(SUM)
    assert found.metrics == {"a_total"}
    assert found.selected == (("a_total", "code"), ("a_total", "path"))
    assert found.grouped == ("code", "job")


@pytest.mark.parametrize(
    ("expression", "metrics", "grouped"),
    [
        ("a", {"a"}, ()),
        ("sum(a) by (x)", {"a"}, ("x",)),
        ("a / on (x) group_left (y) b", {"a", "b"}, ("x", "y")),
        ("sum without (x) (a) and ignoring (y) b", {"a", "b"}, ()),
        ("topk(3, a) unless bool b # c", {"a", "b"}, ()),
        ('label_replace(sum by (x) (a), "y", "$1", "x", "(.*)")', {"a"}, ()),
        ("histogram_quantile(0.99, sum(rate(a_bucket[5m])) by (le))", {"a_bucket"}, ("le",)),
        ("time() - a > 3600 and a != +Inf", {"a"}, ()),
        ("job:a:rate5m", {"job:a:rate5m"}, ()),
        ("SUM BY (x) (a)", {"a"}, ("x",)),
    ],
)
def test_each_shape_is_read(expression: str, metrics: set[str], grouped: tuple[str, ...]) -> None:
    found = asked(expression)
    assert found.metrics == metrics
    assert found.grouped == grouped


@given(st.text(alphabet="a1_:(){}[]\"'`#=~!,by on\n"))
def test_nothing_makes_it_fail(expression: str) -> None:
    asked(expression)
