"""The templates of oauth2-proxy's users load as they are, or say what has to change."""

import pytest

from sidegate.config.branding.own_pages import ERROR, SIGN_IN, read_own_page
from sidegate.config.findings import Malformed

# Written after what templates for oauth2-proxy have in them.
USUAL = b"""{{define "sign_in.html"}}
<!DOCTYPE html>
<html lang="en"><head><title>Sign In</title>
<link rel="stylesheet" href="{{.ProxyPrefix}}/static/css/bulma.min.css">
<style> body { height: 100vh; } </style></head>
<body>
{{ if .LogoData }}<div>{{.LogoData}}</div>{{ end }}
<form method="GET" action="{{.ProxyPrefix}}/start">
<input type="hidden" name="rd" value="{{.Redirect}}">
{{ if .SignInMessage }}<p>{{.SignInMessage}}</p>{{ end}}
<button type="submit">Sign in with {{.ProviderName}}</button>
</form>
{{ if .CustomLogin }}
<form method="POST" action="{{.ProxyPrefix}}/sign_in">
<input type="hidden" name="rd" value="{{.Redirect}}">TOKEN
<input type="text" name="username" {{ if eq .StatusCode 400 401 }}class="wrong"{{ end }}>
<input type="password" name="password">
</form>
{{ end }}
<script>if (window.location.hash) { document.title += 1 < 2 && "x"; }</script>
{{ if eq .Footer "-" }}{{ else if eq .Footer "" }}<p>Version {{.Version}}</p>
{{ else }}<p>{{.Footer}}</p>{{ end }}
</body></html>
{{end}}
"""
TOKEN = b'<input type="hidden" name="token" value="{{.Token}}">'


def test_a_usual_template_loads_and_its_missing_styles_are_mentioned() -> None:
    page = read_own_page(SIGN_IN, USUAL.replace(b"TOKEN", TOKEN))
    assert len(page.scripts) == len(page.styles) == 1
    (warning,) = page.warnings
    assert warning.startswith("{{.ProxyPrefix}}/static/css/bulma.min.css is not there")


def test_a_form_for_a_password_needs_our_token() -> None:
    with pytest.raises(Malformed, match="token") as refused:
        read_own_page(SIGN_IN, USUAL.replace(b"TOKEN", b""))
    assert "{{.Token}}" in refused.value.remedy


def test_a_page_is_given_its_own_names_only() -> None:
    with pytest.raises(Malformed, match="uses"):
        read_own_page(ERROR, b"{{.Redirct}}")
    with pytest.raises(Malformed, match="uses"):
        read_own_page(ERROR, b"{{.ProviderName}}")


def test_a_file_is_utf8() -> None:
    with pytest.raises(Malformed, match="UTF-8"):
        read_own_page(ERROR, b"\xff\xfe<")
    assert read_own_page(ERROR, b"\xef\xbb\xbfx").fill({}) == "x"
