"""The canonical bank statement: what a bank says happened on one account.

Amounts are whole minor units, positive for money that came in (credit) and negative for money
that went out (debit), as seen by the owner of the account. Dates are the bank's own local dates.
Sources: ISO 20022 camt.052/053/054, SWIFT MT940/942; other formats fill what they know.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from acquit.core.faults import Fault
from acquit.core.money import Money


class StatementKind(StrEnum):
    STATEMENT = "statement"  # end of day, with balances (camt.053, MT940)
    REPORT = "report"  # during the day (camt.052, MT942)
    NOTIFICATION = "notification"  # single movements, no balance (camt.054)


class LineStatus(StrEnum):
    BOOKED = "booked"
    PENDING = "pending"  # expected by the bank; not money yet
    INFORMATION = "information"  # told for information only; never booked


@dataclass(frozen=True, slots=True)
class BankLine:
    """One movement on the account: an entry, or one detail of a batch entry.

    ``position`` counts the lines of the statement from 1; ``entry_number`` counts the bank's
    entries from 1, so lines split out of one batch share it. The other side of the movement is
    the *payer* of a credit and the payee of a debit; both stand in ``payer_*``, and a reversal
    names the party of the movement that is reversed. ``byte_start`` (inclusive) and ``byte_end``
    (exclusive) are the place of the entry in the file that was read.
    """

    position: int
    entry_number: int
    booking_date: date
    value_date: date | None
    amount_minor: int
    currency: str
    status: LineStatus = LineStatus.BOOKED
    payer_name: str = ""
    payer_iban: str = ""
    ultimate_payer_name: str = ""
    end_to_end_id: str = ""
    mandate_id: str = ""
    remittance: str = ""  # unstructured text; the bank's pieces are kept as lines
    structured_references: tuple[str, ...] = ()  # creditor references, ISO 11649 or national
    document_references: tuple[str, ...] = ()  # document numbers the payer names in a field
    bank_reference: str = ""  # the account servicer's own reference
    transaction_code: str = ""  # "PMNT/RCDT/ESCT", or the bank's proprietary code
    purpose: str = ""
    additional_text: str = ""
    is_reversal: bool = False
    return_reason: str = ""  # such as AC04, for returned payments and direct debits
    charges_minor: int = 0  # charges the bank took, in the line's currency
    original_minor: int | None = None  # the amount as instructed, in another currency
    original_currency: str = ""
    exchange_rate: Decimal | None = None
    byte_start: int = 0
    byte_end: int = 0

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class BankStatement:
    """One statement (or report, or notification) of one account.

    ``account_iban`` is empty where the bank names the account otherwise; then
    ``account_other`` holds its identifier. Balances are signed minor units of ``currency``,
    None where the bank gave none.
    """

    kind: StatementKind
    account_iban: str
    currency: str
    reference: str
    lines: tuple[BankLine, ...] = ()
    account_other: str = ""
    sequence: str = ""
    page: str = ""
    from_date: date | None = None
    to_date: date | None = None
    opening_minor: int | None = None
    closing_minor: int | None = None

    @property
    def account(self) -> str:
        return self.account_iban or self.account_other


def content_key(line: BankLine) -> str:
    """A fingerprint of the movement itself: 32 hex digits, equal in every file that carries it.

    It covers the booking date, signed amount, currency, status, reversal flag, bank reference,
    end-to-end id, other side, references and text, with white space and case taken out, because
    banks wrap and capitalise the same text differently from export to export. It leaves out the
    position, the value date (banks correct it) and everything about the file. The status is in
    it so that a pending movement can never make its own booking look like a duplicate.
    """
    parts = (
        line.booking_date.isoformat(),
        str(line.amount_minor),
        line.currency,
        line.status.value,
        "R" if line.is_reversal else "",
        _squeezed(line.bank_reference),
        _squeezed(line.end_to_end_id),
        _squeezed(line.payer_iban),
        _squeezed(line.payer_name),
        "\x1e".join(_squeezed(text) for text in line.structured_references),
        _squeezed(line.remittance),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def occurrences(lines: Iterable[BankLine]) -> list[tuple[str, int]]:
    """The counted key of each line: its content key and which equal line of the file it is, from 1.

    Counted de-duplication. Neither the bank's references nor the content alone can say whether
    a movement is already known: references are missing, repeated inside a file and used again
    next year, and two customers may truly pay the same amount with the same text on one day.
    Counting can say it. A file that covers a period carries *all* movements of that period, so
    a movement that truly happened twice is in the file twice, as occurrence 1 and 2. When the
    pair (key, occurrence) is unique per account in the database, importing an overlapping file
    adds nothing, and a file that knows of one more equal movement adds exactly that one:

        Monday's file       A1          -> stored: A1
        the week's file     A1 A2 B1    -> A1 is known; A2 and B1 are new

    Give all lines of *one account* in *one file* together (also when the file cuts the account
    into several statements or pages), booked lines only, and scope the uniqueness by account.
    """
    seen: Counter[str] = Counter()
    counted = []
    for line in lines:
        key = content_key(line)
        seen[key] += 1
        counted.append((key, seen[key]))
    return counted


def booked_minor(lines: Iterable[BankLine]) -> int:
    """The signed sum of the booked lines in minor units."""
    return sum(line.amount_minor for line in lines if line.status is LineStatus.BOOKED)


def check_totals(statement: BankStatement) -> tuple[Fault, ...]:
    """The control of a statement: opening balance + booked lines = closing balance.

    A statement that misses a balance cannot be proven and is faulted too; reports and
    notifications are only checked when they carry both balances.
    """
    faults = foreign_lines(statement.lines, currency=statement.currency)
    return faults + check_sum(statement, sum_minor=booked_minor(statement.lines))


def check_sum(statement: BankStatement, *, sum_minor: int) -> tuple[Fault, ...]:
    """The same control where the lines were handed on in chunks and only their sum is known."""
    where = f"statement {statement.reference}"
    if statement.opening_minor is None or statement.closing_minor is None:
        if statement.kind is not StatementKind.STATEMENT:
            return ()
        missing = "opening" if statement.opening_minor is None else "closing"
        fix = "ask the bank for the statement with balances, or confirm the lines by hand"
        message = f"{where} has no {missing} balance, so its lines cannot be proven complete"
        return (Fault("bank.balance_missing", message, path=missing, fix=fix),)
    expected = statement.opening_minor + sum_minor
    if expected == statement.closing_minor:
        return ()
    show = [
        str(Money(minor, statement.currency))
        for minor in (
            statement.opening_minor,
            sum_minor,
            expected,
            statement.closing_minor,
            statement.closing_minor - expected,
        )
    ]
    message = (
        f"{where}: opening {show[0]} + booked lines {show[1]} = {show[2]}, but the closing "
        f"balance is {show[3]} (difference {show[4]})"
    )
    fix = "a line is missing, doubled or wrong: fetch the file from the bank again"
    return (Fault("bank.totals_differ", message, path="closing", fix=fix),)


def foreign_lines(lines: Sequence[BankLine], *, currency: str) -> tuple[Fault, ...]:
    """A fault for every booked line that is not in the currency of its account."""
    return tuple(
        Fault(
            "bank.line_currency",
            f"entry {line.entry_number} is in {line.currency}, the account is in {currency}",
            path=f"entry[{line.entry_number}]",
            fix="entries must be in the account's currency; ask the bank",
        )
        for line in lines
        if line.currency != currency and line.status is LineStatus.BOOKED
    )


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()
