"""Settling as a command does it, for tests of what no single command asks for."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from acquit.core.outcome import Outcome
from acquit.history import unit
from acquit.stages.receivables.commands import (
    NewAdjustment,
    NewAllocation,
    NewExchange,
    settle,
)
from tests.support.world import World


def settled(world: World, wishes: Sequence[NewAllocation | NewAdjustment | NewExchange]) -> Outcome:
    with transaction.atomic():
        opened = unit.begin(company_id=world.company_id, command="tests.settle")
        assert opened is not None
        try:
            outcome = settle(world.ctx(), wishes)
            unit.flush(opened)
        finally:
            unit.end()
    return outcome
