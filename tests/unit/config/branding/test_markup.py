"""Banner and footer: a little HTML passes as it is, and what could do more is refused."""

import pytest

from sidegate.config.branding.markup import safe_markup
from sidegate.config.findings import Malformed


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("Staff only.", "Staff only."),
        ("Fish & chips", "Fish &amp; chips"),
        ("1 < 2", "1 &lt; 2"),
        ("&lt;b&gt;", "&lt;b&gt;"),
        ("<b>Staff</b> <em>only</em><br>", "<b>Staff</b> <em>only</em><br>"),
        ("<br/>", "<br>"),
        ('<a href="https://x.test/?a=1&amp;b=2">x</a>', None),
        ("<A HREF='mailto:help@x.test'>x</A>", '<a href="mailto:help@x.test">x</a>'),
        ("<a href=/imprint>x</a>", '<a href="/imprint">x</a>'),
        ("<ul><li>one</li></ul>", None),
        ('<span lang="de">Nur für Mitarbeiter</span>', None),
    ],
)
def test_what_is_plain_passes(given: str, made: str | None) -> None:
    assert safe_markup(given) == (given if made is None else made)


@pytest.mark.parametrize(
    "given",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<b onclick=alert(1)>x</b>",
        '<b style="x">x</b>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" javascript:alert(1)">x</a>',
        '<a href="java&#115;cript:alert(1)">x</a>',
        '<a href="//evil.test">x</a>',
        '<a href="data:text/html,x">x</a>',
        "<style>p{}</style>",
        "<iframe></iframe>",
        "<form></form>",
        "<svg/onload=alert(1)>",
        "<!-- x -->",
        "<!doctype html>",
        "<?php ?>",
        "<b>not closed",
        "<b><i>wrong order</b></i>",
        "</p>",
        "<p/>",
    ],
)
def test_what_could_do_more_is_refused(given: str) -> None:
    with pytest.raises(Malformed):
        safe_markup(given)
