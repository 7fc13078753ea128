"""`sidegate config check|show|jwks|schema|docs`: look at the configuration without serving."""

import argparse
import json
import sys
from collections.abc import Callable

from sidegate.cli.configuration import load_or_explain

EPILOG = """\
example:
  sidegate config check --config=sidegate.toml --cookie-expire=24h

check, show and jwks take the flags of `sidegate serve`, and read the same variables
and file. show takes --json too.
"""


def run(words: list[str]) -> int:
    """Run the named action; the flags of `serve` follow it."""
    parser = argparse.ArgumentParser(
        prog="sidegate config",
        description="Look at the configuration without serving.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="sidegate config {check,show,jwks,schema,docs} [--json] [flags of serve]",
    )
    parser.add_argument(
        "action",
        choices=ACTIONS,
        help="check: tell all mistakes. show: print values with their origin. "
        "jwks: print the public key of jwt_key_file, to be registered at the provider. "
        "schema: print a JSON Schema for editors. docs: print the reference in Markdown.",
    )
    action: str = parser.parse_args(words[:1]).action
    if {"-h", "--help"}.intersection(words):
        parser.print_help()
        return 0
    return ACTIONS[action](words[1:])


def check(words: list[str]) -> int:
    """Print every mistake and failed expectation, or the warnings where there is none."""
    loaded = load_or_explain([word for word in words if not word.startswith("--config-test")])
    if loaded is None:
        return 1
    for warning in loaded.warnings:
        print(f"warning: {warning}")
    if loaded.values.tables.get("expectations"):
        from sidegate.cli.rules import expectations_of, failed

        failures = failed(loaded, expectations_of(loaded))
        if failures:
            print("\n\n".join(failures), file=sys.stderr)
            return 1
    print("The configuration is valid.")
    return 0


def show(words: list[str]) -> int:
    """Print the effective values with their origin, secrets masked."""
    from sidegate.config.explain import as_json, as_toml

    loaded = load_or_explain([word for word in words if word != "--json"])
    if loaded is None:
        return 1
    print((as_json if "--json" in words else as_toml)(loaded.values, loaded.providers), end="")
    return 0


def jwks(words: list[str]) -> int:
    """Print the JWK set with which providers verify our assertions."""
    loaded = load_or_explain(words)
    if loaded is None:
        return 1
    signing = [(key, one) for one in loaded.settings.providers if (key := one.jwt_key)]
    if not signing:
        print("There is no private key; give one with --jwt-key-file=FILE.", file=sys.stderr)
        return 1
    from sidegate.oidc.client_assertion import AssertionKey

    keys = []
    for key, one in signing:
        algorithm = one.token_endpoint_auth_signing_alg
        keys += AssertionKey(key, one.jwt_key_id, algorithm).public_set()["keys"]
    print(json.dumps({"keys": keys}, indent=2))
    return 0


def schema(_words: list[str]) -> int:
    """Print the JSON Schema of the TOML file."""
    from sidegate.config.schema import schema as describe

    print(json.dumps(describe(), indent=2, ensure_ascii=False))
    return 0


def docs(_words: list[str]) -> int:
    """Print docs/configuration.md."""
    from sidegate.config.docs import document

    print(document(), end="")
    return 0


ACTIONS: dict[str, Callable[[list[str]], int]] = {
    "check": check,
    "show": show,
    "jwks": jwks,
    "schema": schema,
    "docs": docs,
}
