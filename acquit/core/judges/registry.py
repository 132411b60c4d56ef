"""What a rule is, what a pack of rules is, and how they are run over a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import localcontext
from enum import Enum
from itertools import count
from typing import Any, NamedTuple

from acquit.core.faults import Severity
from acquit.core.judges.record import LINES, Group, Record, Shape, place
from acquit.core.judges.values import EXACT, Unevaluable

_PLANS_KEPT = 1_000
_SHAPES_KEPT = 5_000
Test = Callable[[Group, Record], bool]
ValueTest = Callable[["Group | str", Group, Record], bool]
Where = Callable[[Record], Iterable[Group]]
Unless = Callable[[Record], bool]


@dataclass(frozen=True, slots=True)
class Outline:
    """What a document is made of: enough to know of many rules that nothing can break them."""

    groups: frozenset[str]  # the names of its groups
    names: frozenset[str]  # the names of everything in them
    repeated: frozenset[str]  # names that some group holds more than once
    attributes: frozenset[str]  # the names of its attributes, as a record lists them
    categories: frozenset[str] | None  # its VAT categories, None where they cannot be told
    long_amounts: bool  # whether an amount has more than two decimals


Idle = Callable[[Outline], bool]
# The place of a rule in its pack, and how it is not met; the path of a line begins at the line.
_Memory = tuple[int, "Breach"]
_Plan = tuple[tuple[int, "Rule"], ...]
_Part = tuple[Shape, Group]
_LINE = re.compile(
    rf"/\w+(?:/SupplyChainTradeTransaction)?/(?:{'|'.join(sorted(LINES))})(?:\[\d+\])?(?=/|$)"
)


class _Seen(NamedTuple):
    """What is known of parts of a shape."""

    said: tuple[_Memory, ...]  # by the rules by shape
    outline: int  # the number of its outline
    marks: int | None  # their number, None where some rules by marks could not be evaluated


class _Plans(NamedTuple):
    """The rules that can be broken in documents of an outline."""

    by_shape: _Plan
    by_marks: _Plan
    each_time: _Plan  # neither by shape nor by marks


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a standard: where it applies, and a pure test that is true when it is met.

    ``on`` names the groups it is asked about (``""`` is the document); ``when`` keeps some of
    them. With ``value`` the rule is asked about each value of one of these names instead, in groups
    named ``on`` (any group when ``on`` is empty). ``terms`` are the business terms and groups of
    EN 16931 it speaks of, the one at fault first. ``text`` chooses the message, see ``texts``.
    ``by_shape``: what it says of a group depends on the shape of the part that the group is in and
    on nothing else (see ``cutting``): neither on the words of a text nor on another part.
    ``by_marks``: whether a document breaks it depends on the marks of its parts
    (``RulePack.marks``) and on which of them stand more than once, and on nothing else.
    """

    id: str
    test: Test | None = None
    on: tuple[str, ...] = ()
    when: Test | None = None
    value: tuple[str, ...] = ()
    value_test: ValueTest | None = None
    terms: tuple[str, ...] = ()
    text: str = ""
    severity: Severity = Severity.FATAL
    facts: Mapping[str, str] = field(default_factory=dict)
    where: Where | None = None  # finds the groups itself, instead of on and when
    unless: Unless | None = None  # true: nothing in this document can break the rule
    idle: Idle | None = None  # true: nothing in any document of this outline can
    by_shape: bool = False
    by_marks: bool = False


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that is not met at one place; ``why`` says what could not be evaluated."""

    rule: Rule
    path: str
    why: str = ""
    # Of which part the document is told: a line or, for all the rest, the root.
    within: Group | None = field(default=None, compare=False, repr=False)


class Lines(Enum):
    """What a pack asks of the lines of an invoice beyond each one's elements and codes.

    See ``folding``. A pack that compares lines with each other is ``ONE_BY_ONE``.
    """

    ONE_BY_ONE = "one by one"
    MULTIPLIED = "multiplied"  # whether quantity times price is the net amount
    ADDED = "added"  # nothing but the sums of their net amounts


class Memory:
    """What a pack found out about documents; nothing of it names one or quotes one."""

    __slots__ = ("marks", "numbers", "plans", "plans_of_parts", "shapes")

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.shapes: dict[Shape, _Seen] = {}
        # The marks of documents that obey all rules by marks.
        self.marks: dict[tuple[frozenset[int | None], ...], bool] = {}
        # Once they were picked: the rules for documents of an outline, or of parts with such
        # outlines (by their numbers; of several lines; with long amounts).
        self.plans: dict[Outline, _Plans] = {}
        self.plans_of_parts: dict[tuple[frozenset[int], bool, bool], _Plans] = {}
        self.numbers: dict[object, int] = {}  # of outlines and of marks

    def number(self, of: object) -> int:
        return self.numbers.setdefault(of, next(_NUMBERS))


@dataclass(frozen=True, slots=True)
class RulePack:
    """The rules of one publication, dated: what it is, who says so, and from which day to which."""

    id: str
    title: str
    source: str
    valid_from: date
    syntax: str  # ubl or cii
    rules: tuple[Rule, ...] = ()
    more: Callable[[Record], Iterable[Breach]] | None = None  # rules by table, in one pass
    # Of these those by shape, asked at least of some parts (of all where the first is the root).
    more_by_shape: Callable[[Record, Sequence[Group]], Iterable[Breach]] | None = None
    valid_to: date | None = None
    extends: str = ""  # the id of the pack it stands on, whose rules come first
    lines: Lines = Lines.ONE_BY_ONE
    # Documents whose lines are compared with each other all the same.
    compares_lines: Callable[[Record], bool] | None = None
    # Ids of the publication that this pack does not ask, each with the reason.
    uncovered: tuple[tuple[str, str], ...] = ()
    categories: Callable[[Record], frozenset[str] | None] | None = None
    # All that the rules by marks look at in one part, which its shape tells; None where some of
    # them could not be evaluated.
    marks: Callable[[Record], object | None] | None = None
    memory: Memory = field(default_factory=Memory, init=False, compare=False, repr=False)

    def asked_of_lines(self, record: Record) -> Lines:
        """What is asked of the lines of this document; it may come without them."""
        if self.compares_lines is not None and self.compares_lines(record):
            return Lines.ONE_BY_ONE
        return self.lines


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where rules are asked: in the whole record, or in some of its parts."""

    record: Record
    named: Mapping[str, list[Group]]
    holders: Mapping[str, list[Group]]
    root: bool = True  # whether the document itself is asked


def run(pack: RulePack, record: Record) -> list[Breach]:
    """Every rule of the pack that the record does not meet, in the order of the pack.

    Rules by shape are asked of the parts whose shape is new; of the others it is remembered what
    they say.
    """
    everywhere = _Asked(record, record.named, record.holders)
    known = [pack.memory.shapes.get(shape) for shape, _ in record.parts]
    pairs = zip(known, record.pieces, strict=True)
    parts = [_described(pack, piece) if seen is None else seen for seen, piece in pairs]
    new = [part for part, seen in zip(record.parts, known, strict=True) if seen is None]
    anew: _Numbered = []
    with localcontext(EXACT):
        plans = _plan_of_parts(pack, record, parts) if parts else _plan(pack, record)
        found = _answers(plans.each_time, everywhere)
        if plans.by_marks:
            found += _by_marks(pack, parts, plans, everywhere)
        if new or not parts:
            some = _only(record, new) if len(new) < len(parts) else everywhere
            anew = _answers(plans.by_shape, some)
            if pack.more_by_shape is not None:
                asked = [group for _, group in new] or [record.root]
                anew += [(_LAST, breach) for breach in pack.more_by_shape(record, asked)]
        if pack.more is not None:
            found += [(_LAST, breach) for breach in pack.more(record)]
    if new or any(part.said for part in parts):
        anew = _by_part(pack, record, parts, new, anew)
    if found or anew:
        found += anew
        found.sort(key=lambda row: row[0])
    return _once(breach for _, breach in found)


_NUMBERS = count()  # none is given twice: others may forget theirs at any time
_ANY_PART = Group("", None, 0)
_LAST = 10**6  # what is found by table is told after all the rules
_Numbered = list[tuple[int, Breach]]  # each with the place of its rule in the pack


def _answers(rules: _Plan, asked: _Asked) -> _Numbered:
    """What the rules find."""
    said: _Numbered = []
    found: list[Breach] = []
    for at, rule in rules:
        _ask(rule, asked, found)
        if found:
            said += [(at, breach) for breach in found]
            found.clear()
    return said


def _by_marks(
    pack: RulePack, parts: Sequence[_Seen], plans: _Plans, everywhere: _Asked
) -> _Numbered:
    """What the rules by marks say; documents of marks that obeyed them are not asked again."""
    marks = [part.marks for part in parts]
    kinds = frozenset(marks)
    key = kinds, frozenset([kind for kind in kinds if marks.count(kind) > 1])
    if key in pack.memory.marks:
        return []
    found = _answers(plans.by_marks, everywhere)
    if not found and kinds and None not in kinds:
        _keep(pack.memory.marks, key, True)
    return found


def _once(breaches: Iterable[Breach]) -> list[Breach]:
    """Without those that are told of the document because of several parts of it."""
    told: set[str] = set()
    found = []
    for breach in breaches:
        if breach.within is not None:
            if breach.rule.id in told:
                continue
            told.add(breach.rule.id)
        found.append(breach)
    return found


def _by_part(
    pack: RulePack,
    record: Record,
    parts: Sequence[_Seen],
    new: Sequence[_Part],
    anew: _Numbered,
) -> _Numbered:
    """What rules by shape say: of new parts what was found, of all others what is remembered."""
    lines = {group.path(): group for _, group in record.parts[1:]} if anew else {}
    places = {id(group): place for place, (_, group) in enumerate(record.parts)}
    memories = [list(part.said) for part in parts]
    unseen = {id(group) for _, group in new}
    for at, breach in anew:
        match = _LINE.match(breach.path)
        line = lines.get(match[0]) if match else None
        part = breach.within if breach.within is not None else line
        place = places[id(part)] if part is not None else 0
        if id(record.parts[place][1]) in unseen:
            path = breach.path[match.end() :] if match and line is not None else breach.path
            once = _ANY_PART if breach.within is not None else None
            memories[place].append((at, Breach(breach.rule, path, breach.why, once)))
    if len(pack.memory.shapes) + len(new) > _SHAPES_KEPT:
        pack.memory.forget()
    said: _Numbered = []
    for (shape, group), seen, memory in zip(record.parts, parts, memories, strict=True):
        if id(group) in unseen:
            pack.memory.shapes[shape] = seen._replace(said=tuple(memory))
        for at, breach in memory:
            if group is not record.root and breach.within is None:
                breach = replace(breach, path=group.path() + breach.path)
            said.append((at, breach))
    return said


def _only(record: Record, parts: list[_Part]) -> _Asked:
    """Some parts of a record."""
    named: dict[str, list[Group]] = {}
    holders: dict[str, list[Group]] = {}
    chosen = {id(group) for _, group in parts}
    others = {id(group) for _, group in record.parts if id(group) not in chosen}

    def take(group: Group) -> None:
        for name, children in group.items():
            holders.setdefault(name, []).append(group)
            for below in children:
                if below.__class__ is Group and id(below) not in others:
                    named.setdefault(name, []).append(below)  # type: ignore[arg-type]
                    take(below)  # type: ignore[arg-type]

    root = id(record.root) in chosen
    if root:
        take(record.root)
    else:
        for _, line in parts:
            named.setdefault(line.name, []).append(line)
            take(line)
    return _Asked(record, named, holders, root)


def _ask(rule: Rule, asked: _Asked, found: list[Breach]) -> None:
    if rule.unless is not None and rule.unless(asked.record):
        return
    if rule.value:
        _at_values(rule, asked, found)
    else:
        _at_groups(rule, asked, found)


def _described(pack: RulePack, piece: Record) -> _Seen:
    """What a part is to the rules, before any was asked of it."""
    outline = replace(_outline(pack, piece), long_amounts=False)
    marks = pack.marks(piece) if pack.marks is not None else ()
    number = pack.memory.number
    numbered = number((piece.root.name, marks)) if marks is not None else None
    return _Seen((), number(outline), numbered)


def _plan_of_parts(pack: RulePack, record: Record, parts: Sequence[_Seen]) -> _Plans:
    """The rules that are asked of a document; those of one sender mostly have one outline, which
    the outlines of its parts tell."""
    numbers = frozenset([part.outline for part in parts])
    key = numbers, len(parts) > 2, record.long_amounts()
    found = pack.memory.plans_of_parts.get(key)
    if found is None:
        found = _plan(pack, record)
        _keep(pack.memory.plans_of_parts, key, found)
    return found


def _plan(pack: RulePack, record: Record) -> _Plans:
    outline = _outline(pack, record)
    found = pack.memory.plans.get(outline)
    if found is None:
        rules = tuple(row for row in enumerate(pack.rules) if _may_break(row[1], outline))
        by_shape, by_marks, each_time = (
            tuple(row for row in rules if (row[1].by_shape, row[1].by_marks) == sort)
            for sort in ((True, False), (False, True), (False, False))
        )
        found = _Plans(by_shape, by_marks, each_time)
        _keep(pack.memory.plans, outline, found)
    return found


def _keep(memory: dict[Any, Any], key: object, found: object) -> None:
    if len(memory) >= _PLANS_KEPT:
        memory.clear()
    memory[key] = found


def _outline(pack: RulePack, record: Record) -> Outline:
    return Outline(
        frozenset(record.named),
        frozenset(record.holders),
        frozenset(record.repeated),
        frozenset(record.attributes),
        pack.categories(record) if pack.categories is not None else None,
        record.long_amounts(),
    )


def _may_break(rule: Rule, outline: Outline) -> bool:
    asked = rule.value or rule.on
    there = outline.names if rule.value else outline.groups
    if asked and there.isdisjoint(asked):
        return False
    return rule.idle is None or not rule.idle(outline)


def _at_groups(rule: Rule, asked: _Asked, found: list[Breach]) -> None:
    test, when, record = rule.test, rule.when, asked.record
    assert test is not None
    groups: Iterable[Group]
    if rule.where is not None:
        groups = rule.where(record)
    elif rule.on:
        named = asked.named
        groups = [group for name in rule.on if name in named for group in named[name]]
    else:
        groups = (record.root,) if asked.root else ()
    for group in groups:
        try:
            if (when is None or applies(when, group, record)) and not test(group, record):
                found.append(Breach(rule, group.path()))
        except Unevaluable as stop:
            found.append(Breach(rule, group.path(), str(stop)))


def _at_values(rule: Rule, asked: _Asked, found: list[Breach]) -> None:
    test, record = rule.value_test, asked.record
    assert test is not None
    for name in rule.value:
        for holder in asked.holders.get(name, ()):
            if rule.on and holder.name not in rule.on:
                continue
            if rule.when is not None and not applies(rule.when, holder, record):
                continue
            for index, value in enumerate(holder[name]):
                try:
                    if not test(value, holder, record):
                        found.append(Breach(rule, place(holder, name, index)))
                except Unevaluable as stop:
                    found.append(Breach(rule, place(holder, name, index), str(stop)))


def applies(when: Test, group: Group, record: Record) -> bool:
    """A condition that cannot be evaluated does not apply: so do patterns of XSLT."""
    try:
        return when(group, record)
    except Unevaluable:
        return False


def rules_of(*parts: Sequence[Rule]) -> tuple[Rule, ...]:
    """One tuple of all rules; two of one id at one place would be a mistake of ours."""
    return tuple(rule for part in parts for rule in part)


def by_shape(
    rules: Iterable[Rule], *, but: Iterable[str], by_marks: Collection[str] = ()
) -> list[Rule]:
    """The rules as rules by shape, but for those of these ids or beginnings of ids, and for those
    by marks."""
    others = tuple(but)
    return [
        replace(rule, by_marks=True) if rule.id in by_marks
        else rule if rule.id.startswith(others)
        else replace(rule, by_shape=True)
        for rule in rules
    ]  # fmt: skip
