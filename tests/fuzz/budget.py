"""How much is tried: little and always the same in `make test`, much and at random in `make fuzz`.

`FUZZ_EXAMPLES` is the number of examples per target and makes the run a long one. Each example
of a failure is printed as the arguments of the test; put it above the test as an `@example`.
"""

import os
from collections import Counter

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES") or 0)
EXECUTIONS: Counter[str] = Counter()

_PHASES = (Phase.explicit, Phase.generate, Phase.target, Phase.shrink)


def fuzzed(bounded: int) -> settings:
    """Return the decorator of a target. `bounded`: examples in `make test`."""
    return settings(
        max_examples=EXAMPLES or bounded,
        derandomize=not EXAMPLES,
        deadline=None,  # the machine may be busy
        database=None,
        phases=_PHASES,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
