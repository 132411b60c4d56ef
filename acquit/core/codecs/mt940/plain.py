"""Plain entries: all those of a part of the file are taken apart by one expression.

An entry is plain where field 61 has its commonest form and one field 86 follows. The fields of 86
are found with it where they are numbered in the order of the DK. Whatever else there is has no
row here and is read by ``reader`` field by field; both say the same of a plain entry.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from acquit.core.codecs.mt940 import entry
from acquit.core.codecs.mt940.narrative import IN_ORDER, Narrative
from acquit.core.documents.bank import BankLine, LineStatus

NEXT = "\n:61:"
WORDS = "\n:86:"
NO_REFERENCE = frozenset({"NONREF", "NOTPROVIDED", "KREF+"})
# Days, mark, units, cents, code, own and bank's reference; then the groups of narrative.IN_ORDER,
# "" where field 86 is written otherwise. Only "" where the entry is not plain.
Row = tuple[str, ...]
IN_WORDS = slice(7, None)

# A tag begins with one character of its own, behind the mark that ends a field of the DK.
_BEGIN, _BROKEN = "?\x02", "?\x01"
# A line that ends in field 61, in a tag, or before the first text of 86: what stands on the next
# one must not be taken for its continuation.
_EARLY_END = re.compile("(\x02(?:61:[^\n\x02]*+|[^\n\x02]{0,8}+))\n")
_ROW = re.compile(
    r"\x0261:(?:(\d{6}(?:\d{4})?+)([CD])[A-Z]?+(\d{1,15}+),(\d\d)([A-Z][A-Z0-9]{3})"
    r"([^/?]*+)(?://([^?]*+))?+(?<! )"
    rf"\?\x0286:(?:{IN_ORDER}(?=\?\x0261:|\Z)|[^\x01\x02]*+(?=\x0261:|\Z))|)"
)
_NOTHING: Row = ("",) * _ROW.groups
_BOOKED = LineStatus.BOOKED
_new = tuple.__new__  # takes all fields in their order; the class itself takes twice as long


def rows(text: str, *, number: int) -> list[Row]:
    """The fields of each of the ``number`` entries of ``text``, which begins with one."""
    bare = text.removesuffix("\r").replace("\r\n", "\n")
    if "\r" in bare:
        bare = bare.replace("\r", "")
        if any(bare.count(tag) != text.count(tag) for tag in ("\n:", NEXT, WORDS)):
            return [_NOTHING] * number  # a return stood inside of a tag, which is text then
    if "\x01" in bare or "\x02" in bare:
        return [_NOTHING] * number
    parted = _EARLY_END.sub(rf"\1{_BROKEN}", bare.replace("\n:", _BEGIN))
    return _ROW.findall(parted.replace("\n", ""))


@lru_cache(maxsize=4096)
def days(text: str) -> tuple[date, date] | None:
    """Booking and value date of a row; None where the calendar has no such days, or no row."""
    try:
        value, booked, is_shortened = entry.days(text[:6], text[6:])
    except ValueError:
        return None
    return None if is_shortened else (booked, value)


def line(
    row: Row,
    dates: tuple[date, date],
    currency: str,
    said: Narrative,
    position: int,
    entry_number: int,
    start: int,
    end: int,
) -> BankLine:
    """The movement of a row, between the bytes ``start`` and ``end``."""
    _, mark, units, cents, code, own, banks, _, _, _, _, _, _ = row
    (
        text, name, iban, ultimate, end_to_end, mandate, reference, business, booking_text,
        purpose, reason, charges, sent,
    ) = said  # fmt: skip
    if own and not end_to_end and own not in NO_REFERENCE:
        end_to_end = own.strip()
    minor = int(units + cents)
    is_told = (charges or sent) and mark == "C"
    kept = entry.kept(charges, sent, minor, currency) if is_told else 0
    booked, value = dates
    return _new(
        BankLine,
        (
            position, entry_number, booked, value, minor if mark == "C" else -minor, currency,
            _BOOKED, name, iban, ultimate, end_to_end, mandate, text,
            (reference,) if reference else (), (), banks.strip(),
            f"{code}+{business}" if business else code, purpose, booking_text, False, reason, kept,
            None, "", None, start, end, (),
        ),
    )  # fmt: skip
