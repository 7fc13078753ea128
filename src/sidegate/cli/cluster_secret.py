"""A Secret of the Kubernetes cluster that the program runs in, read and changed by its API.

Rule 1: one Secret and one key of it; get and patch on that name are all the rights it takes.
Rule 2: what somebody else changed in between is never overwritten.
"""

import base64
import binascii
import http.client
import json
import os
import ssl
from pathlib import Path
from typing import Any, Final

ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_TIMEOUT: Final = 30.0
_REMEDIES: Final = {
    401: "The token of the service account is not accepted.",
    403: "The service account needs get and patch on this Secret.",
    404: "Is it in this namespace, and is that its name?",
    409: "Somebody else changed it in the meantime, and nothing was written. Run it again.",
}


class CannotReach(Exception):
    """The Secret cannot be read or changed; `what` is wrong, and `remedy` may mend it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class ClusterSecret:
    """One key of a Secret in the namespace of the pod. `account`: where its token is mounted."""

    def __init__(self, name: str, key: str, account: Path = ACCOUNT) -> None:
        self._key = key
        self._account = account
        namespace = self._mounted("namespace").strip()
        self._path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
        self._version = ""

    def read(self) -> bytes:
        """Return the value. Raises CannotReach."""
        found = self._ask("GET")
        self._version = found["metadata"]["resourceVersion"]
        try:
            return base64.b64decode(found.get("data", {})[self._key], validate=True)
        except (KeyError, binascii.Error):
            raise CannotReach(
                f"the Secret has no key {self._key}", "Name the key with --key."
            ) from None

    def write(self, content: bytes) -> None:
        """Put another value in the place of the one that was read. Raises CannotReach."""
        self._ask(
            "PATCH",
            {
                "metadata": {"resourceVersion": self._version},
                "data": {self._key: base64.b64encode(content).decode()},
            },
        )

    def _ask(self, method: str, body: dict[str, Any] | None = None) -> Any:
        fields = {"Authorization": f"Bearer {self._mounted('token').strip()}"}
        if body is not None:
            fields["Content-Type"] = "application/merge-patch+json"
        connection = self._connection()
        try:
            connection.request(method, self._path, json.dumps(body) if body else None, fields)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise CannotReach(f"the API server does not answer: {error}", _OUTSIDE) from None
        finally:
            connection.close()
        if answer.status != 200:
            what = f"{method} {self._path} gave {answer.status}"
            raise CannotReach(what, _REMEDIES.get(answer.status, "Look at the API server."))
        return json.loads(text)

    def _connection(self) -> http.client.HTTPSConnection:
        try:
            host, port = (os.environ[f"KUBERNETES_SERVICE_{what}"] for what in ("HOST", "PORT"))
        except KeyError:
            raise CannotReach("this is no pod of a cluster", _OUTSIDE) from None
        trust = ssl.create_default_context(cadata=self._mounted("ca.crt"))
        return http.client.HTTPSConnection(host, int(port), context=trust, timeout=_TIMEOUT)

    def _mounted(self, name: str) -> str:
        try:
            return (self._account / name).read_text(encoding="ascii")
        except OSError:
            raise CannotReach(f"{self._account / name} is not there", _OUTSIDE) from None


_OUTSIDE: Final = "It has to run in a pod with the token of its service account mounted."
