"""Profiles: how a file of some origin is written. One TOML file each; nothing in it is executed.

A profile maps columns, names formats of dates and the decimal mark, sets constants, derives
columns and rejects rows by conditions written as cells of a decision table. The profile
``standard`` needs no file: its columns are called as in the kind, dates are ISO 8601.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from acquit.core.faults import Refused
from acquit.core.tables.cells import Predicate, parse_cell, predicate
from acquit.core.tables.values import FactSpec
from acquit.core.tables.values import Kind as ValueKind
from acquit.intake.kinds import Column, ColumnType, Kind, RowReject

STANDARD = "standard"
AUTO = "auto"
SHIPPED = ("online-retail",)
_VALUE_KINDS = {
    ColumnType.TEXT: ValueKind.TEXT,
    ColumnType.DECIMAL: ValueKind.DECIMAL,
    ColumnType.DATE: ValueKind.DATE,
}


class UnknownProfile(Refused):
    """There is no such profile, or it is for another kind; the fault lists those there are."""


@dataclass(frozen=True, slots=True)
class Test:
    """Conditions on columns that must all hold."""

    tests: tuple[tuple[str, Predicate], ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        return all(test(_comparable(values.get(column))) for column, test in self.tests)


@dataclass(frozen=True, slots=True)
class Derivation:
    column: str
    when: Test
    value: str


@dataclass(frozen=True, slots=True)
class Rejection:
    when: Test
    reject: RowReject


@dataclass(frozen=True, slots=True)
class Option:
    """A value the import may be given, and the column it fills where the file has none."""

    column: str
    title: str


@dataclass(frozen=True, slots=True)
class Profile:
    """``columns`` maps a column of the kind to the names it may have in the header."""

    name: str
    kind: str
    title: str
    columns: Mapping[str, tuple[str, ...]]
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    decimal_mark: str = "."
    constants: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Option] = field(default_factory=dict)
    derive: tuple[Derivation, ...] = ()
    reject: tuple[Rejection, ...] = ()

    def mapping(self, header: list[str]) -> dict[str, str]:
        """Column of the kind -> name in this header, for those that are there."""
        by_name = {_folded(name): name for name in header}
        found = {}
        for column, names in self.columns.items():
            name = next((by_name[_folded(n)] for n in names if _folded(n) in by_name), None)
            if name is not None:
                found[column] = name
        return found

    def filled(self, column: str) -> bool:
        """Whether a column gets a value without the file."""
        derived = any(rule.column == column for rule in self.derive)
        return derived or column in self.constants


def standard(kind: Kind) -> Profile:
    """The profile whose columns are called as in the kind."""
    columns = {column.name: (column.name, column.title) for column in kind.columns}
    return Profile(STANDARD, kind.name, "Acquit's own column names", columns)


def get(name: str, *, kind: Kind) -> Profile:
    """A profile by name, for a kind."""
    if name == STANDARD:
        return standard(kind)
    known = shipped_for(kind)
    if name not in known:
        raise UnknownProfile.because(
            "import.profile_unknown",
            f"there is no profile {name!r} for {kind.name}",
            path="profile",
            fix=f"use one of {', '.join((STANDARD, *known))}",
        )
    return _load(name, kind)


def shipped_for(kind: Kind) -> tuple[str, ...]:
    """The names of the shipped profiles for files of a kind."""
    return tuple(name for name in SHIPPED if _data(name)["kind"] == kind.name)


def recognise(header: list[str], *, kind: Kind) -> Profile:
    """The first shipped profile that finds every required column in the header, or fills it by an
    option; else the standard one."""
    for name in shipped_for(kind):
        profile = _load(name, kind)
        if not missing(profile, header, kind=kind):
            return profile
    return standard(kind)


def missing(
    profile: Profile, header: list[str], *, kind: Kind, given: frozenset[str] | None = None
) -> list[Column]:
    """Required columns that neither the header nor the profile gives. ``given`` names the options
    at hand; None counts every option the profile has."""
    mapping = profile.mapping(header)
    optional = {
        option.column for name, option in profile.options.items() if given is None or name in given
    }
    return [
        column
        for column in kind.columns
        if column.required
        and column.name not in mapping
        and column.name not in optional
        and not profile.filled(column.name)
    ]


@cache
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text("utf-8"))


@cache
def _load(name: str, kind: Kind) -> Profile:
    data = _data(name)
    return Profile(
        name=name,
        kind=data["kind"],
        title=data["title"],
        columns={column: tuple(names) for column, names in data["columns"].items()},
        dates=tuple(data["dates"]),
        decimal_mark=data["decimal_mark"],
        constants=data.get("constants", {}),
        options={name: Option(**option) for name, option in data.get("options", {}).items()},
        derive=tuple(
            Derivation(rule["column"], _test(rule["when"], kind), rule["value"])
            for rule in data.get("derive", [])
        ),
        reject=tuple(
            Rejection(
                _test(rule["when"], kind), RowReject(rule["code"], rule["message"], rule["fix"])
            )
            for rule in data.get("reject", [])
        ),
    )


def _test(when: Mapping[str, str], kind: Kind) -> Test:
    tests = []
    for name, cell in when.items():
        column = kind.column(name)
        value_kind = _VALUE_KINDS[column.type] if column else ValueKind.TEXT
        condition = parse_cell(cell, spec=FactSpec(name, value_kind))
        tests.append((name, predicate(condition, kind=value_kind)))
    return Test(tuple(tests))


def _comparable(value: Any) -> Any:
    """As decision tables compare: text without case and outer space, nothing for blank."""
    return (value.strip().casefold() or None) if isinstance(value, str) else value


def _folded(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")
