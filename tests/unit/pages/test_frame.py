"""The scripts of our pages stand in them byte for byte, or their hash would be wrong."""

import pytest

from sidegate.pages.frame import KEEP, KEPT, PASS, RESTORE


@pytest.mark.parametrize("code", [KEEP, PASS, RESTORE])
def test_a_script_ends_where_its_element_ends(code: str) -> None:
    assert "</" not in code
    assert "<!--" not in code


def test_the_mark_is_one_that_the_script_writes_and_no_page_would() -> None:
    assert f'"{KEPT}"' in KEEP
    assert KEPT.startswith("#")


def test_no_script_sends_a_fragment_anywhere() -> None:
    for word in ("fetch", "XMLHttpRequest", "sendBeacon", "cookie", "import"):
        assert word not in KEEP + PASS + RESTORE
