"""The verbs of receivables: allocate, adjust, undo, identify; and what other stages settle by."""

from acquit.stages.receivables.commands.adjust import adjust, judge_adjustments, weigh_adjustments
from acquit.stages.receivables.commands.allocate import allocate
from acquit.stages.receivables.commands.bundle import declare_bundle
from acquit.stages.receivables.commands.identify import Identification, identify
from acquit.stages.receivables.commands.locking import lock_items
from acquit.stages.receivables.commands.settling import (
    NewAdjustment,
    NewAllocation,
    NewExchange,
    settle,
)
from acquit.stages.receivables.commands.undo import Undo, take_back, undo

__all__ = [
    "Identification",
    "NewAdjustment",
    "NewAllocation",
    "NewExchange",
    "Undo",
    "adjust",
    "allocate",
    "declare_bundle",
    "identify",
    "judge_adjustments",
    "lock_items",
    "settle",
    "take_back",
    "undo",
    "weigh_adjustments",
]
