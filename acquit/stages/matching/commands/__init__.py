"""The verbs of matching: propose, accept, reject, undo."""

from acquit.stages.matching.commands.judge import (
    ProposalChoice,
    accept,
    reject,
    undo,
)
from acquit.stages.matching.commands.propose import MatchReceipt, propose

__all__ = ["MatchReceipt", "ProposalChoice", "accept", "propose", "reject", "undo"]
