"""Which of several documents a text means by their day or month: "facture du 20/08/2026", "Miete
September"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

_DAY = re.compile(r"(?<!\d)(\d{1,2})[./-](\d{1,2})[./-](?:20)?(\d\d)(?!\d)")
_ISO_DAY = re.compile(r"(?<!\d)20(\d\d)-(\d\d)-(\d\d)(?!\d)")
_MONTH = re.compile(r"(?<![\d./-])(\d{1,2})[./](20\d\d)(?!\d)")
_NAMES = (  # English, French, German, Romanian, folded
    ("JANUARY", "JANVIER", "JANUAR", "IANUARIE"),
    ("FEBRUARY", "FEVRIER", "FEBRUAR", "FEBRUARIE"),
    ("MARCH", "MARS", "MAERZ", "MARZ", "MARTIE"),
    ("APRIL", "AVRIL", "APRILIE"),
    ("MAY", "MAI"),
    ("JUNE", "JUIN", "JUNI", "IUNIE"),
    ("JULY", "JUILLET", "JULI", "IULIE"),
    ("AUGUST", "AOUT"),
    ("SEPTEMBER", "SEPTEMBRE", "SEPTEMBRIE"),
    ("OCTOBER", "OCTOBRE", "OKTOBER", "OCTOMBRIE"),
    ("NOVEMBER", "NOVEMBRE", "NOIEMBRIE"),
    ("DECEMBER", "DECEMBRE", "DEZEMBER", "DECEMBRIE"),
)
_NUMBER = {name: month for month, names in enumerate(_NAMES, 1) for name in names}
_NAMED = re.compile(rf"\b({'|'.join(_NUMBER)})\b(?: (20\d\d)\b)?")


class Days:
    """The days and months that a folded text names; false where it names none.

    >>> Days("FACTURE DU 20/08/2026").one_of([date(2026, 8, 20).toordinal(), 739_000])
    0
    """

    def __init__(self, folded: str) -> None:
        self._days = {
            f"20{year}-{int(month):02}-{int(day):02}" for day, month, year in _DAY.findall(folded)
        }
        self._days |= {f"20{year}-{month}-{day}" for year, month, day in _ISO_DAY.findall(folded)}
        named = _NAMED.findall(folded)
        self._months = {f"-{_NUMBER[name]:02}-" for name, year in named if not year}
        self._months |= {f"{year}-{_NUMBER[name]:02}-" for name, year in named if year}
        self._months |= {f"{year}-{int(month):02}-" for month, year in _MONTH.findall(folded)}

    def __bool__(self) -> bool:
        return bool(self._days or self._months)

    def one_of(self, issued: Sequence[int]) -> int | None:
        """Which of the documents of these days is told by its day of issue, or by its month: its
        place; None where it is none or not only one."""
        written = [date.fromordinal(one).isoformat() for one in issued]
        fits = [at for at, day in enumerate(written) if day in self._days]
        if len(fits) != 1:
            fits = [at for at, day in enumerate(written) if any(one in day for one in self._months)]
        return fits[0] if len(fits) == 1 else None
