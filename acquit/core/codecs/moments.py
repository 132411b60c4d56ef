"""Days and times as UN/CEFACT writes them (UNTDID 2379): 102 is a day, 204 a time to the second.

Neither has a time zone: French messages mean Paris.
"""

from __future__ import annotations

from datetime import date, datetime

DAY, TIME = "102", "204"
NO_TIME = datetime.fromisoformat("0001-01-01T00:00:00")  # where a fault is reported for it


def day_text(day: date) -> str:
    """
    >>> day_text(date(2026, 11, 3))
    '20261103'
    """
    return day.isoformat()[:10].replace("-", "")


def time_text(moment: datetime) -> str:
    """
    >>> time_text(datetime.fromisoformat("2026-11-03T09:05:07"))
    '20261103090507'
    """
    return day_text(moment) + moment.isoformat(timespec="seconds")[11:].replace(":", "")


def read_time(text: str) -> datetime | None:
    """The moment of a day, a time to the minute or one to the second; None where it is none.

    >>> read_time("202611030905"), read_time("20261303")
    (datetime.datetime(2026, 11, 3, 9, 5), None)
    """
    if len(text) not in (8, 12, 14) or not (text.isascii() and text.isdecimal()):
        return None
    try:
        return datetime.fromisoformat(f"{text[:8]}T{text[8:] or '00'}")
    except ValueError:
        return None
