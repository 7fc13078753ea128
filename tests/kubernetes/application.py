"""An application on every address of its port, which no application beside a gate should do.

Answers with the fields of a request as JSON, and says back what comes over a WebSocket. Its answers
name it in the field X-Application.
"""

import json
import sys
from http import HTTPStatus

from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve


def _fields(connection: ServerConnection, request: Request) -> Response | None:
    if request.headers.get("Upgrade"):
        return None
    answer = connection.respond(HTTPStatus.OK, json.dumps(list(request.headers.raw_items())))
    answer.headers["X-Application"] = "here"
    return answer


def _echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


if __name__ == "__main__":
    with serve(_echo, "0.0.0.0", int(sys.argv[1]), process_request=_fields) as server:  # noqa: S104 - the mistake that policies make good
        sys.stderr.write("listens\n")  # to whoever waits for it
        server.serve_forever()
