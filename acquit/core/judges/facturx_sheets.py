"""The rules of each level of Factur-X 1.09, as the published sheet of that level states them.

A sheet has a table (``cii_structure``) and rules. Most rules ask what those of EN 16931 ask, some
of them under another id: ``facturx_rules.txt`` says which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from acquit.core.faults import Severity
from acquit.core.judges import cii, cii_structure, cii_totals, cii_vat, facturx_own, fx_extended
from acquit.core.judges.facturx_schema import by_schema
from acquit.core.judges.record import Group, Record
from acquit.core.judges.registry import Breach, Rule


@cache
def _rows() -> tuple[tuple[str, str, str, Severity], ...]:
    """Level, id, the rule of EN 16931 that asks the same (- where none does), severity."""
    text = files("acquit.core.judges").joinpath("data/facturx_rules.txt").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return tuple((level, told, rule, Severity(flag)) for level, told, rule, flag in rows)


def of_en16931(level: str) -> Iterator[Rule]:
    """The rules of EN 16931 that the sheet of a level has too, under the ids it tells."""
    known = {rule.id: rule for rule in (*cii.rules(), *cii_totals.rules(), *cii_vat.rules())}
    if level == "en16931":
        yield from known.values()
    for of, told, number, severity in _rows():
        rule = known.get(number) if of == level else None
        if rule is not None:
            yield replace(rule, id=told, text=rule.text or number, severity=severity)


def rules(level: str) -> tuple[Rule, ...]:
    """All rules of the sheet of a level."""
    own = {
        "minimum": facturx_own.minimum,
        "basic": facturx_own.basic,
        "extended": fx_extended.rules,
    }.get(level, list)
    return (*of_en16931(level), *own())


def compares_lines(level: str) -> Callable[[Record], bool] | None:
    """Which documents of a level have to be judged line by line."""
    return facturx_own.counts_lines if level in ("minimum", "basic") else None


def no_empty(level: str) -> Rule | None:
    """The rule of a level that forbids elements without content."""
    if level == "en16931":
        return cii.NO_EMPTY
    for of, told, number, severity in _rows():
        if of == level and number == cii.NO_EMPTY.id:
            return replace(cii.NO_EMPTY, id=told, text=number, severity=severity)
    return None


def by_part(level: str) -> Callable[[Record, Sequence[Group]], Iterable[Breach]]:
    """What a level asks of some parts of a document, beside its rules."""
    asked = (by_schema(level), cii_structure.by_table(level, no_empty(level)))
    return lambda record, parts: [breach for ask in asked for breach in ask(record, parts)]
