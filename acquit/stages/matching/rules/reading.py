"""What a payment's text says: which known numbers it names, how surely, and in what words.

Pieces of letters and of digits are joined again over the gaps that payers and banks leave, and
looked up; nothing is scanned, so the cost does not grow with the number of open items. A number
that is only a piece of another one, a date, a time or a telephone number is not a reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from acquit.core.text import fold

PIECE = re.compile(r"[A-Z]+|[0-9]+")
_JOINED_MAX = 6  # pieces of one reference: "F", "2026", "02", "0115"
_GAP_MAX = 3
KEY_MIN = 3  # letters and digits; shorter ones are in every text
RF_LENGTH = 4  # "RF" and two check digits
_NO_REFERENCE = re.compile(
    r"\b\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[.:]\d{2} ?UHR\b"
    r"|\b(?:TEL|FON|PHONE|MOBIL)\w*\W{0,3}[\d /+-]{6,}"
)
_SPAN = re.compile(r"\s*(?:-+|–|BIS|TO|A|PANA LA|THROUGH|AU|\.\.+)\s*")
_MORE = re.compile(r"\bU\. ?A\b|\bETC\b|\bAUTRES\b|\bALTELE\b|\.\.\.|\bAND OTHERS\b|\bUND ANDERE\b")
_WORDS = {
    "part": re.compile(
        r"\bRATE?\b|\bRATA\b|TEILZAHL|\bPART(?:IAL)?\b|ACOMPTE SUR|INSTAL+MENT|ABSCHLAG|\bTRANSA\b"
    ),
    "less": re.compile(
        r"\bABZUG|\bABZ\b|MANGEL|DAMAGE|RETOUR|RETURN|\bLESS\b|\bMINUS\b|LIPSA|DEDUCT|KURZUNG|DEFECT"
        r"|\bPRIX\b|\bPRICE\b|AVARI|RECLAM|REKLAM"
    ),
    "advance": re.compile(
        r"ANZAHLUNG|ADVANCE|VORAUS|VORKASSE|PREPAY|\bAVANS\b|DEPOSIT|ACOMPTE COMMANDE|PROFORMA"
    ),
    "back": re.compile(r"ERSTATT|REFUND|REMBOURS|RAMBURS|GUTSCHRIFT|CLAIM\b"),
}


class Piece(NamedTuple):
    """A run of letters or of digits of the folded text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """A payment's text, folded and cut in pieces. ``words`` are the hints found in it."""

    folded: str
    pieces: tuple[Piece, ...]
    words: frozenset[str]
    has_more: bool  # "and others"


def read(text: str) -> Text:
    """The text in pieces; dates, times and telephone numbers are left out."""
    folded = fold(text)
    blanked = _NO_REFERENCE.sub(lambda found: " " * len(found.group()), folded)
    pieces = tuple(Piece(m.group(), m.start(), m.end()) for m in PIECE.finditer(blanked))
    words = frozenset(name for name, pattern in _WORDS.items() if pattern.search(folded))
    return Text(folded, pieces, words, _MORE.search(folded) is not None)


def keys(text: str) -> set[str]:
    """Everything in the text that may be a known number, normalised: what is worth looking up."""
    return keys_of(read(text))


def keys_of(parts: Text) -> set[str]:
    """As :func:`keys`, of a text that was read."""
    found: set[str] = set()
    for at in range(len(parts.pieces)):
        for key, _after in joined(parts, at):
            if len(key) >= KEY_MIN and not key.isalpha():
                found.add(key)
                if key.startswith("RF") and len(key) > RF_LENGTH:
                    found.add(key[RF_LENGTH:])
    return found


def joined(text: Text, at: int) -> list[tuple[str, int]]:
    """What pieces from ``at`` on make together, longest first, with the place after the last.

    A gap of up to three characters that are neither letter nor digit joins.
    """
    pieces = text.pieces
    found: list[tuple[str, int]] = []
    key = ""
    end = pieces[at].start
    for index in range(at, min(len(pieces), at + _JOINED_MAX)):
        piece = pieces[index]
        if piece.start - end > _GAP_MAX:
            break
        key += piece.text
        end = piece.end
        found.append((key, index + 1))
    found.reverse()
    return found


def is_span(text: Text, end: int, start: int) -> bool:
    """Whether between two references stands a word for "to", and nothing else."""
    return _SPAN.fullmatch(text.folded, end, start) is not None


def is_whole(text: Text, first: int, after: int) -> bool:
    """Whether pieces ``first`` to ``after`` are no piece of a longer number.

    Letters may be glued to letters' side ("RECHNUNGINV1"), digits never to digits: pieces are
    maximal runs, so only a chain with ``/`` or ``-`` to more digits makes a longer number.
    """
    pieces, folded = text.pieces, text.folded
    head, tail = pieces[first], pieces[after - 1]
    if head.text.isdigit() and first and pieces[first - 1].text.isdigit():
        between = folded[pieces[first - 1].end : head.start]
        if between in ("/", "-", ".") and len(pieces[first - 1].text) < len(head.text):
            return False
    if tail.text.isdigit() and after < len(pieces):
        follower = pieces[after]
        if follower.start == tail.end:  # a letter glued behind a number belongs to it
            return False
    return True
