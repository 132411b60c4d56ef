"""Bank statements in ISO 20022: camt.053 (end of day), camt.052 (intraday), camt.054 (notice).

Reads versions .02 to .13 leniently and reports what it met; writes camt.053.001.08.
"""

from __future__ import annotations

from acquit.core.codecs.bankfile import (
    BankFile,
    Event,
    Limits,
    LinesRead,
    StatementClosed,
    StatementOpened,
)
from acquit.core.codecs.camt.reader import read, read_all, sniff
from acquit.core.codecs.camt.writer import LOSES, write

NAME = "camt"

__all__ = [
    "LOSES",
    "NAME",
    "BankFile",
    "Event",
    "Limits",
    "LinesRead",
    "StatementClosed",
    "StatementOpened",
    "read",
    "read_all",
    "sniff",
    "write",
]
