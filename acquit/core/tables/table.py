"""A decision table as people edit it: cells are text; ``check`` says everything wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from acquit.core.faults import Fault, Refused, Severity
from acquit.core.tables.cells import Condition, parse_cell
from acquit.core.tables.values import BadCell, FactSpec, Kind, Value, parse_value

FORMAT = 1
ROWS_MAX = 10_000


class CannotUseTable(Refused):
    """The table has faults in its columns or cells, or its stored form is not a table."""


class HitPolicy(StrEnum):
    FIRST = "first"  # the topmost row that holds decides alone
    COLLECT = "collect"  # every row that holds contributes, in table order


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """What the table decides; an empty cell gives None unless the column is required."""

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    currency: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: a cell per input column, a cell per output column, a remark for people."""

    conditions: tuple[str, ...]
    outcomes: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table: input columns are names of registered facts."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[OutputColumn, ...]
    rows: tuple[Row, ...]
    hit: HitPolicy = HitPolicy.FIRST

    def to_dict(self) -> dict[str, Any]:
        """The JSON form that is stored; ``from_dict`` gives an equal table back."""
        return {
            "format": FORMAT,
            "name": self.name,
            "hit": self.hit.value,
            "inputs": list(self.inputs),
            "outputs": [
                {
                    "name": column.name,
                    "kind": column.kind.value,
                    "choices": list(column.choices),
                    "currency": column.currency,
                    "required": column.is_required,
                }
                for column in self.outputs
            ],
            "rows": [
                {"when": list(row.conditions), "then": list(row.outcomes), "remark": row.remark}
                for row in self.rows
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Table:
        """The table of a stored form; CannotUseTable where it is not one."""
        try:
            if data["format"] != FORMAT:
                raise ValueError(f"format {data['format']!r} is unknown")
            return cls(
                name=_text(data["name"]),
                hit=HitPolicy(data["hit"]),
                inputs=_texts(data["inputs"]),
                outputs=tuple(
                    OutputColumn(
                        name=_text(column["name"]),
                        kind=Kind(column["kind"]),
                        choices=_texts(column["choices"]),
                        currency=_text(column["currency"]),
                        is_required=column["required"] is True,
                    )
                    for column in data["outputs"]
                ),
                rows=tuple(
                    Row(_texts(row["when"]), _texts(row["then"]), _text(row["remark"]))
                    for row in data["rows"]
                ),
            )
        except (KeyError, TypeError, ValueError) as bad:
            message = f"this is not a stored decision table: {type(bad).__name__} {bad}"
            raise CannotUseTable((Fault("table.form", message),)) from None


class Registry:
    """The facts that tables may ask about, by name; a name is declared once."""

    def __init__(self, specs: Iterable[FactSpec]) -> None:
        self._specs: dict[str, FactSpec] = {}
        for spec in specs:
            if spec.name in self._specs:
                raise ValueError(f"the fact {spec.name} is declared twice")
            if (spec.kind is Kind.ENUM) != bool(spec.choices):
                raise ValueError(f"the fact {spec.name}: choices belong to enums, and only there")
            self._specs[spec.name] = spec

    def get(self, name: str) -> FactSpec | None:
        return self._specs.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._specs)


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """The table with every cell understood."""

    table: Table
    specs: tuple[FactSpec, ...]
    conditions: tuple[tuple[Condition, ...], ...]
    outcomes: tuple[dict[str, Value | None], ...]


def check(*, table: Table, registry: Registry) -> tuple[Fault, ...]:
    """Every fault of the table, naming row and column; warnings too. Empty means good."""
    return parse(table=table, registry=registry)[1]


def parse(*, table: Table, registry: Registry) -> tuple[ParsedTable | None, tuple[Fault, ...]]:
    """The understood table, None when any fault is fatal, and all faults."""
    faults = _column_faults(table, registry)
    specs = tuple(registry.get(name) or FactSpec(name, Kind.TEXT) for name in table.inputs)
    known = [registry.get(name) is not None for name in table.inputs]
    conditions, outcomes = [], []
    for number, row in enumerate(table.rows[:ROWS_MAX], start=1):
        for cells, columns, side in (
            (row.conditions, table.inputs, "condition"),
            (row.outcomes, table.outputs, "outcome"),
        ):
            if len(cells) != len(columns):
                message = f"row {number} has {len(cells)} {side} cells for {len(columns)} columns"
                faults.append(Fault("table.row_shape", message, path=f"row[{number}]"))
        conditions.append(_conditions(row, number, specs, known, faults))
        outcomes.append(_outcomes(row, number, table.outputs, faults))
    if any(fault.severity is Severity.FATAL for fault in faults):
        return None, tuple(faults)
    parsed = ParsedTable(table, specs, tuple(conditions), tuple(outcomes))
    return parsed, (*faults, *_dead_rows(parsed))


def _column_faults(table: Table, registry: Registry) -> list[Fault]:
    faults = []
    for name in table.inputs:
        if registry.get(name) is None:
            fix = f"use one of: {', '.join(registry.names)}"
            faults.append(Fault("table.fact_unknown", f"no fact {name!r}", path=name, fix=fix))
    names = [*table.inputs, *(column.name for column in table.outputs)]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        faults.append(Fault("table.column_twice", f"column {name} stands twice", path=name))
    for column in table.outputs:
        if (column.kind is Kind.ENUM) != bool(column.choices):
            message = f"column {column.name}: choices belong to enums, and only there"
            faults.append(Fault("table.choices", message, path=column.name))
    if not table.outputs:
        faults.append(Fault("table.no_output", "the table decides nothing: add an output column"))
    if not table.rows:
        faults.append(
            Fault(
                "table.empty", "the table has no row and never decides", severity=Severity.WARNING
            )
        )
    if len(table.rows) > ROWS_MAX:
        faults.append(Fault("table.too_long", f"a table has at most {ROWS_MAX} rows"))
    return faults


def _conditions(
    row: Row,
    number: int,
    specs: tuple[FactSpec, ...],
    known: list[bool],
    faults: list[Fault],
) -> tuple[Condition, ...]:
    parsed = []
    for text, spec, is_known in zip(row.conditions, specs, known, strict=False):
        if is_known:
            try:
                parsed.append(parse_cell(text, spec=spec))
            except BadCell as bad:
                faults.append(_cell_fault(number, spec.name, bad))
    return tuple(parsed)


def _outcomes(
    row: Row, number: int, columns: tuple[OutputColumn, ...], faults: list[Fault]
) -> dict[str, Value | None]:
    values: dict[str, Value | None] = {}
    for text, column in zip(row.outcomes, columns, strict=False):
        values[column.name] = None
        try:
            if text.strip():
                values[column.name] = parse_value(
                    text, kind=column.kind, choices=column.choices, currency=column.currency
                )
            elif column.is_required:
                raise BadCell("this column must not be empty")
        except BadCell as bad:
            faults.append(_cell_fault(number, column.name, bad))
    return values


def _cell_fault(number: int, column: str, bad: BadCell) -> Fault:
    message = f"row {number}, column {column}: {bad}"
    return Fault("table.cell", message, path=f"row[{number}].{column}")


def _dead_rows(parsed: ParsedTable) -> list[Fault]:
    """Warnings for rows that can never decide, because a row above always does first."""
    if parsed.table.hit is HitPolicy.COLLECT:
        return []
    faults = []
    seen: dict[tuple[Condition, ...], int] = {}
    always = 0
    for number, conditions in enumerate(parsed.conditions, start=1):
        above = always or seen.get(conditions, 0)
        if above:
            reason = "has no conditions" if always else "asks the same"
            message = f"row {number} never decides: row {above} above it {reason}"
            faults.append(
                Fault("table.row_dead", message, f"row[{number}]", severity=Severity.WARNING)
            )
        seen.setdefault(conditions, number)
        if not always and all(condition.is_any for condition in conditions):
            always = number
    return faults


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, not {type(value).__name__}")
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"a list expected, not {type(values).__name__}")
    return tuple(_text(value) for value in values)
