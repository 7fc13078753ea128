"""A GitLab by script: OpenID Connect, and the API for projects as its documentation says.

`levels` is what whoever asks may do in each project, as `project_access`; `queued` are the next
answers of the API.
"""

from typing import Any
from urllib.parse import unquote

from tests.conformance.provider.answers import Canned
from tests.conformance.provider.listening import Call, Clock
from tests.conformance.provider.server import Provider

API = "api/v4/projects/"


class GitLab(Provider):
    """Listens on loopback; what a test changes is plain data. A project not in `levels` is 404."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock=clock)
        self.levels: dict[str, int] = {}
        self.archived: set[str] = set()
        self.queued: list[Canned] = []

    def answer(self, call: Call) -> Canned:
        """Return what this call gets."""
        if not call.endpoint.startswith(API):
            return super().answer(call)
        if self.queued:
            return self.queued.pop(0)
        scheme, _, token = call.fields.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self._tokens:
            return Canned.json({"message": "401 Unauthorized"}, 401)
        return self._project(unquote(call.endpoint.removeprefix(API)))

    def asked(self) -> list[str]:
        """Return the projects that were asked for, in order."""
        found = (call.endpoint for call in self.calls)
        return [unquote(one.removeprefix(API)) for one in found if one.startswith(API)]

    def _project(self, path: str) -> Canned:
        if path not in self.levels:
            return Canned.json({"message": "404 Project Not Found"}, 404)
        access: dict[str, Any] = {"access_level": self.levels[path], "notification_level": 3}
        return Canned.json(
            {
                "id": 3,
                "path_with_namespace": path,
                "archived": path in self.archived,
                "permissions": {"project_access": access, "group_access": None},
            }
        )
