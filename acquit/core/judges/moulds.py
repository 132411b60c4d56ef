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
from typing import Any

from acquit.core.judges.cutting import (
    NUMBER,
    SAID,
    Cutting,
    Odd,
    Parts,
    parts_of,
    plain,
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
_Form = tuple[str, ...]
_Written = tuple[_Form, list[str]]
_Texts = list[Group | str]
_Whole = Mapping[str, list[Any]]
_Half = Mapping[str, Sequence[Any]]


class Document:
    """A file on its way to a record, as ``record.read`` gives it."""

    __slots__ = ("_forms", "_parts")

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        found = map(_TEXT.split, (parts.around, *parts.lines))
        # Of each part its form and its texts.
        self._forms: list[_Written] = [(tuple(pieces[::2]), pieces[1::2]) for pieces in found]

    def recalled(self) -> Record | None:
        """The record of a file all of whose parts are of known forms; None where a parser has to
        say first whether the file is well-formed."""
        tag, known = self._parts.root.tag, _memory.forms
        if self._parts.sure and all((tag, form) in known for form, _ in self._forms):
            return _assembled(self._parts, self._forms)
        return None

    def learnt(self) -> Record | None:
        """The record of a well-formed file, whose forms are known from now on; None where only a
        parser can read it."""
        return _assembled(self._parts, self._forms)


def document(data: bytes) -> Document | None:
    """The file in its parts; None where only a parser can read it."""
    parts = parts_of(data)
    return Document(parts) if parts is not None else None


def forget() -> None:
    """Keeps nothing of what was read."""
    _memory.forget()


class _Holes:
    """What the texts of a form are to the shape of a part."""

    __slots__ = ("amounts", "numbers", "said")

    def __init__(self, cutting: Cutting) -> None:
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
    """What was read: forms under the start tag of their root, and the moulds of each shape."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.forms: dict[tuple[str, _Form], _Holes] = {}
        self.shelves: dict[tuple[_Holes, object], _Shelf] = {}
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
        self.shape = "<".join(cutting.shape)
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


def _assembled(parts: Parts, found: list[_Written]) -> Record | None:
    taken: list[_Mould] = []
    long_amounts = False
    try:
        for text, (form, values) in zip((parts.around, *parts.lines), found, strict=True):
            mould, long = _taken(parts, text, form, values, line=bool(taken))
            taken.append(mould)
            long_amounts = long_amounts or long
    except Odd:
        _give_back(taken)
        return None
    around, *lines = taken
    record = Record(parts.root.syntax)
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


def _taken(
    parts: Parts, text: str, form: _Form, values: list[str], *, line: bool
) -> tuple[_Mould, bool]:
    """A mould with these texts, and whether an amount of them has more than two decimals."""
    if "&" in text:
        values = list(map(plain, values))
    tag = parts.root.tag
    holes = _memory.forms.get((tag, form))
    if holes is not None:
        key, long_amounts = holes.key(values)
        shelf = _memory.shelves.get((holes, key))
        if shelf is not None:
            try:
                mould = shelf.free.pop()
            except IndexError:
                pass
            else:
                mould.fill(values)
                return mould, long_amounts
    cutting = Cutting(parts.root, text, line=line)
    if [slot[0][slot[1]] for slot in cutting.slots] != values:
        raise Odd
    cost = sum(map(len, form)) + _TEXT_COST * len(values)
    if holes is None:
        holes = _Holes(cutting)
        if cost <= _PART_MAX:
            _memory.pay(cost)
            _memory.forms[tag, form] = holes
        key, long_amounts = holes.key(values)
    mould = _Mould(cutting, line=line)
    if cost <= _PART_MAX:
        shelf = _memory.shelves.setdefault((holes, key), _Shelf())
        if shelf.made < _ALIKE_MAX:
            shelf.made += 1
            _memory.pay(cost)
            mould.shelf = shelf
    return mould, long_amounts
