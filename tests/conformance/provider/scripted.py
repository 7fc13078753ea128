"""What scripted providers that are none of OpenID Connect alone have in common."""

from collections import defaultdict

from tests.conformance.provider.answers import Canned
from tests.conformance.provider.listening import Call, Clock, Listening


class Scripted(Listening):
    """A child says what its endpoints answer; `queue` goes before that."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.base = self.issuer
        self._queued: dict[str, list[Canned]] = defaultdict(list)
        self.begin()

    def queue(self, endpoint: str, *answers: Canned) -> None:
        """Let an endpoint give these answers before it is itself again."""
        self._queued[endpoint] += answers

    def asked(self) -> list[str]:
        """Return the endpoints that were asked, in order."""
        return [call.endpoint for call in self.calls]

    def answer(self, call: Call) -> Canned:
        """Return what this call gets, and name its endpoint."""
        path, _, query = call.target.partition("?")
        endpoint, found = self.route(path, call, query)
        object.__setattr__(call, "endpoint", endpoint)
        queued = self._queued[endpoint]
        return queued.pop(0) if queued else found

    def route(self, path: str, call: Call, query: str) -> tuple[str, Canned]:
        """Return the name of an endpoint, and what it answers."""
        raise NotImplementedError
