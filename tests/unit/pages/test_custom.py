"""Own templates get what they are promised, escaped, under a policy of their own."""

import re

from markupsafe import Markup

from sidegate.config.branding.own_pages import ERROR, NAMES, SIGN_IN, OwnPage, read_own_page
from sidegate.core import errors
from sidegate.core.messages import Response
from sidegate.pages.brand import Brand
from sidegate.pages.custom import CustomPages
from sidegate.pages.render import Pages, PasswordFields, SignInOption

EVIL = "\"'><script>alert(1)</script>"
SHARED = {
    "SignInMessage": Markup("<b>Hello</b>"),
    "Footer": Markup("-"),
    "LogoData": Markup('<img src="/l" alt="Logo">'),
    "Version": "1",
    "ProxyPrefix": "/oauth2",
    "BrandName": "Corp",
}


def page_of(file: str, text: str) -> OwnPage:
    return read_own_page(file, text.encode())


def pages_with(sign_in: str = "", error: str = "") -> Pages:
    custom = CustomPages(
        page_of(SIGN_IN, sign_in) if sign_in else None,
        page_of(ERROR, error) if error else None,
        SHARED,
        ("https://cdn.test/l.svg",),
    )
    return Pages("/oauth2", Brand(custom=custom))


def all_names(file: str) -> str:
    """Return a template that shows every name it is given, in text and in an attribute."""
    plain = [name for name, items in NAMES[file].items() if not items]
    shown = "".join(f'<p title="{{{{{name}}}}}">{{{{{name}}}}}</p>' for name in plain)
    if file == SIGN_IN:
        shown += '{{range .Providers}}<a href="{{.Address}}">{{.Name}}</a>{{end}}'
    return shown


def sign_in(pages: Pages, text: str) -> Response:
    form = PasswordFields(text, text, text)
    return pages.sign_in(401, text, [SignInOption(text, text)], form, return_url=text)


def test_every_name_has_a_value_and_every_value_is_escaped() -> None:
    pages = pages_with(all_names(SIGN_IN), all_names(ERROR))
    error = pages.error(errors.NotAuthorized, EVIL, (EVIL, EVIL), return_url=EVIL)
    for answer in (sign_in(pages, EVIL), error):
        assert b"<script" not in answer.body
        assert b"&lt;script&gt;" in answer.body


def test_html_of_the_operator_is_html_in_text_only() -> None:
    body = sign_in(pages_with(all_names(SIGN_IN)), "x").body
    assert b'<p title="&lt;b&gt;Hello&lt;/b&gt;"><b>Hello</b></p>' in body


def test_one_page_may_be_own_and_the_other_ours() -> None:
    pages = pages_with(error="{{.StatusCode}} {{.Title}} {{.Code}}")
    assert b"<h1>Sign in</h1>" in sign_in(pages, "x").body
    assert pages.error(errors.NotAuthorized, "r").body == b"403 Forbidden not_authorized"


def test_scripts_and_styles_of_a_template_work_by_their_hash() -> None:
    answer = sign_in(pages_with("<style>p {}</style><script>go()</script>"), "x")
    policy = dict(answer.headers)["Content-Security-Policy"]
    assert re.search(r"style-src 'self' 'sha256-[^']+'", policy)
    assert re.search(r"script-src 'sha256-[^']+'$", policy)
    assert "img-src 'self' data: https://cdn.test/l.svg" in policy
    assert "unsafe" not in policy


def test_nothing_secret_is_among_the_names() -> None:
    names = [name.lower() for names in NAMES.values() for name in names]
    assert not [name for name in names if "secret" in name or "key" in name]
