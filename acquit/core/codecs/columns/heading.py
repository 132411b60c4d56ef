"""What stands above the table of a remittance advice: its number and the day of the payment.

A page says them in a line of words, "Avis de paiement n° 7781", and a sheet in two cells of a row.
Only what directly follows a word for it counts, so that no other number is taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from acquit.core.codecs.columns import DATES, day_of, plain, words_for

NUMBER_MIN = 4  # letters; a shorter one says nothing inside of another text
_DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}")
_NUMBER = re.compile(r"(?=\S*\d)[A-Za-z0-9][A-Za-z0-9/_.-]*[A-Za-z0-9]")
_AMOUNT = re.compile(r"\d[\d.,]*[.,]\d\d")
_BETWEEN = re.compile(r"(?:n[o°ºr]?|nr|no|num(?:ber|mer|[eé]ro|[aă]r)?|id|ref)?[.:#°]*", re.I)


@dataclass(frozen=True, slots=True)
class Heading:
    """ "" and None where it says nothing."""

    number: str = ""
    day: date | None = None


def heading(rows: Iterable[Sequence[str]], text: str = "") -> Heading:
    """Of the rows above a table. ``text`` is the whole of it, whose days say how they are written.

    >>> heading([["Zahlungsavis Nr. ZA-4711 vom 2.3.2026"], ["Zahldatum:", "03.03.2026"]])
    Heading(number='ZA-4711', day=datetime.date(2026, 3, 3))
    """
    numbers, days = [], []
    lines = [" ".join(cells).split() for cells in rows]
    for words in lines:
        for found in _after(words, words_for("number")):
            if _is_number(found):
                numbers.append(found)
        days += [found for found in _after(words, words_for("date")) if _DAY.fullmatch(found)]
    return Heading(_only(numbers), _day(_only(days), text or "\n".join(map(" ".join, lines))))


def _after(words: Sequence[str], labels: Sequence[str]) -> list[str]:
    """The word behind each of these labels, a word for number between them left out."""
    told = [plain(word) for word in words]
    found = []
    for label in labels:
        parts = label.split()
        for at in range(len(told) - len(parts)):
            if told[at : at + len(parts)] != parts:
                continue
            rest = at + len(parts)
            while rest < len(words) and _BETWEEN.fullmatch(words[rest]):
                rest += 1
            found += [words[rest].strip(".,;:#()")] if rest < len(words) else []
    return found


def _is_number(word: str) -> bool:
    return (
        len(word) >= NUMBER_MIN
        and _NUMBER.fullmatch(word) is not None
        and not _DAY.fullmatch(word)
        and not _AMOUNT.fullmatch(word)
    )


def _only(found: Sequence[str]) -> str:
    """What all say; "" where they differ, since nobody can tell which it is."""
    return found[0] if len(set(found)) == 1 else ""


def _day(word: str, text: str) -> date | None:
    """The day as all days of the text are written: 02/11/2026 beside 26/10/2026 is in November."""
    sign = next((one for one in word if not one.isdigit()), "")
    like = [one for one in _DAY.findall(text) if sign and sign in one] or [word]
    fitting = [way for way in DATES if all(day_of(one, (way,)) for one in like)]
    return day_of(word, fitting[:1]) if fitting and word else None
