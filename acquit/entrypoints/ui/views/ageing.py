"""Ageing: how old what is open is, at any day and as known at any instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquit.core.money import Money
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.shapes import Bar, Chip, Tone
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.views.closed import month_url
from acquit.stages.insight.queries import dso_of
from acquit.stages.receivables.queries import NAMES, AgeingRow, Buckets
from acquit.stages.receivables.queries.ageing import ageing_list

ROWS = 50
_TONES = (Tone.GOOD, Tone.INFO, Tone.WARN, Tone.WARN, Tone.BAD)


@dataclass(frozen=True, slots=True)
class Cell:
    """One amount of a row, and the same in the company's currency where they differ."""

    label: str
    amount: Money
    base: Money | None


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    number: str
    currency: str
    url: str
    cells: tuple[Cell, ...]


@require_GET
@page("read.receivables")
def ageing(frame: Frame) -> HttpResponse:
    """Totals, bars and one row per customer and currency; every figure from the same log."""
    query = frame.request.GET
    as_at = asked.day(frame, "as_at", frame.ctx.today)
    known_at = asked.instant(frame, "known_at")
    bucket = query.get("bucket", "")
    if bucket not in _names():
        bucket = ""
    home = frame.company.currency
    totals, found = ageing_list(
        company_id=frame.company_id,
        as_at=as_at,
        known_at=known_at,
        limit=ROWS,
        after=query.get("after", ""),
        bucket=bucket,
        currency=home,
    )
    path, names = frame.request.path, (*labels(), _("Balance"))
    figures = dso_of(
        company_id=frame.company_id,
        as_at=as_at,
        known_at=known_at,
        currency=home,
        receivable_minor=totals.home.receivable_minor,
    )
    return frame.show(
        "ageing/page.html",
        {
            "as_at": as_at,
            "closed_url": month_url(as_at),
            "known_at": known_at,
            "known_text": query.get("known_at", ""),
            "bucket": bucket,
            "bucket_options": [("", _("All")), *_names().items()],
            "chips": _chips(frame, as_at, known_at, bucket),
            "totals": _cells(names, totals.home, totals.home, home, home),
            "receivable": Money(totals.home.receivable_minor, home),
            "overdue": Money(totals.home.overdue_minor, home),
            "overdue_url": links.with_query(path, query, {"bucket": "overdue", "after": ""}),
            "unapplied": Money(totals.home.unapplied_minor, home),
            "unapplied_url": links.with_query(path, query, {"bucket": "unapplied", "after": ""}),
            "bars": _bars(frame, totals.home),
            "rows": [_row(names, row, home) for row in found.rows],
            "dso": figures,
            "dso_months": [
                (one, Money(one.month.billed_minor, home), Money(one.taken_minor, home))
                for one in figures.result.counted
            ],
            "pages": links.pages(frame.request, found.next),
        },
    )


def labels() -> tuple[str, ...]:
    """The names of the buckets in the reader's language."""
    return (
        _("Not due"),
        _("1–30 days"),
        _("31–60 days"),
        _("61–90 days"),
        _("Over 90 days"),
        _("Unapplied"),
    )


def _names() -> dict[str, str]:
    """What the list can be narrowed to."""
    return {"overdue": _("Overdue"), **dict(zip(NAMES, labels(), strict=True))}


_KEYS = (*(f"{bucket}_minor" for bucket in NAMES), "balance_minor")


def _cells(
    names: tuple[str, ...], amounts: Buckets, home: Buckets, currency: str, base: str
) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            name,
            Money(getattr(amounts, key), currency),
            Money(getattr(home, key), base) if currency != base else None,
        )
        for name, key in zip(names, _KEYS, strict=True)
    )


def _row(names: tuple[str, ...], row: AgeingRow, home: str) -> Row:
    return Row(
        name=row.customer_name if row.customer_id else _("Payer not known"),
        number=row.customer_number,
        currency=row.currency,
        url=links.customer(row.customer_id) or "/apply",
        cells=_cells(names, row.amounts, row.home, row.currency, home),
    )


def _bars(frame: Frame, home: Buckets) -> list[Bar]:
    path, query = frame.request.path, frame.request.GET
    return [
        Bar(
            label=label,
            amount=Money(getattr(home, f"{bucket}_minor"), frame.company.currency),
            url=links.with_query(path, query, {"bucket": bucket, "after": ""}) + "#customers",
            tone=tone,
        )
        for bucket, label, tone in zip(NAMES[:5], labels()[:5], _TONES, strict=True)
    ]


def _chips(frame: Frame, as_at: date, known_at: datetime | None, bucket: str) -> list[Chip]:
    path, query = frame.request.path, frame.request.GET
    language = frame.request.LANGUAGE_CODE  # type: ignore[attr-defined]
    chips = []
    if as_at != frame.ctx.today:
        chips.append(("as_at", f"{_('As at')}: {display.day(as_at, language=language)}"))
    if known_at is not None:
        chips.append(
            ("known_at", f"{_('As known at')}: {display.moment(known_at, language=language)}")
        )
    if bucket:
        name = _names()[bucket]
        chips.append(("bucket", f"{_('Age')}: {name}"))
    return [
        Chip(label=label, remove_url=links.with_query(path, query, {name: "", "after": ""}))
        for name, label in chips
    ]
