"""Deadlines strike when they have passed, for those that are watched and nobody else."""

from sidegate.net.sweeper import INTERVAL, NEVER, Sweeper


class Item:
    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.expired = 0

    def expire(self) -> None:
        self.expired += 1
        self.deadline = NEVER


def test_only_what_is_overdue_expires_and_only_once() -> None:
    sweeper = Sweeper(lambda: 100.0, [].append)
    items = [Item(99.0), Item(100.0), Item(100.1), Item(NEVER)]
    for item in items:
        sweeper.watch(item)
    sweeper.sweep()
    sweeper.sweep()
    assert [item.expired for item in items] == [1, 1, 0, 0]


def test_what_was_forgotten_does_not_expire() -> None:
    sweeper = Sweeper(lambda: 100.0, [].append)
    item = Item(1.0)
    sweeper.watch(item)
    sweeper.forget(item)
    sweeper.forget(item)
    sweeper.sweep()
    assert item.expired == 0


def test_an_item_may_leave_while_it_expires() -> None:
    sweeper = Sweeper(lambda: 100.0, [].append)

    class Leaves(Item):
        def expire(self) -> None:
            super().expire()
            sweeper.forget(self)

    items = [Leaves(1.0), Leaves(1.0)]
    for item in items:
        sweeper.watch(item)
    sweeper.sweep()
    assert [item.expired for item in items] == [1, 1]


class Loop:
    """Keeps what was scheduled."""

    def __init__(self) -> None:
        self.scheduled: list[tuple[float, object]] = []
        self.cancelled = 0

    def call_later(self, delay: float, act: object, *args: object) -> "Loop":
        self.scheduled.append((delay, lambda: act(*args)))  # type: ignore[operator] # a fake
        return self

    def cancel(self) -> None:
        self.cancelled += 1


def test_it_looks_again_and_again_until_it_is_stopped() -> None:
    loop, sweeper = Loop(), Sweeper(lambda: 100.0, [].append)
    sweeper.start(loop)  # type: ignore[arg-type] # a fake loop
    for _ in range(3):
        delay, look = loop.scheduled.pop()
        assert delay == INTERVAL
        look()  # type: ignore[operator] # as above
    sweeper.stop()
    assert (len(loop.scheduled), loop.cancelled) == (1, 1)


class Breaks(Item):
    def expire(self) -> None:
        raise RuntimeError


def test_an_item_that_breaks_does_not_end_the_looking() -> None:
    reported: list[BaseException] = []
    loop, sweeper = Loop(), Sweeper(lambda: 100.0, reported.append)
    sweeper.watch(Breaks(1.0))
    sweeper.start(loop)  # type: ignore[arg-type] # a fake loop
    loop.scheduled.pop()[1]()  # type: ignore[operator] # as above
    assert len(loop.scheduled) == 1
    assert [type(error) for error in reported] == [RuntimeError]


def test_an_item_that_breaks_does_not_shield_the_others_and_is_not_asked_again() -> None:
    reported: list[BaseException] = []
    sweeper = Sweeper(lambda: 100.0, reported.append)
    broken, others = Breaks(1.0), [Item(1.0) for _ in range(20)]
    for item in (broken, *others):
        sweeper.watch(item)
    sweeper.sweep()
    sweeper.sweep()
    assert [item.expired for item in others] == [1] * 20
    assert len(reported) == 1


def test_stopping_before_the_start_is_nothing() -> None:
    Sweeper(lambda: 0.0, [].append).stop()
