"""Rows about a gate with two providers, whose answers must not be taken for each other's.

`A` and `B` of a row are the ids `a` and `b`. An answer arrives where its provider sends people back
to: each knows one callback only, its own.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.conformance.attacks import CALLBACK, Play, Step, Tab
from tests.conformance.gates import honest_flags, start
from tests.conformance.provider import Provider
from tests.conformance.world import World

OF_ONE = ("--provider", "--oidc-issuer-url", "--client-id", "--client-secret-file")


class TwoProviders(Play):
    """A row while it is played. `idp` is the provider A."""

    other: Provider
    last: str = "A"

    def op_start(self, step: Step) -> None:
        """Begin at the provider that the step names."""
        jar, name = step["jar"], step.get("provider", "A")
        target = f"/oauth2/start/{name.lower()}?{urlencode({'rd': step['path']})}"
        location = self._keep(self.jar(jar).get(target)).get("location")
        assert location.startswith(self._provider(name).issuer), location
        self.tabs[jar, step.get("tab")] = Tab(step["path"], location)
        self.names["state"] = dict(parse_qsl(urlsplit(location).query))["state"]

    def op_idp_login(self, step: Step) -> None:
        """Sign in at a provider with the request of this sign-in, whoever it was meant for."""
        self.last = step.get("provider", "A")
        provider, tab = self._provider(self.last), self.tabs[step["jar"], step.get("tab")]
        asked = dict(parse_qsl(urlsplit(tab.location).query))
        asked["client_id"] = provider.client_id
        asked["redirect_uri"] = asked["redirect_uri"].rpartition("/")[0] + f"/{self.last.lower()}"
        back = provider.authorize(f"{provider.issuer}/authorize?{urlencode(asked)}", step["user"])
        self.names["code"] = self.names[f"{self.last}.code"] = back["code"]

    def op_callback(self, step: Step) -> None:
        """Come back from the provider where somebody signed in."""
        pairs = [(name, self.expand(value)) for name, value in step["params"].items()]
        tab, before = self.tabs[step["jar"], step.get("tab")], self.token_calls()
        target = f"{CALLBACK}/{self.last.lower()}?{urlencode(pairs)}"
        answer = self._keep(self.jar(step["jar"]).get(target, cross_site=True))
        self.ends.append((tab, answer, self.token_calls() - before))

    def token_calls(self) -> int:
        """Return how often a token endpoint was asked, of whichever provider."""
        return self.idp.count("token") + self.other.count("token")

    def _provider(self, name: str) -> Provider:
        return self.other if name == "B" else self.idp


def play_two(
    row: dict[str, Any],
    world: World,
    flags: tuple[str, ...],
    check: Callable[[Play, dict[str, Any]], None],
) -> None:
    """Play a row on a gate of its own. Raises AssertionError for what is not as recorded."""
    first, second = world.provider(client_id="app-a"), world.provider(client_id="app-b")
    first.forget()
    second.forget()
    tables = "".join(_table(*one) for one in (("a", first), ("b", second)))
    (world.folder / "two.toml").write_text(tables)
    honest = honest_flags(first, world.upstream, world.folder)
    used = [flag for flag in honest if flag.partition("=")[0] not in OF_ONE]
    gate = start(world.nursery, world.folder, [*used, f"--config={world.folder}/two.toml", *flags])
    try:
        gate.said_until("was discovered: people can sign in (a)")
        gate.said_until("was discovered: people can sign in (b)")
        act = TwoProviders(world, flags, gate, first, second, second)
        act.other = second
        for step in row["requests"]:
            act.play(step)
        check(act, row["expect"])
    finally:
        gate.end()


def _table(name: str, idp: Provider) -> str:
    return (
        f'[[providers]]\nid = "{name}"\noidc_issuer_url = "{idp.issuer}"\n'
        f'client_id = "{idp.client_id}"\nclient_secret = "{idp.client_secret}"\n'
    )
