"""Until when a tax office wants an invoice: days after its issue, by the pack of the country.

Days are counted by Regulation (EEC, Euratom) 1182/71: the day of issue does not count; where the
last one is no working day, the next one is the last. Working days are neither Saturdays, Sundays
nor public holidays.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from acquit.core import packs

_DAY = timedelta(days=1)
_LAST_DAY_TO_ISSUE = 15  # of the month after the supply (Directive 2006/112/EC art. 222)


def is_wanted(*, home: str, country: str, vat_id: str) -> bool:
    """Whether a sale to this buyer is one at home: his country is the seller's, or he buys under a
    VAT number of it. Only these are reported.

    >>> is_wanted(home="RO", country="DE", vat_id="RO16341004")
    True
    """
    return country == home or vat_id.startswith(home)


@lru_cache(maxsize=1_000)
def report_by(*, home: str, issued_on: date, delivered_on: date | None) -> date | None:
    """The last day to report a document sold at home; None where its tax office wants none.

    The days run from the issue, at the latest from the day on which the law wanted an invoice
    issued of what was ``delivered_on`` a day; None of what no such day binds: a correction.
    """
    pack = packs.get(home) if home in packs.COUNTRIES else None
    rule = pack.reporting_on(issued_on) if pack else None
    if pack is None or rule is None:
        return None
    starts = [issued_on]
    if delivered_on is not None:
        month = delivered_on.replace(day=1) + timedelta(days=31)
        starts.append(month.replace(day=_LAST_DAY_TO_ISSUE))
    return min(after(start=start, rule=rule, pack=pack) for start in starts)


def after(*, start: date, rule: packs.Reporting, pack: packs.Pack) -> date:
    """The last of the days that the rule gives after a day.

    >>> ro = packs.get("RO")
    >>> rule = ro.reporting_on(date(2026, 4, 8))
    >>> after(start=date(2026, 4, 8), rule=rule, pack=ro).isoformat()  # over Orthodox Easter
    '2026-04-17'
    """
    day, left = start, rule.days
    while left:
        day += _DAY
        left -= 1 if not rule.working or is_working(day=day, pack=pack) else 0
    while not is_working(day=day, pack=pack):
        day += _DAY
    return day


def is_working(*, day: date, pack: packs.Pack) -> bool:
    """Whether people work on a day in the country of the pack."""
    if day.weekday() >= 5 or f"{day:%m-%d}" in pack.holidays.fixed:
        return False
    return (day - orthodox_easter(year=day.year)).days not in pack.holidays.orthodox_easter


def orthodox_easter(*, year: int) -> date:
    """Easter Sunday by the Julian calendar, as a day of ours (Meeus, Astronomical Algorithms 8).

    >>> [orthodox_easter(year=year).isoformat() for year in (2024, 2025, 2026)]
    ['2024-05-05', '2025-04-20', '2026-04-12']
    """
    moon = (19 * (year % 19) + 15) % 30
    sunday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7
    month, day = divmod(moon + sunday + 114, 31)
    behind = year // 100 - year // 400 - 2  # days that the Julian calendar is behind
    return date(year, month, day + 1) + timedelta(days=behind)
