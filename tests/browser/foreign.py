"""A foreign site on loopback: what its pages make a browser do to a gate."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ForeignSite:
    """Serves one page at `http://localhost:PORT`, another site than a gate at 127.0.0.1."""

    def __init__(self) -> None:
        self.page = ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                payload = site.page.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://localhost:{self._server.server_port}/"

    def posts(self, target: str) -> str:
        """Make the page a form that goes to `target`, and return the page's address."""
        self.page = (
            f'<form method="post" action="{target}"><input name="amount" value="1000">'
            '<button id="send">You won!</button></form>'
        )
        return self.url

    def shows(self, target: str) -> str:
        """Make the page an image and a link of `target`, and return the page's address."""
        self.page = f'<img src="{target}"><a id="link" href="{target}">kittens</a>'
        return self.url

    def end(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
