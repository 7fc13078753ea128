"""What is shown is what is in effect, with its origin and without secrets."""

import json
import tomllib

from sidegate.config.explain import as_json, as_toml
from tests.unit.config.conftest import SECRET, Desk


def test_values_are_shown_with_their_origin(desk: Desk) -> None:
    loaded = desk.load(toml='cookie_expire = "24h"')
    rows = json.loads(as_json(loaded.values))
    assert rows["cookie_expire"] == {"value": "24h", "origin": "gate.toml line 1"}
    assert rows["client_id"] == {"value": "app", "origin": "flag --client-id"}
    assert rows["cookie_refresh"] == {"value": "1h", "origin": "default"}
    assert "bitbucket_team" not in rows


def test_the_toml_shown_can_be_read_back(desk: Desk) -> None:
    text = as_toml(desk.load("--skip-auth-route=^/a$").values)
    assert tomllib.loads(text)["skip_auth_routes"] == ["^/a$"]
    assert "# flag --skip-auth-route\n" in text
    desk.base = {"--config": "again.toml"}
    desk.files["again.toml"] = text.encode()
    assert desk.load().settings.access.skip_auth_routes == ("^/a$",)


RULES = """
[[rules]]
name = "x"
allow = [{ groups = ["a"], claims = { "b.c" = ["d"] } }]
mode = "shadow"

[[rules]]
name = "rest"
allow = "everybody"
"""


def test_rules_are_shown_and_can_be_read_back(desk: Desk) -> None:
    loaded = desk.load(toml=RULES)
    text = as_toml(loaded.values)
    assert "[[rules]] # gate.toml line 2\n" in text
    rows = json.loads(as_json(loaded.values))
    assert rows["rules"][1] == {
        "values": {"name": "rest", "allow": "everybody"},
        "origin": "gate.toml line 7",
    }
    desk.base = {"--config": "again.toml"}
    text = text.replace('"***"', f'"{SECRET}"')
    desk.files["again.toml"] = text.encode()
    assert desk.load().settings.access.rules == loaded.settings.access.rules


def test_secrets_are_masked(desk: Desk) -> None:
    desk.without("--cookie-secret-file", "--client-secret-file")
    loaded = desk.load(f"--cookie-secret={SECRET}", "--client-secret=hunter2")
    for text in (as_toml(loaded.values), as_json(loaded.values)):
        assert SECRET not in text
        assert "hunter2" not in text
        assert "***" in text


TABLES = """
[[providers]]
id = "corp"
oidc_issuer_url = "https://corp.test"
client_id = "app"
client_secret = "hunter2"
[[providers]]
id = "staff"
oidc_issuer_url = "https://staff.test"
client_id = "app"
client_secret_file = "client-secret"
"""


def test_tables_of_providers_are_shown_as_such_and_can_be_read_back(desk: Desk) -> None:
    desk.without("--client-id", "--client-secret-file", "--oidc-issuer-url")
    loaded = desk.load(toml=TABLES)
    text = as_toml(loaded.values, loaded.providers)
    assert "hunter2" not in text
    document = tomllib.loads(text)
    assert "client_id" not in document
    assert [one["id"] for one in document["providers"]] == ["corp", "staff"]
    assert "# gate.toml line 9 in [[providers]]\n" in text
    desk.base = {"--config": "again.toml"}
    desk.files["again.toml"] = text.encode()
    assert [one.id for one in desk.load().settings.providers] == ["corp", "staff"]
    rows = json.loads(as_json(loaded.values, loaded.providers))
    assert rows["providers"][0]["client_secret"]["value"] == "***"
    assert rows["providers"][1]["id"]["origin"] == "gate.toml line 8 in [[providers]]"
