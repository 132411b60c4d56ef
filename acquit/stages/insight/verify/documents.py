"""Checks of legal documents: arithmetic (I20, I21), numbers (I23, I24), digests (I25)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from acquit.core.money import Money
from acquit.stages.insight.verify.source import Broken, Invariant, Source, by_sql
from acquit.stages.invoices.rules.document import Head, LineRow, TaxLineRow, digest, snapshot_digest

_MICRO, _RATE = 1_000_000, 10_000

TOTALS = """
    SELECT 'document ' || d.number, 'its ' || s.what || ' say ' || CAST(sum(s.minor) AS text) ||
        '; the document says ' || CAST(max(s.whole) AS text)
    FROM invoices_document d JOIN (
        SELECT l.document_id, 'lines' AS what, l.net_minor AS minor, h.net_minor AS whole
        FROM invoices_line l JOIN invoices_document h
            ON h.company_id = l.company_id AND h.id = l.document_id
        WHERE l.company_id = %(company)s
        UNION ALL
        SELECT t.document_id, 'taxable amounts', t.taxable_minor, h.net_minor
        FROM invoices_tax t JOIN invoices_document h
            ON h.company_id = t.company_id AND h.id = t.document_id
        WHERE t.company_id = %(company)s
        UNION ALL
        SELECT t.document_id, 'tax rows', t.tax_minor, h.tax_minor
        FROM invoices_tax t JOIN invoices_document h
            ON h.company_id = t.company_id AND h.id = t.document_id
        WHERE t.company_id = %(company)s
    ) AS s ON s.document_id = d.id
    WHERE d.company_id = %(company)s GROUP BY d.number, s.what
    HAVING sum(s.minor) <> max(s.whole)
    UNION ALL
    SELECT 'document ' || d.number, 'net and tax are not its gross amount'
    FROM invoices_document d
    WHERE d.company_id = %(company)s AND d.net_minor + d.tax_minor <> d.gross_minor
    UNION ALL
    SELECT 'document ' || d.number, 'has no line'
    FROM invoices_document d LEFT JOIN invoices_line l
        ON l.company_id = d.company_id AND l.document_id = d.id
    WHERE d.company_id = %(company)s AND l.id IS NULL
"""
BREAKDOWN = """
    SELECT 'document ' || d.number, 'category ' || s.category || ': its lines and its tax row '
        || 'differ by ' || CAST(sum(s.minor) AS text)
    FROM invoices_document d JOIN (
        SELECT document_id, tax_code, tax_category AS category, tax_rate AS rate,
            net_minor AS minor
        FROM invoices_line WHERE company_id = %(company)s
        UNION ALL
        SELECT document_id, tax_code, category, rate, -taxable_minor
        FROM invoices_tax WHERE company_id = %(company)s
    ) AS s ON s.document_id = d.id
    WHERE d.company_id = %(company)s GROUP BY d.number, s.tax_code, s.category, s.rate
    HAVING sum(s.minor) <> 0
"""
NUMBERS = """
    SELECT 'series ' || s.code || ' ' || CAST(s.year AS text), 'counts to ' ||
        CAST(s.last_number AS text) || ', but ' || CAST(count(d.id) AS text) ||
        ' documents carry numbers ' || coalesce(CAST(min(d.series_number) AS text), '-') || ' to '
        || coalesce(CAST(max(d.series_number) AS text), '-')
    FROM invoices_series s LEFT JOIN invoices_document d
        ON d.company_id = s.company_id AND d.series_id = s.id
    WHERE s.company_id = %(company)s GROUP BY s.id, s.code, s.year, s.last_number
    HAVING count(d.id) <> s.last_number OR coalesce(max(d.series_number), 0) <> s.last_number
        OR coalesce(min(d.series_number), 1) <> 1
    UNION ALL
    SELECT 'document ' || n.number, CASE WHEN n.series_number <> n.before + 1
        THEN 'follows number ' || CAST(n.before AS text) || ' of its series: a gap or a double'
        ELSE 'is dated ' || CAST(n.issued_on AS text) || ', before the number before it' END
    FROM (
        SELECT d.number, d.series_number, d.issued_on,
            lag(d.series_number) OVER (PARTITION BY d.series_id ORDER BY d.series_number) AS before,
            lag(d.issued_on) OVER (PARTITION BY d.series_id ORDER BY d.series_number) AS day_before
        FROM invoices_document d WHERE d.company_id = %(company)s
    ) AS n WHERE n.before IS NOT NULL
        AND (n.series_number <> n.before + 1 OR n.issued_on < n.day_before)
"""
RECEIPTS = """
    SELECT 'series of receipts', 'count to ' || CAST(s.last AS text) || ', but ' ||
        CAST(r.used AS text) || ' receipts carry a number of their own'
    FROM (SELECT coalesce(sum(last_number), 0) AS last FROM receipts_series
            WHERE company_id = %(company)s) AS s,
        (SELECT count(DISTINCT number) AS used FROM receivables_open_item
            WHERE company_id = %(company)s AND kind = 'receipt') AS r
    WHERE s.last <> r.used
"""
DRAFTS = """
    SELECT 'draft ' || CAST(f.id AS text), 'is ' || f.state ||
        CASE WHEN f.document_id IS NULL THEN ' without a document' ELSE ' with a document' END
    FROM invoices_draft f
    WHERE f.company_id = %(company)s AND (f.state = 'issued') <> (f.document_id IS NOT NULL)
"""
# The totals of a draft are kept beside its plan, for the lists.
DRAFTED = """
    SELECT 'draft ' || CAST(f.id AS text), 'says ' || CAST(f.net_minor AS text) || ' + ' ||
        CAST(f.tax_minor AS text) || ' = ' || CAST(f.gross_minor AS text) || '; document ' ||
        d.number || ' says ' || CAST(d.net_minor AS text) || ' + ' || CAST(d.tax_minor AS text)
    FROM invoices_draft f JOIN invoices_document d
        ON d.company_id = f.company_id AND d.id = f.document_id
    WHERE f.company_id = %(company)s AND (f.net_minor <> d.net_minor
        OR f.tax_minor <> d.tax_minor OR f.gross_minor <> d.gross_minor)
    UNION ALL
    SELECT 'draft ' || CAST(f.id AS text), 'says ' || CAST(f.net_minor AS text) || ' + ' ||
        CAST(f.tax_minor AS text) || ' = ' || CAST(f.gross_minor AS text) || '; its plan says ' ||
        CAST(f.content->>'net_minor' AS text) || ' + ' || CAST(f.content->>'tax_minor' AS text)
    FROM invoices_draft f
    WHERE f.company_id = %(company)s AND f.document_id IS NULL
        AND (f.net_minor <> CAST(f.content->>'net_minor' AS bigint)
            OR f.tax_minor <> CAST(f.content->>'tax_minor' AS bigint)
            OR f.gross_minor <> f.net_minor + f.tax_minor)
"""
_HEADS = """
    SELECT CAST(d.id AS text), d.kind, d.number, CAST(d.issued_on AS text),
        CAST(d.due_on AS text), d.currency, d.net_minor, d.tax_minor, d.gross_minor,
        d.seller_digest, d.buyer_digest, CAST(d.header AS text), CAST(d.rounding_plan AS text),
        CAST(d.corrects_id AS text), d.digest
    FROM invoices_document d WHERE d.company_id = %(company)s ORDER BY CAST(d.id AS text)
"""
_LINES = """
    SELECT CAST(l.document_id AS text), l.line_no, l.item_code, l.description,
        CAST(l.quantity AS text), l.unit, CAST(l.unit_price AS text), l.net_minor, l.tax_code,
        l.tax_category, CAST(l.tax_rate AS text), CAST(l.details AS text),
        CAST(l.corrects_id AS text), CAST(l.delivery_line_id AS text)
    FROM invoices_line l WHERE l.company_id = %(company)s
    ORDER BY CAST(l.document_id AS text), l.line_no
"""
_TAXES = """
    SELECT CAST(t.document_id AS text), t.tax_code, t.category, CAST(t.rate AS text),
        t.taxable_minor, t.tax_minor, t.exemption_code, t.exemption_reason
    FROM invoices_tax t WHERE t.company_id = %(company)s ORDER BY CAST(t.document_id AS text)
"""
_COMPANY = "SELECT CAST(id AS text) FROM access_company WHERE id = %(company)s"
_PARTIES = """
    SELECT digest, CAST(party AS text) FROM invoices_party WHERE company_id = %(company)s
"""


def contents(source: Source) -> Iterable[Broken]:
    """Every document word for word: its digest, its tax by its rates, its rounding plan."""
    company = next(iter(source.rows(_COMPANY)))[0]
    lines = _grouped(source.rows(_LINES))
    taxes = _grouped(source.rows(_TAXES))
    for row in source.rows(_HEADS):
        try:
            yield from _document(company, row, lines.get(row[0], []), taxes.get(row[0], []))
        except (ArithmeticError, KeyError, TypeError, ValueError) as reason:
            yield Broken(f"document {row[2]}", f"its rows cannot be read: {reason!r}")


def _document(
    company: str, row: tuple[Any, ...], lines: list[Any], taxes: list[Any]
) -> Iterator[Broken]:
    name = f"document {row[2]}"
    shares = json.loads(row[12])["tax"]
    head = Head(*row[:11], header=json.loads(row[11]), tax_shares=shares, corrects=row[13])
    line_rows = [_line(line) for line in lines]
    tax_rows = [_tax(tax) for tax in taxes]
    found = digest(company_id=company, head=head, lines=line_rows, taxes=tax_rows)  # type: ignore[arg-type]
    if found != row[14]:
        yield Broken(name, "its rows are not those its digest was taken of")
    if sum(shares) != head.tax_minor or len(shares) != len(lines):
        yield Broken(name, f"its rounding plan shares {sum(shares)} of {head.tax_minor} tax")
    if head.kind != "credit_note":  # a credit note takes back the cents of its original
        for tax in tax_rows:
            rate = Decimal(tax.rate) / (_RATE * 100)
            due = Money(tax.taxable_minor, head.currency).times(rate).minor
            if due != tax.tax_minor:
                yield Broken(name, f"tax of category {tax.category} is {tax.tax_minor}, not {due}")


def _line(row: tuple[Any, ...]) -> LineRow:
    return LineRow(
        *row[:3],
        quantity=int(Decimal(row[3]) * _MICRO),
        unit=row[4],
        unit_price=int(Decimal(row[5]) * _MICRO),
        net_minor=row[6],
        tax_code=row[7],
        category=row[8],
        rate=int(Decimal(row[9]) * _RATE),
        details=json.loads(row[10]),
        corrects=row[11],
        delivery_line=row[12],
    )


def _tax(row: tuple[Any, ...]) -> TaxLineRow:
    return TaxLineRow(
        row[0],
        row[1],
        int(Decimal(row[2]) * _RATE),
        taxable_minor=row[3],
        tax_minor=row[4],
        exemption_code=row[5],
        exemption_reason=row[6],
    )


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    grouped: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for document, group in groupby(rows, key=lambda row: row[0]):
        grouped[document] = [row[1:] for row in group]
    return grouped


def parties(source: Source) -> Iterable[Broken]:
    """The seller's and buyer's words as printed."""
    for name, party in source.rows(_PARTIES):
        if snapshot_digest(json.loads(party)) != name:
            yield Broken(f"party {name[:12]}", "was changed after it was stored")


INVARIANTS = (
    Invariant("I20", "lines, taxes and totals add up", by_sql(TOTALS)),
    Invariant("I20", "each tax row is the sum of its lines", by_sql(BREAKDOWN)),
    Invariant("I23", "numbers run from 1 without gap, dates in order", by_sql(NUMBERS)),
    Invariant("I24", "only issued drafts have a document", by_sql(DRAFTS)),
    Invariant("I24", "a draft says what its plan, then its document says", by_sql(DRAFTED)),
    Invariant("I25", "every document says what its digest covers", contents),
    Invariant("I25", "parties are as printed", parties),
    Invariant("I26", "numbers of receipts are all used, each once", by_sql(RECEIPTS)),
)
