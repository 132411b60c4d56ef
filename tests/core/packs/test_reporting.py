"""Until when the tax office wants an invoice: days counted as the law counts them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from acquit.core import packs
from acquit.core.reporting import is_wanted, is_working, orthodox_easter, report_by

RO = packs.get("RO")


def issued(day: str, delivered: str = "") -> date | None:
    supply = date.fromisoformat(delivered) if delivered else None
    return report_by(home="RO", issued_on=date.fromisoformat(day), delivered_on=supply)


@pytest.mark.parametrize(
    ("day", "until"),
    [
        ("2026-11-02", "2026-11-09"),  # Monday: five working days on
        ("2026-11-27", "2026-12-08"),  # Saint Andrew, the national day, a weekend twice
        ("2026-04-08", "2026-04-17"),  # Orthodox Easter: Good Friday to Monday
        ("2026-12-22", "2026-12-30"),  # Christmas
        ("2025-12-30", "2026-01-05"),  # the law of 2025: five days, and the fifth is a Sunday
        ("2025-11-03", "2025-11-10"),  # calendar days end on a Saturday: Monday
    ],
)
def test_days_are_counted_without_the_first_and_never_end_on_a_holiday(
    day: str, until: str
) -> None:
    assert issued(day) == date.fromisoformat(until)


def test_a_late_invoice_has_no_more_time_than_one_in_time() -> None:
    """Supplied in August: the 15th of September was the last day to issue."""
    assert issued("2026-11-02", delivered="2026-08-20") == date(2026, 9, 22)
    assert issued("2026-11-02", delivered="2026-11-01") == issued("2026-11-02")


def test_only_what_is_sold_at_home_is_wanted() -> None:
    assert is_wanted(home="RO", country="RO", vat_id="")  # a consumer
    assert is_wanted(home="RO", country="DE", vat_id="RO1234567897")
    assert not is_wanted(home="RO", country="DE", vat_id="DE123456788")
    assert issued("2023-11-02") is None
    for country in set(packs.COUNTRIES) - {"RO"} | {"XX"}:
        assert report_by(home=country, issued_on=date(2026, 11, 2), delivered_on=None) is None


def test_easter_is_a_sunday_of_spring_and_holidays_are_no_working_days() -> None:
    for year in range(1950, 2099):
        easter = orthodox_easter(year=year)
        assert easter.weekday() == 6
        assert date(year, 4, 3) <= easter <= date(year, 5, 10)
        assert not is_working(day=easter + timedelta(days=1), pack=RO)
    year = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(is_working(day=day, pack=RO) for day in year) == 250
