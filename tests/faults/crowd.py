"""Many requests of one session at the same moment, wherever its replicas are."""

import threading
from collections import Counter

from tests.conformance.browser import Browser
from tests.faults.stage import Stage

DUE = 1.0
"""Seconds of `--cookie-refresh` in these faults: after them a session has to be renewed."""


def wait_until_due(stage: Stage, asked_at: float, clock: float = DUE) -> None:
    """Return when a session that was renewed at `asked_at` (monotonic) has to be renewed again."""
    import time  # noqa: PLC0415 - the only clock here

    stage.until(lambda: time.monotonic() - asked_at > clock + 0.1, 30, "the renewal to be due")


def all_at_once(person: Browser, ports: list[int], path: str = "/x") -> Counter[str]:
    """Ask at each of these ports at the same moment, with the same cookies; count the answers.

    The cookies of the last answer that set some are kept, as in a browser.
    """
    start = threading.Barrier(len(ports))
    answers: Counter[str] = Counter()

    def ask(port: int) -> None:
        one = Browser(port)
        one.jar = person.jar.copy()
        start.wait()
        try:
            answer = one.get(path)
            answers[str(answer.status)] += 1
            if answer.all("set-cookie"):
                person.jar = one.jar
        except (OSError, EOFError) as error:
            answers[type(error).__name__] += 1
        finally:
            one.close()

    threads = [threading.Thread(target=ask, args=(port,)) for port in ports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
