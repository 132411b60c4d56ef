"""When a document is due, and until when an early payment earns its discount."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Term:
    """A payment term (EN 16931 BT-20). ``discount_percent`` is in percent of the gross amount."""

    code: str
    days: int
    end_of_month: bool
    discount_percent: Decimal
    discount_days: int
    label: str


_SAID = {
    "en": {
        "now": "Due on receipt",
        "net": "{days} net",
        "end": "{days} end of month",
        "discount": "{percent} % within {early}, {rest}",
    },
    "fr": {
        "now": "Payable à réception",
        "net": "{days} net",
        "end": "{days} fin de mois",
        "discount": "Escompte de {percent} % sous {early}, {rest}",
    },
    "de": {
        "now": "Zahlbar sofort nach Erhalt",
        "net": "Zahlbar innerhalb von {days} ohne Abzug",
        "end": "Zahlbar innerhalb von {days} zum Monatsende",
        "discount": "{percent} % Skonto innerhalb von {early}, {rest}",
    },
    "ro": {
        "now": "Plata la primire",
        "net": "Plata în {days}",
        "end": "Plata în {days}, la sfârșitul lunii",
        "discount": "Reducere de {percent} % la plata în {early}, {rest}",
    },
}
_DAYS = {
    "en": ("day", "days"),
    "fr": ("jour", "jours"),
    "de": ("Tag", "Tagen"),
    "ro": ("zi", "zile"),
}


@dataclass(frozen=True, slots=True)
class DueDates:
    """``discount_until`` is None when the term gives no discount; both days are included."""

    due_on: date
    discount_until: date | None
    discount_percent: Decimal


def due_dates(term: Term, *, issued_on: date) -> DueDates:
    """Due date (BT-9) and the last day of the discount.

    "30 days end of month" adds the days first and then goes to the end of the month reached, as
    French practice reads Code de commerce art. L441-10 unless agreed otherwise.
    """
    due = issued_on + timedelta(days=term.days)
    if term.end_of_month:
        due = due.replace(day=monthrange(due.year, due.month)[1])
    if not term.discount_percent:
        return DueDates(due, None, Decimal(0))
    until = min(issued_on + timedelta(days=term.discount_days), due)
    return DueDates(due, until, term.discount_percent)


@lru_cache(maxsize=1024)
def in_words(term: Term, *, locale: str) -> str:
    """What a document says of its term, in the language of its reader.

    The terms a company starts with are said in every language we print; what it wrote itself
    is printed as it wrote it.

    >>> term = Term("NET14", 14, False, Decimal(0), 0, "14 days net")
    >>> in_words(term, locale="fr_FR")
    '14 jours net'
    """
    language = locale[:2] if locale[:2] in _SAID else "en"
    is_ours = term.label == _sentence(term, "en")
    return _sentence(term, language) if is_ours else term.label


def _sentence(term: Term, language: str) -> str:
    said = _SAID[language]
    name = "end" if term.end_of_month else "net" if term.days else "now"
    rest = said[name].format(days=_days(term.days, language))
    if not term.discount_percent:
        return rest
    percent = f"{term.discount_percent.normalize():f}"
    early = _days(term.discount_days, language)
    lower = rest[:1].lower() + rest[1:]
    return said["discount"].format(percent=percent, early=early, rest=lower)


def _days(count: int, language: str) -> str:
    one, many = _DAYS[language]
    # Romanian puts "de" after 20 and more: 19 zile, 20 de zile, 101 zile.
    between = " de" if language == "ro" and (count % 100 > 19 or count % 100 == 0) else ""
    return f"{count}{between} {one if count == 1 else many}"
