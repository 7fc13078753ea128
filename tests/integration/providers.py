"""Real identity providers on loopback, and how a gate becomes their client."""

import base64
import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.integration.people import Person
from tests.integration.processes import LOOPBACK, Process, free_port
from tests.parts import TOOLS

RECIPES = Path(__file__).parent / "idp"
DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Client:
    """What a gate needs to know to sign people in."""

    issuer: str
    client_id: str
    client_secret: str


def answers(url: str) -> bool:
    """Say whether an address answers 200."""
    try:
        return httpx.get(url, timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


class OidcProvider:
    """The `oidc-provider` of npm. Ready in a second; registers any gate."""

    def __init__(self, port: int = 0, issuer: str = "") -> None:
        """`issuer`: how the world calls it when a proxy stands in front of `port`."""
        self.port = port or free_port()
        self.own = f"http://{LOOPBACK}:{self.port}"
        self.issuer = issuer or self.own
        home = TOOLS / "oidc-provider"
        shutil.copy(RECIPES / "server.mjs", home / "server.mjs")
        known_as = {"ISSUER": issuer} if issuer else {}
        self.process = Process(["node", str(home / "server.mjs")], PORT=str(self.port), **known_as)

    def wait(self) -> None:
        """Return when it answers."""
        self.process.wait_until(lambda: answers(self.own + DISCOVERY), 30, "oidc-provider")

    def register(self, gate_url: str, name: str = "gate", **metadata: Any) -> Client:
        """Make a client for a gate at `gate_url`; `metadata` (RFC 7591) is added to its own.

        `{gate}` in it stands for that address.
        """
        metadata = {
            name: value.replace("{gate}", gate_url) if isinstance(value, str) else value
            for name, value in metadata.items()
        }
        hosts = (gate_url, gate_url.replace(LOOPBACK, "localhost"))
        prefixes = ("/oauth2", "/app/oauth2")
        wanted = {
            "redirect_uris": [f"{host}{prefix}/callback" for host in hosts for prefix in prefixes],
            "post_logout_redirect_uris": [gate_url, f"{gate_url}/", f"{gate_url}/oauth2/sign_in"],
            "client_name": name,
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "response_types": ["code"],
            **metadata,
        }
        made = httpx.post(f"{self.own}/reg", json=wanted).raise_for_status().json()
        return Client(self.issuer, made["client_id"], made.get("client_secret", ""))

    def tokens_of_person(self, client: Client, name: str, redirect_uri: str) -> dict[str, Any]:
        """Sign somebody in without a gate, and return what the token endpoint gives.

        `redirect_uri`: a registered address, where somebody answers.
        """
        verifier = "v" * 43
        digest = hashlib.sha256(verifier.encode()).digest()
        request = {
            "client_id": client.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": "openid email",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        with Person(name) as person:
            page = person.sign_in(f"{self.issuer}/auth?{urlencode(request)}")
        form = {"code": page.url.params["code"], "redirect_uri": redirect_uri}
        grant = "authorization_code"
        return self._post("token", client, grant_type=grant, code_verifier=verifier, **form)

    def token_of_program(self, client: Client) -> str:
        """Return an access token that a client got for itself; it is opaque."""
        return str(self._post("token", client, grant_type="client_credentials")["access_token"])

    def revoke(self, client: Client, token: str) -> None:
        """Revoke a token (RFC 7009)."""
        self._post("token/revocation", client, token=token)

    def _post(self, path: str, client: Client, **form: str) -> dict[str, Any]:
        who = (client.client_id, client.client_secret)
        answer = httpx.post(f"{self.issuer}/{path}", data=form, auth=who).raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def count(self, grant: str) -> int:
        """Return how often the token endpoint was asked with this grant type, or to introspect."""
        return int(httpx.get(f"{self.issuer}/count").json().get(grant, 0))

    def end(self) -> None:
        """Stop it."""
        self.process.end()
        self.process.forget()


class Keycloak:
    """Keycloak in development mode with the realm of `realm.json`. Takes half a minute or more."""

    def __init__(self) -> None:
        self.port, self.told_port = free_port(), free_port()
        self.issuer = f"http://{LOOPBACK}:{self.port}/realms/test"
        home = TOOLS / "keycloak"
        imports = home / "data" / "import"  # the only folder that --import-realm reads
        imports.mkdir(parents=True, exist_ok=True)
        realm = (RECIPES / "realm.json").read_text().replace("TOLD_PORT", str(self.told_port))
        (imports / "test-realm.json").write_text(realm)
        self.scratch = tempfile.mkdtemp(prefix="keycloak-")
        command = [
            *(str(home / "bin" / "kc.sh"), "start-dev", "--db=dev-mem", "--cache=local"),
            *("--import-realm", f"--http-host={LOOPBACK}", f"--http-port={self.port}"),
        ]
        heap, tmp = "-Xms64m -Xmx320m", f"-Djava.io.tmpdir={self.scratch}"
        self.process = Process(command, JAVA_OPTS_KC_HEAP=heap, JAVA_OPTS_APPEND=tmp)

    def wait(self) -> None:
        """Return when the realm answers."""
        self.process.wait_until(lambda: answers(self.issuer + DISCOVERY), 400, "keycloak")

    def client(self) -> Client:
        """Return the client of the realm; it allows a gate on any port of loopback."""
        return Client(self.issuer, "gate", "canary-keycloak-client-secret")

    def told_client(self) -> Client:
        """Return the client that is told of sign-outs, at a gate on `told_port`."""
        return Client(self.issuer, "told-gate", "canary-keycloak-told-secret")

    def end(self) -> None:
        """Stop it."""
        self.process.end()
        self.process.forget()
        shutil.rmtree(self.scratch, ignore_errors=True)
