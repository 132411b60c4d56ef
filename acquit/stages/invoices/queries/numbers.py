"""Where the series of legal numbers stand."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from acquit.stages.invoices.models import Series


def last_dates(*, company_id: UUID) -> dict[tuple[str, int], date]:
    """The last date of issue by kind of document and year; none before which one may issue."""
    rows = Series.objects.of(company_id).filter(last_date__isnull=False)
    return {(kind, year): day for kind, year, day in rows.values_list("kind", "year", "last_date")}
