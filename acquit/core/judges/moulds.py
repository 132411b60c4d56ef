"""Moulds: a part of a document that was cut once is filled again, not cut again.

Senders change the texts and numbers of their invoices and hardly ever what stands around them. So
of each part that was read its *form* is remembered, which is the part without its texts, and its
groups are kept as a mould. The next part of that form is told from its tags at once; where its
codes and rates are the same too (so that its *shape* is), a mould takes its other texts, and what
was found out about the groups still holds. A file all of whose forms are known is well-formed
without a parser: those forms were, and texts without ``<`` change nothing about that.

One mould serves one document at a time; a document gives its moulds back when it is done
(``Record.release``), emptied of its words. What is kept is bounded, by its weight in texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from sys import intern
from typing import Any

from acquit.core.judges.cutting import (
    NUMBER,
    SAID,
    Cutting,
    Odd,
    Root,
    allowed,
    has_references,
    parts_of,
    plain,
    rough_parts_of,
    usual_number,
)
from acquit.core.judges.record import Group, Index, Record, Text
from acquit.core.judges.values import places

_TEXT = re.compile(r">(\s*+[^<\s][^<]*+)")
_SHORT_NUMBERS = re.compile(r"(?:\d+(?:\.\d\d?)?\0)*+", re.ASCII)
_KEPT_MAX = 50_000_000  # bytes or so: characters of forms, and what texts of moulds cost
_TEXT_COST = 500
_PART_MAX = 1_000_000  # of one part; a larger one is cut each time
_ALIKE_MAX = 30  # moulds of one shape, for lines that are alike
_Form = str
_Texts = list[Group | str]
_Whole = Mapping[str, list[Any]]
_Half = Mapping[str, Sequence[Any]]


def recalled(data: bytes) -> Record | None:
    """The record of a file all of whose parts are of known forms; None where a parser has to say
    first whether the file is well-formed."""
    parts = rough_parts_of(data)
    known = _memory.forms.get(parts.root.tag) if parts is not None else None
    if parts is None or known is None:
        return None
    found: list[_Written] = []
    for text in (parts.around, *parts.lines):
        written = _Written(text, known)
        if written.holes is None:
            return None
        found.append(written)
    said = " ".join([" ".join(written.values) for written in found])
    # That XML allows these texts is all that the forms leave open.
    if (
        "]]>" in said
        or has_references(said)
        or not (said.isprintable() or allowed(said.encode(), said))
    ):
        return None
    return _assembled(parts.root, found)


def learnt(data: bytes) -> Record | None:
    """The record of a well-formed file, whose forms are known from now on; None where only a
    parser can read it."""
    parts = parts_of(data)
    if parts is None:
        return None
    known = _memory.forms.get(parts.root.tag, {})
    return _assembled(parts.root, [_Written(text, known) for text in (parts.around, *parts.lines)])


class _Written:
    """A part as it is written: its form and its texts, and what the form is if it is known."""

    __slots__ = ("form", "holes", "text", "values")

    def __init__(self, text: str, known: Mapping[_Form, _Holes]) -> None:
        pieces = _TEXT.split(text)
        self.text = text
        self.form = "\0".join(pieces[::2])
        self.values = pieces[1::2]
        self.holes = known.get(self.form)


def forget() -> None:
    """Keeps nothing of what was read."""
    _memory.forget()


class _Holes:
    """What the texts of a form are to the shape of a part, and the moulds of its shapes."""

    __slots__ = ("amounts", "numbers", "said", "shelves")

    def __init__(self, cutting: Cutting) -> None:
        self.shelves: dict[object, _Shelf] = {}
        sorts = [sort for _, _, sort, _, _ in cutting.slots]
        self.said = _picker([at for at, sort in enumerate(sorts) if sort == SAID])
        self.numbers = _picker([at for at, sort in enumerate(sorts) if sort == NUMBER])
        self.amounts = _picker([at for at, slot in enumerate(cutting.slots) if slot[3]])

    def key(self, values: Sequence[str]) -> tuple[object, bool]:
        """What the shape depends on beside the form, and whether an amount has many decimals."""
        said, numbers = self.said(values), self.numbers(values)
        if _SHORT_NUMBERS.fullmatch("\0".join((*numbers, ""))):
            return said, False
        unusual = tuple("" if usual_number(number) else number for number in numbers)
        key = (said, unusual) if any(unusual) else said
        return key, any(places(amount) > 2 for amount in self.amounts(values))


def _picker(chosen: list[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    if len(chosen) > 1:
        return itemgetter(*chosen)
    return lambda values: tuple(values[at] for at in chosen)


class _Shelf:
    """The moulds of one shape that wait for a part."""

    __slots__ = ("free", "made")

    def __init__(self) -> None:
        self.free: list[_Mould] = []
        self.made = 0


class _Memory:
    """What was read: the forms under each start tag of a root."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.forms: dict[str, dict[_Form, _Holes]] = {}
        self.cost = 0

    def pay(self, cost: int) -> None:
        """Room for what costs so much."""
        if self.cost + cost > _KEPT_MAX:
            self.forget()
        self.cost += cost


_memory = _Memory()


class _Mould:
    """The groups of one part, and where its texts stand."""

    __slots__ = ("after", "before", "group", "piece", "place", "plain", "shape", "shelf", "tagged")

    def __init__(self, cutting: Cutting, *, line: bool) -> None:
        self.piece = record = cutting.record
        self.shape = intern("<".join(cutting.shape))  # so that equal ones are told by identity
        self.shelf: _Shelf | None = None
        self.place = cutting.place
        self.group = record.root
        if line:
            (name,) = record.root
            (self.group,) = record.named[name]
            del record.holders[name]  # for the root is none of its own
        self.plain: list[tuple[int, _Texts, int]] = []
        self.tagged: list[tuple[int, _Texts, int, Mapping[str, str]]] = []
        for at, (texts, place, sort, _, attributes) in enumerate(cutting.slots):
            if attributes and sort != SAID:
                self.tagged.append((at, texts, place, attributes))
            elif sort != SAID:
                self.plain.append((at, texts, place))
        kinds: tuple[_Whole, ...] = (record.holders, record.named, record.attributes)
        halves = [_halves(*kind) for kind in zip(kinds, cutting.before, strict=True)]
        self.before, self.after = zip(*halves, strict=True)

    def fill(self, values: Sequence[str]) -> None:
        for at, texts, index in self.plain:
            texts[index] = values[at]
        for at, texts, index, attributes in self.tagged:
            text = Text(values[at])
            text.attributes = attributes
            texts[index] = text

    def give_back(self) -> None:
        """It waits without words, or lets its groups go."""
        if self.place is not None:
            holder, name = self.place
            holder[name].clear()
        self.group.parent = None
        if self.shelf is None:
            for groups in self.piece.named.values():
                for group in groups:
                    group.parent = None
            return
        for _, texts, index in self.plain:
            texts[index] = ""
        for _, texts, index, _ in self.tagged:
            texts[index] = ""
        self.shelf.free.append(self)


def _halves(found: _Whole, counts: Mapping[str, int]) -> tuple[_Half, _Half]:
    """What stands under each name before the lines, and after them."""
    if not counts:
        return {}, found
    before = {name: found[name][:count] for name, count in counts.items()}
    after = {name: all_of[counts.get(name, 0) :] for name, all_of in found.items()}
    return before, {name: some for name, some in after.items() if some}


def _assembled(root: Root, found: Sequence[_Written]) -> Record | None:
    taken: list[_Mould] = []
    long_amounts = False
    try:
        for written in found:
            mould, long = _taken(root, written, line=bool(taken))
            taken.append(mould)
            long_amounts = long_amounts or long
    except Odd:
        _give_back(taken)
        return None
    around, *lines = taken
    record = Record(root.syntax)
    record.root = around.group
    record.kept["long amounts"] = long_amounts
    record.parts = [(mould.shape, mould.group) for mould in taken]
    record.pieces = [mould.piece for mould in taken]
    record.repeated = set().union(*[mould.piece.repeated for mould in taken])
    if around.place is not None:
        holder, name = around.place
        children = holder[name]
        for index, mould in enumerate(lines):
            group = mould.group
            group.parent, group.index = holder, index
            children.append(group)
        if len(lines) > 1:
            record.repeated.add(name)
    kinds = zip(around.before, *(line.after for line in lines), around.after, strict=True)
    record.holders, record.named, record.attributes = map(Index, kinds)
    record.done = partial(_give_back, taken)
    return record


def _give_back(moulds: list[_Mould]) -> None:
    while moulds:
        moulds.pop().give_back()


def _taken(root: Root, written: _Written, *, line: bool) -> tuple[_Mould, bool]:
    """A mould with these texts, and whether an amount of them has more than two decimals."""
    values = written.values
    holes = written.holes
    if holes is None:  # but a line above may have been of that form
        holes = _memory.forms.get(root.tag, {}).get(written.form)
    if "&" in written.text:
        values = list(map(plain, values))
    if holes is not None:
        key, long_amounts = holes.key(values)
        shelf = holes.shelves.get(key)
        if shelf is not None and shelf.free:
            mould = shelf.free.pop()
            mould.fill(values)
            return mould, long_amounts
    cutting = Cutting(root, written.text, line=line)
    if [slot[0][slot[1]] for slot in cutting.slots] != values:
        raise Odd
    cost = len(written.form) + _TEXT_COST * len(values)
    if holes is None:
        holes = _Holes(cutting)
        if cost <= _PART_MAX:
            _memory.pay(cost)
            _memory.forms.setdefault(root.tag, {})[written.form] = holes
        key, long_amounts = holes.key(values)
    mould = _Mould(cutting, line=line)
    if cost <= _PART_MAX:
        shelf = holes.shelves.setdefault(key, _Shelf())
        if shelf.made < _ALIKE_MAX:
            shelf.made += 1
            _memory.pay(cost)
            mould.shelf = shelf
    return mould, long_amounts
