"""The verbs of receivables: allocate, undo, identify."""

from acquit.stages.receivables.commands.allocate import NewAllocation, allocate
from acquit.stages.receivables.commands.identify import Identification, identify
from acquit.stages.receivables.commands.undo import Undo, undo

__all__ = ["Identification", "NewAllocation", "Undo", "allocate", "identify", "undo"]
