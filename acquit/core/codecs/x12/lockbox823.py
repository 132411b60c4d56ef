"""The 823 Lockbox, releases 003010 to 005010: what a bank took in for a lockbox, as deposits.

Read only. A deposit (DEP) is one sum at the bank and holds batches (BAT) of payments (BPR, in old
releases BPS), each with the documents it pays (RMR). Amounts and counts of deposits and batches
are proven, and a set that does not agree with them, or that is cut off, is refused as a whole.
Element 673 of QTY: 41 counts batches, 42 cheques; other counts are not asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from acquit.core.codecs.amounts import DIGITS_MAX
from acquit.core.codecs.bankfile import ORIGINAL
from acquit.core.codecs.edi.segments import Segment, read_day, read_decimal
from acquit.core.codecs.lockbox import AGAIN, Cheque, Deposit, Item
from acquit.core.codecs.x12 import syntax
from acquit.core.codecs.x12.syntax import TransactionSet
from acquit.core.faults import Fault, Severity
from acquit.core.money import Money

KIND = "823"
DOLLAR = "USD"  # X12 practice where no CUR says otherwise
_HEAD = 4096
_SET = re.compile(rb"\bST([^A-Za-z0-9\s])823\1")
_CURRENCY = re.compile(r"[A-Z]{3}")
_BATCHES, _CHEQUES = "41", "42"
_PAYERS = ("PR", "RM", "BY")  # payer, remitter, buyer
_CHEQUE_NUMBER = "CK"
_PAYMENTS = ("BPR", "BPS")
_ENDS = (*_PAYMENTS, "BAT", "DEP", "SE")
_DEBIT = "D"
_CUT = ("x12.no_trailer", "x12.count")  # something may be missing, and nobody knows what


def sniff(data: bytes) -> bool:
    """Whether an interchange of X12 begins with a lockbox."""
    return syntax.sniff(data) and _SET.search(data[:_HEAD]) is not None


def read(data: bytes, *, currency: str = DOLLAR) -> tuple[tuple[Deposit, ...], tuple[Fault, ...]]:
    """The deposits of an interchange, or the faults that forbid to take any of them. ``currency``
    is that of a set without CUR."""
    found = syntax.read(data=data)
    faults = _grave(found.faults)
    deposits: list[Deposit] = []
    for each in found.sets:
        if each.kind == KIND:
            more, wrong = read_deposits(each, currency=currency)
        else:
            message = f"the set {each.reference[:20]} is no lockbox (823) but {each.kind[:10]!r}"
            more, wrong = (), (Fault("lockbox.other", message, fix="send it in a file of its own"),)
        deposits += more
        faults += wrong
    return ((), tuple(faults)) if faults else (tuple(deposits), ())


def read_deposits(
    found: TransactionSet, *, currency: str = DOLLAR
) -> tuple[tuple[Deposit, ...], tuple[Fault, ...]]:
    """The deposits of one set, or what is wrong with it."""
    if faults := _grave(found.faults):
        return (), tuple(faults)
    reading = _Reading(found.segments, currency)
    try:
        for at in range(1, len(found.segments)):
            reading.take(at)
    except _Wrong as wrong:
        return (), (wrong.fault,)
    return tuple(reading.deposits), ()


def _grave(faults: Sequence[Fault]) -> list[Fault]:
    return [one for one in faults if one.code in _CUT or one.severity is Severity.FATAL]


class _Wrong(Exception):
    def __init__(self, code: str, message: str, segment: Segment, fix: str = ORIGINAL) -> None:
        place = f"segment {segment.number} {segment.tag} (at {segment.offset})"
        self.fault = Fault(f"lockbox.{code}", f"{place}: {message}", place, fix=fix)
        super().__init__(message)


class _Said:
    """The totals that a deposit or a batch states of itself, and what it holds."""

    def __init__(self, name: str, segment: Segment) -> None:
        self.name, self.segment = name, segment
        self.amount: tuple[Decimal, Segment] | None = None
        self.counts: dict[str, tuple[Decimal, Segment]] = {}
        self.batches = 0
        self.cheques: list[Cheque] = []


class _Reading:
    """One pass over the segments of a set. Each hangs under what was opened last."""

    def __init__(self, segments: Sequence[Segment], currency: str) -> None:
        self.segments = segments
        self.deposits: list[Deposit] = []
        self.unnamed: Counter[tuple[str, date]] = Counter()  # deposits without a number of the bank
        self.currency = currency
        self.deposit: _Said | None = None
        self.batch: _Said | None = None
        self.batch_number = ""
        self.cheque: Cheque | None = None
        self.has_items = False  # whether documents of the cheque have begun
        self.is_listed = False  # whether the last of them has an amount of its own

    def take(self, at: int) -> None:
        segment = self.segments[at]
        if segment.tag in _PAYMENTS:
            self._payment(at)
        elif segment.tag == "RMR":
            self._document(at)
        elif segment.tag == "ADX":
            self._adjustment(at)
        elif verb := _VERBS.get(segment.tag):
            verb(self, segment)

    def _open_deposit(self, segment: Segment) -> None:
        self._close_deposit(segment)
        day = read_day(segment.get(2))
        if day is None:
            raise _Wrong("date", f"{segment.get(2)[:20]!r} is no day of a deposit", segment)
        box, reference = segment.get(1), segment.get(4)
        self.deposit = _Said(f"deposit {reference or box}", segment)
        self.unnamed[box, day] += not reference
        if not reference and (place := self.unnamed[box, day]) > 1:
            reference = f"#{place}"  # or it would be taken for the one before
        self.deposits.append(Deposit(box, day, reference=reference, currency=self.currency))

    def _open_batch(self, segment: Segment) -> None:
        if self.deposit is None:
            raise _Wrong("outside", "a batch stands outside of a deposit", segment)
        self._close_batch(segment)
        self.batch_number = segment.get(3) or segment.get(1)
        self.batch = _Said(f"batch {self.batch_number}", segment)
        self.deposit.batches += 1

    def _currency(self, segment: Segment) -> None:
        """Above the deposits it is that of all of them, in a deposit its own; that of a payment is
        asked for where the payment begins."""
        said = segment.get(2)
        if said and not _CURRENCY.fullmatch(said):
            raise _Wrong("currency", f"{said[:20]!r} is no currency", segment)
        if self.deposit is None:
            self.currency = said or self.currency
        elif said and self.cheque is None:
            self._deposit_is_in(said, segment)

    def _amount(self, segment: Segment) -> None:
        said = self.batch or self.deposit
        if said and self.cheque is None and said.amount is None:
            said.amount = _decimal(segment, 2), segment

    def _count(self, segment: Segment) -> None:
        said = self.batch or self.deposit
        if said and self.cheque is None:
            said.counts[segment.get(1)] = _decimal(segment, 2), segment

    def _payment(self, at: int) -> None:
        segment = self.segments[at]
        if self.deposit is None:
            raise _Wrong("outside", "a payment stands outside of a deposit", segment)
        if segment.tag == "BPR" and segment.get(3) == _DEBIT:
            raise _Wrong("debit", "this payment went out", segment)
        self._agree(at)
        amount = self._minor(segment, 2)
        start, end = self._place(at)
        self.cheque = Cheque(self.batch_number, "", "", amount, start, end)
        self.has_items = False
        self.deposits[-1].cheques.append(self.cheque)
        self.deposit.cheques.append(self.cheque)
        if self.batch:
            self.batch.cheques.append(self.cheque)

    def _agree(self, at: int) -> None:
        """The currency of a payment stands behind it; a deposit, which is one sum, has one."""
        for place in range(at + 1, len(self.segments)):
            segment = self.segments[place]
            if segment.tag in _ENDS:
                return
            if segment.tag == "CUR" and _CURRENCY.fullmatch(segment.get(2)):
                self._deposit_is_in(segment.get(2), segment)

    def _deposit_is_in(self, currency: str, segment: Segment) -> None:
        deposit = self.deposits[-1]
        if deposit.cheques and deposit.currency != currency:
            raise _Wrong("currency", "the deposit is in several currencies", segment)
        deposit.currency = currency

    def _document(self, at: int) -> None:
        segment, cheque = self.segments[at], self.cheque
        if cheque is None:
            raise _Wrong("outside", "a document stands outside of a payment", segment)
        self.has_items = True
        document = segment.get(2)
        self.is_listed = segment.get(4) != ""
        if not self.is_listed:
            cheque.said.append(document)
            return
        discount = self._minor(segment, 6) if segment.get(6) else 0
        paid = self._minor(segment, 4)
        cheque.items.append(Item(document, paid, discount, "", *self._place(at)))

    def _adjustment(self, at: int) -> None:
        """Of a document it says why less is paid for it than it asks; of a payment it is a part."""
        segment, cheque = self.segments[at], self.cheque
        if cheque is None:
            return
        minor, reason = self._minor(segment, 1), segment.get(2)
        if not self.has_items:
            cheque.items.append(Item("", minor, 0, reason, *self._place(at)))
        elif self.is_listed:
            last = cheque.items[-1]
            cheque.items[-1] = last._replace(
                deducted_minor=last.deducted_minor - minor, reason=last.reason or reason
            )

    def _name(self, segment: Segment) -> None:
        if self.cheque and not self.cheque.payer and segment.get(1) in _PAYERS:
            self.cheque.payer = " ".join(segment.get(2).split())

    def _trace(self, segment: Segment) -> None:
        if self.cheque and not self.cheque.number:
            self.cheque.number = segment.get(2).lstrip("0")

    def _reference(self, segment: Segment) -> None:
        if self.cheque and not self.has_items and segment.get(1) == _CHEQUE_NUMBER:
            self.cheque.number = segment.get(2).lstrip("0")

    def _close_batch(self, _segment: Segment) -> None:
        if self.batch:
            self._prove(self.batch)
        self.batch = self.cheque = None

    def _close_deposit(self, segment: Segment) -> None:
        self._close_batch(segment)
        if self.deposit is None:
            return
        if self.deposit.amount is None:
            message = f"{self.deposit.name} has no amount (AMT), so nothing proves it whole"
            raise _Wrong("missing", message, self.deposit.segment)
        self._prove(self.deposit)
        self._hold(self.deposit)
        self.deposit, self.batch_number = None, ""

    def _hold(self, said: _Said) -> None:
        """Whatever is made of these figures, a column must hold it."""
        total = sum(
            abs(one.amount_minor) + sum(abs(item.paid_minor) for item in one.items)
            for one in said.cheques
        )
        if total >= 10**DIGITS_MAX:
            message = f"{said.name} has figures of more than {DIGITS_MAX} digits together"
            raise _Wrong("amount", message, said.segment)

    def _prove(self, said: _Said) -> None:
        found = Money(sum(one.amount_minor for one in said.cheques), self.deposits[-1].currency)
        if said.amount and said.amount[0] != found.decimal:
            message = f"{said.name} says {said.amount[0]}, its payments are {found.decimal}"
            raise _Wrong("control_total", message, said.amount[1], AGAIN)
        counted = {_CHEQUES: len(said.cheques)}
        if said is self.deposit:
            counted[_BATCHES] = said.batches
        for code, count in counted.items():
            if code in said.counts and said.counts[code][0] != count:
                noun = "batches" if code == _BATCHES else "cheques"
                message = f"{said.name} says {said.counts[code][0]} {noun}, there are {count}"
                raise _Wrong("control_total", message, said.counts[code][1], AGAIN)

    def _minor(self, segment: Segment, element: int) -> int:
        try:
            return Money.of(_decimal(segment, element), self.deposits[-1].currency).minor
        except ValueError as bad:
            raise _Wrong("amount", str(bad), segment) from None

    def _place(self, at: int) -> tuple[int, int]:
        """A set ends with SE, so that one more segment follows."""
        return self.segments[at].offset, self.segments[at + 1].offset


def _decimal(segment: Segment, element: int) -> Decimal:
    text = segment.get(element)
    value = read_decimal(text)
    if value is None:
        raise _Wrong("amount", f"{text[:20]!r} is no amount", segment)
    return value


_VERBS = {
    "DEP": _Reading._open_deposit,
    "BAT": _Reading._open_batch,
    "CUR": _Reading._currency,
    "AMT": _Reading._amount,
    "QTY": _Reading._count,
    "N1": _Reading._name,
    "TRN": _Reading._trace,
    "REF": _Reading._reference,
    "SE": _Reading._close_deposit,
}
