"""What banks tell of lockboxes, in either syntax: files of BAI, and the 823 of X12."""

from __future__ import annotations

from acquit.core.codecs import lockbox
from acquit.core.codecs.lockbox import Deposit
from acquit.core.codecs.x12 import lockbox823
from acquit.core.faults import Fault


def sniff(data: bytes) -> bool:
    """Whether the first bytes look like one of them."""
    return lockbox.sniff(data) or lockbox823.sniff(data)


def read(data: bytes, *, said: str = "") -> tuple[tuple[Deposit, ...], tuple[Fault, ...]]:
    """The deposits of a file, or the faults that forbid to take any of them. ``said`` is the
    currency that somebody said of it, for a file that names none."""
    if lockbox823.sniff(data):
        return lockbox823.read(data, currency=said or lockbox823.DOLLAR)
    return lockbox.read(data)
