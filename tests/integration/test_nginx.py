"""Real nginx that asks the gate (`auth_request`), with the configuration of `deploy/nginx`."""

import re

import httpx
import pytest

from tests.integration.envoys import Certificates
from tests.integration.gates import start_gate
from tests.integration.people import Person
from tests.integration.processes import LOOPBACK, Process, free_port, listens
from tests.integration.wire import Wire
from tests.parts import ROOT, TOOLS

pytestmark = pytest.mark.needs("nginx", "oidc-provider")

RECIPE = ROOT / "deploy" / "nginx" / "auth-request.conf"
MAIN = """
daemon off; master_process off; pid {folder}/pid; error_log stderr warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/recipe.conf;
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


class Nginx:
    """An nginx that runs, with a gate to ask."""

    def __init__(self, folder, gate, app):
        self.port = free_port()
        self.url = f"https://{LOOPBACK}:{self.port}"
        self.certificates = Certificates(folder)
        recipe = RECIPE.read_text().replace("listen 443 ssl", f"listen {LOOPBACK}:{self.port} ssl")
        recipe = recipe.replace(f"{LOOPBACK}:4180", f"{LOOPBACK}:{gate}")
        recipe = recipe.replace(f"{LOOPBACK}:8080", f"{LOOPBACK}:{app}")
        recipe = recipe.replace("/etc/nginx/tls.crt", str(self.certificates.chain))
        recipe = recipe.replace("/etc/nginx/tls.key", str(self.certificates.key))
        (folder / "recipe.conf").write_text(recipe.replace("$host", "$http_host"))
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
        command = [str(TOOLS / "nginx" / "nginx"), "-p", str(folder), "-c", "nginx.conf"]
        self.process = Process(command)
        self.process.wait_until(lambda: listens(self.port), 30, "nginx to listen")

    def person(self, name):
        """Return somebody with a browser."""
        return Person(name, self.url, self.certificates.trust())

    def end(self):
        """Stop it."""
        self.process.end()
        self.process.forget()


@pytest.fixture
def nginx(tmp_path, app, oidc_provider):
    """Return an nginx that asks a gate and passes on to `app`; `/open` needs nobody."""
    port = free_port()
    made = Nginx(tmp_path, port, app.server_address[1])
    client = oidc_provider.register(made.url)
    gate = start_gate(tmp_path, port, client, (*FLAGS, "--skip-auth-route=^/open$"))
    gate.wait_ready()
    yield made
    gate.end()
    made.end()


def test_the_person_is_what_the_gate_says(nginx):
    with nginx.person("alice") as alice:
        page = alice.sign_in("/fields?a=1&b=2")
        assert str(page.url) == f"{nginx.url}/fields?a=1&b=2"
        seen = alice.get("/fields", headers=LIES).json()
        assert alice.http.post("/count", content=b"x" * 100_000).text == "100000"
    told = {name.lower(): value for name, value in seen}
    assert told["x-auth-request-email"] == told["x-forwarded-email"] == "alice@example.com"
    assert told["x-forwarded-for"] == LOOPBACK
    assert "root" not in str(seen)
    assert "evil.example" not in str(seen)


def test_whom_the_gate_refuses_does_not_reach_the_application(nginx, app):
    trust = nginx.certificates.trust()
    assert "/oauth2/start" in httpx.get(f"{nginx.url}/fields", headers=LIES, verify=trust).text
    with nginx.person("bob") as bob:
        assert bob.sign_in("/fields").status_code == 403
        bob.get("/fields")
    assert app.requests == []


def test_rules_hold_for_the_path_that_nginx_passes_on(nginx, app):
    for path in ("/open", "/open?x"):
        with Wire(nginx.port, tls=nginx.certificates.trust()) as wire:
            assert wire.got(f"GET {path}").body == b"hello from /open"
    passed = len(app.requests)
    for path in ("/x/../open", "/%6fpen", "//open", "/open/", "/open;x", "/fields?/open"):
        with Wire(nginx.port, tls=nginx.certificates.trust()) as wire:
            wire.got(f"GET {path}", "X-Forwarded-Uri: /open")
    assert len(app.requests) == passed


def test_nobody_outside_asks_the_gate_by_themselves(nginx):
    with Wire(nginx.port, tls=nginx.certificates.trust()) as wire:
        assert wire.got("GET /oauth2/auth", "X-Forwarded-Uri: /open").status == 404


def test_every_identity_header_that_the_gate_writes_is_set_by_the_recipe():
    set_here = set(
        re.findall(r"proxy_set_header (X-(?:Auth-Request|Forwarded)-[\w-]+)", RECIPE.read_text())
    )
    for name in ("User", "Email", "Groups", "Preferred-Username", "Access-Token"):
        assert {f"X-Auth-Request-{name}", f"X-Forwarded-{name}"} <= set_here
