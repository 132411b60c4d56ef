"""Reading policies: the table in force on a day, its versions, and a dry run of a new one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from acquit.core.documents.invoice import Invoice
from acquit.core.documents.plain import from_plain
from acquit.core.faults import Fault, Refused
from acquit.core.tables import (
    CompiledTable,
    Decision,
    Difference,
    Explanation,
    Facts,
    Table,
    compare,
    compile_table,
)
from acquit.core.text import canonical_json
from acquit.database.copy import Asked, fetch_rows
from acquit.policy.defaults import shipped
from acquit.policy.demands import Asker
from acquit.policy.models import PolicyExample, PolicyVersion
from acquit.policy.registry import SPECS, PolicySpec


class UnknownPolicy(Refused):
    """There is no policy of that name; the message lists those there are."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy ready to decide. ``label`` names it on everything it decides: ``billing v2``."""

    name: str
    label: str
    version: int  # 0 for the shipped default
    table: CompiledTable

    def decide_many(self, inputs: Iterable[Facts]) -> list[Decision]:
        """One decision per set of facts, in order."""
        return self.table.decide_many(inputs)

    def rule(self, decision: Decision) -> str:
        """The words kept beside an automatic act: ``billing v2 row 3``."""
        if not decision.rows:
            return f"{self.label} no row"
        return f"{self.label} row {', '.join(str(row) for row in decision.rows)}"

    def explain(self, facts: Facts) -> Explanation:
        """The decision with its reason in words and the trace of every row."""
        return self.table.explain(facts)


@dataclass(frozen=True, slots=True)
class VersionView:
    """One kept version; ``version`` 0 is the shipped default."""

    name: str
    version: int
    valid_from: date | None
    table: Table
    note: str
    created_at: datetime | None
    created_by: str


def spec_of(name: str) -> PolicySpec:
    """Facts and outcomes of a policy; UnknownPolicy for another name."""
    if name not in SPECS:
        raise UnknownPolicy(
            (
                Fault(
                    "policy.unknown",
                    f"there is no policy {name!r}",
                    path="name",
                    fix=f"use one of {', '.join(SPECS)}",
                ),
            )
        )
    return SPECS[name]


def in_force(*, company_id: UUID, name: str, on: date) -> InForce:
    """The policy of the company on a day; the shipped default before its first version.

    One query. The compiled table is remembered by content, so asking again costs no compiling.
    """
    return in_force_on(company_id=company_id, name=name, days=[on])[on]


def all_in_force(*, company_id: UUID, names: Sequence[str], on: date) -> dict[str, InForce]:
    """Several policies of the company on a day, as :func:`in_force` gives them. One query."""
    rows = fetch_rows(*all_in_force_read(company_id=company_id, names=names, on=on))
    return all_in_force_of(names, rows)


def all_in_force_read(*, company_id: UUID, names: Sequence[str], on: date) -> Asked:
    """The query of :func:`all_in_force`, for asking it together with others."""
    return (
        'SELECT name, version, "table" FROM policy_version'
        " WHERE company_id = %s AND name = ANY(%s) AND valid_from <= %s"
        " ORDER BY valid_from, version",
        [company_id, list(names), on],
    )


def all_in_force_of(names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> dict[str, InForce]:
    """The answer of :func:`all_in_force` from the rows of its query."""
    answer = {name: _shipped(spec_of(name).name) for name in names}
    latest = {name: (version, table) for name, version, table in rows}
    return answer | {
        name: _stored(name, version, json.loads(table)) for name, (version, table) in latest.items()
    }


def in_force_on(*, company_id: UUID, name: str, days: Iterable[date]) -> dict[date, InForce]:
    """The policy of each day, for a batch that spans several. One query."""
    spec_of(name)
    wanted = set(days)
    rows = PolicyVersion.objects.of(company_id).filter(name=name, valid_from__lte=max(wanted))
    kept = list(
        rows.order_by("valid_from", "version").values_list("valid_from", "version", "table")
    )
    ready = {version: _stored(name, version, table) for _, version, table in kept}
    answer = dict.fromkeys(wanted, _shipped(name))
    for valid_from, version, _ in kept:
        answer |= {day: ready[version] for day in wanted if valid_from <= day}
    return answer


def _shipped(name: str) -> InForce:
    return InForce(name, f"{name} shipped", 0, _compiled(name, None))


def _stored(name: str, version: int, table: dict[str, Any]) -> InForce:
    return InForce(name, f"{name} v{version}", version, _compiled(name, canonical_json(table)))


def kept_version(*, company_id: UUID, name: str, version: int) -> InForce | None:
    """A policy as one of its versions decides, in force or not; 0 is the shipped default."""
    spec_of(name)
    if not version:
        return _shipped(name)
    kept = PolicyVersion.objects.of(company_id).filter(name=name, version=version)
    table = kept.values_list("table", flat=True).first()
    return None if table is None else _stored(name, version, table)


def versions(*, company_id: UUID, name: str) -> list[VersionView]:
    """Every version, newest first, ending with the shipped default."""
    spec_of(name)
    rows = PolicyVersion.objects.of(company_id).filter(name=name).order_by("-version")
    kept = [
        VersionView(
            row.name,
            row.version,
            row.valid_from,
            Table.from_dict(row.table),
            row.note,
            row.created_at,
            row.created_by,
        )
        for row in rows
    ]
    return [*kept, VersionView(name, 0, None, shipped(name), "", None, "Acquit")]


@dataclass(frozen=True, slots=True)
class ExampleView:
    """A kept example: a document, whose demands are asked, and pass or refuse. ``proves`` is the
    message of the one rule it is about, empty where it is about all."""

    id: UUID
    title: str
    document: Invoice
    asker: Asker
    expected: str
    proves: str
    created_at: datetime
    created_by: str


def example_view(row: PolicyExample) -> ExampleView:
    return ExampleView(
        row.id,
        row.title,
        from_plain(Invoice, row.document),
        Asker(row.customer_number, row.customer_country, row.customer_segment),
        row.expected,
        row.proves,
        row.created_at,
        row.created_by,
    )


def examples(*, company_id: UUID) -> list[ExampleView]:
    """The examples that every new version of ``demands`` must decide as told, oldest first."""
    rows = PolicyExample.objects.of(company_id).filter(dropped_at__isnull=True)
    return [example_view(row) for row in rows.order_by("created_at", "id")]


def dry_run(
    *, company_id: UUID, table: Table, on: date, inputs: Iterable[tuple[str, Facts]]
) -> Difference:
    """What a candidate table would decide otherwise than the policy in force, over given inputs.

    Raises CannotUseTable naming row and column where the candidate is not sound.
    """
    current = in_force(company_id=company_id, name=table.name, on=on)
    after = compile_table(table=table, registry=spec_of(table.name).registry)
    return compare(before=current.table, after=after, inputs=inputs)


@lru_cache(maxsize=256)
def _compiled(name: str, stored: bytes | None) -> CompiledTable:
    table = shipped(name) if stored is None else Table.from_dict(json.loads(stored))
    return compile_table(table=table, registry=SPECS[name].registry)
