"""The verbs of matching: propose now or later, accept, reject, undo, confirm; settle, undo and
dismiss a return; assign a gap; switch a lesson; ask the customer, take his answer, withdraw a
question; put aside, take up."""

from acquit.stages.matching.commands.answer import CustomerAnswer, answer
from acquit.stages.matching.commands.aside import PutAside, TakeUp, put_aside, take_up
from acquit.stages.matching.commands.ask import (
    AskCustomer,
    QuestionNamed,
    ask,
    withdraw_question,
)
from acquit.stages.matching.commands.confirm import confirm
from acquit.stages.matching.commands.gaps import GapAssignment, assign_gap
from acquit.stages.matching.commands.judge import (
    ProposalChoice,
    accept,
    reject,
    undo,
)
from acquit.stages.matching.commands.lessons import LessonSwitch, switch_lesson
from acquit.stages.matching.commands.propose import MatchReceipt, propose
from acquit.stages.matching.commands.propose_later import propose_later
from acquit.stages.matching.commands.returns import (
    ReturnChoice,
    ReturnNamed,
    dismiss_return,
    settle_return,
    undo_return,
)

__all__ = [
    "AskCustomer",
    "CustomerAnswer",
    "GapAssignment",
    "LessonSwitch",
    "MatchReceipt",
    "ProposalChoice",
    "PutAside",
    "QuestionNamed",
    "ReturnChoice",
    "ReturnNamed",
    "TakeUp",
    "accept",
    "answer",
    "ask",
    "assign_gap",
    "confirm",
    "dismiss_return",
    "propose",
    "propose_later",
    "put_aside",
    "reject",
    "settle_return",
    "switch_lesson",
    "take_up",
    "undo",
    "undo_return",
    "withdraw_question",
]
