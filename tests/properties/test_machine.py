"""Anything in any order, on the real database: after every step the company is what a model in
plain Python says, and the invariants hold.

Each part is one seed. ``ACQUIT_STEPS`` says how many steps all parts make together (10,000 unless
told; 200,000 for a night). With it the seeds are fresh ones, so that every night sees other lives.
"""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.rules import machine

PARTS = 4
RUN = 50  # steps of one company
LIVED = 0.9  # of them on average: some lives end early
STEPS = int(os.environ.get("ACQUIT_STEPS", "10000"))
# Shrinking over a real database takes long; the printed steps of a failure are a program as they
# are. ACQUIT_SHRINK=1 makes them few.
PHASES = [Phase.generate, *([Phase.shrink] if os.environ.get("ACQUIT_SHRINK") else [])]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", range(PARTS))
def test_any_life_of_a_company(part: int, record_property: Callable[[str, object], None]) -> None:
    start = random.SystemRandom().randrange(2**32) if "ACQUIT_STEPS" in os.environ else 0
    kind, begun = machine(part)
    runs = max(1, math.ceil(STEPS / (PARTS * RUN * LIVED)))
    run_state_machine_as_test(
        seed(start + part)(kind),
        settings=settings(
            max_examples=runs,
            stateful_step_count=RUN,
            deadline=None,
            database=None,
            phases=PHASES,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    seconds = time.monotonic() - begun
    record_property("steps", kind.steps)
    print(f"{kind.steps} steps in {seconds:.0f} s, {kind.steps / seconds:.0f} a second")
    assert kind.steps >= runs * RUN // 2
