"""The verbs of receipts: take in a statement, judge a parked one, record money by hand."""

from acquit.stages.receipts.commands.advice import AdviceFile, take_advice
from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
from acquit.stages.receipts.commands.judge import ParkedStatement, accept, discard
from acquit.stages.receipts.commands.record import NewReceipt, record

__all__ = [
    "AdviceFile",
    "NewReceipt",
    "ParkedStatement",
    "StatementFile",
    "accept",
    "discard",
    "import_statement",
    "record",
    "take_advice",
]
