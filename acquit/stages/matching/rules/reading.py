"""What a payment's text says: which known numbers it names, how surely, and in what words.

Pieces of letters and of digits are joined again over the gaps that payers and banks leave, and
looked up; nothing is scanned, so the cost does not grow with the number of open items. A number
that is only a piece of another one, a date, a time or a telephone number is not a reference.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from sys import intern

from acquit.core.payment_references import customer_number, has_form, repairs
from acquit.core.text import fold, normalize_reference
from acquit.stages.matching.rules import hints

_PIECE = re.compile(r"([A-Z]+|[0-9]+)")
_JOINED_MAX = 6  # pieces of one reference: "F", "2026", "02", "0115"
GAP_MAX = 3
KEY_MIN = 3  # letters and digits; shorter ones are in every text
_OWN_MIN = 5  # digits before a chain that are a number of their own, no beginning of one
RF_LENGTH = 4  # "RF" and two check digits
_NO_REFERENCE = re.compile(
    r"\b\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[.:]\d{2} ?UHR\b"
)
# Decimals of an amount are no end of a number: behind a comma, which stands inside of none of ours,
# or behind a point beside a currency. An amount in groups is none at all.
_CURRENCY = "(?:EUR|RON|LEI|USD|GBP|CHF)"
_DECIMALS = re.compile(r"\d[,.]\d\d(?!\d)")  # where there are none, there is no amount
_GROUPED = re.compile(
    r"(?<![A-Z0-9,./-])\d{1,3}(?:(?:\.\d{3})+,|(?:,\d{3})+\.)\d\d(?![0-9]|[,./-][0-9])"
)
_CENTS = re.compile(
    rf"(?<=\d),\d\d(?=$|[^0-9A-Z,./-]|[,./-](?:$|[^0-9])|{_CURRENCY}\b)"
    rf"|(?<=\d)\.\d\d(?= ?{_CURRENCY}\b)"
)
_TELEPHONE_WORDS = "TEL", "FON", "PHONE", "MOBIL"
_TELEPHONE = re.compile(rf"\b(?:{'|'.join(_TELEPHONE_WORDS)})\w*\W{{0,3}}[\d /+-]{{6,}}")
_TELEPHONE_MIN = 9  # digits with which a telephone number is whole
_DIGITS_END = ":"  # comes after digits and before letters
_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LISTED = ",;|"  # between numbers, never inside of one
_SPAN = re.compile(r"\s*(?:-+|–|BIS|TO|A|LA|PANA LA|THROUGH|AU|\.\.+)\s*")
SPAN_MIN = 3  # digits of the ends of a range
SPAN_MAX = 100  # documents in one
SPAN_WORDS_MAX = 4


@dataclass(slots=True)
class Text:
    """A payment's text, folded and cut in pieces: runs of letters or of digits, with where each
    starts and ends. ``words`` are the hints found in it."""

    folded: str
    pieces: list[str]
    starts: list[int]
    ends: list[int]
    words: frozenset[str]
    has_more: bool  # "and others"


def read(text: str) -> Text:
    """The text in pieces; dates, times and telephone numbers are left out."""
    blanked = folded = fold(text)
    if any(word in folded for word in _TELEPHONE_WORDS):
        blanked = _TELEPHONE.sub(_without_number, folded)
    if "." in folded or ":" in folded or folded.count("-") > 1:
        blanked = _NO_REFERENCE.sub(_blank, blanked)
    if ("," in folded or "." in folded) and _DECIMALS.search(folded):
        blanked = _CENTS.sub(_blank, _GROUPED.sub(_blank, blanked))
    parts = _PIECE.split(blanked)
    places = list(itertools.accumulate(map(len, parts)))
    pieces = [intern(piece) for piece in parts[1::2]]  # texts have most of them in common
    starts, ends = places[0:-1:2], places[1::2]
    # Numbers, which hint at nothing, come before letters.
    kinds = hints.kinds_of(folded, [one for one in pieces if one > _DIGITS_END])
    return Text(folded, pieces, starts, ends, *hints.hinted(folded, kinds))


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


def _without_number(found: re.Match[str]) -> str:
    """A telephone number ends with the group of digits that makes it long enough: what stands
    behind it may be one of ours."""
    text, digits = found.group(), 0
    for group in _DIGITS.finditer(text):
        digits += len(group.group())
        if digits >= _TELEPHONE_MIN:
            return " " * group.end() + text[group.end() :]
    return " " * len(text)


def keys(text: str) -> set[str]:
    """Everything in the text that may be a known number, normalised: what is worth looking up."""
    return keys_of(read(text))


def keys_of(parts: Text) -> set[str]:
    """As :func:`keys`, of a text that was read."""
    found = {key for key in _chains(parts) if len(key) >= KEY_MIN}
    for key in [one for one in found if has_form(one)]:
        if key.startswith("RF") and len(key) > RF_LENGTH:
            found.add(key[RF_LENGTH:])
        if number := customer_number(key):
            found.add(number)
    return found


def ends_named(text: str, numbers: Sequence[str]) -> set[str]:
    """Those of the numbers that the text names whole, by their digits, or by how they end.

    The year inside of a number names nothing by itself: that of F2026-001234 is no end of
    F2026-002026.

    >>> sorted(ends_named("F2026-001234, 2160", ["F2026-002026", "F2026-002160"]))
    ['F2026-002160']
    """
    parts = read(text)
    written = keys_of(parts)
    ends = {
        piece.lstrip("0")
        for at, piece in enumerate(parts.pieces)
        if piece < _DIGITS_END and not _is_year_before(parts, at)
    }
    found = set()
    for number in numbers:
        groups = _DIGITS.findall(number)
        is_whole = bool({normalize_reference(number), "".join(groups)} & written)
        if is_whole or (groups and groups[-1].lstrip("0") in ends):
            found.add(number)
    return found


def _is_year_before(text: Text, at: int) -> bool:
    """Whether a piece is the year in a number, which goes on behind it."""
    pieces, starts, ends = text.pieces, text.starts, text.ends
    after = at + 1
    if not _YEAR.fullmatch(pieces[at]) or after == len(pieces) or pieces[after] > _DIGITS_END:
        return False
    if starts[after] - ends[at] > 1 or text.folded[ends[at]] in _LISTED:
        return False
    has_letters = at > 0 and pieces[at - 1] > _DIGITS_END and starts[at] - ends[at - 1] <= 1
    return has_letters or len(pieces[after]) > len(pieces[at])


def lookups(text: Text) -> list[str]:
    """Every form in which something in the text is looked up among the numbers that are known."""
    found = _chains(text)
    odd = [key for key in found if key[0] == "0" or has_form(key)]  # hardly any
    if odd:
        odd += [key.lstrip("0") for key in odd if key[0] == "0"]
        odd += [one for key in odd for one in repairs(key)]
        odd += [key[RF_LENGTH:] for key in odd if key[:2] == "RF"]
    return found + odd


def _chains(text: Text) -> list[str]:
    """What all pieces make together with the next ones, as :func:`joined` has it, without the
    words; of each piece the shortest first."""
    pieces, starts, ends = text.pieces, text.starts, text.ends
    count, found = len(pieces), []
    for at, key in enumerate(pieces):
        is_word = key > _DIGITS_END  # digits come before letters
        if not is_word:
            found.append(key)
        for index in range(at + 1, min(count, at + _JOINED_MAX)):
            if starts[index] - ends[index - 1] > GAP_MAX:
                break
            key += pieces[index]
            is_word = is_word and pieces[index] > _DIGITS_END
            if not is_word:
                found.append(key)
    return found


def joined(text: Text, at: int) -> list[tuple[str, int]]:
    """What pieces from ``at`` on make together, longest first, with the place after the last.

    A gap of up to three characters that are neither letter nor digit joins.
    """
    pieces, starts, ends = text.pieces, text.starts, text.ends
    key, after = pieces[at], at + 1
    found = [(key, after)]
    last = min(len(pieces), at + _JOINED_MAX)
    while after < last and starts[after] - ends[after - 1] <= GAP_MAX:
        key += pieces[after]
        after += 1
        found.append((key, after))
    found.reverse()
    return found


def is_span(text: Text, end: int, start: int) -> bool:
    """Whether between two references stands a word for "to", and nothing else."""
    return _SPAN.fullmatch(text.folded, end, start) is not None


def short_spans(text: Text) -> Iterator[tuple[int, int, int, int]]:
    """Ranges of the ends of numbers, as in "RE 101-105": the first and the last, and the places of
    the text where the one begins and the other ends."""
    pieces, starts, ends = text.pieces, text.starts, text.ends
    for at in range(len(pieces) - 1):
        after = at + 1
        while after < min(len(pieces), at + SPAN_WORDS_MAX) and pieces[after].isalpha():
            after += 1
        if after == len(pieces) or not (pieces[at].isdigit() and pieces[after].isdigit()):
            continue
        if min(len(pieces[at]), len(pieces[after])) < SPAN_MIN:
            continue
        first, last = int(pieces[at]), int(pieces[after])
        if 0 < last - first < SPAN_MAX and is_span(text, ends[at], starts[after]):
            yield first, last, starts[at], ends[after]


def is_whole(text: Text, first: int, after: int, *, is_next: bool = False) -> bool:
    """Whether pieces ``first`` to ``after`` are no piece of a longer number.

    Letters may be glued to letters' side ("RECHNUNGINV1"), digits never to digits: pieces are
    maximal runs, so only a chain with ``/`` or ``-`` to more digits makes a longer number; what
    is long enough to be a number itself is the one before in a list, and so is a known one, which
    it ``is_next`` to.
    """
    pieces, starts, ends = text.pieces, text.starts, text.ends
    head, before = pieces[first], pieces[first - 1]
    if first and not is_next and head.isdigit() and before.isdigit():
        between = text.folded[ends[first - 1] : starts[first]]
        if between in ("/", "-", ".") and len(before) < min(len(head), _OWN_MIN):
            return False
    # A letter glued behind a number belongs to it.
    is_glued = after < len(pieces) and starts[after] == ends[after - 1]
    return not (is_glued and pieces[after - 1].isdigit())
