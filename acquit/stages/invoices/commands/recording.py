"""Plans become documents: number, digest, rows, facts. Shared by every verb that issues.

All documents of a call are written by a handful of statements, whatever their number. The
counter of a series moves once per call, as late as the rows allow (they carry the number), and
stays locked until the transaction ends: a rollback gives the numbers back (invariant I23).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.database import behind
from acquit.database.copy import NULL, copy_text, escaped, fetch_rows
from acquit.history import unit
from acquit.stages.invoices.commands import report
from acquit.stages.invoices.facts import DocumentIssued, TaxAmount
from acquit.stages.invoices.models import Document, Line, TaxLine
from acquit.stages.invoices.queries.work import Setup
from acquit.stages.invoices.rules import document as doc
from acquit.stages.invoices.rules import numbering
from acquit.stages.invoices.rules.amounts import MICRO, from_rate_units
from acquit.stages.invoices.rules.parties import Customer, buyer_party
from acquit.stages.invoices.rules.plan import CREDIT_NOTE, DEBIT_NOTE, INVOICE, Plan
from acquit.stages.invoices.rules.prospect import seller_as_printed, supply_of
from acquit.stages.invoices.rules.quoting import Quoting
from acquit.stages.masterdata.rules.terms import DueDates, Term, due_dates, in_words
from acquit.stages.orders.commands.mark_billed import mark_billed

ORDER_OF_KINDS = (INVOICE, DEBIT_NOTE, CREDIT_NOTE)
_DOCUMENT = [
    "id",
    "company_id",
    "kind",
    "series_id",
    "series_number",
    "number",
    "issued_on",
    "due_on",
    "customer_id",
    "currency",
    "net_minor",
    "tax_minor",
    "gross_minor",
    "seller_digest",
    "buyer_digest",
    "header",
    "rounding_plan",
    "corrects_id",
    "run_id",
    "rule",
    "digest",
    "recorded_at",
]
_LINE = [
    "id",
    "company_id",
    "document_id",
    "line_no",
    "delivery_line_id",
    "corrects_id",
    "item_code",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "net_minor",
    "tax_code",
    "tax_category",
    "tax_rate",
    "details",
]
_TAX = [
    "id",
    "company_id",
    "document_id",
    "tax_code",
    "category",
    "rate",
    "taxable_minor",
    "tax_minor",
    "exemption_code",
    "exemption_reason",
]


# BT-13, BT-14, BT-16 and BT-83: what a payer may quote instead of the number.
_REFERENCES = ("purchase_order", "sales_order", "despatch_advice", "payment_reference")

# Words that come again and again: codes, units, rules.
text = lru_cache(maxsize=10_000)(escaped)


class CannotIssue(Refused):
    """Nothing was numbered: the date goes back within the series."""


class Issued(NamedTuple):
    """A plan and the number it got."""

    plan: Plan
    number: str
    digest: str


@dataclass(slots=True)
class Book:
    """The rows of one call as COPY text, gathered before they are written."""

    lines: list[str] = field(default_factory=list)
    taxes: list[str] = field(default_factory=list)
    facts: list[DocumentIssued] = field(default_factory=list)
    issued: list[Issued] = field(default_factory=list)


def issue_plans(
    ctx: Context,
    *,
    setup: Setup,
    plans: Sequence[Plan],
    customers: Mapping[UUID, Customer],
    rates: Mapping[str, Decimal],
    issued_on: date,
    run_id: UUID | None,
    drawn: Mapping[UUID, Drawn] | None = None,
) -> list[Issued]:
    """Number and store the plans, invoices before credit notes; record their facts. ``drawn`` is
    what was drawn of them beforehand.

    Raises CannotMark when a delivery line was billed meanwhile, CannotIssue when the date goes
    back within a series, or lies after the accounting day.
    """
    if not plans:
        return []
    late = numbering.future_fault(issued_on=issued_on, today=ctx.today)
    if late is not None:
        raise CannotIssue((late,))
    ordered = [p for kind in ORDER_OF_KINDS for p in plans if p.kind == kind]
    mark_billed(ctx=ctx, line_ids=delivery_lines(ordered))
    parties = _snapshots(ctx, setup, issued_on, ordered, customers)
    frame = _Frame.of(ctx, setup, issued_on, run_id)
    book = Book()
    drawn = drawn or {}
    numbered: dict[UUID, tuple[str, date]] = {}
    has_corrections = any(plan.corrects for plan in ordered)
    for kind in ORDER_OF_KINDS:
        group = [plan for plan in ordered if plan.kind == kind]
        if group:
            series_id, first, numbers = take_numbers(ctx, setup, kind, issued_on, len(group))
            # Made while the database takes those before: both work at the same time.
            made = (
                _add(
                    book,
                    frame,
                    setup,
                    plan=plan,
                    drawn=drawn.get(plan.id) or draw(ctx.company_id, plan),
                    customer=customers[plan.customer_id],
                    parties=next(parties),
                    series=f"{series_id.hex}\t{first + offset}",
                    number=numbers[offset],
                    rate=rates[plan.currency],
                    numbered=numbered,
                )
                for offset, plan in enumerate(group)
            )
            copy_text(Document, _DOCUMENT, made)
            if has_corrections:
                pairs = zip(group, numbers, strict=True)
                numbered |= {plan.id: (number, issued_on) for plan, number in pairs}
    copy_text(Line, _LINE, book.lines)
    copy_text(TaxLine, _TAX, book.taxes)
    report.start(ctx, setup=setup, plans=ordered, customers=customers, issued_on=issued_on)
    unit.record(ctx, book.facts)
    return book.issued


def _snapshots(
    ctx: Context,
    setup: Setup,
    issued_on: date,
    plans: Sequence[Plan],
    customers: Mapping[UUID, Customer],
) -> Iterator[tuple[str, str]]:
    """Seller and buyer of each plan as they are on the day, by their digests; stored where they
    are new."""
    found = Snapshots(ctx, setup, issued_on)
    parties = []
    for plan in plans:
        customer = customers[plan.customer_id]
        parties.append((found.seller(plan, customer.locale), found.buyer(customer, plan)))
    found.store()
    return iter(parties)


def delivery_lines(plans: Sequence[Plan]) -> list[UUID]:
    """The delivery lines that plans bill."""
    return [line.delivery_line for plan in plans for line in plan.lines if line.delivery_line]


def take_numbers(
    ctx: Context, setup: Setup, kind: str, issued_on: date, count: int
) -> tuple[UUID, int, list[str]]:
    """The series, the first of ``count`` running numbers, and their texts; locks the series."""
    spec = numbering.series_for(specs=setup.pack.series, kind=kind)
    key = [ctx.company_id, spec.code, issued_on.year]
    rows = fetch_rows(
        "INSERT INTO invoices_series AS series"
        " (id, company_id, code, year, kind, pattern, last_number, last_date)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (company_id, code, year)"
        " DO UPDATE SET last_number = series.last_number + excluded.last_number,"
        " last_date = excluded.last_date"
        " WHERE series.last_date IS NULL OR series.last_date <= excluded.last_date"
        " RETURNING id, last_number, pattern",
        [ctx.ids.new(), *key, kind, spec.pattern, count, issued_on],
    )
    if not rows:
        ((last_date,),) = fetch_rows(
            "SELECT last_date FROM invoices_series"
            " WHERE company_id = %s AND code = %s AND year = %s",
            key,
        )
        fault = numbering.date_fault(series=spec.code, issued_on=issued_on, last_date=last_date)
        raise CannotIssue((fault or Fault("series.busy", f"series {spec.code} moved; try again"),))
    series_id, last, pattern = rows[0]
    first = last - count + 1
    texts = numbering.numbers(pattern=pattern, year=issued_on.year, first=first, count=count)
    return series_id, first, texts


class Snapshots:
    """Sellers and buyers as printed, each kept once by its digest."""

    def __init__(self, ctx: Context, setup: Setup, on: date) -> None:
        self._ctx, self._setup, self._on = ctx, setup, on
        self._contents: dict[str, dict[str, Any]] = {}
        self._sellers: dict[tuple[str, str, frozenset[str]], str] = {}
        self._buyers: dict[tuple[UUID, str], str] = {}

    def seller(self, plan: Plan, locale: str) -> str:
        """The digest of the seller with the mentions of this supply in the reader's language."""
        company, pack, on = self._setup.company, self._setup.pack, self._on
        terms = self._setup.terms
        supply = supply_of(plan=plan, company=company, pack=pack, terms=terms, on=on)
        kind, language = plan.kind, locale[:2]
        key = (kind, language, supply)
        if key not in self._sellers:
            snapshot = seller_as_printed(
                company=company, pack=pack, kind=kind, language=language, on=on, supply=supply
            )
            self._sellers[key] = self._keep(snapshot)
        return self._sellers[key]

    def buyer(self, customer: Customer, plan: Plan) -> str:
        """The digest of the buyer; an address typed into the draft goes before the customer's."""
        email = plan.header.get("email", "")
        key = (customer.id, email)
        if key not in self._buyers:
            party = buyer_party(customer._replace(email=email) if email else customer)
            self._buyers[key] = self._keep(doc.buyer_snapshot(party=party, locale=customer.locale))
        return self._buyers[key]

    def store(self) -> None:
        """One statement for all; those that are there already stay as they are."""
        if not self._contents:
            return
        digests = list(self._contents)
        behind.write(
            "INSERT INTO invoices_party (id, company_id, digest, party)"
            " SELECT id, %s, digest, party::jsonb FROM unnest(%s::uuid[], %s::text[], %s::text[])"
            " AS new (id, digest, party) ON CONFLICT (company_id, digest) DO NOTHING",
            [
                self._ctx.company_id,
                self._ctx.ids.many(len(digests)),
                digests,
                [doc.encode(self._contents[digest]) for digest in digests],
            ],
        )

    def _keep(self, snapshot: dict[str, Any]) -> str:
        digest = doc.snapshot_digest(snapshot)
        self._contents[digest] = snapshot
        return digest


class _Frame(NamedTuple):
    """What all documents of a call share, mostly as text."""

    quoting: Quoting
    own: str
    company: str
    issued_on: date
    day: str
    run: str
    now: str

    @classmethod
    def of(cls, ctx: Context, setup: Setup, issued_on: date, run_id: UUID | None) -> _Frame:
        own, company, run = ctx.company_id, setup.company, run_id.hex if run_id else NULL
        quoting = Quoting(setup.payment_reference.table, company.country, company.iban)
        return cls(quoting, own.hex, str(own), issued_on, str(issued_on), run, str(ctx.now))


def _add(
    book: Book,
    frame: _Frame,
    setup: Setup,
    *,
    plan: Plan,
    drawn: Drawn,
    customer: Customer,
    parties: tuple[str, str],
    series: str,
    number: str,
    rate: Decimal,
    numbered: Mapping[UUID, tuple[str, date]],
) -> str:
    """The document's line of COPY text; what hangs on it goes into the book. ``parties`` are the
    digests of seller and buyer, ``series`` is its id and the running number as COPY text."""
    head = _head(frame, setup, plan, customer, parties, number, numbered)
    header = doc.encode(head.header)
    shares = f"[{','.join(map(str, head.tax_shares))}]"
    digest = doc.digest_of_texts(
        company=frame.company,
        head=doc.head_text(head, header=header, tax_shares=shares),
        lines=drawn.lines,
        taxes=drawn.taxes,
    )
    book.lines.append(drawn.line_rows)
    book.taxes.append(drawn.tax_rows)
    corrects = plan.corrects.hex if plan.corrects else NULL
    book.facts.append(_fact(setup, plan, head, rate, digest))
    book.issued.append(Issued(plan, number, digest))
    return (
        f"{plan.id.hex}\t{frame.own}\t{plan.kind}\t{series}\t{escaped(number)}"
        f"\t{frame.day}\t{head.due_on}\t{plan.customer_id.hex}\t{plan.currency}"
        f"\t{plan.net_minor}\t{plan.tax_minor}\t{head.gross_minor}\t{head.seller_digest}"
        f'\t{head.buyer_digest}\t{escaped(header)}\t{{"tax":{shares}}}\t{corrects}'
        f"\t{frame.run}\t{text(plan.rule)}\t{digest}\t{frame.now}\n"
    )


def _head(
    frame: _Frame,
    setup: Setup,
    plan: Plan,
    customer: Customer,
    parties: tuple[str, str],
    number: str,
    numbered: Mapping[UUID, tuple[str, date]],
) -> doc.Head:
    """The plan's head with what is known only at issue: number, dates, payment reference,
    preceding invoice."""
    header = plan.header
    due = frame.issued_on
    if plan.terms:
        term = setup.terms[plan.terms]
        due = _dates(term, frame.issued_on).due_on
        header = header | {"terms": in_words(term, locale=customer.locale)}
    if plan.kind != CREDIT_NOTE:
        quoted = frame.quoting.reference(customer, currency=plan.currency, number=number)
        if quoted is not None:
            header = header | {"payment_reference": quoted}
    if plan.corrects is not None and plan.corrects in numbered:
        original, day = numbered[plan.corrects]
        header = header | {"preceding": {"number": original, "issued_on": day.isoformat()}}
    return doc.Head(
        plan.id,
        plan.kind,
        number,
        frame.issued_on,
        due,
        plan.currency,
        plan.net_minor,
        plan.tax_minor,
        plan.gross_minor,
        *parties,
        header,
        [line.tax_minor for line in plan.lines],
        plan.corrects,
    )


@lru_cache(maxsize=1_000)
def _dates(term: Term, issued_on: date) -> DueDates:
    return due_dates(term, issued_on=issued_on)


class Drawn(NamedTuple):
    """What a plan's lines and taxes look like whatever its number: rows as COPY text, and their
    canonical JSON, which the digest covers."""

    line_rows: str
    lines: list[str]
    tax_rows: str
    taxes: list[tuple[doc.TaxLineRow, str]]


def draw(company_id: UUID, plan: Plan) -> Drawn:
    """The part of recording a plan that can be done before it has a number.

    The ids of taxes are the document's with the row's number mixed into the random part: unique
    like the document's own, and made without a die per row."""
    own, document = company_id.hex, plan.id.hex
    line_rows, lines, tax_rows, taxes = [], [], [], []
    for line_no, line in enumerate(plan.lines, start=1):
        details = doc.encode(line.details) if line.details else "{}"
        delivery = line.delivery_line.hex if line.delivery_line else NULL
        line_rows.append(
            f"{line.id.hex}\t{own}\t{document}\t{line_no}\t{delivery}"
            f"\t{line.corrects.hex if line.corrects else NULL}"
            f"\t{_item(line.item_code, line.description)}\t{_numeric(line.quantity)}"
            f"\t{text(line.unit)}\t{_numeric(line.unit_price)}\t{line.net_minor}"
            f"\t{_tax(line.tax_code, line.category, line.rate)}\t{escaped(details)}\n"
        )
        lines.append(doc.line_text(line_no, line, details=details))
    for number, tax in enumerate(plan.taxes, 1):
        row = doc.tax_row(tax)
        taxes.append((row, doc.tax_text(row)))
        tax_rows.append(
            f"{plan.id.int ^ number:032x}\t{own}\t{document}"
            f"\t{_tax(row.tax_code, row.category, tax.rate)}\t{row.taxable_minor}\t{row.tax_minor}"
            f"\t{text(row.exemption_code)}\t{text(row.exemption_reason)}\n"
        )
    return Drawn("".join(line_rows), lines, "".join(tax_rows), taxes)


@cache
def _rate(units: int) -> Decimal:
    return from_rate_units(units)


@lru_cache(maxsize=10_000)
def _item(code: str, description: str) -> str:
    return f"{escaped(code)}\t{escaped(description)}"


@lru_cache(maxsize=1_000)
def _tax(code: str, category: str, rate: int) -> str:
    return f"{escaped(code)}\t{category}\t{_rate(rate)}"


@lru_cache(maxsize=10_000)
def _numeric(micro: int) -> str:
    """Millionths as the text of a numeric column."""
    whole, rest = divmod(micro, MICRO)
    return f"{whole}.{rest:06}" if rest else str(whole)


def _fact(setup: Setup, plan: Plan, head: doc.Head, rate: Decimal, digest: str) -> DocumentIssued:
    dates = _dates(setup.terms[plan.terms], head.issued_on) if plan.terms else None
    return DocumentIssued(
        subject_id=plan.id,
        effective_on=head.issued_on,
        kind=plan.kind,
        number=head.number,
        customer_id=plan.customer_id,
        currency=plan.currency,
        net_minor=plan.net_minor,
        tax_minor=plan.tax_minor,
        gross_minor=head.gross_minor,
        rate=rate,
        taxes=tuple(
            TaxAmount(
                tax.tax_code,
                tax.category,
                _rate(tax.rate),
                tax.taxable_minor,
                tax.tax_minor,
                tax.account,
            )
            for tax in plan.taxes
        ),
        due_on=head.due_on,
        digest=digest,
        corrects_id=plan.corrects,
        discount_bp=int(dates.discount_percent * 100) if dates else 0,
        discount_until=dates.discount_until if dates else None,
        references=tuple(head.header[name] for name in _REFERENCES if name in head.header),
    )
