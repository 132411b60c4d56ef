"""What is odd in the tables of ``acquit apply`` and yet used: told by file and row, as warnings.

Nothing is left out for it. A customer counts without what is wrong of him, and a line of money that
went out is answered with ``leave``.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterator, Sequence

from acquit.core.faults import Fault, Severity
from acquit.entrypoints.console.folding import spans
from acquit.stages.matching.rules.inputs import BankLine, Customer

# ISO 13616: letters count as 10 to 35 in the check digits (ISO 7064, MOD 97-10).
_DIGITS = str.maketrans({letter: str(ord(letter) - 55) for letter in string.ascii_uppercase})
_IBAN_MIN, _IBAN_MAX = 15, 34
_ROWS_MAX = 20  # pieces of rows that one warning names


def is_iban(text: str) -> bool:
    """The form of an IBAN and its check digits.

    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE88370400440532013000"), is_iban("DE8")
    (True, False, False)
    """
    plain = text.replace(" ", "").upper()
    if not (_IBAN_MIN <= len(plain) <= _IBAN_MAX and plain.isascii() and plain.isalnum()):
        return False
    if not (plain[:2].isalpha() and plain[2:4].isdigit()):
        return False
    return int((plain[4:] + plain[:4]).translate(_DIGITS)) % 97 == 1


def of_customers(name: str, customers: Sequence[Customer], rows: Sequence[int]) -> Iterator[Fault]:
    """Accounts that are no IBAN, parents that are no customers, and parents in a circle. ``rows``
    are those of the customers in the file of this name."""
    known = {one.id: one for one in customers}
    row_of = {one.id: row for one, row in zip(customers, rows, strict=True)}
    for one, row in zip(customers, rows, strict=True):
        for account in one.ibans:
            if not is_iban(account):
                yield Fault(
                    "apply.iban",
                    f"{name} row {row}: {account!r} is no IBAN, and tells no payer",
                    fix="put it right: its length, letters or check digits are wrong",
                    severity=Severity.WARNING,
                )
        if one.parent and one.parent not in known:
            yield Fault(
                "apply.parent",
                f"{name} row {row}: the parent {one.parent!r} is no customer of this file",
                fix="add a row for the parent, or leave the cell empty",
                severity=Severity.WARNING,
            )
    for circle in _circles(known):
        ids = " -> ".join(map(str, (*circle, circle[0])))
        yield Fault(
            "apply.circle",
            f"{name} row {row_of[circle[0]]}: the parents go round in a circle: {ids}",
            fix="leave the parent of the topmost one empty",
            severity=Severity.WARNING,
        )


def of_lines(name: str, lines: Sequence[BankLine], rows: Sequence[int]) -> Iterator[Fault]:
    """Lines that bring no money: they settle nothing."""
    found = [row for line, row in zip(lines, rows, strict=True) if line.amount <= 0]
    pieces = list(spans(found))
    for start in range(0, len(pieces), _ROWS_MAX):
        part = pieces[start : start + _ROWS_MAX]
        one = len(part) == 1 and part[0].isdigit()
        noun, verb, does = ("row", "brings", "settles") if one else ("rows", "bring", "settle")
        yield Fault(
            "apply.went_out",
            f"{name} {noun} {', '.join(part)}: {verb} no money, and so {does} nothing",
            fix="amounts that came in are above nothing; see to what went out by hand",
            severity=Severity.WARNING,
        )


def counted(faults: Sequence[Fault]) -> dict[str, int]:
    """How many warnings there are of each code, for the summary."""
    codes = Counter(fault.code for fault in faults if fault.severity is Severity.WARNING)
    return dict(sorted(codes.items()))


def _circles(known: dict[object, Customer]) -> Iterator[list[object]]:
    """Each circle of parents once, from the first one in the file."""
    done: set[object] = set()
    for start in known:
        way: list[object] = []
        at: object = start
        while at in known and at not in done:
            done.add(at)
            way.append(at)
            at = known[at].parent
        if at in way:
            yield way[way.index(at) :]
