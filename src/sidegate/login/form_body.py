"""Reads what was sent to an endpoint of the gate: the body of a form, and the query."""

from collections.abc import Callable
from typing import Final

from sidegate.core.errors import BadRequest
from sidegate.core.messages import Exchange, Plan, ReadBody, RequestHead, Respond
from sidegate.login.failure import Failures
from sidegate.login.form import FORM_TYPE, Form, media_type

LIMIT: Final = 8192


def read_form(exchange: Exchange, failures: Failures, then: Callable[[Form], Plan]) -> Plan:
    """Go on with the pairs of a posted form and, behind them, of the query; a broken one gets 400.

    A body of another type or method counts for nothing; one above `LIMIT` bytes gets 413.
    """

    def read(body: bytes) -> Plan:
        try:
            form = Form(body + b"&" + exchange.head.query)
        except BadRequest as error:
            return Respond(failures.bad_request(exchange, error))
        return then(form)

    return ReadBody(LIMIT, read) if _has_form(exchange.head) else read(b"")


def _has_form(head: RequestHead) -> bool:
    return head.method == b"POST" and head.length != 0 and media_type(head) == FORM_TYPE
