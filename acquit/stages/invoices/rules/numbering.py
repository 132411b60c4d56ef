"""Legal numbers: the pattern of a series, and the dates that may follow each other (I23)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from acquit.core.faults import Fault
from acquit.core.packs import SeriesSpec

NUMBER_LENGTH_MAX = 35  # BT-1 in most networks


def series_for(*, specs: Sequence[SeriesSpec], kind: str) -> SeriesSpec:
    """The pack's series for a kind of document; LookupError when the pack has none."""
    for spec in specs:
        if spec.kind == kind:
            return spec
    raise LookupError(f"the country pack has no number series for {kind}")


def numbers(*, pattern: str, year: int, first: int, count: int) -> list[str]:
    """The texts of ``count`` numbers from ``first`` on.

    >>> numbers(pattern="INV-{year}-{n:06}", year=2026, first=9, count=2)
    ['INV-2026-000009', 'INV-2026-000010']
    """
    return [pattern.format(year=year, n=n) for n in range(first, first + count)]


def future_fault(*, issued_on: date, today: date) -> Fault | None:
    """A document of the future would hold back its whole series until that day comes."""
    if issued_on <= today:
        return None
    return Fault(
        "document.future",
        f"{issued_on.isoformat()} is after the accounting day {today.isoformat()}",
        "issued_on",
        fix=f"issue on {today.isoformat()} or before",
    )


def preceding_fault(*, issued_on: date, number: str, day: date) -> Fault | None:
    """A credit note refers to its invoice (BT-25, BT-26), so it cannot be older than that."""
    if issued_on >= day:
        return None
    return Fault(
        "credit.before_invoice",
        f"the credit note of {issued_on.isoformat()} would be older than {number} of"
        f" {day.isoformat()}, which it corrects",
        "issued_on",
        "Directive 2006/112/EC art. 219",
        f"issue it on {day.isoformat()} or later",
    )


def date_fault(*, series: str, issued_on: date, last_date: date | None) -> Fault | None:
    """The refusal of a date before the last one of the series; None when it may follow."""
    if last_date is None or issued_on >= last_date:
        return None
    return Fault(
        "series.date",
        f"series {series} already has documents of {last_date.isoformat()};"
        f" {issued_on.isoformat()} would go back",
        "issued_on",
        "Directive 2006/112/EC art. 226(2)",
        f"issue on {last_date.isoformat()} or later",
    )
