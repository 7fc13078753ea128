"""Envoy, the real one, with the configurations of `deploy/envoy` on other addresses and ports."""

import json
import random
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import trustme
import yaml

from tests.integration.processes import LOOPBACK, Process, free_port, listens
from tests.parts import ROOT, TOOLS

Object = dict[str, Any]


class Certificates:
    """An authority for tests and a certificate of it, as files and as what a browser trusts."""

    def __init__(self, folder: Path, *names: str) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert(LOOPBACK, "localhost", *names)
        self.chain, self.key, self.authority = (folder / name for name in ("crt", "key", "ca"))
        self.chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        self.key.write_bytes(issued.private_key_pem.bytes())
        authority.cert_pem.write_to_path(self.authority)

    def trust(self) -> ssl.SSLContext:
        """Return what a browser of a test trusts."""
        return ssl.create_default_context(cafile=self.authority)


def example(
    name: str, certificates: Certificates, host: str = LOOPBACK, **clusters: tuple[str, int]
) -> Object:
    """Return a configuration of `deploy/envoy` that listens at `host`.

    `clusters`: where each is, by name.
    """
    told: Object = yaml.safe_load((ROOT / "deploy" / "envoy" / name).read_text())
    for cluster in told["static_resources"]["clusters"]:
        address, port = clusters[cluster["name"]]
        for place in _all(cluster, "socket_address"):
            place.update(address=address, port_value=port)
    for file in _all(told, "certificate_chain"):
        file["filename"] = str(certificates.chain)
    for file in _all(told, "private_key"):
        file["filename"] = str(certificates.key)
    _move(told, host)
    return told


def _move(told: Object, host: str) -> None:
    listener = told["static_resources"]["listeners"][0]
    listener["address"]["socket_address"].update(address=host, port_value=free_port())


def _all(value: Any, key: str) -> Iterator[Object]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from _all(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _all(inner, key)


class Envoy:
    """An Envoy that listens."""

    def __init__(self, configuration: Object, folder: Path) -> None:
        listener = configuration["static_resources"]["listeners"][0]
        place = listener["address"]["socket_address"]
        self.port = place["port_value"]
        self.url = f"https://{place['address']}:{self.port}"
        file = folder / f"envoy-{self.port}.json"
        file.write_text(json.dumps(configuration))
        binary = next((TOOLS / "envoy").glob("lib/python3*/site-packages/envoy/_bin/envoy"))
        own = ("--base-id", str(random.randrange(1 << 24)))  # noqa: S311 - a number nobody has
        self.process = Process(
            [str(binary), "-c", str(file), "--concurrency", "1", "-l", "warn", *own]
        )
        host = place["address"]
        self.process.wait_until(lambda: listens(self.port, host), 30, "Envoy to listen")

    def end(self) -> None:
        """Stop it."""
        self.process.end()
        self.process.forget()
