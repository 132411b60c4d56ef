"""The digest of a run is made from ready texts; the proof takes it over the stored rows."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from acquit.stages.invoices.rules import document as doc
from acquit.stages.invoices.rules.plan import PlannedLine, PlannedTax


def _line(number: int, text: str, corrects: UUID | None) -> PlannedLine:
    delivery = None if corrects else UUID(int=90 + number)
    details = {"order_line": text} if number > 1 else {}
    return PlannedLine(
        *(UUID(int=number), delivery, corrects, text, text, 2_500_000, "C62", 1_000_000),
        *(250, 48, 'S"', "S", 190_000, details),
    )


def test_texts_give_the_digest_of_the_rows() -> None:
    company = UUID(int=5)
    lines = [_line(1, 'Öl "5\\l"\t', None), _line(2, "é\n€", UUID(int=8))]
    taxes = [
        PlannedTax("S", "S", 190_000, 500, 95, "3806", "", ""),
        PlannedTax("E", "E", 0, 0, 0, "", "VATEX-EU-132", 'exempt "by law"'),
    ]
    head = doc.Head(
        *(UUID(int=6), "invoice", 'RE-"1"', date(2026, 3, 2), date(2026, 4, 1), "EUR"),
        *(500, 95, 595, "a" * 64, "b" * 64, {"purchase_order": 'P\\"1'}, [48, 47], UUID(int=9)),
    )
    rows = [doc.line_row(n, line) for n, line in enumerate(lines, 1)]
    tax_rows = [doc.tax_row(tax) for tax in taxes]
    assert doc.digest_of_texts(
        company=str(company),
        head=doc.head_text(head, header=doc.encode(head.header), tax_shares="[48,47]"),
        lines=[
            doc.line_text(n, line, details=doc.encode(line.details))
            for n, line in enumerate(lines, 1)
        ],
        taxes=[(row, doc.tax_text(row)) for row in tax_rows],
    ) == doc.digest(company_id=company, head=head, lines=rows, taxes=tax_rows)
