"""The verbs of receivables: allocate, undo."""

from acquit.stages.receivables.commands.allocate import NewAllocation, allocate
from acquit.stages.receivables.commands.undo import Undo, undo

__all__ = ["NewAllocation", "Undo", "allocate", "undo"]
