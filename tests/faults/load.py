"""People who keep asking, at a steady rate, and what they got."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.conformance.browser import Browser


@dataclass
class Load:
    """What came of a load. `answers`: statuses, and names of errors; `times`: seconds each."""

    answers: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many requests were answered or failed."""
        return sum(self.answers.values())

    @property
    def failed(self) -> int:
        """How many were not answered with 200."""
        return self.count - self.answers["200"]

    def slowest(self, share: float = 0.99) -> float:
        """Return the time in milliseconds within which this share was answered."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} x {kind}" for kind, count in self.answers.most_common())
        return f"{kinds}; p99 {self.slowest():.0f} ms"


@contextmanager
def asking(
    browsers: list[Browser],
    rate: float,
    *,
    path: str = "/x",
    keeps: int = 10,
    ask: Callable[[Browser], int] | None = None,
) -> Iterator[Load]:
    """Let browsers ask together `rate` times a second while the block runs.

    Each is a person: one request at a time, cookies of the answers are kept. After `keeps`
    requests on a connection it makes a new one, so that a balancer may choose anew.
    """
    load, over = Load(), threading.Event()
    pause = len(browsers) / rate

    def one(browser: Browser) -> int:
        return browser.get(path).status

    def live(browser: Browser, delay: float) -> None:
        due, asked = time.monotonic() + delay, 0
        while not over.wait(max(0.0, due - time.monotonic())):
            due += pause
            began = time.monotonic()
            try:
                kind = str((ask or one)(browser))
            except (OSError, EOFError) as error:
                kind = type(error).__name__
            load.times.append(time.monotonic() - began)
            load.answers[kind] += 1
            browser.answers.clear()
            asked += 1
            if asked % keeps == 0:
                browser.close()

    threads = [
        threading.Thread(target=live, args=(browser, pause * place / len(browsers)))
        for place, browser in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        over.set()
        for thread in threads:
            thread.join()
