"""Real nginx (`auth_request`) and real Caddy (`forward_auth`) ask the gate, as in `deploy/`."""

import re

import httpx
import pytest

from tests.integration.envoys import Certificates
from tests.integration.gates import start_gate
from tests.integration.people import Person
from tests.integration.processes import LOOPBACK, Process, free_port, listens
from tests.integration.wire import Wire
from tests.parts import ROOT, TOOLS

pytestmark = pytest.mark.needs("oidc-provider")

NGINX = ROOT / "deploy" / "nginx" / "auth-request.conf"
CADDY = ROOT / "deploy" / "caddy" / "Caddyfile"
NGINX_MAIN = """
daemon off; master_process off; pid {folder}/pid; error_log stderr warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/recipe.conf;
}}
"""
CADDY_MAIN = """{{
    admin off
    auto_https off
    http_port {port}
    storage file_system {folder}
}}
"""
FLAGS = (
    *("--reverse-proxy=true", "--set-xauthrequest=true", "--cookie-secure=true"),
    *("--upstream=static://404", "--real-client-ip-header=X-Real-IP"),
)
LIES = {
    "X-Auth-Request-Email": "root@example.com",
    "X-Auth-Request-Groups": "root",
    "X-Forwarded-User": "root",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Uri": "/open",
}


class Proxy:
    """A proxy that runs, with a gate to ask. `port`: where people come."""

    def __init__(self, kind, folder, gate, app):
        self.port = free_port()
        self.url = f"https://{LOOPBACK}:{self.port}"
        self.certificates = Certificates(folder)
        self.places = {
            f"{LOOPBACK}:4180": f"{LOOPBACK}:{gate}",
            f"{LOOPBACK}:8080": f"{LOOPBACK}:{app}",
        }
        command = {"nginx": self._nginx, "caddy": self._caddy}[kind](folder)
        self.process = Process(command, HOME=str(folder))
        self.process.wait_until(lambda: listens(self.port), 30, f"{kind} to listen")

    def _nginx(self, folder):
        moved = {"listen 443 ssl": f"listen {LOOPBACK}:{self.port} ssl", "$host": "$http_host"}
        recipe = self._filled_in(NGINX, "/etc/nginx", moved)
        (folder / "recipe.conf").write_text(recipe)
        (folder / "nginx.conf").write_text(NGINX_MAIN.format(folder=folder))
        return [str(TOOLS / "nginx" / "nginx"), "-p", str(folder), "-c", "nginx.conf"]

    def _caddy(self, folder):
        moved = {"app.example.com {": f":{self.port} {{\n\tbind {LOOPBACK}"}
        recipe = self._filled_in(CADDY, "/etc/caddy", moved)
        main = CADDY_MAIN.format(folder=folder, port=free_port())
        (folder / "Caddyfile").write_text(main + recipe)
        caddy = str(TOOLS / "caddy" / "caddy")
        return [caddy, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]

    def _filled_in(self, recipe, home, moved):
        files = {
            f"{home}/tls.crt": str(self.certificates.chain),
            f"{home}/tls.key": str(self.certificates.key),
        }
        text = recipe.read_text()
        for old, new in {**self.places, **files, **moved}.items():
            assert old in text, old
            text = text.replace(old, new)
        return text

    def person(self, name):
        """Return somebody with a browser."""
        return Person(name, self.url, self.certificates.trust())

    def end(self):
        """Stop it."""
        self.process.end()
        self.process.forget()


@pytest.fixture(
    params=[
        pytest.param("nginx", marks=pytest.mark.needs("nginx")),
        pytest.param("caddy", marks=pytest.mark.needs("caddy")),
    ]
)
def proxy(request, tmp_path, app, oidc_provider):
    """Return a proxy that asks a gate and passes on to `app`; `/open` needs nobody."""
    port = free_port()
    made = Proxy(request.param, tmp_path, port, app.server_address[1])
    client = oidc_provider.register(made.url)
    gate = start_gate(tmp_path, port, client, (*FLAGS, "--skip-auth-route=^/open$"))
    gate.wait_ready()
    yield made
    gate.end()
    made.end()


def test_the_person_is_what_the_gate_says(proxy):
    with proxy.person("alice") as alice:
        page = alice.sign_in("/fields?a=1&b=2")
        assert str(page.url) == f"{proxy.url}/fields?a=1&b=2"
        seen = alice.get("/fields", headers=LIES).json()
        assert alice.http.post("/count", content=b"x" * 100_000).text == "100000"
    told = {name.lower(): value for name, value in seen}
    assert told["x-auth-request-email"] == "alice@example.com"
    assert told.get("x-forwarded-email", "alice@example.com") == "alice@example.com"
    assert told["x-forwarded-for"] == LOOPBACK
    assert "root" not in str(seen)
    assert "evil.example" not in str(seen)


def test_whom_the_gate_refuses_does_not_reach_the_application(proxy, app):
    trust = proxy.certificates.trust()
    assert "/oauth2/start" in httpx.get(f"{proxy.url}/fields", headers=LIES, verify=trust).text
    with proxy.person("bob") as bob:
        assert bob.sign_in("/fields").status_code == 403
        bob.get("/fields")
    assert app.requests == []


def test_rules_hold_for_the_path_that_is_passed_on(proxy, app):
    for path in ("/open", "/open?x"):
        with Wire(proxy.port, tls=proxy.certificates.trust()) as wire:
            assert wire.got(f"GET {path}").body == b"hello from /open"
    passed = len(app.requests)
    for path in ("/x/../open", "/%6fpen", "//open", "/open/", "/open;x", "/fields?/open"):
        with Wire(proxy.port, tls=proxy.certificates.trust()) as wire:
            wire.got(f"GET {path}", "X-Forwarded-Uri: /open")
    assert len(app.requests) == passed


def test_nobody_outside_asks_the_gate_by_themselves(proxy):
    with Wire(proxy.port, tls=proxy.certificates.trust()) as wire:
        assert wire.got("GET /oauth2/auth", "X-Forwarded-Uri: /open").status == 404


def test_nginx_sets_every_identity_header_of_the_gate():
    set_here = set(
        re.findall(r"proxy_set_header (X-(?:Auth-Request|Forwarded)-[\w-]+)", NGINX.read_text())
    )
    for name in ("User", "Email", "Groups", "Preferred-Username", "Access-Token"):
        assert {f"X-Auth-Request-{name}", f"X-Forwarded-{name}"} <= set_here
