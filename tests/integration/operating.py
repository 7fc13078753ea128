"""A gate as operators know it: its files, its log, and a shell to type the commands of pages in."""

import json
import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from tests.faults.stage import Gate, Stage
from tests.integration.processes import LOOPBACK, Process, free_port, listens
from tests.integration.redis_servers import HOME as REDIS

RULES = """
[[rules]]
name = "closed"
paths = ["/closed"]
deny = "everybody"

[[rules]]
name = "everything else"
allow = "everybody"

[[expectations]]
request = "GET https://app.example.com/closed"
user = "alice@example.com"
expect = "deny"
"""


class Place:
    """A gate with its files, and what stands in the pages in place of them.

    `secret`: of the client at the provider. `more`: options beside those that it has anyway.
    """

    def __init__(
        self, stage: Stage, issuer: str, redis: str, secret: str = "none", **more: object
    ) -> None:
        self.folder = stage.folder / f"{free_port()}"
        self.folder.mkdir()
        self._issuer, self._redis = issuer, redis
        self.port, self.metrics_port = free_port(), free_port()
        authority = trustme.CA().issue_cert(
            LOOPBACK, not_after=datetime.now(UTC) + timedelta(days=2)
        )
        authority.cert_chain_pems[0].write_to_path(str(self.folder / "tls.crt"))
        authority.private_key_pem.write_to_path(str(self.folder / "tls.key"))
        self.file("cookie-secret", secrets.token_urlsafe(32))
        options = {
            "http_address": f"{LOOPBACK}:{self.port}",
            "metrics_address": f"{LOOPBACK}:{self.metrics_port}",
            "metrics_secure_address": f"{LOOPBACK}:{free_port()}",
            "metrics_tls_cert_file": f"{self.folder}/tls.crt",
            "metrics_tls_key_file": f"{self.folder}/tls.key",
            "oidc_issuer_url": issuer,
            "client_id": "app-client",
            "client_secret_file": f"{self.file('client-secret', secret)}",
            "cookie_secret_file": f"{self.folder}/cookie-secret",
            "upstreams": [f"{stage.application.url}/"],
            "email_domains": ["example.com"],
            "session_store_type": "redis",
            "redis_connection_url": redis,
            "audit_log_file": f"{self.folder}/audit.jsonl",
            "reverse_proxy": True,
            "drain_delay": "0s",
            **more,
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in options.items()]
        config = self.file("sidegate.toml", "\n".join(lines) + RULES)
        command = [sys.executable, "-m", "sidegate", "serve", f"--config={config}"]
        self.process = Process(command)
        self.process.wait_until(lambda: listens(self.metrics_port), 30, "the gate to listen")
        self.gate = Gate(self.port, self.metrics_port, self.process)

    def file(self, name: str, text: str) -> Path:
        """Write a file of the gate that nobody else reads."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def types(self, command: str) -> subprocess.CompletedProcess[str]:
        """Type a command of a page, in the folder of the configuration."""
        for there, here in {
            "http://gate:44180": f"http://{LOOPBACK}:{self.metrics_port}",
            "http://gate:4180": f"http://{LOOPBACK}:{self.port}",
            "https://login.example.com/.well-known/jwks.json": f"{self._issuer}/jwks",
            "https://login.example.com": self._issuer,
            "rediss://redis:6379": self._redis,
            "redis-cli": f"{REDIS}/redis-cli",
            "http://127.0.0.1:44180": f"http://{LOOPBACK}:{self.metrics_port}",
            "--url=https://app.example.com": f"--url=http://{LOOPBACK}:{self.port}",
            "/etc/sidegate/": f"{self.folder}/",
            "/var/log/sidegate/": f"{self.folder}/",
            "kubectl logs deployment/sidegate --since=15m": f"cat {self.process.log}",
        }.items():
            command = command.replace(there, here)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=self.folder,
            env={**os.environ, "PATH": path},
        )

    def end(self) -> None:
        """Stop it."""
        self.process.end()
        self.process.forget()
