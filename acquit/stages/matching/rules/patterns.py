"""What a payer's earlier texts show about how he writes, learnt from texts whose money is settled.

Two things are learnt, each of one customer and from three texts or more:

- a *frame*: a word behind which there was a number each time another one, and never one of ours.
  It is the number a bank gives to a transfer, or the payer's own voucher ("OP 381523"): it is no
  reference that we fail to know, and what it looks like is an accident.
- a *sign*: a word or number that stood in most texts of the customer's money where one account
  pays for several customers, and in no text of the others' ("KDNR 4711", the name of a plant).
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from acquit.core.text import fold
from acquit.stages.matching.rules.books import SERIAL_MIN, digits_of
from acquit.stages.matching.rules.columns import column
from acquit.stages.matching.rules.inputs import Id, PaidItem, SettledText
from acquit.stages.matching.rules.reading import GAP_MAX, Text, read

LEAST = 3  # texts that show a pattern
TEXTS_MAX = 60  # of an account that are looked at, the latest ones
_FEW = 12  # of one customer
SIGN_MIN = 4  # letters or digits of a sign
_FRAMED = re.compile(rf"([A-Z]+)[^A-Z0-9]{{0,{GAP_MAX}}}([0-9]{{{SERIAL_MIN},}})")
_MOST = 3, 4  # of a customer's texts of the account have the sign
NUMBER = "#"  # stands for any number in a pattern: "OP #"


class Pattern(NamedTuple):
    """What was learnt of a customer: a frame ("OP #") or a sign ("4711"), from so many texts."""

    customer: Id
    value: str
    times: int


class _Paid:
    """The texts of payments, by their places in the history."""

    def __init__(self, history: Sequence[PaidItem]) -> None:
        self.customer: Sequence[Id] = column(history, "customer")
        self.account: Sequence[str] = column(history, "payer_iban")
        self._paid_on: Sequence[int] = column(history, "paid_on")
        self._text: Sequence[str] = column(history, "text")
        self._number: Sequence[str] = column(history, "number")

    def texts(self, rows: Iterable[int]) -> list[SettledText]:
        """By day, in whatever order they were given."""
        numbers: dict[tuple[Id, int, str, str], list[str]] = defaultdict(list)
        for row in rows:
            if text := self._text[row]:
                key = self.customer[row], self._paid_on[row], self.account[row], text
                numbers[key].append(self._number[row])
        return [
            SettledText(customer, iban, text, tuple(found))
            for (customer, _on, iban, text), found in sorted(numbers.items(), key=_by_day)
        ]


def _by_day(one: tuple[tuple[Id, int, str, str], list[str]]) -> tuple[int, str, str, str]:
    (customer, paid_on, iban, text), _numbers = one
    return paid_on, text, iban, str(customer)


def texts_of(history: Sequence[PaidItem]) -> list[SettledText]:
    """The texts of payments, each with all the numbers that it settled of a customer."""
    return _Paid(history).texts(range(len(history)))


class Told:
    """Texts by customer and by account, the latest last; what they show is worked out when it is
    first asked for. ``dropped`` are patterns that do not count: customer and value. Payments of a
    ``history`` have their texts too."""

    def __init__(
        self,
        texts: Iterable[SettledText] = (),
        dropped: Collection[tuple[Id, str]] = (),
        *,
        history: Sequence[PaidItem] = (),
    ) -> None:
        self._of: dict[Id, list[SettledText]] = defaultdict(list)
        self._from: dict[str, list[SettledText]] = defaultdict(list)
        self._paid, self._dropped = _Paid(history), dropped
        self._paid_of, self._paid_from = _rows(self._paid.customer), _rows(self._paid.account)
        self._frames: dict[Id, frozenset[str]] = {}
        self._signs: dict[str, dict[str, Id]] = {}
        for one in texts:
            self._of[one.customer].append(one)
            if one.payer_iban:
                self._from[one.payer_iban].append(one)

    def frames(self, customer: Id) -> frozenset[str]:
        """Words behind which this customer's texts have numbers that are never ours."""
        known = self._frames.get(customer)
        if known is None:
            found = _frames(customer, self._texts_of(customer))
            known = frozenset(one.value.removesuffix(f" {NUMBER}") for one in self._counting(found))
            self._frames[customer] = known
        return known

    def signed(self, account: str, text: Text) -> Id | None:
        """The one customer whose sign the text has, of those the account pays for."""
        if account not in self._signs:
            found = self._counting(_signs(self._texts_from(account)))
            self._signs[account] = {one.value: one.customer for one in found}
        known = self._signs[account]
        meant = {known[piece] for piece in text.pieces if piece in known} if known else set()
        return meant.pop() if len(meant) == 1 else None

    def patterns(self) -> list[Pattern]:
        """All that was learnt, whether it counts or not."""
        found = [
            one
            for customer in dict.fromkeys((*self._of, *self._paid_of))
            for one in _frames(customer, self._texts_of(customer))
        ]
        accounts = dict.fromkeys((*self._from, *self._paid_from))
        found += [one for account in accounts for one in _signs(self._texts_from(account))]
        return found

    def _texts_of(self, customer: Id) -> list[SettledText]:
        paid = self._paid.texts(self._paid_of.get(customer, ()))
        return self._of.get(customer, []) + paid

    def _texts_from(self, account: str) -> list[SettledText]:
        paid = self._paid.texts(self._paid_from.get(account, ()))
        return self._from.get(account, []) + paid

    def _counting(self, found: Sequence[Pattern]) -> Iterator[Pattern]:
        return (one for one in found if (one.customer, one.value) not in self._dropped)


def _rows(keys: Iterable[Any]) -> dict[Any, array[int]]:
    """Where the payments of each stand. They are put together when their texts are asked for: most
    never are."""
    rows: dict[Any, array[int]] = {}
    for row, key in enumerate(keys):
        if key not in rows:
            rows[key] = array("I")
        rows[key].append(row)
    rows.pop("", None)
    return rows


def framed(text: Text) -> Iterator[tuple[int, str]]:
    """Numbers with a word right before them: the place of the piece, and the word."""
    pieces = text.pieces
    for at in range(1, len(pieces)):
        word = pieces[at - 1]
        if (
            len(pieces[at]) >= SERIAL_MIN
            and pieces[at].isdigit()
            and word.isalpha()
            and text.starts[at] - text.ends[at - 1] <= GAP_MAX
        ):
            yield at, word


def _frames(customer: Id, texts: Sequence[SettledText]) -> list[Pattern]:
    if len(texts) < LEAST:
        return []
    others: dict[str, set[str]] = defaultdict(set)
    ours: set[str] = set()
    for one in texts[-_FEW:]:
        for word, digits in _FRAMED.findall(fold(one.text)):
            if word in ours:
                continue
            if _is_ours(digits, one.numbers):
                ours.add(word)
            else:
                others[word].add(digits)
    return [
        Pattern(customer, f"{word} {NUMBER}", len(found))
        for word, found in others.items()
        if len(found) >= LEAST and word not in ours
    ]


def _signs(texts: Sequence[SettledText]) -> list[Pattern]:
    texts = texts[-TEXTS_MAX:]
    sizes = Counter(one.customer for one in texts)
    if len(sizes) < 2:
        return []
    seen: dict[str, Counter[Id]] = defaultdict(Counter)
    for one in texts:
        for piece in set(read(one.text).pieces):
            if len(piece) >= SIGN_MIN and not _is_ours(piece, one.numbers):
                seen[piece][one.customer] += 1
    least, of = _MOST
    found = []
    for piece, counts in seen.items():
        ((customer, times),) = counts.most_common(1)
        if len(counts) == 1 and times >= LEAST and times * of >= sizes[customer] * least:
            found.append(Pattern(customer, piece, times))
    return found


def _is_ours(piece: str, numbers: Sequence[str]) -> bool:
    """Whether digits are a piece of one of these numbers, or its last group with zeros before."""
    if not piece.isdigit():
        return False
    bare = piece.lstrip("0")
    return any(
        piece in number or piece in digits or bare == serial
        for number, (digits, serial) in zip(numbers, map(digits_of, numbers), strict=True)
    )
