"""The whole way in PostgreSQL: bank files in, every line answered, what is sure posted and cleared.

The case is loaded beside the measured part: customers, open items, and the paid ones with the
receipts and allocations that settled them, and the advices that wait for their money. What was
posted is scored against the truth by the scorer of the files.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from benchmarks.cash.files import Answer, Right
from benchmarks.cash.generate import make
from benchmarks.cash.profiles import profile
from benchmarks.cash.score import score
from benchmarks.cash.world import AdviceLine, Case, Item, Line, Paid
from benchmarks.child import Clock, Spent, answer, start

if TYPE_CHECKING:
    from acquit.core.context import Context

SINGLES = 20


def main() -> None:
    values = start()
    case = make(lines=values["lines"], seed=values["seed"], profile=profile(values["profile"]))
    way = whole_way(case)
    singles = []
    from acquit.stages.matching.commands import MatchReceipt, propose

    for receipt_id in _waiting(way.ctx)[:SINGLES]:
        began = time.perf_counter()
        propose(ctx=way.ctx, items=[MatchReceipt(receipt_id=receipt_id)])
        singles.append((time.perf_counter() - began) * 1000)
    answer(
        lines=len(case.lines),
        items=len(case.items),
        loaded_seconds=round(way.loaded_seconds, 1),
        read=way.reading.as_dict(),
        match=way.matching.as_dict(),
        per_second=round(len(case.lines) / way.wall),
        posted=way.posted,
        one_ms=round(statistics.median(singles), 1) if singles else None,
        score=scored(way.ctx, case, way.ids),
    )


@dataclass(frozen=True, slots=True)
class Way:
    """One company's case from its files to what was posted."""

    ctx: Context
    ids: dict[UUID, str]  # the case's item of each open item
    loaded_seconds: float
    reading: Spent
    matching: Spent
    posted: int

    @property
    def wall(self) -> float:
        return self.reading.wall + self.matching.wall


def whole_way(case: Case, *, company: str = "bench") -> Way:
    """A new company with the books of the case; its files read and matched, which is measured."""
    from acquit.stages.matching.commands import propose
    from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
    from benchmarks.company import context, new_company

    began = time.perf_counter()
    first = new_company(slug=company)
    ids = load(first, case)
    loaded = time.perf_counter() - began
    ctx = context(first.company_id, day=case.as_of, seed=f"match {company}")
    files = [StatementFile(key=f"{name}.xml", body=body) for name, body in _files(case)]
    with Clock() as reading:
        read = import_statement(ctx=ctx, items=files).figures
    assert read["accepted"] == len(case.lines), read
    with Clock() as matching:
        figures = propose(ctx=ctx, items=[]).figures
    return Way(ctx, ids, loaded, reading, matching, figures["posted"])


def load(ctx: Context, case: Case) -> dict[UUID, str]:
    """The books before the bank files come; the case's item of each open item."""
    people = _customers(ctx, case)
    _rates(ctx, case)
    named = {id_: item.id for id_, item in zip(_ids(ctx, case.items), case.items, strict=True)}
    books = _Books(
        ctx, people, {code: rate for (day, code), rate in case.rates.items() if day == case.as_of}
    )
    books.items([(id_, item, item.open) for id_, item in zip(named, case.items, strict=True)])
    books.history(case.history)
    _advices(ctx, case)
    _accounts(ctx, {line.currency for line in case.lines})
    return named


def _ids(ctx: Context, rows: Sequence[Any]) -> list[UUID]:
    return list(ctx.ids.many(len(rows)))


def _customers(ctx: Context, case: Case) -> dict[str, UUID]:
    from acquit.core.text import name_key
    from acquit.database.copy import copy_rows, execute
    from acquit.stages.masterdata.models import Customer

    people = dict(zip((one.id for one in case.customers), _ids(ctx, case.customers), strict=True))
    columns = (
        "id company_id number name name_key country street city postcode region vat_id"
        " registration_id email contact_name phone locale currency terms channel endpoint_scheme"
        " endpoint_id buyer_reference segment iban is_placeholder parent_id created_at updated_at"
    ).split()
    copy_rows(
        Customer,
        columns,
        (
            (
                *(people[one.id], ctx.company_id, one.id, one.name, name_key(one.name)),
                *(one.country, "", "", "", "", "", "", "", "", "", "de_DE", one.currency),
                *("NET30", "email", "", "", "", ""),
                one.known_ibans[0] if one.known_ibans else "",
                *(False, people.get(one.parent), ctx.now, ctx.now),
            )
            for one in case.customers
        ),
    )
    execute('ANALYZE "masterdata_customer"')
    return people


def _rates(ctx: Context, case: Case) -> None:
    from acquit.database.copy import copy_rows
    from acquit.stages.masterdata.models import ExchangeRate

    rows = sorted(case.rates.items())
    copy_rows(
        ExchangeRate,
        ["id", "company_id", "day", "base", "target", "rate", "source"],
        (
            (id_, ctx.company_id, day, "EUR", currency, Decimal(rate) / 1_000_000, "case")
            for id_, ((day, currency), rate) in zip(_ids(ctx, rows), rows, strict=True)
        ),
    )


_ITEM = (
    "id company_id customer_id kind side document_id receipt_id number number_key reference_keys"
    " effective_on due_on discount_bp discount_until currency original_minor open_minor"
    " functional_minor open_functional_minor moved_on recorded_at"
).split()


@dataclass(frozen=True, slots=True)
class _Books:
    """Where open and paid items go. ``rates``: units of a currency for one euro, in millionths."""

    ctx: Context
    people: dict[str, UUID]
    rates: dict[str, int]

    def items(self, rows: Iterable[tuple[UUID, Item, int]]) -> None:
        from acquit.database.copy import copy_rows, execute
        from acquit.stages.receivables.models import OpenItem

        copy_rows(OpenItem, _ITEM, (self._item(*one) for one in rows))
        execute('ANALYZE "receivables_open_item"')

    def _item(self, id_: UUID, item: Item, left: int) -> tuple[object, ...]:
        from acquit.core.text import normalize_reference

        side = "credit" if item.kind == "credit" else "debit"
        kind = {"credit": "credit_note", "debit": "debit_note"}.get(item.kind, "invoice")
        whole, left = abs(item.amount), abs(left)
        keys = [key for text in item.references if (key := normalize_reference(text))]
        return (
            *(id_, self.ctx.company_id, self.people[item.customer], kind, side, None, None),
            *(item.number, normalize_reference(item.number), keys, item.issued, item.due),
            *(item.discount_pct * 100, item.discount_until, item.currency, whole, left),
            *(self._home(whole, item), self._home(left, item), item.issued, self.ctx.now),
        )

    def _home(self, minor: int, item: Item) -> int:
        return minor * 1_000_000 // self.rates.get(item.currency, 1_000_000)

    def history(self, history: Sequence[Paid]) -> None:
        """Paid items, one receipt for each, and the allocation between them."""
        from acquit.database.copy import copy_rows, execute
        from acquit.stages.receipts.models import Receipt
        from acquit.stages.receivables.models import Allocation, OpenItem

        ctx = self.ctx
        claims, receipts, credits, links = (_ids(ctx, history) for _ in range(4))
        self.items((id_, one.item, 0) for id_, one in zip(claims, history, strict=True))
        rows = list(zip(claims, receipts, credits, links, history, strict=True))
        copy_rows(Receipt, _RECEIPT, (self._receipt(row[1], row[4]) for row in rows))
        copy_rows(OpenItem, _ITEM, (self._credit(row[2], row[1], row[4]) for row in rows))
        copy_rows(Allocation, _ALLOCATION, (self._link(row) for row in rows))
        for table in ("receipts_receipt", "receivables_open_item", "receivables_allocation"):
            execute(f'ANALYZE "{table}"')

    def _receipt(self, id_: UUID, one: Paid) -> tuple[object, ...]:
        return (
            *(id_, self.ctx.company_id, None, "bank", one.paid_on, one.amount, one.item.currency),
            *(None, one.payer_name, one.payer_iban, one.text, "1800", "", self.ctx.now),
        )

    def _credit(self, id_: UUID, receipt: UUID, one: Paid) -> tuple[object, ...]:
        number, home = f"R{id_.hex[-10:]}", self._home(one.amount, one.item)
        return (
            *(id_, self.ctx.company_id, self.people[one.item.customer], "receipt", "credit", None),
            *(receipt, number, number.upper(), [], one.paid_on, one.paid_on, 0, None),
            *(one.item.currency, one.amount, 0, home, 0, one.paid_on, self.ctx.now),
        )

    def _link(self, row: tuple[UUID, UUID, UUID, UUID, Paid]) -> tuple[object, ...]:
        claim, _receipt, credit, id_, one = row
        home = self._home(one.amount, one.item)
        return (
            *(id_, self.ctx.company_id, claim, credit, *[self.people[one.item.customer]] * 2),
            *(one.amount, one.item.currency, home, home, one.paid_on, self.ctx.now),
            *(None, "case", None, "", ""),
        )


def _advices(ctx: Context, case: Case) -> None:
    """Advices as they wait: they are linked when the bank files come."""
    from acquit.stages.receipts.models import Advice, AdvicePart

    by_advice: dict[str, list[AdviceLine]] = defaultdict(list)
    for row in case.advices:
        by_advice[row.advice].append(row)
    for rows in by_advice.values():
        first = rows[0]
        advice = Advice(
            id=ctx.ids.new(),
            company_id=ctx.company_id,
            kind="remittance",
            number=first.reference,
            payer_name=first.payer_name,
            paid_on=first.date,
            amount_minor=first.amount,
            currency=first.currency,
            parts=len(rows),
            archive_digest="0" * 64,
            filename="advice",
            recorded_at=ctx.now,
        )
        advice.save(force_insert=True)
        AdvicePart.objects.bulk_create(
            AdvicePart(
                id=ctx.ids.new(),
                company_id=ctx.company_id,
                advice=advice,
                position=position,
                kind="payment" if row.paid >= 0 else "refund",
                document=row.number,
                amount_minor=row.paid,
                byte_start=0,
                byte_end=0,
            )
            for position, row in enumerate(rows, 1)
        )


_RECEIPT = (
    "id company_id bank_line_id method received_on amount_minor currency customer_id payer_name"
    " payer_iban text ledger_account quittance_number recorded_at"
).split()
_ALLOCATION = (
    "id company_id debit_item_id credit_item_id debit_customer_id credit_customer_id amount_minor"
    " currency debit_functional_minor credit_functional_minor effective_on recorded_at reverses_id"
    " key proposal_id reason rule"
).split()


def _accounts(ctx: Context, currencies: set[str]) -> None:
    """An account of the company for each currency the lines come in."""
    from acquit.stages.masterdata.models import BankAccount
    from benchmarks.company import IBAN

    known = set(BankAccount.objects.of(ctx.company_id).values_list("currency", flat=True))
    BankAccount.objects.bulk_create(
        BankAccount(
            id=ctx.ids.new(),
            company_id=ctx.company_id,
            iban=IBAN,
            currency=currency,
            name=currency,
            ledger_account="1800",
            created_at=ctx.now,
        )
        for currency in sorted(currencies - known)
    )


def _files(case: Case) -> list[tuple[str, bytes]]:
    """A camt.053 file per currency; the bank's reference is the line's id."""
    from acquit.core.codecs import camt
    from acquit.core.documents.bank import BankLine, BankStatement, LineStatus, StatementKind
    from benchmarks.company import IBAN

    def entry(place: int, line: Line) -> BankLine:
        return BankLine(
            position=place,
            entry_number=place,
            status=LineStatus.BOOKED,
            amount_minor=line.amount,
            currency=line.currency,
            booking_date=line.date,
            value_date=line.date,
            payer_name=line.payer_name,
            payer_iban=line.payer_iban,
            end_to_end_id=line.end_to_end_id,
            remittance=line.text,
            bank_reference=line.id,
        )

    by_currency: dict[str, list[Line]] = defaultdict(list)
    for line in case.lines:
        by_currency[line.currency].append(line)
    files = []
    for currency, lines in sorted(by_currency.items()):
        statement = BankStatement(
            kind=StatementKind.STATEMENT,
            reference=f"CASE-{currency}",
            sequence="1",
            page="",
            account_iban=IBAN,
            currency=currency,
            from_date=min(line.date for line in lines),
            to_date=max(line.date for line in lines),
            opening_minor=0,
            closing_minor=sum(line.amount for line in lines),
            lines=tuple(entry(place, line) for place, line in enumerate(lines, 1)),
        )
        at = datetime.combine(case.as_of, datetime.min.time(), UTC)
        files.append((currency, camt.write(statement, created_at=at)))
    return files


def _waiting(ctx: Context) -> list[UUID]:
    from acquit.database.copy import fetch_rows

    rows = fetch_rows(
        "SELECT receipt_id FROM receivables_open_item WHERE company_id = %s AND kind = 'receipt'"
        " AND open_minor > 0 ORDER BY id",
        [ctx.company_id],
    )
    return [row[0] for row in rows]


def scored(ctx: Context, case: Case, ids: dict[UUID, str]) -> dict[str, Any]:
    """The scorer's figures of the first run: what was posted, what was suggested."""
    from acquit.database.copy import fetch_rows

    answers: dict[str, list[Answer]] = defaultdict(list)
    rows = fetch_rows(
        "SELECT l.bank_reference, p.rank, p.probability, p.rivals, p.state, p.items, p.reason"
        " FROM matching_proposal p JOIN receipts_receipt r"
        "  ON r.company_id = p.company_id AND r.id = p.receipt_id"
        " JOIN receipts_bank_line l ON l.company_id = r.company_id AND l.id = r.bank_line_id"
        " WHERE p.company_id = %s AND p.state IN ('accepted', 'proposed') ORDER BY 1, 2",
        [ctx.company_id],
    )
    for line, rank, probability, rivals, state, items, reason in rows:
        credited: dict[str, int] = defaultdict(int)
        for share in json.loads(items) if isinstance(items, str) else items:
            credited[ids[UUID(share["open_item"])]] += share["amount_minor"]
            if share.get("credit_item"):
                credited[ids[UUID(share["credit_item"])]] -= share["amount_minor"]
        action = "post" if state == "accepted" else "suggest"
        answers[line].append(
            Answer(rank, float(probability), rivals, action, dict(credited), reason)
        )
    truth = {one.line: Right(one.scenario, one.items, one.reason) for one in case.truth}
    lines = [(line.id, line.amount) for line in case.lines]
    found = score(lines=lines, truth=truth, answers=answers)
    kept = (
        *("lines", "posted", "coverage", "precision", "precision_low", "recall"),
        *("misapplied_per_million", "ece"),
    )
    return {name: found[name] for name in kept if name in found}


if __name__ == "__main__":
    main()
