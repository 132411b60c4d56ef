"""Deciding with a table: compiled once, asked many times, explained on demand.

Each column answers with the set of rows whose condition holds, as bits of an integer, and
remembers the answer per value; the rows that hit are the bits that all columns have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import NoneType

from acquit.core.faults import Severity
from acquit.core.money import Money
from acquit.core.tables.cells import Condition, Operator, Predicate, predicate
from acquit.core.tables.table import CannotUseTable, HitPolicy, ParsedTable, Registry, Table, parse
from acquit.core.tables.values import FactSpec, Kind, Value, checked, format_value

Facts = Mapping[str, Value | None]
_REMEMBERED_MAX = 20_000
_MISSING = -1
_CLASSES: dict[Kind, frozenset[type]] = {
    Kind.TEXT: frozenset({str, NoneType}),
    Kind.ENUM: frozenset({str, NoneType}),
    Kind.DECIMAL: frozenset({Decimal, int, NoneType}),
    Kind.MONEY: frozenset({Money, NoneType}),
    Kind.DATE: frozenset({date, NoneType}),
    Kind.BOOL: frozenset({bool, NoneType}),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The rows that hit (numbered from 1, in table order) and what each of them says.

    Under ``HitPolicy.FIRST`` there is one row at most; none means that the table is silent.
    """

    rows: tuple[int, ...]
    outcomes: tuple[Mapping[str, Value | None], ...]

    def value(self, name: str) -> Value | None:
        """The named outcome of the first row that hit; None where no row did."""
        return self.outcomes[0][name] if self.outcomes else None


@dataclass(frozen=True, slots=True)
class RowTrace:
    """Whether a row hit and, if not, the first column that failed, its condition and the fact."""

    row: int
    is_hit: bool
    failed_fact: str = ""
    failed_condition: str = ""
    actual: str = ""

    @property
    def text(self) -> str:
        if self.is_hit:
            return f"row {self.row} holds"
        return (
            f"row {self.row} not, because {self.failed_fact} is {self.actual} "
            f"and must be {self.failed_condition}"
        )


@dataclass(frozen=True, slots=True)
class CellTest:
    """What a row asks of one fact, what the fact was, and whether it holds."""

    fact: str
    condition: str
    actual: str
    holds: bool


@dataclass(frozen=True, slots=True)
class RowTests:
    """All that a row asks; it hits when all of it holds."""

    row: int
    tests: tuple[CellTest, ...]

    @property
    def is_hit(self) -> bool:
        return all(test.holds for test in self.tests)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its reason in words and the trace of every row looked at."""

    decision: Decision
    because: str
    rows: tuple[RowTrace, ...]


class CompiledTable:
    """A checked table made ready; keep it for a batch and share it freely between batches."""

    def __init__(self, parsed: ParsedTable) -> None:
        self.parsed = parsed
        self._columns = [
            _Column(spec, [row[index] for row in parsed.conditions])
            for index, spec in enumerate(parsed.specs)
        ]
        self._asking = [column for column in self._columns if column.tests]
        self._all_rows = (1 << len(parsed.conditions)) - 1
        self._is_first = parsed.table.hit is HitPolicy.FIRST
        self._decisions: dict[int, Decision] = {}

    @property
    def table(self) -> Table:
        return self.parsed.table

    def decide(self, facts: Facts) -> Decision:
        """What the table says about one set of facts; a fact that is missing counts as empty."""
        mask = self._all_rows
        for column in self._asking:
            value = facts.get(column.name)
            rows = column.remembered.get(value, _MISSING)
            # Equal is not enough: True == 1 == 1.0, but only values of the column's own
            # classes may have a remembered answer; all others are checked.
            if rows == _MISSING or value.__class__ not in column.classes:
                rows = column.rows(value)
            mask &= rows
        if self._is_first:
            mask &= -mask
        decision = self._decisions.get(mask)
        if decision is None:
            decision = self._decisions[mask] = self._decision(mask)
        return decision

    def decide_many(self, inputs: Iterable[Facts]) -> list[Decision]:
        """One decision per input, in order."""
        decide = self.decide
        return [decide(facts) for facts in inputs]

    def explain(self, facts: Facts) -> Explanation:
        """The decision and why: the reason of each hit, and where every other row failed first."""
        decision = self.decide(facts)
        traces = tuple(
            self._trace(number, facts) for number in range(1, len(self.parsed.conditions) + 1)
        )
        if decision.rows:
            because = "; ".join(self._reason(number) for number in decision.rows)
        elif traces:
            because = "no row: " + "; ".join(trace.text for trace in traces)
        else:
            because = "no row: the table is empty"
        return Explanation(decision, because, traces)

    def tests(self, facts: Facts) -> list[RowTests]:
        """Every test of every row looked at, in table order, those that fail as well; a table of
        the first row that hits looks no further."""
        found = []
        for number, conditions in enumerate(self.parsed.conditions, start=1):
            tests = [
                self._tested(spec, condition, facts.get(spec.name))
                for spec, condition in zip(self.parsed.specs, conditions, strict=True)
                if not condition.is_any
            ]
            found.append(RowTests(number, tuple(tests)))
            if self._is_first and found[-1].is_hit:
                break
        return found

    def _tested(self, spec: FactSpec, condition: Condition, value: Value | None) -> CellTest:
        holds = condition.holds(checked(value, spec=spec), kind=spec.kind)
        actual = "empty" if value is None else format_value(value)
        return CellTest(spec.name, condition.text(), actual, holds)

    def _decision(self, mask: int) -> Decision:
        rows = tuple(
            number for number in range(1, mask.bit_length() + 1) if mask >> (number - 1) & 1
        )
        return Decision(rows, tuple(self.parsed.outcomes[number - 1] for number in rows))

    def _reason(self, number: int) -> str:
        asked = [
            f"{spec.name} {condition.text()}"
            for spec, condition in zip(
                self.parsed.specs, self.parsed.conditions[number - 1], strict=True
            )
            if not condition.is_any
        ]
        return f"row {number} because {' and '.join(asked) or 'it has no conditions'}"

    def _trace(self, number: int, facts: Facts) -> RowTrace:
        for spec, condition in zip(
            self.parsed.specs, self.parsed.conditions[number - 1], strict=True
        ):
            test = self._tested(spec, condition, facts.get(spec.name))
            if not test.holds:
                return RowTrace(number, False, test.fact, test.condition, test.actual)
        return RowTrace(number, True)


def compile_table(*, table: Table, registry: Registry) -> CompiledTable:
    """The table ready to decide; CannotUseTable with every fault where it is not sound."""
    parsed, faults = parse(table=table, registry=registry)
    if parsed is None:
        raise CannotUseTable([f for f in faults if f.severity is Severity.FATAL])
    return CompiledTable(parsed)


class _Column:
    """One input column: its distinct conditions with the rows that have them, as bits."""

    def __init__(self, spec: FactSpec, conditions: list[Condition]) -> None:
        self.spec = spec
        self.name = spec.name
        self.classes = _CLASSES[spec.kind]
        self.remembered: dict[Value | None, int] = {}
        rows_of: dict[Condition, int] = {}
        for index, condition in enumerate(conditions):
            rows_of[condition] = rows_of.get(condition, 0) | 1 << index
        self.free = sum(rows for condition, rows in rows_of.items() if condition.is_any)
        self.tests: list[tuple[Predicate, int]] = [
            (predicate(condition, kind=spec.kind), rows)
            for condition, rows in rows_of.items()
            if condition.operator is not Operator.ANY
        ]

    def rows(self, value: Value | None) -> int:
        """The rows whose condition holds for the value, remembered for the next time."""
        comparable = checked(value, spec=self.spec)
        mask = self.free
        for test, rows in self.tests:
            if test(comparable):
                mask |= rows
        if len(self.remembered) >= _REMEMBERED_MAX:
            self.remembered.clear()
        self.remembered[value] = mask
        return mask
