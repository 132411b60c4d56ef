"""Bank statements in SWIFT MT940 (end of day) and MT942 (during the day).

Field 86 is free text to SWIFT and a structure of its own to each bank: ``narrative`` holds the
dialects. Read with a line machine that keeps the place of every entry; ``write`` gives the plain
German dialect.
"""

from acquit.core.codecs.mt940.reader import read, read_all, sniff
from acquit.core.codecs.mt940.writer import LOSES, write

NAME = "mt940"

__all__ = ["LOSES", "NAME", "read", "read_all", "sniff", "write"]
