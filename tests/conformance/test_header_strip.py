"""Plays, from outside, the rows of what an application and a client are told.

Left out and counted: rows with an option that is not built (passwords for Basic authentication,
signatures) and the group of rows that are configured in YAML.
"""

from typing import Any

import pytest

from sidegate.http1.names import fold
from tests.conformance.black_box import (
    PROVIDER,
    Gates,
    Recorder,
    ask,
    cookie_of,
    read_head,
    refuses_to_start,
)
from tests.conformance.rows import Row, agree, lines, params, read

DATA = read("header_strip")
ROWS = [row for group in ("headers", "auth_headers") for row in DATA[group]]
NOT_BUILT = ("--basic-auth-password=", "--set-basic-auth", "--signature-key=")
IDENTITY = ("user", "email", "groups", "preferred-username")
# An answer that says the same with another number.
SAME_REFUSAL = {501: 400}
# What the gate adds to answers is shown elsewhere; what it must not add is told of people.
OF_PEOPLE = ("gap-auth", "authorization", "set-cookie", "x-auth-request-", "x-forwarded-")


def is_built(row: Row) -> bool:
    return not any(flag.startswith(NOT_BUILT) for flag in row["in"]["args"])


def is_mistaken(row: Row) -> bool:
    """Say whether the start is refused: law 4 leaves no way to let a client's copy pass."""
    return "--skip-auth-strip-headers=false" in row["in"]["args"]


def flags_of(row: Row, recorder: Recorder) -> tuple[str, ...]:
    named = {flag.partition("=")[0] for flag in PROVIDER}
    own = [flag for flag in row["in"]["args"] if flag.partition("=")[0] not in named]
    return (*own, f"--upstream=http://{recorder.address}")


def upstream_of(row: Row, recorder: Recorder) -> dict[str, str] | None:
    """Return what the application should get: what the row says, and where a law says otherwise.

    1. What a client claims of an identity never passes (law 4).
    2. Both families carry the identity; a comma inside a group is escaped (law 4).
    3. A client that is no trusted proxy does not say where the request came from (law 7); the
       gate says it, and names the request.
    4. The gate's own cookies stay with it; trailers are never sent on, so `TE` is not either.
    """
    told = row["expect"]["upstream"]
    if told is None:
        return None
    claimed = [value for _, value in row["in"]["req"]["headers"]]
    fields = {
        name.lower(): value
        for name, value in told["headers"]
        if not (is_of_identity(name) and value in claimed)
    }
    if "x-forwarded-groups" in fields:
        groups = row["in"]["session"]["groups"]
        fields["x-forwarded-groups"] = ",".join(group.replace(",", "%2C") for group in groups)
    for name in IDENTITY:
        if f"x-forwarded-{name}" in fields:
            fields[f"x-auth-request-{name}"] = fields[f"x-forwarded-{name}"]
    of_gate = {"x-forwarded-proto": "http", "x-forwarded-host": "app.example.com"}
    if "--reverse-proxy" in row["in"]["args"]:
        fields = {**of_gate, "x-request-id": "an id", **fields}
    else:
        fields |= {**of_gate, "x-request-id": "an id", "x-real-ip": "127.0.0.1"}
    not_sent = {"cookie", "te", "accept-encoding"}
    if "--reverse-proxy" not in row["in"]["args"]:
        not_sent |= {"forwarded", "x-forwarded-uri"}
    host = recorder.address if told["host"] == "UPSTREAM_HOST" else told["host"]
    return {
        **{name: value for name, value in fields.items() if name not in not_sent},
        "host": host,
        "": told["request_line"],
    }


def is_of_identity(name: str) -> bool:
    folded = fold(name.encode()).decode()
    return folded.startswith(("x-auth-request-", "gap-")) or folded in {
        f"x-forwarded-{kind}" for kind in (*IDENTITY, "access-token")
    }


def found_upstream(head: bytes | None, row: Row) -> dict[str, str] | None:
    fields = read_head(head)
    if fields and fields["x-request-id"] not in dict(row["in"]["req"]["headers"]).values():
        fields["x-request-id"] = "an id"
    return fields


def of_people(headers: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an answer that tell of people."""
    return {k.lower(): v for k, v in headers.items() if k.lower().startswith(OF_PEOPLE)}


STARTING = [
    row for row in ROWS if is_built(row) and not is_mistaken(row) and "status" in row["expect"]
]
STOPPING = [row for row in ROWS if is_built(row) and row not in STARTING]


@pytest.mark.parametrize("row", params(STARTING))
def test_headers_go_where_the_row_says(row: Row, gates: Gates, recorder: Recorder) -> None:
    given, expect = row["in"], row["expect"]
    flags = flags_of(row, recorder)
    cookies = [cookie_of(given["session"], *flags)] if given["session"] else []
    fields = [*lines(given["req"]["headers"]), *cookies]
    answer = ask(gates.port(*flags), given["req"]["method"], given["req"]["target"], fields)
    found = (
        SAME_REFUSAL.get(answer.status, answer.status),
        of_people(answer.fields),
        found_upstream(recorder.taken(), row),
    )
    told = {name: ",".join(values) for name, values in of_people(expect["headers"]).items()}
    status = SAME_REFUSAL.get(expect["status"], expect["status"])
    agree(row, found, (status, told, upstream_of(row, recorder)))


@pytest.mark.parametrize("row", params(STOPPING))
def test_a_mistake_stops_the_start(row: Row, recorder: Recorder) -> None:
    assert refuses_to_start(*flags_of(row, recorder))


def test_the_account_of_rows() -> None:
    assert len(ROWS) == 77
    assert sum(not is_built(row) for row in ROWS) == 16
    assert sum(is_built(row) and is_mistaken(row) for row in ROWS) == 5
    assert len(DATA["alpha_headers"]) == 8
