"""What the Factur-X edition asks by table: how often, which attributes, which codes.

Each level has a table of its own. Plain EN 16931 is judged by that of the level EN 16931, where
what has no use is worth a warning; under a declared level it is a fault.
"""

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
_TABLES = {"": "cii_structure", "en16931": "cii_structure"}  # others are called by their level
_GUIDELINE = "GuidelineSpecifiedDocumentContextParameter/ID"
_LINE_TOTALS = "SpecifiedTradeSettlementLineMonetarySummation"
_OF_THE_DOCUMENT = "=/CrossIndustryInvoice/"  # a condition on a line that another part decides


class _Place:
    """One place of the table: the rows about what stands there, and the places below it."""

    __slots__ = (
        "allowed", "below", "checks", "conditional", "counts", "fine", "needed", "unneeded",
        "unused", "variant",
    )  # fmt: skip

    def __init__(self, variant: Variant | None) -> None:
        self.variant = variant
        self.below: dict[str, list[tuple[str, _Place]]] = {}  # name -> (variant, place), in order
        self.counts: list[tuple[Rule, str, int, str, Variant | None]] = []
        self.needed: list[tuple[Rule, str]] = []
        self.unneeded: list[tuple[Rule, str]] = []
        self.allowed: list[tuple[Rule, str, frozenset[str]]] = []
        self.unused: Rule | None = None
        self.checks = False  # whether there is any row about what stands here
        self.conditional = False  # whether some count depends on more than names
        self.fine: set[tuple[str, ...]] = set()  # names that were counted without a fault


def _currency_of(path: str) -> Variant:
    """The currency is the one that stands beside the group, or anywhere in the document."""
    *above, name = path.removeprefix("/CrossIndustryInvoice/").split("/")

    def beside(value: Group | str, holder: Group) -> bool:
        found = holder.parent.values(name) if holder.parent is not None else []
        return attribute(value, "currencyID") in found

    def of_the_document(value: Group | str, holder: Group) -> bool:
        top = holder
        while top.parent is not None:
            top = top.parent
        return attribute(value, "currencyID") in top.values(*above, name)

    return beside if path.startswith("..") else of_the_document


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


def _with_attribute(name: str, wanted: str | None) -> Variant:
    if wanted is None:
        return lambda value, _: attribute(value, name) is not None
    return lambda value, _: attribute(value, name) == wanted


def _variant(text: str) -> Variant:
    """A condition of the table; those with not() are the rest that no other one took."""
    if " and " in text:
        parts = [_variant(part) for part in text.split(" and ")]
        return lambda value, holder: all(part(value, holder) for part in parts)
    if text.startswith("not"):
        other = _variant(text.strip()[3:].strip()[1:-1].strip())
        return lambda value, holder: not other(value, holder)
    left, _, right = text.strip().partition("=")
    right = right.strip('"')
    if left == "@currencyID":
        return _currency_of(right)
    if left == "ID/@schemeID":
        return _with_scheme(right)
    if left.startswith("@"):
        return _with_attribute(left[1:], right or None)
    return _with(tuple(left.split("/")), right)


@cache
def _table(level: str, *, of_the_document: bool = False) -> _Place:
    """The table of a level; conditions on lines that other parts decide have one of their own."""
    top = _Place(None)
    name = _TABLES.get(level, f"facturx_{level}")
    text = files("acquit.core.judges").joinpath(f"data/{name}.txt").read_text("utf-8")
    for row in text.splitlines():
        if (_OF_THE_DOCUMENT in row) is not of_the_document:
            continue
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
        _add(place, "" if number == "-" else number, check, path, last, declared=level != "")
    return top


def _steps(path: str) -> list[tuple[str, str]]:
    """The names of a path with their conditions; a slash may stand in a condition."""
    return [(m[1], " ".join((m[2] or "").split())) for m in re.finditer(
        r"(\w+)(?:\[([^\]]*)\])?(?:/|$)", path)]  # fmt: skip


def _add(place: _Place, number: str, check: str, path: str, name: str, *, declared: bool) -> None:
    kind, *rest = check.split(" ", 2)
    place.checks = place.checks or kind != "count"
    plain = re.sub(r"\[[^\]]*\]", "", path)
    facts = {"name": name, "path": plain}
    unused = Severity.FATAL if declared else Severity.WARNING
    if kind == "unused":
        place.unused = Rule(number, text="unused-cii", severity=unused, facts=facts)
    elif kind == "no":
        facts["name"] = rest[0]
        rule = Rule(number, text="unused-cii", severity=unused, facts=facts)
        place.unneeded.append((rule, rest[0][1:]))
    elif kind == "need":
        facts["name"] = rest[0][1:]
        place.needed.append((Rule(number, text="attribute", facts=facts), rest[0][1:]))
    elif kind == "code":
        text = "code-here"
        if path.endswith(_GUIDELINE):
            text = "guideline-of-level" if declared else "guideline"
        named = "" if rest[1] == "." else rest[1][1:]
        place.allowed.append((Rule(number, text=text, facts=facts), named, codes(rest[0])))
    else:
        match = _STEP.fullmatch(rest[1])
        assert match is not None
        facts = {"name": match[1]}
        sign, limit = rest[0].rstrip("2"), 2 if rest[0].endswith("2") else 1
        text = {"=": "exactly-once", "<=": "once", ">=": "at-least-once"}[sign]
        text = "twice" if limit == 2 else text
        variant = _variant(match[2]) if match[2] else None
        place.conditional = place.conditional or variant is not None or limit > 1
        rule = Rule(number, text=text, facts=facts)
        place.counts.append((rule, sign, limit, match[1], variant))


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
    for rule, sign, limit, name, variant in place.counts:
        values = group.get(name, [])
        count = len(values)
        if variant is not None:
            count = sum(variant(value, group) for value in values)
        if (sign != ">=" and count > limit) or (sign != "<=" and count < 1):
            found.append(Breach(rule, group.path()))


def _path(holder: Group, name: str, index: int) -> str:
    return f"{holder.path()}/{name}" + (f"[{index + 1}]" if index else "")


@cache
def _line(level: str) -> _Place:
    """The place of the lines in the table; MINIMUM and BASIC WL have none."""
    ((_, transaction),) = _table(level).below[TRANSACTION]
    places = transaction.below.get(LINE)
    return places[0][1] if places else _Place(None)


def by_table(
    level: str, no_empty: Rule | None
) -> Callable[[Record, Sequence[Group]], Iterable[Breach]]:
    """What a level asks by table (without a name: plain EN 16931), of some parts of a document.
    Elements without content break the rule ``no_empty``, where the level has it."""

    def asked(record: Record, parts: Sequence[Group]) -> Iterable[Breach]:
        tops = parts[:1] if parts[0] is record.root else parts
        found: list[Breach] = []
        if no_empty is not None:
            found = [breach for top in tops for breach in empty(top, no_empty)]
        line = _line(level)
        for top in tops:
            if top.parent is None:
                _inside(top, _table(level), found)
            else:
                if line.checks:
                    _check(top, top.parent, LINE, top.index, line, found)
                _inside(top, line, found)
        return found

    return asked


def by_document(level: str) -> Callable[[Record], Iterable[Breach]]:
    """What the table of a level asks of lines that the rest of the document decides: whether a
    VAT total is in a currency of the invoice."""

    def asked(record: Record) -> Iterable[Breach]:
        found: list[Breach] = []
        if any(group.name == _LINE_TOTALS for group in record.holders.get("TaxTotalAmount", ())):
            _inside(record.root, _table(level, of_the_document=True), found)
        return found

    return asked
