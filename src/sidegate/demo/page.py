"""The one page of the example application: whom the gate says is here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Fields = Sequence[tuple[str, str]]

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Example application</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto;
         padding: 0 1rem; color: #223; }}
  table {{ border-collapse: collapse; width: 100%; margin: 1rem 0; }}
  th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde;
           overflow-wrap: anywhere; vertical-align: top; }}
  th {{ font-weight: 500; white-space: nowrap; }}
  output {{ font-family: ui-monospace, monospace; }}
</style>
<h1>Hello {name}</h1>
<p>You are at <code id="path">{path}</code>. This application never asked who you are: the gate in
front of it did, and sent these headers along.</p>
<table id="identity">{identity}</table>
<p>WebSocket: <output id="websocket">connecting</output><br>
Events: <output id="events">waiting</output></p>
<p><a id="sign-out" href="/oauth2/sign_out">Sign out</a></p>
<details><summary>All headers of this request</summary><table>{rows}</table></details>
<script>
  const show = (id, text) => {{ document.getElementById(id).textContent = text; }};
  const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/ws");
  socket.onopen = () => socket.send("hello");
  socket.onmessage = (event) => show("websocket", "echoed " + event.data);
  socket.onclose = () => show("websocket", "closed");
  new EventSource("/events").onmessage = (event) => show("events", event.data);
</script>
</html>
"""

IDENTITY = (
    ("User", "x-forwarded-user"),
    ("Name", "x-forwarded-preferred-username"),
    ("E-mail", "x-forwarded-email"),
    ("Groups", "x-forwarded-groups"),
)


def render(target: str, fields: Fields) -> str:
    """Return the page for a request: `target` as it came, `fields` with lower-case names."""
    values = dict(fields)
    name = next((values[key] for key in _NAMES if values.get(key)), "stranger")
    return PAGE.format(
        name=escape(name),
        path=escape(target),
        identity=_rows([(label, values.get(key, "")) for label, key in IDENTITY]),
        rows=_rows(fields),
    )


_NAMES = ("x-forwarded-preferred-username", "x-forwarded-email", "x-forwarded-user")


def _rows(fields: Fields) -> str:
    return "".join(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in fields)
