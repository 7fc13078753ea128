"""The ring of keys of a running gate: what a changed file means for it, and when."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from sidegate.config.key_material import parse_ring
from sidegate.config.settings import CookieSettings
from sidegate.core.ports import Clock
from sidegate.core.secret import Secret
from sidegate.net.watch import Take, Watched
from sidegate.session.keyring import KeyRing
from sidegate.session.rotation import Rotation

Later = Callable[[float, Callable[[], None]], object]
"""Calls a function after so many seconds (`loop.call_later`)."""


class Keys:
    """Holds the ring, and lets a new secret seal when its time has come.

    `sealing_since`: when the secret that seals came, in seconds since the epoch; at the start that
    is when its file was written, or, without one, now.
    `monotonic`: seconds that only go on; `wall`: of the epoch. `on_sealing` hears when another
    secret begins to seal, `learn` of secrets that no log may show.
    """

    def __init__(
        self,
        settings: CookieSettings,
        *,
        monotonic: Callable[[], float],
        wall: Clock,
        later: Later,
        on_sealing: Callable[[], None] = lambda: None,
        learn: Callable[[list[Secret[str] | Secret[bytes]]], None] = lambda _: None,
    ) -> None:
        self._learn = learn
        self._path = settings.cookie_secret_file
        self._monotonic = monotonic
        self._wall = wall
        self._later = later
        self._on_sealing = on_sealing
        secrets, grace = settings.cookie_secrets, settings.cookie_secret_grace
        self._rotation = Rotation(secrets, grace, monotonic())
        self._seals = self._rotation.seals(monotonic())
        self.ring = KeyRing(secrets, os.urandom)
        self.ring.change(secrets, self._seals)
        self._sealing = self._rotation.secrets[self._seals]
        self.sealing_since = _changed_at(self._path) or wall()
        self._wait()

    def watched(self) -> Watched | None:
        """Return the file to watch, None where the secret did not come from one."""
        return Watched("cookie_secret_file", (self._path,), self._read) if self._path else None

    def _read(self) -> Take:
        secrets = parse_ring(Path(self._path).read_bytes())
        return lambda: self._take(secrets)

    def _take(self, secrets: Sequence[Secret[bytes]]) -> str | None:
        before, now = self._rotation.secrets, self._monotonic()
        if not self._rotation.take(secrets, now):
            return None
        self._learn(list(secrets))
        self._change(now)
        new, gone = set(secrets) - set(before), set(before) - set(secrets)
        count = "1 secret" if len(secrets) == 1 else f"{len(secrets)} secrets"
        said = [f"{count}, {len(new)} new, {len(gone)} gone"]
        if not set(secrets) & set(before):
            said.append("no secret of before is left: whoever is signed in has to sign in again")
        pause = self._rotation.pause(now)
        if pause is not None:
            said.append(f"the first seals in {pause:.0f} s")
        return "; ".join(said)

    def _change(self, now: float) -> None:
        self._seals = self._rotation.seals(now)
        sealing = self._rotation.secrets[self._seals]
        if sealing != self._sealing:
            self._sealing, self.sealing_since = sealing, self._wall()
        self.ring.change(self._rotation.secrets, self._seals)
        self._wait()

    def _wait(self) -> None:
        pause = self._rotation.pause(self._monotonic())
        if pause is not None:
            self._later(pause, self._look)

    def _look(self) -> None:
        """Let the secret seal whose time has come; a timer may come a little early."""
        now = self._monotonic()
        if self._rotation.seals(now) == self._seals:
            self._wait()
            return
        self._change(now)
        self._on_sealing()


def _changed_at(path: str) -> float:
    """Return when a file was written, 0 when nobody can tell."""
    try:
        return Path(path).stat().st_mtime if path else 0.0
    except OSError:
        return 0.0
