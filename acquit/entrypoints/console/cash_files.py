"""The plain files of ``acquit apply``: tables in, proposals out. Every fault names file and row.

Amounts are decimals in major units with a point, days ISO 8601, lists inside a cell are joined by
``;``. Columns that are not known are passed over; an optional one may be missing.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from acquit.core.codecs import banktable, statements, tabular
from acquit.core.documents.bank import BankLine as Entry
from acquit.core.documents.bank import LineStatus
from acquit.core.faults import Fault, Severity
from acquit.core.money import exponent
from acquit.entrypoints.console import cash_columns
from acquit.entrypoints.console.cash_columns import needed
from acquit.stages.matching.rules.inputs import (
    Advice,
    Answer,
    BankLine,
    Customer,
    OpenItem,
    PaidItem,
)
from acquit.stages.matching.rules.patterns import Told, texts_of

T = TypeVar("T")
K = TypeVar("K", OpenItem, BankLine, Customer)
_CURRENCY = re.compile(r"[A-Z]{3}")
KINDS = ("", "invoice", "credit", "debit")
PROPOSALS = ("line", "rank", "probability", "rivals", "action", "items", "residue", "reason")


class BadCell(ValueError):
    """A cell that cannot be used; says which column, what is wrong and how it should be."""


@dataclass(slots=True)
class Row:
    """A record with what its cells mean; a wrong one raises BadCell."""

    values: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.values.get(column, "").strip()

    def needed(self, column: str) -> str:
        found = self.text(column)
        if not found:
            raise BadCell(f"{column} is empty")
        return found

    def shared(self, column: str, *, is_needed: bool = False) -> str:
        """A text that many rows have: they share one, instead of a copy each."""
        return sys.intern(self.needed(column) if is_needed else self.text(column))

    def parts(self, column: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(column).split(";") if part.strip())

    def day(self, column: str, *, default: int | None = None) -> int:
        found = self.text(column)
        if not found and default is not None:
            return default
        try:
            return date.fromisoformat(found).toordinal()
        except ValueError:
            raise BadCell(f"{column} {found!r} is no day like 2026-01-31") from None

    def decimal(self, column: str) -> Decimal:
        try:
            return tabular.read_decimal(self.text(column), decimal_mark=".")
        except tabular.BadNumber as bad:
            raise BadCell(f"{column}: {bad}") from None

    def minor(self, column: str, currency: str) -> int:
        if not _CURRENCY.fullmatch(currency):
            raise BadCell(f"currency {currency!r} is no code of ISO 4217, such as EUR")
        places = exponent(currency)
        scaled = self.decimal(column).scaleb(places)
        if scaled != scaled.to_integral_value():
            raise BadCell(f"{column} {self.text(column)!r} has more than {places} decimals")
        return int(scaled)


@dataclass(slots=True)
class Files:
    """What was read, with the faults of all files."""

    items: list[OpenItem] = field(default_factory=list)
    lines: list[BankLine] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    history: list[PaidItem] = field(default_factory=list)
    addresses: dict[str, list[Customer]] = field(default_factory=dict)  # of mail, in small letters
    advices: list[Advice] = field(default_factory=list)
    rates: dict[tuple[int, str, str], Decimal] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)  # movements of a statement, by why

    @property
    def told(self) -> Told:
        """What earlier texts taught."""
        return Told(texts_of(self.history))

    def table(
        self, source: Path | bytes, columns: str, make: Callable[[Row], T], *, name: str = ""
    ) -> list[T]:
        """One value per usable record; the others become faults. ``name`` is that of bytes."""
        name = source.name if isinstance(source, Path) else name
        found: list[T] = []
        names: list[str] = []
        records = tabular.read(source, names=names)
        begun = list(islice(records, 1))  # to have the header
        missing = [one for one in needed(columns) if one not in names] if names else []
        if missing:
            message = f"{name} has no column {', '.join(missing)}"
            fix = f"name the columns so; the header has: {', '.join(names)}"
            self.faults.append(Fault("apply.column", message, fix=fix))
            return found
        for record in chain(begun, records):
            if isinstance(record, Fault):
                self._fault(record.code, f"{name}: {record.message}", record)
                continue
            try:
                for fault in record.faults:
                    raise BadCell(fault.message.removeprefix(f"row {record.number}: "))
                found.append(make(Row(record.values)))
            except BadCell as bad:
                self._fault("apply.cell", f"{name} row {record.number}: {bad}", None)
        return found

    def _fault(self, code: str, message: str, of: Fault | None) -> None:
        severity = of.severity if of else Severity.FATAL
        fix = of.fix if of else "put the cell right, or take the row out"
        self.faults.append(Fault(code, message, severity=severity, fix=fix))

    def convert(self, amount: int, source: str, target: str, day: int) -> int | None:
        """At the rate of the day or of the last one before it, within a week; None without."""
        if source == target:
            return amount
        rate = self._rate(source, target, day)
        if rate is None:
            return None
        scale = exponent(target) - exponent(source)
        return int((Decimal(amount) * rate).scaleb(scale).to_integral_value())

    def _rate(self, source: str, target: str, day: int) -> Decimal | None:
        for back in range(8):
            direct = self.rates.get((day - back, source, target))
            if direct:
                return direct
            other = self.rates.get((day - back, target, source))
            if other:
                return 1 / other
        return None


def item(row: Row) -> OpenItem:
    currency = row.shared("currency", is_needed=True)
    kind = row.text("kind")
    if kind not in KINDS:
        raise BadCell(f"kind {kind!r} is none of {', '.join(KINDS[1:])}")
    left = row.minor("open", currency)
    if (kind == "credit") != (left < 0) and kind:
        raise BadCell(f"a {kind} of {row.text('open')}: credits are negative, all else is not")
    percent = row.decimal("discount_pct") if row.text("discount_pct") else Decimal(0)
    return OpenItem(
        id=row.needed("id"),
        customer=row.shared("customer", is_needed=True),
        number=row.needed("number"),
        amount=row.minor("amount", currency) if row.text("amount") else left,
        open=left,
        currency=currency,
        issued=row.day("issued"),
        due=row.day("due"),
        discount_bp=int(percent * 100),
        discount_until=row.day("discount_until", default=0),
        references=row.parts("references"),
    )


def customer(row: Row) -> Customer:
    return Customer(
        id=row.needed("id"),
        name=row.needed("name"),
        number=row.text("number") or row.needed("id"),
        ibans=row.parts("ibans"),
        parent=row.text("parent") or None,
        aliases=row.parts("aliases"),
    )


def people(files: Files, path: Path) -> list[Customer]:
    """The customers, whose addresses of mail go to ``files``."""

    def make(row: Row) -> Customer:
        one = customer(row)
        for address in row.parts("emails"):
            files.addresses.setdefault(address.lower(), []).append(one)
        return one

    return once(files, path, files.table(path, cash_columns.CUSTOMERS, make))


def line(row: Row) -> BankLine:
    currency = row.shared("currency", is_needed=True)
    return BankLine(
        id=row.needed("id"),
        day=row.day("date"),
        amount=row.minor("amount", currency),
        currency=currency,
        payer_name=row.shared("payer_name"),
        payer_iban=row.shared("payer_iban"),
        end_to_end=row.text("end_to_end_id"),
        text=row.text("text"),
    )


def paid(row: Row) -> PaidItem:
    currency = row.shared("currency", is_needed=True)
    amount = row.minor("amount", currency)
    day = row.day("paid_on")
    return PaidItem(
        item=row.needed("item"),
        customer=row.shared("customer", is_needed=True),
        number=row.needed("number"),
        amount=amount,
        currency=currency,
        due=row.day("due", default=day),
        paid_on=day,
        paid=row.minor("paid_amount", currency) if row.text("paid_amount") else amount,
        payer_name=row.shared("payer_name"),
        payer_iban=row.shared("payer_iban"),
        text=row.text("text"),
    )


def rate(row: Row) -> tuple[tuple[int, str, str], Decimal]:
    value = row.decimal("rate")
    if value <= 0:
        raise BadCell(f"rate {row.text('rate')!r} is not more than nothing")
    return (row.day("date"), row.needed("from"), row.needed("to")), value


def write_answers(output: Path, files: Files, decided: Sequence[tuple[Answer, str]]) -> None:
    """Proposals and evidence into the folder, which is made where it is missing."""
    output.mkdir(parents=True, exist_ok=True)
    currencies = {item.id: item.currency for item in files.items}
    money = {line.id: line.currency for line in files.lines}
    _write_proposals(output / "proposals.csv", decided, currencies, money)
    _write_evidence(output / "evidence.jsonl", [one for one, _action in decided])


def _write_proposals(
    path: Path,
    answers: Iterable[tuple[Answer, str]],
    currencies: Mapping[Any, str],
    money: Mapping[Any, str],
) -> None:
    """``proposals.csv``: answers with their actions; the currency of each item and each line."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(PROPOSALS)
        for one, action in answers:
            items = ";".join(
                f"{key}:{major(amount, currencies[key])}" for key, amount in one.credited
            )
            probability = f"{one.probability:.6f}"
            residue = major(one.residue, money[one.line])
            table.writerow(
                (one.line, one.rank, probability, one.rivals, action, items, residue, one.reason)
            )


def _write_evidence(path: Path, answers: Iterable[Answer]) -> None:
    """``evidence.jsonl``: why, for each proposal, one object a line."""
    with path.open("w", encoding="utf-8") as file:
        for one in answers:
            entry = {
                "line": one.line,
                "rank": one.rank,
                "evidence": one.evidence,
                "reasons": [
                    {
                        "kind": reason.kind,
                        "text": reason.text,
                        "start": reason.start,
                        "end": reason.end,
                    }
                    for reason in one.reasons
                ],
            }
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def major(minor: int, currency: str) -> str:
    """Minor units as a decimal of the currency's own scale."""
    return str(Decimal(minor).scaleb(-exponent(currency)))


def once(files: Files, path: Path, found: Sequence[K]) -> list[K]:
    """The values without those whose id came before; each of these is a fault."""
    seen: set[Any] = set()
    kept: list[K] = []
    for one in found:
        if one.id in seen:
            message = f"{path.name}: the id {one.id!r} is there twice, only the first one counts"
            files.faults.append(Fault("apply.twice", message, fix="give each row an id of its own"))
        else:
            seen.add(one.id)
            kept.append(one)
    return kept


def is_statement(path: Path) -> bool:
    """Whether the file is a bank statement, by its beginning. Tables are read by their columns."""
    with path.open("rb") as file:
        return statements.sniff(file.read(4096)) not in (None, banktable)


def statement(files: Files, path: Path) -> list[BankLine]:
    """The money that came in by a bank file; what went out or is not booked is counted."""
    bank = statements.read_all(path.read_bytes())
    files.faults.extend(bank.faults)
    found: list[BankLine] = []
    for at, one in enumerate(bank.statements, 1):
        for entry in one.lines:
            if entry.status is not LineStatus.BOOKED:
                files.passed_over["not booked"] += 1
            elif entry.amount_minor <= 0:
                files.passed_over["went out"] += 1
            else:
                found.append(_of_entry(f"{at}-{entry.position}", entry))
    return found


def _of_entry(key: str, entry: Entry) -> BankLine:
    named = (*entry.structured_references, *entry.document_references)
    return BankLine(
        id=key,
        day=entry.booking_date.toordinal(),
        amount=entry.amount_minor,
        currency=entry.currency,
        payer_name=entry.ultimate_payer_name or entry.payer_name,
        payer_iban=entry.payer_iban,
        end_to_end=entry.end_to_end_id,
        text=" ".join((*named, entry.remittance)),
    )


def write_summary(path: Path, summary: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
