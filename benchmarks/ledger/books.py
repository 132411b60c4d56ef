"""A company with many open items, loaded by COPY: documents, items, journal, day balances.

Every item is an invoice over gross with 19 % tax: one document, one entry, three postings. One in
ten is paid within the last month: a receipt item, an allocation, an entry of two postings. The
history is older, and paid in full a month after.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import UUID

from acquit.core.context import Context
from acquit.database.copy import copy_rows, copy_text, execute, fetch_rows
from acquit.stages.invoices.models import Document
from acquit.stages.ledger.models import Balance, Entry, Posting
from acquit.stages.receivables.models import Allocation, OpenItem
from benchmarks.company import customers

BLOCK = 25_000
PAID_EVERY = 10
Sums = defaultdict[tuple[UUID, date], list[int]]
_HALF_YEAR = 182
_TWO_YEARS = 730
_OLD = 240  # days ago: the history ends here
_SERIES = "RE"
_TABLES = (
    "invoices_document",
    "receivables_open_item",
    "receivables_allocation",
    "ledger_entry",
    "ledger_posting",
)


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Loading only: indexes that prove nothing are built afterwards, and rows that agree by
    construction are not checked one by one."""
    found = fetch_rows(
        "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisunique",
        [list(_TABLES)],
    )
    for name, _ in found:
        execute(f'DROP INDEX "{name}"')
    for table in _TABLES:
        execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    yield
    for table in _TABLES:
        execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    for _, definition in found:
        execute(definition)


class Books:
    """Loads the rows of one company block by block."""

    def __init__(self, ctx: Context, *, buyers: int, seed: int = 11) -> None:
        self.ctx, self.draw = ctx, random.Random(seed)
        self.today = ctx.today
        self.own = ctx.company_id.hex
        self.buyers = [id.hex for id in customers(ctx, buyers)]
        rows = fetch_rows("SELECT control, code, id FROM ledger_account ORDER BY code")
        self.accounts = {control or f"code {code}": id for control, code, id in rows}
        self.revenue = next(
            id for control, code, id in rows if not control and code.startswith(("4", "8"))
        )
        self.sums: Sums = defaultdict(lambda: [0, 0])
        self.series = ctx.ids.new()
        execute(
            "INSERT INTO invoices_series (id, company_id, code, kind, year, pattern, last_number)"
            " VALUES (%s, %s, %s, 'invoice', %s, 'RE-{n:07}', 0)",
            [self.series, ctx.company_id, _SERIES, self.today.year],
        )

    def load(self, items: int, *, history: int = 0) -> None:
        """So many items of the last half year, after so many of the two years before it."""
        with _without_indexes():
            for first in range(0, history, BLOCK):
                self._block(range(first, min(first + BLOCK, history)), is_old=True)
            end = history + items
            for first in range(history, end, BLOCK):
                self._block(range(first, min(first + BLOCK, end)), is_old=False)
        rows = (
            (self.ctx.ids.new(), self.ctx.company_id, account, day, "EUR", d, c, d - c)
            for (account, day), (d, c) in self.sums.items()
        )
        columns = "id company_id account_id day currency debit_minor credit_minor functional_minor"
        copy_rows(Balance, columns.split(), rows)
        execute("ANALYZE")

    def _block(self, numbers: range, *, is_old: bool) -> None:
        made = [self._amount() for _ in numbers]
        ago = (_OLD, _OLD + _TWO_YEARS) if is_old else (0, _HALF_YEAR)
        days = [self.today - timedelta(days=self.draw.randrange(*ago)) for _ in numbers]
        who = [self.buyers[self.draw.randrange(len(self.buyers))] for _ in numbers]
        documents = self.ctx.ids.many(len(numbers))
        copy_text(Document, _DOCUMENT, self._documents(numbers, documents, who, days, made))
        items = self.ctx.ids.many(len(numbers))
        paid = [
            (items[n], who[n], days[n], sum(made[n]))
            for n in range(len(numbers))
            if is_old or numbers[n] % PAID_EVERY == 0
        ]
        settled = {
            id: day + timedelta(30)
            if is_old
            else max(day, self.today - timedelta(self.draw.randrange(30)))
            for id, _, day, _ in paid
        }
        copy_text(OpenItem, _ITEM, self._items(numbers, items, documents, who, days, made, settled))
        self._pay(paid, list(settled.values()))
        postings: list[str] = []
        copy_text(Entry, _ENTRY, self._entries(documents, days, who, made, postings))
        copy_text(Posting, _POSTING, postings)

    def deposit(self, *, minor: int, count: int) -> tuple[list[UUID], list[UUID]]:
        """Receipts of nobody's bank, all of them open, and claims to settle with them."""
        receipts, now, own = self.ctx.ids.many(count), self.ctx.now, self.own
        today = self.today
        claims = fetch_rows(
            "SELECT id, customer_id FROM receivables_open_item WHERE open_minor > %s"
            " AND side = 'debit' ORDER BY id LIMIT %s",
            [minor, count],
        )
        copy_text(
            OpenItem,
            _ITEM,
            (
                f"{id.hex}\t{own}\t{buyer.hex}\treceipt\tcredit\t\\N\tD\tD\t{today}\t{today}\tEUR"
                f"\t{minor}\t{minor}\t{minor}\t{minor}\t{today}\t{now}\n"
                for id, (_, buyer) in zip(receipts, claims, strict=True)
            ),
        )
        return receipts, [id for id, _ in claims]

    def _amount(self) -> tuple[int, int]:
        net = self.draw.randrange(500, 500_000)
        return net, (net * 19 + 50) // 100

    def _documents(
        self,
        numbers: range,
        ids: Sequence[UUID],
        who: Sequence[str],
        days: Sequence[date],
        made: Sequence[tuple[int, int]],
    ) -> Iterator[str]:
        digest = "0" * 64
        for n, id, buyer, day, (net, tax) in zip(numbers, ids, who, days, made, strict=True):
            yield (
                f"{id.hex}\t{self.own}\tinvoice\t{self.series.hex}\t{n + 1}\tRE-{n + 1:07}\t{day}"
                f"\t{day + timedelta(30)}\t{buyer}\tEUR\t{net}\t{tax}\t{net + tax}\t{digest}"
                f'\t{digest}\t{{}}\t{{"tax":[]}}\t\t{digest}\t{self.ctx.now}\n'
            )

    def _items(
        self,
        numbers: range,
        ids: Sequence[UUID],
        documents: Sequence[UUID],
        who: Sequence[str],
        days: Sequence[date],
        made: Sequence[tuple[int, int]],
        settled: Mapping[UUID, date],
    ) -> Iterator[str]:
        rows = zip(numbers, ids, documents, who, days, made, strict=True)
        for n, id, document, buyer, day, (net, tax) in rows:
            gross = net + tax
            rest, moved = (0, settled[id]) if id in settled else (gross, day)
            yield (
                f"{id.hex}\t{self.own}\t{buyer}\tinvoice\tdebit\t{document.hex}\tRE-{n + 1:07}"
                f"\tRE{n + 1:07}\t{day}\t{day + timedelta(30)}\tEUR\t{gross}\t{rest}\t{gross}"
                f"\t{rest}\t{moved}\t{self.ctx.now}\n"
            )

    def _pay(self, paid: Sequence[tuple[UUID, str, date, int]], on: Sequence[date]) -> None:
        receipts, allocations = self.ctx.ids.many(len(paid)), self.ctx.ids.many(len(paid))
        entries = self.ctx.ids.many(len(paid))
        now, own = self.ctx.now, self.own
        copy_text(
            OpenItem,
            _ITEM,
            (
                f"{id.hex}\t{own}\t{buyer}\treceipt\tcredit\t\\N\tR\tR\t{day}\t{day}\tEUR"
                f"\t{gross}\t0\t{gross}\t0\t{day}\t{now}\n"
                for id, day, (_, buyer, _, gross) in zip(receipts, on, paid, strict=True)
            ),
        )
        copy_text(
            Allocation,
            _ALLOCATION,
            (
                f"{id.hex}\t{own}\t{item.hex}\t{receipt.hex}\t{buyer}\t{buyer}\t{gross}\tEUR"
                f"\t{gross}\t{gross}\t{day}\t{now}\t{id.hex}\t\t\n"
                for id, receipt, day, (item, buyer, _, gross) in zip(
                    allocations, receipts, on, paid, strict=True
                )
            ),
        )
        copy_text(
            Entry,
            _ENTRY,
            (
                f"{id.hex}\t{own}\t{day}\t{now}\t{id.hex}\tapplication\t{id.hex}\tReceipt\n"
                for id, day in zip(entries, on, strict=True)
            ),
        )
        lines: list[str] = []
        bank, control = self.accounts["bank"], self.accounts["receivables"]
        for id, day, (_, buyer, _, gross) in zip(entries, on, paid, strict=True):
            lines += self._lines(id, day, ((bank, "\\N", gross), (control, buyer, -gross)))
        copy_text(Posting, _POSTING, lines)

    def _entries(
        self,
        documents: Sequence[UUID],
        days: Sequence[date],
        who: Sequence[str],
        made: Sequence[tuple[int, int]],
        postings: list[str],
    ) -> Iterator[str]:
        control, vat = self.accounts["receivables"], self.accounts["tax"]
        ids = self.ctx.ids.many(len(documents))
        rows = zip(ids, documents, days, who, made, strict=True)
        for id, document, day, buyer, (net, tax) in rows:
            amounts = (
                (control, buyer, net + tax),
                (self.revenue, "\\N", -net),
                (vat, "\\N", -tax),
            )
            postings += self._lines(id, day, amounts)
            yield (
                f"{id.hex}\t{self.own}\t{day}\t{self.ctx.now}\t{id.hex}\tdocument"
                f"\t{document.hex}\tInvoice\n"
            )

    def _lines(
        self, entry: UUID, day: date, amounts: Sequence[tuple[UUID, str, int]]
    ) -> Iterator[str]:
        for number, (account, buyer, minor) in enumerate(amounts, 1):
            debit, credit = max(minor, 0), max(-minor, 0)
            total = self.sums[account, day]
            total[0] += debit
            total[1] += credit
            yield (
                f"{entry.int ^ number:032x}\t{self.own}\t{entry.hex}\t{number}\t{account.hex}"
                f"\t{buyer}\t{day}\t{debit}\t{credit}\tEUR\t{minor}\n"
            )


_DOCUMENT = (
    "id company_id kind series_id series_number number issued_on due_on customer_id currency"
    " net_minor tax_minor gross_minor seller_digest buyer_digest header rounding_plan rule digest"
    " recorded_at"
).split()
_ITEM = (
    "id company_id customer_id kind side document_id number number_key effective_on due_on currency"
    " original_minor open_minor functional_minor open_functional_minor moved_on recorded_at"
).split()
_ALLOCATION = (
    "id company_id debit_item_id credit_item_id debit_customer_id credit_customer_id amount_minor"
    " currency debit_functional_minor credit_functional_minor effective_on recorded_at key reason"
    " rule"
).split()
_ENTRY = "id company_id booked_on recorded_at fact_id posting_rule subject_id text".split()
_POSTING = (
    "id company_id entry_id line_no account_id customer_id booked_on debit_minor credit_minor"
    " currency functional_minor"
).split()
