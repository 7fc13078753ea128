"""The JSON Schema offers every key, and knows the other spellings."""

import json
import re

from sidegate.config.options import BY_KEY, OPTIONS
from sidegate.config.schema import DURATION, schema
from sidegate.config.tables import TABLES


def test_every_option_is_described_with_type_and_default() -> None:
    rows = schema()["properties"]
    assert list(rows) == [*(option.key for option in OPTIONS), *TABLES]
    assert rows["rules"]["items"] == {"type": "object"}
    assert rows["cookie_samesite"]["enum"] == ["", "lax", "strict", "none"]
    assert rows["cookie_expire"]["default"] == "168h"
    assert rows["bitbucket_team"]["const"] == ""
    assert rows["user_id_claim"]["deprecated"] is True
    assert "default" not in rows["cookie_secret"]
    json.dumps(schema())


def test_every_other_spelling_is_allowed_once() -> None:
    described = schema()
    for option in OPTIONS:
        for name in (option.key, *option.aliases):
            for spelling in (name, name.replace("_", "-")):
                matches = [
                    rule["$ref"]
                    for pattern, rule in described["patternProperties"].items()
                    if re.search(pattern, spelling)
                ]
                known = [f"#/properties/{BY_KEY[name].key}"]
                assert matches == known or spelling in described["properties"]


def test_a_table_of_a_provider_has_its_own_keys_and_those_of_providers_only() -> None:
    table = schema()["properties"]["providers"]["items"]
    assert {"id", "name", "client_id", "for_email_domains"} <= set(table["properties"])
    assert "cookie_name" not in table["properties"]
    assert any(re.search(pattern, "client-id") for pattern in table["patternProperties"])


def test_the_pattern_of_durations() -> None:
    assert all(re.search(DURATION, text) for text in ("168h", "1h30m", "0", "1.5h"))
    assert not any(re.search(DURATION, text) for text in ("60", "1d", "", "1h 2m"))
