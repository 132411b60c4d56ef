"""What the Factur-X edition asks by table: how often, which attributes, which codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files

from acquit.core.faults import Severity
from acquit.core.judges.cii import LINE, TRANSACTION, empty
from acquit.core.judges.codes import codes
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Breach, Rule
from acquit.core.judges.rulesets import EN16931

Variant = Callable[["Group | str", Group], bool]
_STEP = re.compile(r"(\w+)(?:\[(.*)\])?")


_SHAPES_KEPT = 500  # ways a group may be made up, remembered for each place
_OTHER_USE = Rule("FX-SCH-A-000556", text="guideline", severity=Severity.WARNING, terms=("BT-24",))


class _Place:
    """One place of the table: the rows about what stands there, and the places below it."""

    __slots__ = (
        "allowed", "below", "checks", "conditional", "counts", "fine", "needed", "unneeded",
        "unused", "variant",
    )  # fmt: skip

    def __init__(self, variant: Variant | None) -> None:
        self.variant = variant
        self.below: dict[str, list[tuple[str, _Place]]] = {}  # name -> (variant, place), in order
        self.counts: list[tuple[Rule, str, str, Variant | None]] = []
        self.needed: list[tuple[Rule, str]] = []
        self.unneeded: list[tuple[Rule, str]] = []
        self.allowed: list[tuple[Rule, str, frozenset[str]]] = []
        self.unused: Rule | None = None
        self.checks = False  # whether there is any row about what stands here
        self.conditional = False  # whether some count depends on more than names
        self.fine: set[tuple[str, ...]] = set()  # names that were counted without a fault


def _currency_of(name: str) -> Variant:
    def test(value: Group | str, holder: Group) -> bool:
        found = holder.parent.values(name) if holder.parent is not None else []
        return attribute(value, "currencyID") in found

    return test


def _with(path: tuple[str, ...], wanted: str) -> Variant:
    def test(value: Group | str, _: Group) -> bool:
        return isinstance(value, Group) and wanted in value.values(*path)

    return test


def _with_scheme(wanted: str) -> Variant:
    def test(value: Group | str, _: Group) -> bool:
        return isinstance(value, Group) and any(
            attribute(number, "schemeID") == wanted for number in value.get("ID", ())
        )

    return test


def _variant(text: str) -> Variant:
    """A condition of the table; those with not() are the rest that no other one took."""
    if text.startswith("not(not "):
        return lambda value, _: attribute(value, "listID") not in (None, "5153")
    if text == "not (@listID)":
        return lambda value, _: attribute(value, "listID") is None
    if text.startswith("not("):
        parts = [_variant(part) for part in re.findall(r"not\((.*?)\)(?: |$)", text)]
        return lambda value, holder: not any(part(value, holder) for part in parts)
    left, _, right = text.partition("=")
    right = right.strip('"')
    if left == "@currencyID":
        return _currency_of(right.rpartition("/")[2])
    if left == "ID/@schemeID":
        return _with_scheme(right)
    return _with(tuple(left.split("/")), right)


@cache
def _table() -> _Place:
    top = _Place(None)
    text = files("acquit.core.judges").joinpath("data/cii_structure.txt").read_text("utf-8")
    for row in text.splitlines():
        number, path, check = row.split("\t")
        place, last = top, ""
        for name, condition in _steps(path):
            last = name
            places = place.below.setdefault(name, [])
            found = next((below for known, below in places if known == condition), None)
            if found is None:
                found = _Place(_variant(condition) if condition else None)
                places.append((condition, found))
            place = found
        _add(place, "" if number == "-" else number, check, path, last)
    return top


def _steps(path: str) -> list[tuple[str, str]]:
    """The names of a path with their conditions; a slash may stand in a condition."""
    return [(m[1], " ".join((m[2] or "").split())) for m in re.finditer(
        r"(\w+)(?:\[([^\]]*)\])?(?:/|$)", path)]  # fmt: skip


def _add(place: _Place, number: str, check: str, path: str, name: str) -> None:
    kind, *rest = check.split(" ", 2)
    place.checks = place.checks or kind != "count"
    plain = re.sub(r"\[[^\]]*\]", "", path)
    facts = {"name": name, "path": plain}
    if kind == "unused":
        place.unused = Rule(number, text="unused-cii", severity=Severity.WARNING, facts=facts)
    elif kind == "no":
        facts["name"] = rest[0]
        rule = Rule(number, text="unused-cii", severity=Severity.WARNING, facts=facts)
        place.unneeded.append((rule, rest[0][1:]))
    elif kind == "need":
        facts["name"] = rest[0][1:]
        place.needed.append((Rule(number, text="attribute", facts=facts), rest[0][1:]))
    elif kind == "code":
        text = "guideline" if rest[0] == "fx1" else "code-here"
        named = "" if rest[1] == "." else rest[1][1:]
        place.allowed.append((Rule(number, text=text, facts=facts), named, codes(rest[0])))
    else:
        match = _STEP.fullmatch(rest[1])
        assert match is not None
        facts = {"name": match[1]}
        text = {"=": "exactly-once", "<=": "once", ">=": "at-least-once"}[rest[0]]
        variant = _variant(match[2]) if match[2] else None
        place.conditional = place.conditional or variant is not None
        place.counts.append((Rule(number, text=text, facts=facts), rest[0], match[1], variant))


def _check(
    value: Group | str, holder: Group, name: str, index: int, place: _Place, found: list[Breach]
) -> None:
    """The rows of one place about the one element that stands there."""
    if place.unused is not None:
        found.append(Breach(place.unused, _path(holder, name, index)))
    for rule, named in place.unneeded:
        if attribute(value, named) is not None:
            found.append(Breach(rule, _path(holder, name, index)))
    for rule, named in place.needed:
        if attribute(value, named) is None:
            found.append(Breach(rule, _path(holder, name, index)))
    for rule, named, allowed in place.allowed:
        said = (attribute(value, named) or "") if named else text_of(value)
        if said and said not in allowed:
            if rule.text == "guideline" and said.startswith(EN16931):
                rule = _OTHER_USE  # a use of EN 16931 other than Factur-X is no fault of the file
            found.append(Breach(rule, _path(holder, name, index)))


def _inside(group: Group, place: _Place, found: list[Breach]) -> None:
    if place.counts:
        names = (*group, *(name for name in group if len(group[name]) > 1))
        if names not in place.fine:
            before = len(found)
            _count(group, place, found)
            if len(found) == before and not place.conditional and len(place.fine) < _SHAPES_KEPT:
                place.fine.add(names)
    below = place.below
    for name in group:
        places = below.get(name)
        if places is None:
            continue
        for index, value in enumerate(group[name]):
            # As in the official sheet only the first fitting condition of a place is asked.
            for _, inner in places:
                if inner.variant is None or inner.variant(value, group):
                    if inner.checks:
                        _check(value, group, name, index, inner, found)
                    if isinstance(value, Group):
                        _inside(value, inner, found)
                    break


def _count(group: Group, place: _Place, found: list[Breach]) -> None:
    for rule, sign, name, variant in place.counts:
        values = group.get(name, [])
        count = len(values)
        if variant is not None:
            count = sum(variant(value, group) for value in values)
        if (sign != ">=" and count > 1) or (sign != "<=" and count < 1):
            found.append(Breach(rule, group.path()))


def _path(holder: Group, name: str, index: int) -> str:
    return f"{holder.path()}/{name}" + (f"[{index + 1}]" if index else "")


@cache
def _line() -> _Place:
    """The place of the lines in the table."""
    ((_, transaction),) = _table().below[TRANSACTION]
    ((_, line),) = transaction.below[LINE]
    return line


def by_table(record: Record, parts: Sequence[Group]) -> Iterable[Breach]:
    tops = parts[:1] if parts[0] is record.root else parts
    found = [breach for top in tops for breach in empty(top)]
    for top in tops:
        if top.parent is None:
            _inside(top, _table(), found)
        else:
            if _line().checks:
                _check(top, top.parent, LINE, top.index, _line(), found)
            _inside(top, _line(), found)
    return found
