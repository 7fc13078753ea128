"""What h11 makes of the bytes of a client, or of the bytes that a client gets."""

from dataclasses import dataclass

import h11

from tests.fuzz.application import MOST


@dataclass
class Read:
    """A message as h11 read it, perhaps in part. `start`: method and target, or the status."""

    start: tuple[bytes, bytes] | int
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""
    is_complete: bool = False


def read_requests(raw: bytes) -> list[Read]:
    """Return the requests in the bytes of a client, up to where h11 refuses."""
    found: list[Read] = []
    while True:
        while raw.startswith(b"\r\n"):  # RFC 9112 section 2.2, which h11 does not follow
            raw = raw[2:]
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST)
        http.receive_data(raw)
        try:
            request = http.next_event()
            if not isinstance(request, h11.Request):
                return found
            found.append(Read((request.method, request.target), list(request.headers)))
            while isinstance(event := http.next_event(), h11.Data):
                found[-1].body += bytes(event.data)
        except h11.RemoteProtocolError:
            return found
        if not isinstance(event, h11.EndOfMessage):
            return found
        found[-1].is_complete = True
        raw = http.trailing_data[0]


def read_answers(raw: bytes, methods: list[bytes], *, ended: bool) -> tuple[list[Read], bytes]:
    """Return the answers a client reads, and the bytes behind them. h11 has to accept them all.

    A 101 ends the reading: behind it is no HTTP. An answer may be cut off where `ended`.
    """
    found: list[Read] = []
    for method in methods:
        answer, rest, error = read_answer(raw, method, ended=ended)
        assert error is None, (error, raw)
        if answer is None:
            break
        found.append(answer)
        raw = rest
        if not answer.is_complete:
            break
    return found, raw


def read_answer(
    raw: bytes, method: bytes, *, ended: bool
) -> tuple[Read | None, bytes, Exception | None]:
    """Return the first answer that is final, the bytes behind it, and what h11 found wrong.

    That the bytes ended too early is not wrong here: the answer is not complete then.
    """
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST)
    upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade")] if method == b"GET" else []
    http.send(h11.Request(method=method, target="/", headers=[("Host", "a"), *upgrade]))
    http.send(h11.EndOfMessage())
    http.receive_data(raw)
    answer: Read | None = None
    try:
        while True:
            match http.next_event():
                case h11.InformationalResponse(status_code=101) as switch:
                    return Read(101, list(switch.headers)), b"", None
                case h11.Response() as head:
                    answer = Read(head.status_code, list(head.headers))
                case h11.Data() as data if answer is not None:
                    answer.body += bytes(data.data)
                case h11.EndOfMessage() if answer is not None:
                    answer.is_complete = True
                    return answer, http.trailing_data[0], None
                case h11.NEED_DATA if ended and not http.trailing_data[1]:
                    http.receive_data(b"")
                case h11.NEED_DATA | h11.ConnectionClosed():
                    return answer, b"" if answer else raw, None
    except h11.RemoteProtocolError as error:
        return answer, b"" if answer else raw, None if http.trailing_data[1] else error
