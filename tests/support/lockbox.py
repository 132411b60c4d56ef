"""Lockbox files as banks write them: records of 80 characters."""

from __future__ import annotations

from collections.abc import Sequence

# Amount in minor units, what follows the cheque's number, and its documents with their amounts;
# an amount of nothing is not written. A deduction and its reason follow a document after a slash.
Cheque = tuple[int, str, Sequence[tuple[str, int]]]
HEADS = [
    "100012345678909876543212606301200",
    "2AUDIT GMBH0123456789000000000040008008002",
]
TWO_CHEQUES: list[Cheque] = [
    (26_061, "", [("RE-23", 13_923), ("RE-24/0000000500053", 12_138)]),
    (14_280, "062926ATELIER LUMIERE", [("RE-25", 0)]),
]
_DAY = "260630"
_BOX = "0012345"


def records(cheques: Sequence[Cheque], *, batch: str = "001") -> list[str]:
    """The records of a file with one batch, with totals that are right."""
    lines = [*HEADS, f"5{batch}000{_BOX}{_DAY}AUDIT GMBH"]
    for at, (amount, tail, documents) in enumerate(cheques, 1):
        number = f"{770 + at:010d}"
        lines.append(f"6{batch}{at:03d}{amount:010d}1210002480001234567{number}{tail}")
        for seq, (named, paid) in enumerate(documents, 1):
            document, _, deducted = named.partition("/")
            last = 9 if seq == len(documents) else 0
            said = f"{document:16}{paid:010d}{deducted or '0' * 10}" if paid else document
            lines.append(f"4{batch}{at:03d}6{seq:02d}{last}{said}")
    count, total = len(cheques), sum(amount for amount, _tail, _documents in cheques)
    lines.append(f"7{batch}000{_BOX}{_DAY}{count:03d}{total:010d}")
    lines.append(f"8{batch}000{_BOX}{_DAY}{count:04d}{total:010d}")
    return [*lines, f"9{len(lines) + 1:06d}"]


def joined(lines: Sequence[str], *, end: bytes = b"\n") -> bytes:
    return b"".join(line.ljust(80).encode() + end for line in lines)
