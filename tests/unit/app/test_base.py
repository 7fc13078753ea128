"""What most parts need says by default that nobody looks for tokens."""

from tests.kit.gate import proxy


def test_without_an_option_nobody_looks_for_tokens() -> None:
    assert proxy().base.tokens is None
