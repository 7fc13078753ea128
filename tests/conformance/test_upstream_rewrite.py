"""Plays, from outside, the rows of which upstream gets a request, and in which form.

Left out and counted: rows whose upstream is not built (rewritten targets, files) or cannot be said
by flags (a route that is not the path of the address).
"""

from posixpath import normpath

import pytest

from tests.conformance.black_box import Gates, Recorder, ask, read_head, refuses_to_start
from tests.conformance.rows import Row, agree, lines, params, read

ROWS = read("upstream_rewrite")["upstream"]
# What the gate tells of itself and its client with each request, whatever the client claims.
OF_GATE = {
    "x-forwarded-proto": "http",
    "x-forwarded-host": "app.example.com",
    "x-real-ip": "127.0.0.1",
    "x-request-id": "an id",
}
# Trailers are not sent on, and a client that is no trusted proxy speaks for none.
NOT_SENT = {"te", "forwarded", "accept-encoding"}
REFUSED_METHODS = {"TRACE", "CONNECT"}


def built(row: Row) -> list[Row]:
    return [
        upstream
        for upstream in row["in"]["upstreams"]
        if "rewriteTarget" not in upstream
        and not upstream.get("uri", "").startswith(("file:", "{UP}/"))
    ]


def is_played(row: Row) -> bool:
    """Say whether the upstream that answers in the row is built."""
    upstreams = built(row)
    return bool(upstreams) and (
        "upstream" not in row["expect"] or any("uri" in upstream for upstream in upstreams)
    )


def flag_of(upstream: Row, recorder: Recorder) -> str:
    code = upstream.get("staticCode", 200)
    address = f"static://{code}" if "static" in upstream else upstream["uri"]
    return f"--upstream={address.replace('{UP}', f'http://{recorder.address}')}{upstream['path']}"


def flags_of(row: Row, recorder: Recorder) -> tuple[str, ...]:
    upstreams = built(row)
    keeps_host = all(upstream.get("passHostHeader", True) for upstream in upstreams)
    return (
        *(flag_of(upstream, recorder) for upstream in upstreams),
        *([] if keeps_host else ["--pass-host-header=false"]),
        # Everybody passes: some of the paths mean two things and open nothing by themselves.
        "--trusted-ip=127.0.0.1",
    )


def is_cleaned(row: Row) -> bool:
    """Say whether oauth2-proxy sends the client to another spelling of the path."""
    path = row["in"]["requests"][0]["target"].partition("?")[0]
    return row["expect"].get("headers", {}).get("Location") == [normpath(path).replace("//", "/")]


def upstream_of(row: Row, recorder: Recorder) -> dict[str, str] | None:
    told = row["expect"].get("upstream")
    if told is None:
        return None
    host = recorder.address if told["host"] == "UPSTREAM_HOST" else told["host"]
    told_fields = {name.lower(): value for name, value in told["headers"]}
    fields = {n: v for n, v in told_fields.items() if n not in NOT_SENT}
    return {**fields, **OF_GATE, "host": host, "": told["request_line"]}


def found_upstream(head: bytes | None) -> dict[str, str] | None:
    fields = read_head(head)
    if fields is None:
        return None
    fields.pop("user-agent", None)
    return {**fields, "x-request-id": "an id"}


PLAYED = [row for row in ROWS if is_played(row) and "config_error" not in row["expect"]]


@pytest.mark.parametrize("row", params(PLAYED))
def test_a_request_goes_where_the_row_says(row: Row, gates: Gates, recorder: Recorder) -> None:
    (given,) = row["in"]["requests"]
    method, target, expect = given.get("method", "GET"), given["target"], row["expect"]
    port = gates.port(*flags_of(row, recorder))
    answer = ask(port, method, target, lines(given.get("headers", [])))
    upstream = found_upstream(recorder.taken())
    if is_cleaned(row):
        # Law 2: the bytes that were judged go on; nobody is sent to a path of another meaning.
        assert upstream is not None
        assert (answer.status, upstream[""]) == (200, f"{method} {target} HTTP/1.1")
    elif method in REFUSED_METHODS:
        assert (answer.status, upstream) == (405, None)
    else:
        location = expect["headers"].get("Location", [None])[0]
        found = (answer.status, answer.fields.get("location"), upstream)
        agree(row, found, (expect["status"], location, upstream_of(row, recorder)))


@pytest.mark.parametrize("row", params([r for r in ROWS if "config_error" in r["expect"]]))
def test_an_upstream_that_is_none_stops_the_start(row: Row, recorder: Recorder) -> None:
    assert refuses_to_start(*flags_of(row, recorder))


def test_the_account_of_rows() -> None:
    assert len(ROWS) == 93
    assert sum(not is_played(row) for row in ROWS) == 55
    assert sum(map(is_cleaned, PLAYED)) == 3
