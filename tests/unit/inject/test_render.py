"""What is written is read as what was meant, as a block and in one line."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from sidegate.inject.render import Mode, block, flow

TEXTS = st.text() | st.sampled_from(
    ["yes", "no", "50m", "64Mi", "1e3", "--a=b:c", "a: b", "a #b", "- a", "{", "0x1", "a:1", "null"]
)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1), st.integers(0, 4))
def test_a_block_is_read_as_what_was_meant(value, indent):
    assert yaml.safe_load("\n".join(block(value, indent))) == value


@given(VALUES)
def test_one_line_is_read_as_what_was_meant(value):
    assert yaml.safe_load(f"a: {flow(value)}") == {"a": value}


def test_plain_texts_have_no_quotes_and_modes_are_octal():
    assert (
        flow({"image": "r/a:1", "cpu": "50m", "on": "yes"}) == '{image: r/a:1, cpu: 50m, on: "yes"}'
    )
    assert flow([Mode(0o440), "--a=^/b$"]) == "[0440, --a=^/b$]"
