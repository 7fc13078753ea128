"""Plays a few settings of the rows that are else played in process against gates that run.

The process, its sockets and its command line are then part of what is shown. Each group has the
settings with the most rows; peers are what loopback can be.
"""

import pytest

from tests.conformance.black_box import Gates, Recorder, ask, cookie_of, read_head
from tests.conformance.rows import Row, agree, lines, params, read
from tests.conformance.test_cookie_domain import attributes
from tests.conformance.test_real_client_ip import client_of
from tests.conformance.test_skip_auth import REFUSALS, means_two_things

DOMAINS = [".example.com", "example.com", ".b.example.com"]
SESSION = {"user": "u1", "email": "alice@example.com"}


def of_setting(rows: list[Row], key: str, *values: object) -> list[Row]:
    return [row for row in rows if row["in"].get(key) in values]


OPEN = of_setting(read("skip_auth")["skip_auth"], "skip_auth_routes", ["GET=^/foo"],
                  ["GET!=^/foo", "POST=^/foo"])  # fmt: skip
OPEN = [row for row in OPEN if not row["in"].get("skip_auth_preflight")]


@pytest.mark.parametrize("row", params(OPEN))
def test_a_path_is_open_or_not(row: Row, gates: Gates, recorder: Recorder) -> None:
    given = row["in"]
    routes = [f"--skip-auth-route={route}" for route in given["skip_auth_routes"]]
    port = gates.port(*routes, f"--upstream=http://{recorder.address}")
    answer = ask(port, given["method"], given["target"], [])
    reached = recorder.taken() is not None
    assert reached or answer.status in REFUSALS
    agree(row, reached, row["expect"]["allowed"] and not means_two_things(row))


TOLD = of_setting(read("real_client_ip")["real_ip"], "real_client_ip_header",
                  "X-Forwarded-For", "X-Real-IP")  # fmt: skip


@pytest.mark.parametrize("row", params(TOLD))
def test_the_application_is_told_the_client(row: Row, gates: Gates, recorder: Recorder) -> None:
    given = row["in"]
    port = gates.port(
        "--reverse-proxy",
        f"--real-client-ip-header={given['real_client_ip_header']}",
        "--skip-auth-route=^/",
        f"--upstream=http://{recorder.address}",
    )
    ask(port, "GET", "/", lines(given["headers"]))
    upstream = read_head(recorder.taken())
    assert upstream is not None
    told = upstream.get("x-real-ip")
    agree(row, told, client_of(row))


CLEARED = of_setting(read("cookie_domain")["cookie_domain"], "cookie_domains", DOMAINS)


@pytest.mark.parametrize("row", params(CLEARED))
def test_a_cookie_goes_from_where_it_was_set(row: Row, gates: Gates, recorder: Recorder) -> None:
    flags = (
        *(f"--cookie-domain={domain}" for domain in DOMAINS),
        *("--cookie-httponly=false", "--cookie-samesite="),
        f"--upstream=http://{recorder.address}",
    )
    cookie = cookie_of(SESSION, *flags)
    answer = ask(gates.port(*flags), "GET", "/oauth2/sign_out", [cookie], host=row["in"]["host"])
    first = answer.fields["set-cookie"].partition(", ")[0]
    agree(row, attributes(first) - {"Max-Age=0"}, attributes(row["expect"]["set_cookie"]))
