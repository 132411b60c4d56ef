"""Which known numbers a line names: each with its place, its strength and what it stands for."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from string import ascii_uppercase
from typing import NamedTuple

from acquit.core.payment_references import customer_number, has_form, read_reference, repairs
from acquit.core.text import normalize_reference
from acquit.stages.matching.rules.books import SERIAL_MIN, Books
from acquit.stages.matching.rules.inputs import Advice, BankLine, Id
from acquit.stages.matching.rules.patterns import framed
from acquit.stages.matching.rules.payers import Payers
from acquit.stages.matching.rules.reading import RF_LENGTH, Text, is_span, is_whole, joined, read
from acquit.stages.matching.rules.similar import TAIL_MIN

EXACT, ORDER, SERIAL = "exact", "order", "serial"
CUT_MIN = 3  # letters from which on the beginning of a word is known
_RARE = "02R"  # what is known in another form than it is written in begins with one of these
AND = frozenset({"U", "UND", "ET", "SI", "AND", "E", "Y", "N", "NR", "NO"})  # words inside a list


class Mention(NamedTuple):
    """Items or paid items that one place of the text may mean; -1 as place: the end-to-end id."""

    strength: str
    start: int
    end: int
    first: int  # pieces
    after: int
    items: tuple[int, ...] = ()
    paid: tuple[int, ...] = ()


@dataclass(slots=True)
class Named:
    """All that a line names in what is ``written``. ``words`` are the hints found in it, and
    ``has_more`` says "and others"; ``loose`` are digits that nothing known explains."""

    written: str
    words: frozenset[str] = frozenset()
    has_more: bool = False
    mentions: tuple[Mention, ...] = ()
    customers: tuple[Id, ...] = ()
    advice: Advice | None = None
    spans: tuple[tuple[int, int], ...] = ()  # pairs of mentions
    loose: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()  # digits in groups with a space between, that nothing explains
    passed: tuple[int, ...] = ()  # pieces that are no number of ours
    learnt: tuple[int, ...] = ()  # of them, those of which the payer's texts tell so
    _text: Text | None = None
    _runs: list[tuple[str, int, int]] | None = None

    @property
    def text(self) -> Text:
        if self._text is None:
            self._text = read(self.written)
        return self._text

    @property
    def goes_on(self) -> str:
        """Whether what stands behind the last number that is known may be more of a list: "list"
        where a word stands there, or the beginning of one, that stood before a number or stands
        between two, "on" where digits do, else ""."""
        pieces = self.text.pieces
        last = max((one.after for one in self.mentions if one.first >= 0), default=0)
        rest = [pieces[at] for at in range(last, len(pieces)) if at not in self.passed]
        before = AND.union(pieces[:last])
        if any(piece in before for piece in rest) or _is_cut(rest, before):
            return "list"
        return "on" if any(not piece.isalpha() for piece in rest) else ""

    @property
    def runs(self) -> list[tuple[str, int, int]]:
        """Digits of the text, joined over gaps, with their places: what may be like a number.
        ``TAIL_MIN`` or more, since fewer are like every number."""
        if self._runs is None:
            self._runs = _digit_runs(self.text, self.passed)
        return self._runs

    def rest(self) -> None:
        """Forget what can be read again: it is more than all that was found."""
        self._text = self._runs = None


def _is_cut(rest: Sequence[str], before: Collection[str]) -> bool:
    """Whether the text ends within a word that stood in it before."""
    last = rest[-1] if rest else ""
    return len(last) >= CUT_MIN and any(word.startswith(last) for word in before)


def named(line: BankLine, text: Text, books: Books, payers: Payers) -> Named:
    """Everything that the text and the end-to-end id name."""
    found = Named(line.text, text.words, text.has_more, _text=text)
    _scan(text, books, payers, found)
    _pass(found, line, payers)
    if line.end_to_end:
        beside = Named(line.end_to_end)
        _scan(beside.text, books, payers, beside)
        found.mentions += tuple(
            one._replace(start=-1, end=-1, first=-1, after=-1) for one in beside.mentions
        )
        found.customers += beside.customers
        found.loose += beside.loose
        found.chains += beside.chains
        found.advice = beside.advice or found.advice
    placed = [m for m in found.mentions if m.start >= 0]
    found.spans = tuple(
        (at, at + 1)
        for at, (one, other) in enumerate(itertools.pairwise(placed))
        if one.items and other.items and is_span(text, one.end, other.start)
    )
    return found


def _pass(found: Named, line: BankLine, payers: Payers) -> None:
    """Numbers that never are ours where they stand in this payer's texts are passed over, and so
    is a year: what they look like is an accident."""
    text = found.text
    weak = [one.first for one in found.mentions if one.strength == SERIAL]
    if not weak and not found.loose:
        return
    framed_ones = [
        (at, word) for at, word in framed(text) if at in weak or text.pieces[at] in found.loose
    ]
    frames = payers.frames(line) if framed_ones else frozenset()
    found.learnt = tuple([at for at, word in framed_ones if word in frames])
    found.passed = (*_year(found, line.day), *found.learnt)
    if found.passed:
        found.loose = _without(found.loose, [text.pieces[at] for at in found.passed])
        found.mentions = tuple(
            one for one in found.mentions if one.strength != SERIAL or one.first not in found.passed
        )


def _year(found: Named, day: int) -> list[int]:
    """The pieces of "MARTIE 2026" or "03/2026" where the year of the day, or the one before, is
    the only number of its length: that it ends like a document's is an accident."""
    pieces, year = found.text.pieces, date.fromordinal(day).year
    long_ones = [at for at, one in enumerate(pieces) if len(one) >= TAIL_MIN and one.isdigit()]
    if len(long_ones) != 1 or pieces[long_ones[0]] not in (str(year), str(year - 1)):
        return []
    first = last = long_ones[0]
    if any(one.first <= last < one.after for one in found.mentions if one.strength != SERIAL):
        return []
    while first and pieces[first - 1].isdigit() and len(pieces[first - 1]) <= 2:
        first -= 1
    return list(range(first, last + 1))


def _without(several: Sequence[str], some: Sequence[str]) -> tuple[str, ...]:
    return tuple((Counter(several) - Counter(some)).elements())


def _digit_runs(text: Text, passed: Collection[int]) -> list[tuple[str, int, int]]:
    pieces = text.pieces
    found = []
    for at, piece in enumerate(pieces):
        if at in passed or (not piece.isdigit() and piece != "O"):
            continue
        for key, after in joined(text, at):
            digits = key.replace("O", "0")
            if len(digits) >= TAIL_MIN and digits.isdigit():
                found.append((digits, text.starts[at], text.ends[after - 1]))
    return found


def documents_in(text: str, books: Books) -> list[int]:
    """The open items whose number or order stands in a few words about one document."""
    exact = books.numbers.get(normalize_reference(text))
    if exact:
        return list(exact)
    whole = read(text)
    for at in range(len(whole.pieces)):
        for key, after in joined(whole, at):
            hit = None if key.isalpha() else _known(key, books)
            if hit and hit[0] != SERIAL and hit[1] and is_whole(whole, at, after):
                return list(hit[1])
    return []


def declared_by(line: BankLine, books: Books) -> Id:
    """The customer who declared what this line is for; None where nobody did."""
    advice = books.advice_of.get(line.id)
    if advice is None or not advice.is_declared:
        return None
    owners = {
        books.customer[at] for part in advice.parts for at in documents_in(part.number, books)
    }
    return owners.pop() if len(owners) == 1 else None


def _scan(text: Text, books: Books, payers: Payers, found: Named) -> None:
    at = 0
    pieces = text.pieces
    while at < len(pieces):
        mention = _at(text, at, books, payers, found)
        if mention is None:
            if pieces[at].isdigit():
                if len(pieces[at]) >= SERIAL_MIN:
                    found.loose += (pieces[at],)
                elif chain := _chain(text, at):
                    found.chains += (chain,)
            at += 1
            continue
        if mention.items or mention.paid:
            found.mentions += (mention,)
        at = mention.after


def _chain(text: Text, at: int) -> str:
    """The group of digits at this place with those that follow it, each after one space; empty
    where none does or it is none that begins there."""
    pieces, starts, ends, folded = text.pieces, text.starts, text.ends, text.folded
    if at and pieces[at - 1].isdigit() and folded[ends[at - 1] : starts[at]] == " ":
        return ""
    after = at + 1
    while (
        after < len(pieces)
        and pieces[after].isdigit()
        and folded[ends[after - 1] : starts[after]] == " "
    ):
        after += 1
    return "".join(pieces[at:after]) if after > at + 1 else ""


def _at(text: Text, at: int, books: Books, payers: Payers, found: Named) -> Mention | None:
    """The longest known number that begins at this piece."""
    known, by_number = books.keys, payers.by_number
    last = found.mentions[-1] if found.mentions else None
    is_next = last is not None and last.after == at and last.strength == EXACT
    several = joined(text, at)
    for key, after in several:
        is_met = key in known or key in by_number or (key[0] in _RARE and _is_rare(key, books))
        if not is_met or key.isalpha():
            continue
        start, end = text.starts[at], text.ends[after - 1]
        if key.startswith("RF") and len(key) > RF_LENGTH + SERIAL_MIN:
            behind = books.numbers.get(key[RF_LENGTH:])
            if behind:  # wrong check digits: one of its digits was mistyped
                strength = EXACT if read_reference(key) else SERIAL
                return Mention(strength, start, end, at, after, tuple(behind))
        named = customer_number(key)
        if named in payers.by_number:
            found.customers += (payers.by_number[named],)
            return Mention(EXACT, start, end, at, after)
        hit = _known(key, books)
        if hit and is_whole(text, at, after, is_next=is_next):
            strength, items, paid = hit
            return Mention(strength, start, end, at, after, tuple(items), tuple(paid))
        if key in payers.by_number and len(key) > 3:
            found.customers += (payers.by_number[key],)
            return Mention(EXACT, start, end, at, after)
        if key in books.advices:
            found.advice = books.advices[key]
            return Mention(EXACT, start, end, at, after)
    return _repaired(text, at, several, books)


def _repaired(
    text: Text, at: int, several: Sequence[tuple[str, int]], books: Books
) -> Mention | None:
    """The reference with wrong check digits that begins at this piece, where only one that is
    known can be meant: one of its digits was mistyped, or two changed places."""
    for key, after in several:
        if not has_form(key):  # nearly all
            continue
        meant = {
            item
            for one in repairs(key)
            for item in books.orders.get(one)
            or (books.numbers.get(one[RF_LENGTH:], ()) if one[:2] == "RF" else ())
        }
        if len(meant) == 1:
            return Mention(SERIAL, text.starts[at], text.ends[after - 1], at, after, (*meant,))
    return None


def _is_rare(key: str, books: Books) -> bool:
    """What is known in another form than it is written in."""
    if key.isdigit():
        is_known = key[0] == "0" and key.lstrip("0") in books.keys
        return is_known or customer_number(key) != ""
    return key[:2] == "RF"


def _known(key: str, books: Books) -> tuple[str, Sequence[int], Sequence[int]] | None:
    items = books.numbers.get(key) or books.digits.get(key)
    if items and not key.isdigit():
        # A word before a number may be part of it: "RE 2026-0815" of 2026-0815 and of RE-2026-0815.
        bare = books.numbers.get(key.lstrip(ascii_uppercase))
        items = [*items, *bare] if bare and bare != items else items
    paid = books.paid_numbers.get(key, ())
    if items:
        return EXACT, items, ()
    orders = books.orders.get(key)
    if orders:
        # What has check digits cannot be meant for anything else, and names one document.
        is_checked = len(orders) == 1 and read_reference(key) is not None
        return (EXACT if is_checked else ORDER), orders, ()
    if key.isdigit():
        serials = books.serials.get(key.lstrip("0"))
        if serials:
            return SERIAL, serials, paid
    if paid:
        return (SERIAL if key.isdigit() and len(key) <= 7 else EXACT), (), paid
    return None
