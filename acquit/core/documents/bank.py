"""The canonical bank statement: what a bank says happened on one account.

Amounts are whole minor units, positive for money that came in (credit) and negative for money
that went out (debit), as seen by the owner of the account. Dates are the bank's own local dates.
Sources: ISO 20022 camt.052/053/054, SWIFT MT940/942; other formats fill what they know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import product
from typing import NamedTuple

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


class ToldDocument(NamedTuple):
    """What the payer says of one document, in minor units of the line's currency: what of the
    money is for it (less than nothing for a credit note), the discount he took, and what else he
    kept back of it with his reason, in words."""

    document: str
    paid_minor: int
    discount_minor: int = 0
    reason: str = ""


class BankLine(NamedTuple):
    """One movement on the account: an entry, or one detail of a batch entry.

    ``position`` counts the lines of the statement from 1; ``entry_number`` counts the bank's
    entries from 1, so lines split out of one batch share it. The other side of the movement is
    the *payer* of a credit and the payee of a debit; both stand in ``payer_*``, and a reversal
    names the party of the movement that is reversed. ``byte_start`` (inclusive) and ``byte_end``
    (exclusive) are the place of the entry in the file that was read.

    It is a tuple because a file has a hundred thousand of them: a frozen dataclass of 28 fields
    takes longer to make than the entry takes to read.
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
    charges_minor: int = 0  # that banks took, in the line's currency; of a credit also on the way
    original_minor: int | None = None  # the amount as instructed, in another currency
    original_currency: str = ""
    exchange_rate: Decimal | None = None
    byte_start: int = 0
    byte_end: int = 0
    told: tuple[ToldDocument, ...] = ()  # documents with what of the money is for each

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
    # The marks between the parts are no white space, so that all are squeezed at once.
    references = "\2".join(line.structured_references)
    text = (
        f"{line.booking_date}\1{line.amount_minor}\1{line.currency}\1{line.status}"
        f"\1{'R' if line.is_reversal else ''}\1{line.bank_reference}\1{line.end_to_end_id}"
        f"\1{line.payer_iban}\1{line.payer_name}\1{references}\1{line.remittance}"
    )
    return hashlib.sha256("".join(text.split()).casefold().encode()).hexdigest()[:32]


class Relation(StrEnum):
    """How movements of one booking day in a new file stand to those known before."""

    CONTINUES = "continues"  # the bank's balances join end to end: every movement is new
    REPEATS = "repeats"  # both cover the same time: counting tells what is new
    UNPROVEN = "unproven"  # the balances allow neither, or both


@dataclass(frozen=True, slots=True)
class BankDay:
    """One booking day of an account: the bank's balances before its first and after its last
    movement, and the signed sum of the movements, in minor units. The balances are None where
    the files do not prove them; only then, or where a part is missing, is the sum not their
    difference."""

    opening_minor: int | None
    closing_minor: int | None
    moved_minor: int


def relation(known: BankDay, piece: BankDay, *, added_minor: int) -> Relation:
    """Whether ``piece``, a file's share of a day, continues or repeats what is known of the day.

    ``added_minor`` is the sum of the movements that counting would call new. Two pieces of one
    day that follow each other meet at a balance; two that cover the same time begin, or end, at
    the same balance. A file carries all movements of its time, so a true twin is in it twice and
    counting finds it; the union must then sum to the balances around it. Keys carry the booking
    date, so only movements of one day can be in doubt:

        known             A1        0 -> 10
        same start        A1 A2     0 -> 20    repeats: A1 is known, A2 is new
        joins             A1       10 -> 20    continues: A1 is a true twin
        neither           A1       30 -> 40    unproven
    """
    if known.opening_minor is None or piece.opening_minor is None:
        return Relation.UNPROVEN
    meets = known.closing_minor == piece.opening_minor or known.opening_minor == piece.closing_minor
    repeats = _union(known, piece, added_minor=added_minor) is not None
    if meets == repeats:
        return Relation.UNPROVEN
    return Relation.CONTINUES if meets else Relation.REPEATS


def joined(
    known: BankDay | None, piece: BankDay, *, added_minor: int, relation: Relation
) -> BankDay:
    """What is known of the day once the new movements of ``piece`` are stored."""
    if known is None:
        return piece
    moved = known.moved_minor + added_minor
    if relation is Relation.CONTINUES and known.closing_minor == piece.opening_minor:
        return BankDay(known.opening_minor, piece.closing_minor, moved)
    if relation is Relation.CONTINUES and known.opening_minor == piece.closing_minor:
        return BankDay(piece.opening_minor, known.closing_minor, moved)
    around = _union(known, piece, added_minor=added_minor)
    if relation is Relation.REPEATS and around is not None:
        return around
    return BankDay(None, None, moved)


def _union(known: BankDay, piece: BankDay, *, added_minor: int) -> BankDay | None:
    """Both as one stretch of the account, when they share an end and the sum fits; else None."""
    starts, ends = {known.opening_minor}, {known.closing_minor}
    if known.opening_minor == piece.opening_minor:
        ends.add(piece.closing_minor)
    elif known.closing_minor == piece.closing_minor:
        starts.add(piece.opening_minor)
    else:
        return None
    moved = known.moved_minor + added_minor
    for start, end in product(starts, ends):
        if start is not None and end is not None and end - start == moved:
            return BankDay(start, end, moved)
    return None


def check_sum(statement: BankStatement, *, sum_minor: int) -> tuple[Fault, ...]:
    """The control of a statement: opening balance + booked lines = closing balance.

    A statement that misses a balance cannot be proven and is faulted too; reports and
    notifications are only checked when they carry both balances.
    """
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
