"""Decision tables: rules that finance people write, check, try out on history, and date.

Typed columns over registered facts, small conditions in cells, the first or all rows that hold,
an explanation in words, versions by day and a dry run. Nothing in a cell is ever executed.
"""

from __future__ import annotations

from acquit.core.tables.decide import (
    CellTest,
    CompiledTable,
    Decision,
    Explanation,
    Facts,
    RowTests,
    RowTrace,
    compile_table,
)
from acquit.core.tables.table import (
    CannotUseTable,
    HitPolicy,
    OutputColumn,
    Registry,
    Row,
    Table,
    check,
)
from acquit.core.tables.values import FactSpec, Kind, Value, WrongFact
from acquit.core.tables.versions import Change, Difference, Version, compare, in_force, outcome_text

__all__ = [
    "CannotUseTable",
    "CellTest",
    "Change",
    "CompiledTable",
    "Decision",
    "Difference",
    "Explanation",
    "FactSpec",
    "Facts",
    "HitPolicy",
    "Kind",
    "OutputColumn",
    "Registry",
    "Row",
    "RowTests",
    "RowTrace",
    "Table",
    "Value",
    "Version",
    "WrongFact",
    "check",
    "compare",
    "compile_table",
    "in_force",
    "outcome_text",
]
