"""Proof of the documents: digests, numbers and arithmetic, recomputed from the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.stages.invoices.queries.rows import Stored, parties, stored
from acquit.stages.invoices.rules.document import digest, snapshot_digest

PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Broken:
    """One record that does not hold: the invariant (``I25``), which record, and what is wrong."""

    invariant: str
    record: str
    message: str


@dataclass(frozen=True, slots=True)
class Proof:
    """How many documents were looked at, and every one that does not hold."""

    documents: int
    series: int
    broken: tuple[Broken, ...]


def prove(*, company_id: UUID) -> Proof:
    """Check I20 (arithmetic), I16 (credits), I23 (numbers) and I25 (digests), page by page."""
    broken: list[Broken] = []
    count = 0
    for page in _pages(company_id):
        count += len(page)
        broken.extend(_documents(company_id, page))
    broken.extend(_numbers(company_id))
    broken.extend(_facts(company_id))
    broken.extend(_credits(company_id))
    ((series,),) = fetch_rows(
        "SELECT count(*) FROM invoices_series WHERE company_id = %s", [company_id]
    )
    return Proof(count, series, tuple(broken))


def _pages(company_id: UUID) -> Iterator[dict[UUID, Stored]]:
    last = UUID(int=0)
    while True:
        rows = fetch_rows(
            "SELECT id FROM invoices_document WHERE company_id = %s AND id > %s"
            " ORDER BY id LIMIT %s",
            [company_id, last, PAGE],
        )
        if not rows:
            return
        yield stored(company_id=company_id, ids=[row[0] for row in rows])
        last = rows[-1][0]


def _documents(company_id: UUID, page: dict[UUID, Stored]) -> Iterator[Broken]:
    digests = {d for s in page.values() for d in (s.head.seller_digest, s.head.buyer_digest)}
    known = parties(company_id=company_id, digests=digests)
    for name in sorted(digests):
        if name not in known:
            yield Broken("I25", f"party {name[:12]}", "the party of a document is missing")
        elif snapshot_digest(known[name]) != name:
            yield Broken("I25", f"party {name[:12]}", "the printed party was changed")
    for one in page.values():
        number = one.head.number
        found = digest(company_id=company_id, head=one.head, lines=one.lines, taxes=one.taxes)
        if found != one.digest:
            yield Broken("I25", number, "the rows of the document do not give its digest")
        for message in _arithmetic(one):
            yield Broken("I20", number, message)


def _arithmetic(one: Stored) -> Iterator[str]:
    head = one.head
    if sum(line.net_minor for line in one.lines) != head.net_minor:
        yield "the lines do not sum to the net amount"
    if sum(tax.tax_minor for tax in one.taxes) != head.tax_minor:
        yield "the VAT breakdown does not sum to the tax"
    if sum(tax.taxable_minor for tax in one.taxes) != head.net_minor:
        yield "the taxable amounts do not sum to the net amount"
    if len(head.tax_shares) != len(one.lines) or sum(head.tax_shares) != head.tax_minor:
        yield "the rounding plan does not share out the tax"
    if head.net_minor + head.tax_minor != head.gross_minor:
        yield "net and tax are not the gross amount"


def _numbers(company_id: UUID) -> Iterator[Broken]:
    rows = fetch_rows(
        "SELECT s.code, s.year, s.last_number, count(d.id), coalesce(min(d.series_number), 1),"
        " coalesce(max(d.series_number), 0) FROM invoices_series s LEFT JOIN invoices_document d"
        " ON d.company_id = s.company_id AND d.series_id = s.id WHERE s.company_id = %s"
        " GROUP BY s.company_id, s.id ORDER BY s.code, s.year",
        [company_id],
    )
    for code, year, last, count, first, highest in rows:
        if not (count == last == highest and first == 1):
            message = f"{count} documents from {first} to {highest}, the counter says {last}"
            yield Broken("I23", f"series {code} {year}", message)
    backwards = fetch_rows(
        "SELECT number FROM (SELECT number, issued_on, lag(issued_on) OVER"
        " (PARTITION BY series_id ORDER BY series_number) AS before FROM invoices_document"
        " WHERE company_id = %s) ordered WHERE before > issued_on ORDER BY number",
        [company_id],
    )
    for (number,) in backwards:
        yield Broken("I23", number, "the date goes back within the series")


def _facts(company_id: UUID) -> Iterator[Broken]:
    """The fact of issue carries the digest: a rewritten digest does not agree with it."""
    rows = fetch_rows(
        "SELECT coalesce(d.number, f.payload->>'number'), d.digest, f.payload->>'digest'"
        " FROM (SELECT id, number, digest FROM invoices_document WHERE company_id = %(c)s) d"
        " FULL JOIN (SELECT subject_id, payload FROM history_fact WHERE company_id = %(c)s"
        "  AND kind = 'invoices.DocumentIssued') f ON f.subject_id = d.id"
        " WHERE d.digest IS DISTINCT FROM f.payload->>'digest' ORDER BY 1",
        {"c": company_id},
    )
    for number, of_document, of_fact in rows:
        if of_document is None:
            yield Broken("I25", number, "the log says it was issued; the document is gone")
        elif of_fact is None:
            yield Broken("I25", number, "the log knows nothing of this document")
        else:
            yield Broken("I25", number, "the digest is not the one in the log")


def _credits(company_id: UUID) -> Iterator[Broken]:
    rows = fetch_rows(
        "SELECT d.number, l.line_no FROM invoices_line c"
        " JOIN invoices_line l ON l.company_id = c.company_id AND l.id = c.corrects_id"
        " JOIN invoices_document d ON d.company_id = l.company_id AND d.id = l.document_id"
        " WHERE c.company_id = %s AND c.corrects_id IS NOT NULL"
        " GROUP BY l.company_id, l.id, d.number, l.line_no, l.quantity, l.net_minor"
        " HAVING sum(c.quantity) > l.quantity OR sum(c.net_minor) > l.net_minor ORDER BY 1, 2",
        [company_id],
    )
    for number, line_no in rows:
        yield Broken("I16", f"{number} line {line_no}", "more was credited than billed")
