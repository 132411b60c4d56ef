"""From the record of an entry to bank lines: sign, status, dates, batches, charges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from acquit.core.codecs.amounts import BadAmount, day_of, minor_of
from acquit.core.codecs.camt.machine import Entry, Record
from acquit.core.codecs.camt.told import told_of
from acquit.core.documents.bank import BankLine, LineStatus, StatementKind
from acquit.core.faults import Fault, Severity

_STATUS = {
    "BOOK": LineStatus.BOOKED,
    "PDNG": LineStatus.PENDING,
    "FUTR": LineStatus.PENDING,
    "INFO": LineStatus.INFORMATION,
}
_NO_DETAIL: Record = {}
_SENT = ("instructed", "transaction")
_PLAIN_WITHOUT = frozenset({"instructed", "transaction", "charges", "charges_total"})


class _Bad(Exception):
    """This entry cannot be read; becomes a fault with the entry's place."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(slots=True)
class LineBuilder:
    """Turns the entries of one statement into lines, numbering them, and notes the faults."""

    kind: StatementKind
    statement_number: int
    fallback_date: date | None
    note: Callable[[Fault], None]
    lines_count: int = 0
    _entry: Entry = field(init=False, repr=False)

    def lines(self, entry: Entry) -> list[BankLine]:
        """The lines of the entry: one, or one per detail of a batch that adds up.

        An entry that cannot be read gives no line and a fatal fault that names its place.
        """
        self._entry = entry
        try:
            return self._lines(entry)
        except _Bad as bad:
            self._note(bad.code, str(bad), Severity.FATAL)
        except BadAmount as bad:
            self._note("camt.amount", str(bad), Severity.FATAL)
        return []

    def _lines(self, entry: Entry) -> list[BankLine]:
        record = entry.record
        amount, currency = _amount(record)
        status = self._status(record)
        booked, value = self._dates(record)
        details: list[Record] = record.get("details", [])
        shares = [amount]
        parts = [details[0] if details else _NO_DETAIL]
        if len(details) > 1:
            split = self._split(details, amount=amount, currency=currency, record=record)
            if split is None:
                parts = [_merged(details)]
            else:
                shares, parts = split, details
        elif details and details[0].get("amount") != record["amount"]:
            self._compare_single(details[0], record, amount=amount, currency=currency)
        lines = []
        for index, (part, share) in enumerate(zip(parts, shares, strict=True)):
            self.lines_count += 1
            own = record if index == 0 else _NO_DETAIL
            lines.append(self._line(part, record, share, currency, status, booked, value, own))
        return lines

    def _line(
        self,
        part: Record,
        record: Record,
        amount: int,
        currency: str,
        status: LineStatus,
        booked: date,
        value: date | None,
        own: Record,
    ) -> BankLine:
        """One line; ``own`` is the entry's record for its first line, which takes its charges."""
        get = part.get
        reversal = record.get("reversal") in ("true", "1")
        side = "dbtr" if (amount > 0) != reversal else "cdtr"
        original, original_currency, charges = None, "", 0
        # Most lines have neither another currency nor charges: look before working.
        if not _PLAIN_WITHOUT.isdisjoint(part) or not _PLAIN_WITHOUT.isdisjoint(own):
            original, original_currency = self._original(part, own, currency)
            charges = self._charges(part, own, currency)
            if amount > 0 and len(record.get("details", ())) <= 1:
                charges = self._kept_before(part, own, amount, currency) or charges
        elif "amount" in part and part["amount"][1] != currency:
            original, original_currency = self._original(part, own, currency)
        rate = get("rate") or own.get("rate")
        text = get("text")
        # In the order of the fields: names would cost as much as the rest of the line.
        return BankLine(
            self.lines_count,
            self._entry.number,
            booked,
            value,
            amount,
            currency,
            status,
            get(side + "_name", ""),
            get(side + "_iban", "").replace(" ", ""),
            get(side + "_ultimate", ""),
            get("end_to_end", ""),
            get("mandate", ""),
            "\n".join(text) if text else "",
            tuple(get("references", ())),
            tuple(get("documents", ())),
            get("bank_reference") or record.get("bank_reference", ""),
            _code(part) or _code(record),
            get("purpose", ""),
            get("additional") or record.get("additional", ""),
            reversal,
            get("return_reason", ""),
            charges,
            original,
            original_currency,
            self._rate(rate) if rate else None,
            self._entry.byte_start,
            self._entry.byte_end,
            told_of(part["told"], currency) if "told" in part else (),
        )

    def _status(self, record: Record) -> LineStatus:
        text = record.get("status", "")
        if text in _STATUS:
            return _STATUS[text]
        if text:
            raise _Bad("camt.status", f"the entry status {text!r} is unknown")
        self._note("camt.status_missing", "the entry has no status; taken as booked")
        return LineStatus.BOOKED

    def _dates(self, record: Record) -> tuple[date, date | None]:
        try:
            value = day_of(record["value"]) if "value" in record else None
            if "booked" in record:
                return day_of(record["booked"]), value
        except ValueError as bad:
            raise _Bad("camt.date", f"not a date of the calendar ({bad})") from None
        stand_in = value or self.fallback_date
        if stand_in is None:
            raise _Bad("camt.date_missing", "the entry has no booking date and no value date")
        self._note(
            "camt.booking_date_missing",
            f"the entry has no booking date; {stand_in.isoformat()} is taken instead",
        )
        return stand_in, value

    def _split(
        self, details: list[Record], *, amount: int, currency: str, record: Record
    ) -> list[int] | None:
        """The signed amount of each detail, or None (with a warning) if they do not add up."""
        shares = []
        for number, detail in enumerate(details, start=1):
            share = _detail_amount(detail, currency)
            if share is None:
                self._note(
                    "camt.batch_unsplit",
                    f"detail {number} of {len(details)} has no amount in {currency}; "
                    "the entry is kept whole",
                )
                return None
            sign = detail.get("sign") or record["sign"]
            shares.append(share if sign == "CRDT" else -share)
        if sum(shares) == amount:
            return shares
        self._note(
            "camt.batch_sum",
            f"the {len(details)} details sum to {sum(shares)} and the entry is {amount} "
            f"(minor units of {currency}); the entry is kept whole",
        )
        return None

    def _compare_single(
        self, detail: Record, record: Record, *, amount: int, currency: str
    ) -> None:
        share = _detail_amount(detail, currency)
        is_charged = "charges" in detail or "charges" in record
        if share is not None and share != abs(amount) and not is_charged:
            self._note(
                "camt.detail_amount",
                f"the only detail says {share} and the entry {abs(amount)} "
                f"(minor units of {currency}); the entry's amount is taken",
            )

    def _charges(self, part: Record, own: Record, currency: str) -> int:
        for record in (part, own):
            if "charges_total" in record:
                text, unit = record["charges_total"]
                if unit == currency:
                    return minor_of(text, unit)
            total = 0
            for charge in record.get("charges", ()):
                text, unit = charge["amount"]
                if unit != currency:
                    self._note("camt.charges_currency", f"charges in {unit} are not counted")
                    continue
                minor = minor_of(text, unit)
                total += -minor if charge.get("sign") == "CRDT" else minor
            if total:
                return total
        return 0

    def _kept_before(self, part: Record, own: Record, amount: int, currency: str) -> int:
        """What came in less than was sent, in the same currency: all charges of all banks. 0 where
        no more was sent than came."""
        sent = [
            minor_of(*record[key])
            for record, keys in ((part, (*_SENT, "amount")), (own, _SENT))
            for key in keys
            if key in record and record[key][1] == currency
        ]
        return max(sent, default=amount) - amount

    def _original(self, part: Record, own: Record, currency: str) -> tuple[int | None, str]:
        for record, key in (
            (part, "instructed"),
            (part, "amount"),
            (part, "transaction"),
            (own, "instructed"),
            (own, "transaction"),
        ):
            if key in record and record[key][1] not in ("", currency):
                text, unit = record[key]
                try:
                    return minor_of(text, unit), unit
                except BadAmount as bad:
                    self._note("camt.original_amount", f"original amount left out: {bad}")
        return None, ""

    def _rate(self, text: str) -> Decimal | None:
        try:
            rate = Decimal(text)
        except InvalidOperation:
            rate = Decimal(0)
        if rate.is_finite() and rate > 0:
            return rate
        self._note("camt.exchange_rate", f"exchange rate left out: {text[:40]!r}")
        return None

    def _note(self, code: str, message: str, severity: Severity = Severity.WARNING) -> None:
        entry = self._entry
        self.note(
            Fault(
                code,
                f"entry {entry.number} (bytes {entry.byte_start}-{entry.byte_end}): {message}",
                path=f"statement[{self.statement_number}].entry[{entry.number}]",
                fix="look at the entry in the file; ask the bank if it is wrong there",
                severity=severity,
            )
        )


def _amount(record: Record) -> tuple[int, str]:
    """The signed amount and currency of an entry or balance; _Bad or BadAmount otherwise."""
    if "amount" not in record:
        raise _Bad("camt.amount_missing", "there is no amount")
    text, currency = record["amount"]
    minor = minor_of(text, currency)
    sign = record.get("sign", "")
    if sign == "CRDT":
        return minor, currency
    if sign == "DBIT":
        return -minor, currency
    raise _Bad("camt.sign", f"CdtDbtInd must be CRDT or DBIT, not {sign!r}")


def signed_amount(record: Record) -> tuple[int, str] | str:
    """The signed amount and currency of a balance, or what is wrong with it."""
    try:
        return _amount(record)
    except (_Bad, BadAmount) as bad:
        return str(bad)


def _detail_amount(detail: Record, currency: str) -> int | None:
    """The unsigned amount of a detail in the entry's currency, from whichever field has it."""
    for key in ("amount", "transaction", "counter_value", "instructed"):
        if key in detail and detail[key][1] == currency:
            return minor_of(detail[key][0], currency)
    return None


def _code(record: Record) -> str:
    if "domain" in record:
        steps = (record["domain"], record.get("family", ""), record.get("subfamily", ""))
        return "/".join(step for step in steps if step)
    code: str = record.get("bank_code", "")
    return "" if code == "NTAV" else code  # "not available" says nothing


def _merged(details: list[Record]) -> Record:
    """What the details of an unsplit batch say, together: no reference of it is lost."""
    merged: Record = {}
    for key in ("text", "references", "documents", "told"):
        merged[key] = [one for detail in details for one in detail.get(key, ())]
    ids = [detail["end_to_end"] for detail in details if detail.get("end_to_end")]
    merged["text"] += [text for text in ids if text != "NOTPROVIDED" and len(set(ids)) > 1]
    for key, value in details[0].items():
        # One value for all details is the entry's value; differing ones are nobody's.
        if key not in merged and all(detail.get(key) == value for detail in details):
            merged[key] = value
    for key in ("amount", "transaction", "instructed", "counter_value", "charges", "rate"):
        merged.pop(key, None)
    return merged
