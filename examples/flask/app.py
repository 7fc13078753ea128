"""A Flask application behind the gate: it believes the gate's headers, and decides by them."""

import os
from collections.abc import Callable
from functools import wraps

from flask import Flask, abort, request

app = Flask(__name__)
admins = frozenset(os.environ.get("ADMINS", "").split())


def is_admin(email: str) -> bool:
    """Look somebody up; yours may ask a database."""
    return email in admins


def require_admin(view: Callable[[], str]) -> Callable[[], str]:
    """Let administrators of example.com in, and nobody else."""

    @wraps(view)
    def decorated() -> str:
        email = request.headers.get("X-Auth-Request-Email")
        if not email or not email.endswith("@example.com"):
            abort(403)
        if not is_admin(email):
            abort(403)
        return view()

    return decorated


@app.get("/")
def home() -> str:
    """Greet whoever the gate let in."""
    user = request.headers.get("X-Auth-Request-User")
    if not user:  # the gate would not have let them in
        abort(403)
    return f"Hello {user}\n"


@app.get("/admin")
@require_admin
def admin_panel() -> str:
    """Serve what is for administrators."""
    return "Admin Panel\n"


@app.get("/health")
def health() -> str:
    """Answer probes."""
    return "ok\n"


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))
