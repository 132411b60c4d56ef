"""What a rule is, what a pack of rules is, and how they are run over a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import localcontext
from enum import Enum

from acquit.core.faults import Severity
from acquit.core.judges.record import Group, Record, place
from acquit.core.judges.values import EXACT, Unevaluable

_PLANS_KEPT = 1_000
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


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a standard: where it applies, and a pure test that is true when it is met.

    ``on`` names the groups it is asked about (``""`` is the document); ``when`` keeps some of
    them. With ``value`` the rule is asked about each value of one of these names instead, in groups
    named ``on`` (any group when ``on`` is empty). ``terms`` are the business terms and groups of
    EN 16931 it speaks of, the one at fault first. ``text`` chooses the message, see ``texts``.
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


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that is not met at one place; ``why`` says what could not be evaluated."""

    rule: Rule
    path: str
    why: str = ""


class Lines(Enum):
    """What a pack asks of the lines of an invoice beyond each one's elements and codes.

    See ``folding``. A pack that compares lines with each other is ``ONE_BY_ONE``.
    """

    ONE_BY_ONE = "one by one"
    MULTIPLIED = "multiplied"  # whether quantity times price is the net amount
    ADDED = "added"  # nothing but the sums of their net amounts


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
    valid_to: date | None = None
    extends: str = ""  # the id of the pack it stands on, whose rules come first
    lines: Lines = Lines.ONE_BY_ONE
    # Ids of the publication that this pack does not ask, each with the reason.
    uncovered: tuple[tuple[str, str], ...] = ()
    categories: Callable[[Record], frozenset[str] | None] | None = None
    # The rules that documents of an outline can break, once they were picked.
    plans: dict[Outline, tuple[Rule, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )


def run(pack: RulePack, record: Record) -> list[Breach]:
    """Every rule of the pack that the record does not meet, in the order of the pack."""
    found: list[Breach] = []
    with localcontext(EXACT):
        for rule in _plan(pack, record):
            if rule.unless is not None and rule.unless(record):
                continue
            if rule.value:
                _at_values(rule, record, found)
            else:
                _at_groups(rule, record, found)
        if pack.more is not None:
            found.extend(pack.more(record))
    return found


def _plan(pack: RulePack, record: Record) -> tuple[Rule, ...]:
    """The rules that are asked of a document; those of one sender mostly have one outline."""
    outline = Outline(
        frozenset(record.named),
        frozenset(record.holders),
        frozenset(record.repeated),
        pack.categories(record) if pack.categories is not None else None,
        record.long_amounts(),
    )
    found = pack.plans.get(outline)
    if found is None:
        if len(pack.plans) >= _PLANS_KEPT:
            pack.plans.clear()
        found = tuple(rule for rule in pack.rules if _may_break(rule, outline))
        pack.plans[outline] = found
    return found


def _may_break(rule: Rule, outline: Outline) -> bool:
    asked = rule.value or rule.on
    there = outline.names if rule.value else outline.groups
    if asked and there.isdisjoint(asked):
        return False
    return rule.idle is None or not rule.idle(outline)


def _at_groups(rule: Rule, record: Record, found: list[Breach]) -> None:
    test, when = rule.test, rule.when
    assert test is not None
    if rule.where is not None:
        groups = rule.where(record)
    elif rule.on:
        named = record.named
        groups = [group for name in rule.on if name in named for group in named[name]]
    else:
        groups = (record.root,)
    for group in groups:
        try:
            if (when is None or applies(when, group, record)) and not test(group, record):
                found.append(Breach(rule, group.path()))
        except Unevaluable as stop:
            found.append(Breach(rule, group.path(), str(stop)))


def _at_values(rule: Rule, record: Record, found: list[Breach]) -> None:
    test = rule.value_test
    assert test is not None
    for name in rule.value:
        for holder in record.holders.get(name, ()):
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
