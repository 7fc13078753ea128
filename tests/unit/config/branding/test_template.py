"""Own pages in the language of oauth2-proxy's templates, and what of it is not taken over."""

from typing import Any

import pytest
from markupsafe import Markup

from sidegate.config.branding.template import parse_template
from sidegate.config.findings import Malformed

NAMES = {
    ".Name": frozenset[str](),
    ".Status": frozenset[str](),
    ".Html": frozenset[str](),
    ".On": frozenset[str](),
    ".Off": frozenset[str](),
    ".Providers": frozenset({".Name", ".Address"}),
}
VALUES: dict[str, Any] = {
    "Name": "<Al & Co>",
    "Status": 401,
    "Html": Markup("<b>x</b>"),
    "On": True,
    "Off": False,
    "Providers": [{"Name": "one", "Address": "/1"}, {"Name": "two", "Address": "/2"}],
}


def filled(text: str, in_attribute: frozenset[int] = frozenset(), **changes: Any) -> str:
    template = parse_template(text, "sign_in.html", NAMES)
    return template.fill({**VALUES, **changes}, in_attribute)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("plain", "plain"),
        ("{{.Name}}", "&lt;Al &amp; Co&gt;"),
        ("{{ .Html }}", "<b>x</b>"),
        ("{{.Status}} {{.On}}", "401 true"),
        ("a {{- .Status -}} b", "a401b"),
        ("a {{/* a note */}}b", "a b"),
        ("{{.Name | ToUpper}}", "&lt;AL &amp; CO&gt;"),
        ("{{ToLower .Name}}", "&lt;al &amp; co&gt;"),
        ("{{if .On}}yes{{else}}no{{end}}", "yes"),
        ("{{if .Off}}yes{{else}}no{{end}}", "no"),
        ("{{ if not .Off }}yes{{ end }}", "yes"),
        ("{{if eq .Status 400 401}}x{{end}}", "x"),
        ("{{if ne .Status 401}}x{{end}}", ""),
        ('{{if eq .Name "x"}}1{{else if eq .Status 401}}2{{else}}3{{end}}', "2"),
        ('{{if eq .Name "x"}}1{{else if .Off}}2{{else if .Off}}3{{else}}4{{end}}5', "45"),
        ("{{if or .Off (and .On (not .Off))}}x{{end}}", "x"),
        ("{{if and .On .Off}}x{{end}}", ""),
        (
            "{{range .Providers}}{{.Name}}:{{.Address}}:{{$.Status}} {{end}}",
            "one:/1:401 two:/2:401 ",
        ),
        ('{{define "sign_in.html"}}x{{if .On}}y{{end}}{{end}}\n', "xy"),
        ("{{if .On}}\r\n{{end}}", "\n"),
    ],
)
def test_the_language(text: str, made: str) -> None:
    assert filled(text) == made


def test_a_list_without_items_has_its_else() -> None:
    text = "{{range .Providers}}x{{else}}none{{end}}"
    assert filled(text, Providers=[]) == "none"


def test_html_is_text_inside_an_attribute() -> None:
    assert filled('<p title="{{.Html}}">', frozenset({0})) == '<p title="&lt;b&gt;x&lt;/b&gt;">'


@pytest.mark.parametrize(
    "text",
    [
        "{{.Unknown}}",
        "{{.ClientSecret}}",
        "{{.Name.Inner}}",
        "{{.}}",
        "{{$x := .Name}}",
        '{{template "other"}}',
        '{{define "other.html"}}x{{end}}',
        '{{define "sign_in.html"}}x',
        '{{define "sign_in.html"}}x{{end}}more',
        'before{{define "sign_in.html"}}x{{end}}',
        "{{with .Name}}x{{end}}",
        '{{printf "%s" .Name}}',
        "{{call .Name}}",
        "{{.Name | html}}",
        "{{if .On}}x",
        "{{end}}",
        "{{else}}",
        "{{if .On}}{{else}}{{else}}{{end}}",
        "{{if}}x{{end}}",
        "{{if eq .Name}}x{{end}}",
        "{{if (.On}}x{{end}}",
        "{{range .Name}}x{{end}}",
        "{{.Providers}}",
        "{{range .Providers}}{{.Status}}{{end}}",
        "{{.Name",
        "{{.Name}} {{",
        "{{}}",
        "{{ 'x' }}",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_template(text, "sign_in.html", NAMES)


def test_a_name_that_was_meant_is_told() -> None:
    with pytest.raises(Malformed) as refused:
        parse_template("{{.Nam}}", "sign_in.html", NAMES)
    assert refused.value.remedy == "Did you mean .Name?"


def test_a_template_tells_what_it_uses() -> None:
    template = parse_template("{{if .On}}{{.Name}}{{end}}", "sign_in.html", NAMES)
    assert (template.names, template.values) == ({".On", ".Name"}, 1)
