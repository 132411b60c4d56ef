"""What a rule is, what a pack of rules is, and how they are run over a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import localcontext
from enum import Enum
from itertools import count
from typing import Any

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
    categories: frozenset[str] | None  # its VAT categories, None where they cannot be told
    long_amounts: bool  # whether an amount has more than two decimals


Idle = Callable[[Outline], bool]
# The place of a rule in its pack, and how it is not met; the path of a line begins at the line.
_Memory = tuple[int, "Breach"]
_Plan = tuple[tuple[int, "Rule"], ...]
_Plans = tuple[_Plan, _Plan]  # all rules that can be broken, and those that are not by shape
_Part = tuple[Shape, Group]
_LINE = re.compile(
    rf"/\w+(?:/SupplyChainTradeTransaction)?/(?:{'|'.join(sorted(LINES))})(?:\[\d+\])?(?=/|$)"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a standard: where it applies, and a pure test that is true when it is met.

    ``on`` names the groups it is asked about (``""`` is the document); ``when`` keeps some of
    them. With ``value`` the rule is asked about each value of one of these names instead, in groups
    named ``on`` (any group when ``on`` is empty). ``terms`` are the business terms and groups of
    EN 16931 it speaks of, the one at fault first. ``text`` chooses the message, see ``texts``.
    ``by_shape``: what it says of a group depends on the shape of the part that the group is in and
    on nothing else (see ``cutting``): neither on the words of a text nor on another part.
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

    __slots__ = ("numbers", "outlines", "plans", "plans_of_parts", "shapes")

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        # What the rules by shape say of parts of a shape.
        self.shapes: dict[Shape, tuple[_Memory, ...]] = {}
        # Once they were picked: the rules for documents of an outline, or of parts with such
        # outlines (by their numbers; of several lines; with long amounts).
        self.plans: dict[Outline, _Plans] = {}
        self.plans_of_parts: dict[tuple[frozenset[int], bool, bool], _Plans] = {}
        self.numbers: dict[Outline, int] = {}
        self.outlines: dict[Shape, int] = {}


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
    # Ids of the publication that this pack does not ask, each with the reason.
    uncovered: tuple[tuple[str, str], ...] = ()
    categories: Callable[[Record], frozenset[str] | None] | None = None
    memory: Memory = field(default_factory=Memory, init=False, compare=False, repr=False)


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
    new = [part for part, memory in zip(record.parts, known, strict=True) if memory is None]
    all_rules, not_by_shape = _plan(pack, record, seen=not new)
    anew: _Numbered = []
    with localcontext(EXACT):
        if record.parts and not new:
            found = _answers(not_by_shape, everywhere, everywhere)
        else:
            some = _only(record, new) if 0 < len(new) < len(record.parts) else everywhere
            answers = _answers(all_rules, everywhere, some)
            found = [(at, breach) for at, breach in answers if not breach.rule.by_shape]
            anew = [(at, breach) for at, breach in answers if breach.rule.by_shape]
            if pack.more_by_shape is not None:
                asked = [group for _, group in new] or [record.root]
                anew += [(_LAST, breach) for breach in pack.more_by_shape(record, asked)]
        if pack.more is not None:
            found += [(_LAST, breach) for breach in pack.more(record)]
    if new or any(known):
        anew = _by_part(pack, record, known, anew)
    if anew:
        found += anew
        found.sort(key=lambda row: row[0])
    return _once(breach for _, breach in found)


_NUMBERS = count()  # of outlines, none given twice: others may forget theirs at any time
_ANY_PART = Group("", None, 0)
_LAST = 10**6  # what is found by table is told after all the rules
_Numbered = list[tuple[int, Breach]]  # each with the place of its rule in the pack


def _answers(rules: Iterable[tuple[int, Rule]], everywhere: _Asked, some: _Asked) -> _Numbered:
    """What the rules find, those by shape in some parts only."""
    said: _Numbered = []
    found: list[Breach] = []
    for at, rule in rules:
        _ask(rule, some if rule.by_shape else everywhere, found)
        if found:
            said += [(at, breach) for breach in found]
            found.clear()
    return said


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
    pack: RulePack, record: Record, known: Sequence[tuple[_Memory, ...] | None], anew: _Numbered
) -> _Numbered:
    """What rules by shape say: of new parts what was found, of all others what is remembered."""
    lines = {group.path(): group for _, group in record.parts[1:]} if anew else {}
    places = {id(group): place for place, (_, group) in enumerate(record.parts)}
    memories = [list(memory or ()) for memory in known]
    for at, breach in anew:
        match = _LINE.match(breach.path)
        line = lines.get(match[0]) if match else None
        part = breach.within if breach.within is not None else line
        place = places[id(part)] if part is not None else 0
        if known[place] is None:
            path = breach.path[match.end() :] if match and line is not None else breach.path
            once = _ANY_PART if breach.within is not None else None
            memories[place].append((at, Breach(breach.rule, path, breach.why, once)))
    if len(pack.memory.shapes) + known.count(None) > _SHAPES_KEPT:
        pack.memory.forget()
    said: _Numbered = []
    for (shape, group), before, memory in zip(record.parts, known, memories, strict=True):
        if before is None:
            pack.memory.shapes[shape] = tuple(memory)
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


def _plan(pack: RulePack, record: Record, *, seen: bool) -> _Plans:
    """The rules that are asked of a document; those of one sender mostly have one outline.

    Where each part is of a shape that was seen before, the outlines of the shapes tell it.
    """
    memory = pack.memory
    key = None
    if seen and record.parts:
        numbers = frozenset(_numbers(pack, record))
        key = numbers, len(record.parts) > 2, record.long_amounts()
        found = memory.plans_of_parts.get(key)
        if found is not None:
            return found
    outline = _outline(pack, record)
    found = memory.plans.get(outline)
    if found is None:
        rules = tuple(row for row in enumerate(pack.rules) if _may_break(row[1], outline))
        found = rules, tuple(row for row in rules if not row[1].by_shape)
        _keep(memory.plans, outline, found)
    if key is not None:
        _keep(memory.plans_of_parts, key, found)
    return found


def _keep(plans: dict[Any, _Plans], key: object, found: _Plans) -> None:
    if len(plans) >= _PLANS_KEPT:
        plans.clear()
    plans[key] = found


def _numbers(pack: RulePack, record: Record) -> list[int]:
    """The number of the outline of each part."""
    known = pack.memory.outlines
    found: list[int] = []
    for (shape, _), piece in zip(record.parts, record.pieces, strict=True):
        number = known.get(shape)
        if number is None:
            outline = replace(_outline(pack, piece), long_amounts=False)
            number = pack.memory.numbers.setdefault(outline, next(_NUMBERS))
            known[shape] = number
        found.append(number)
    return found


def _outline(pack: RulePack, record: Record) -> Outline:
    return Outline(
        frozenset(record.named),
        frozenset(record.holders),
        frozenset(record.repeated),
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


def by_shape(rules: Iterable[Rule], *, but: Iterable[str]) -> list[Rule]:
    """The rules as rules by shape, but for those of these ids or beginnings of ids."""
    others = tuple(but)
    return [rule if rule.id.startswith(others) else replace(rule, by_shape=True) for rule in rules]
