"""The verbs of matching: propose, accept, reject, undo; settle, undo and dismiss a return; assign a
gap; switch a lesson."""

from acquit.stages.matching.commands.gaps import GapAssignment, assign_gap
from acquit.stages.matching.commands.judge import (
    ProposalChoice,
    accept,
    reject,
    undo,
)
from acquit.stages.matching.commands.lessons import LessonSwitch, switch_lesson
from acquit.stages.matching.commands.propose import MatchReceipt, propose
from acquit.stages.matching.commands.returns import (
    ReturnChoice,
    ReturnNamed,
    dismiss_return,
    settle_return,
    undo_return,
)

__all__ = [
    "GapAssignment",
    "LessonSwitch",
    "MatchReceipt",
    "ProposalChoice",
    "ReturnChoice",
    "ReturnNamed",
    "accept",
    "assign_gap",
    "dismiss_return",
    "propose",
    "reject",
    "settle_return",
    "switch_lesson",
    "undo",
    "undo_return",
]
