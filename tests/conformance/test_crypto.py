"""Secrets, PKCE and the names of sign-in cookies, row by row.

Left out: the cookie formats of oauth2-proxy (`sign`, `validate_signed`, `session_cookie`), which
are there to take over its live sessions, and its `state`, which carries a return address where ours
is a handle.
"""

import pytest

from sidegate.config.findings import Malformed
from sidegate.config.key_material import decode_cookie_secret
from sidegate.config.options import OPTIONS
from sidegate.core.secret import Secret
from sidegate.oidc.pkce import challenge
from sidegate.stores.attempts import AttemptNames
from tests.conformance.records import Row, parameters, settle


@pytest.mark.parametrize("row", parameters("crypto.json", "secret"))
def test_a_cookie_secret_is_accepted_as_recorded(row: Row) -> None:
    """AES-128 and AES-192 are not on offer: a shorter secret never becomes the key it was."""
    try:
        key = decode_cookie_secret(row["in"]["cookie_secret"].encode()).hex()
    except Malformed:
        key = ""
    valid = row["expect"]["valid"]
    recorded = row["expect"]["key_hex"]
    if valid and len(recorded) < 64:
        assert key != recorded
        return
    as_recorded = key == recorded if valid else not key
    settle(row, "" if as_recorded else f"{row['in']} gives {key!r}")


@pytest.mark.parametrize("row", parameters("crypto.json", "pkce"))
def test_a_challenge_is_made_as_recorded(row: Row) -> None:
    """`plain` is no challenge (RFC 9700 section 2.1.1), so it is refused like any other word."""
    method, verifier = row["in"]["method"], Secret(row["in"]["verifier"])
    if method == "S256":
        settle(row, "" if challenge(verifier) == row["expect"] else challenge(verifier))
    else:
        choices = next(o for o in OPTIONS if o.flag == "code-challenge-method").choices
        refused = method not in choices or not method  # empty turns it off
        settle(row, "" if refused else f"{method!r} is accepted")


@pytest.mark.parametrize("row", parameters("crypto.json", "nonce"))
def test_a_sign_in_cookie_is_named_as_recorded(row: Row) -> None:
    found = AttemptNames("_oauth2_proxy").name(row["expect"]["hash"])
    settle(row, "" if found == row["expect"]["csrf_cookie_name_per_request"] else f"{found}")
