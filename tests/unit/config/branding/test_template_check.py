"""Values stand where they can be made safe; scripts and styles are known to the policy."""

import base64
import hashlib

import pytest

from sidegate.config.branding.template import parse_template
from sidegate.config.branding.template_check import Findings, check_template
from sidegate.config.findings import Malformed

ALIKE = frozenset[str]()
NAMES = {
    ".Name": ALIKE,
    ".Redirect": ALIKE,
    ".ProxyPrefix": ALIKE,
    ".On": ALIKE,
    ".Providers": frozenset({".Name", ".Address"}),
}


def checked(text: str) -> Findings:
    return check_template(parse_template(text, "x.html", NAMES))


@pytest.mark.parametrize(
    "text",
    [
        "<p>{{.Name}}</p>",
        "<title>{{.Name}}</title>",
        '<p title="{{.Name}}">',
        "<p title='a {{.Name}} b'>",
        '<input class="a {{if .On}}b{{else}}c{{end}}" {{if .On}}disabled{{end}}>',
        '<form action="{{.ProxyPrefix}}/start">',
        '<form action="{{.Redirect}}">',
        '{{range .Providers}}<a href="{{.Address}}">{{.Name}}</a>{{end}}',
        '<a href="/help?who={{.Name}}">',
        '<a href="https://example.com/">',
        '<img src="data:image/png;base64,AAAA">',
        '<link rel="stylesheet" href="{{.ProxyPrefix}}/static/css/bulma.min.css">',
    ],
)
def test_what_can_be_made_safe_passes(text: str) -> None:
    checked(text)


@pytest.mark.parametrize(
    "text",
    [
        "<p title={{.Name}}>",
        '<p title="a" id={{.Name}} class="b">',
        "<p {{.Name}}>",
        '<p {{.Name}}="x">',
        "<{{.Name}}>",
        "<script>var x = '{{.Name}}'</script>",
        "<script>{{if .On}}x(){{end}}</script>",
        "<style>p { color: {{.Name}} }</style>",
        "<script>x()",
        '<a href="{{.Name}}">',
        '<a href=" {{.Name}}">',
        '<a href="{{if .On}}{{.Name}}{{end}}">',
        '<a href="javascript:x()">',
        '<p onclick="x()">',
        '<p style="color: red">',
        '<script src="/x.js"></script>',
        '<script src="https://cdn.test/x.js"></script>',
        '<link rel="stylesheet" href="https://cdn.test/x.css">',
        '<img src="//cdn.test/x.png">',
        "<iframe></iframe>",
        '<base href="/">',
        "<!doctype {{.Name}}>",
    ],
)
def test_what_cannot_or_what_the_policy_blocks_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        checked(text)


def test_values_in_attributes_are_told_from_those_in_text() -> None:
    text = '<p title="{{.Name}}">{{.Name}}</p><!-- {{.Name}} -->'
    assert checked(text).in_attribute == {0, 2}


def test_the_policy_gets_the_hash_of_each_script_and_style() -> None:
    found = checked('<style>p { }</style><script type="text/javascript">a < b && c()\n</script>')
    digest = hashlib.sha256(b"a < b && c()\n").digest()
    assert found.scripts == (f"'sha256-{base64.b64encode(digest).decode()}'",)
    assert len(found.styles) == 1


def test_the_fields_of_a_form_are_told() -> None:
    assert checked('<input name="rd"><input name="password">').fields == {"rd", "password"}
