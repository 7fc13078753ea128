"""No command prints a secret of the configuration, whichever way it was given, right or wrong."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from sidegate.cli import main
from sidegate.config.options import BY_FLAG, OPTIONS, PROVIDER_OPTIONS
from tests.conformance.exercise import found_in
from tests.conformance.gates import COOKIE_SECRET, METRICS
from tests.conformance.provider import Provider
from tests.conformance.world import World

Output = pytest.CaptureFixture[str]
PEM = ECKey.generate_key("P-256").as_pem(private=True).decode()
SECRETS = {
    "client-secret": "canary-client-secret-1",
    "cookie-secret": "canary-cookie-secret-32-letters-",
    "jwt-key": PEM,
    "github-token": "canary-github-token-1",
    "redis-connection-url": "redis://canary-user:canary-url-password@127.0.0.1:1",
    "redis-password": "canary-redis-password-1",
    "redis-sentinel-connection-urls": "redis://:canary-sentinel-url-password@127.0.0.1:1",
    "redis-sentinel-password": "canary-sentinel-password-1",
    "redis-cluster-connection-urls": "redis://:canary-cluster-url-password@127.0.0.1:1",
    "erasure-request-secret": "canary-erasure-secret-24-letters",
    "basic-auth-password": "canary-basic-auth-password",
    "signature-key": "sha256:canary-signature-key",
}
SEARCHED = {
    "canary-url-password",
    "canary-sentinel-url-password",
    "canary-cluster-url-password",
    "canary-signature-key",
    *(one for one in SECRETS.values() if one.startswith("canary")),
    *PEM.splitlines()[1:-1],
}
BROKEN = {
    "client-secret": "canary-client-secret-1\nof two lines",
    "cookie-secret": "canary-too-short",
    "jwt-key": PEM.replace("PRIVATE", "PRIVAT"),
    "redis-connection-url": "redis://:canary-url-password@[::1:x/",
    "redis-sentinel-connection-urls": "rediss:/:canary-sentinel-url-password@h",
    "redis-cluster-connection-urls": "redis://u:canary-cluster-url-password@h:99999/?a",
    "erasure-request-secret": "whsec_canary!!",
    "signature-key": "canary-signature-key",
}
SETS = {
    "cookies": ("client-secret", "cookie-secret", "erasure-request-secret"),
    "redis": ("client-secret", "cookie-secret", "redis-connection-url", "redis-password"),
    "key": ("cookie-secret", "jwt-key"),
    "all": tuple(SECRETS),
    "broken": tuple(BROKEN),
}
MORE = {
    "cookies": ("--erasure-request-url=http://127.0.0.1:1/erase",),
    "redis": ("--session-store-type=redis",),
}
SEARCHED |= {"canary-too-short", "whsec_canary!!"}
Given = tuple[list[str], dict[str, str]]


def by_flags(texts: dict[str, str], _: Path) -> Given:
    return [f"--{flag}={text}" for flag, text in texts.items()], {}


def by_files(texts: dict[str, str], folder: Path) -> Given:
    flags = []
    for flag, text in texts.items():
        file = folder / flag
        file.write_text(text)
        flags.append(f"--{flag}-file={file}" if f"{flag}-file" in BY_FLAG else f"--{flag}={text}")
    return flags, {}


def by_variables(texts: dict[str, str], _: Path) -> Given:
    return [], {BY_FLAG[flag].variable: text for flag, text in texts.items()}


def by_a_document(texts: dict[str, str], folder: Path) -> Given:
    file = folder / "gate.toml"
    lines = (f"{BY_FLAG[flag].key} = {json.dumps(text)}\n" for flag, text in texts.items())
    file.write_text("".join(lines))
    return [f"--config={file}"], {}


def by_a_table(texts: dict[str, str], folder: Path) -> Given:
    """Give what a provider has in its own table, the rest above it."""
    own = {option.flag for option in PROVIDER_OPTIONS}
    flags, _ = by_a_document({f: t for f, t in texts.items() if f not in own}, folder)
    rows = ['provider = "oidc"', 'id = "one"', 'client_id = "app"', 'oidc_issuer_url = "ISSUER"']
    rows += [f"{BY_FLAG[f].key} = {json.dumps(t)}" for f, t in texts.items() if f in own]
    with (folder / "gate.toml").open("a") as file:
        file.write("\n".join(["[[providers]]", *rows, ""]))
    return flags, {}


def commands(flags: list[str]) -> Iterator[list[str]]:
    """Yield every command that reads a configuration."""
    yield ["config", "check", *flags]
    yield ["config", "show", *flags]
    yield ["config", "show", "--json", *flags]
    yield ["config", "jwks", *flags]
    yield ["explain", "--user=alice", *flags, "GET", "https://app.example.com/x"]
    yield ["check", "--", *flags]
    yield ["check", "--format=json", "--", *flags]
    yield ["doctor", *flags]
    yield ["doctor", "--format=json", *flags]
    yield ["sessions", "list", *flags]
    yield ["sessions", "revoke", "--user=alice", *flags]
    yield ["privacy", "export", "--user=alice", *flags]
    yield ["privacy", "erase", "--user=alice", *flags]
    yield ["serve", "--config-test", *flags]


def test_every_secret_option_is_planted() -> None:
    assert SECRETS.keys() == {option.flag for option in OPTIONS if option.secret}


@pytest.fixture(scope="module")
def idp() -> Iterator[Provider]:
    with Provider() as idp:
        yield idp


@pytest.mark.parametrize("way", [by_flags, by_files, by_variables, by_a_document, by_a_table])
@pytest.mark.parametrize("name", SETS)
def test_no_command_prints_a_secret(
    way: Callable[[dict[str, str], Path], Given],
    name: str,
    idp: Provider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: Output,
) -> None:
    values = BROKEN if name == "broken" else SECRETS
    own, variables = way({flag: values[flag] for flag in SETS[name]}, tmp_path)
    for variable, text in variables.items():
        monkeypatch.setenv(variable, text)
    provider = [f"--oidc-issuer-url={idp.issuer}", "--client-id=app"]
    document = tmp_path / "gate.toml"
    if way is by_a_table:
        document.write_text(document.read_text().replace("ISSUER", idp.issuer))
        provider = []
    more = ("--email-domain=example.com", "--upstream=http://127.0.0.1:1", *MORE.get(name, ()))
    statuses = [main(words) for words in commands([*provider, *own, *more])]
    out, err = capfd.readouterr()
    assert found_in((("the output", out), ("the errors", err)), SEARCHED) == []
    assert statuses[0] == (1 if name in {"all", "broken"} else 0), err


def test_top_shows_no_secret(world: World, capfd: Output) -> None:
    idp = world.provider(client_id="top")
    gate = world.gate(idp, "--email-domain=*", "--reverse-proxy", METRICS)
    gate.browser().get("/x")
    gate.hang_up()
    assert main(["top", "--once", f"--metrics=http://127.0.0.1:{gate.metrics_port}/metrics"]) == 0
    out, err = capfd.readouterr()
    known = {idp.client_secret, COOKIE_SECRET}
    assert "requests" in out
    assert found_in((("the output", out), ("the errors", err)), known) == []
