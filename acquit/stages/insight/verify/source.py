"""What a check reads from, and what it says: no database and no Django here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

SHOWN_MAX = 20  # broken records named per invariant; more are counted


class Source(Protocol):
    """A company's rows: in the database, or in an export.

    SQL is of the kind both understand; ``%(company)s`` is the only parameter. Ids, days and
    decimals are compared and returned as text (``CAST(x AS text)``).
    """

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]: ...

    def facts(self) -> Iterator[Mapping[str, Any]]: ...

    def head(self) -> tuple[int, str]: ...

    def archived(self) -> Iterator[tuple[str, bytes]]:
        """(digest, bytes) of every archived file."""
        ...

    def archived_bytes(self, digest: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Broken:
    """One record that does not hold."""

    record: str
    message: str


Check = Callable[[Source], Iterable[Broken]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule by its number in the reliability catalogue, and the check that proves it."""

    id: str
    title: str
    check: Check


def by_sql(sql: str) -> Check:
    """A check whose query returns (record, message) for every broken record."""

    def check(source: Source) -> Iterable[Broken]:
        return (Broken(str(record), str(message)) for record, message in source.rows(sql))

    return check


def examine(source: Source, invariants: Sequence[Invariant]) -> dict[str, Any]:
    """Run the checks; broken records are named in the order of the registry.

    ``checked`` counts the records that were held against them.
    """
    broken: list[dict[str, str]] = []
    for invariant in invariants:
        count = 0
        for count, found in enumerate(invariant.check(source), 1):
            if count <= SHOWN_MAX:
                broken.append(_said(invariant.id, found.record, found.message))
        if count > SHOWN_MAX:
            more = f"{count - SHOWN_MAX} more"
            broken.append(_said(invariant.id, more, f"not shown: {invariant.title}"))
    return {"ok": not broken, "checked": _counts(source), "broken": broken}


def _said(invariant: str, record: str, message: str) -> dict[str, str]:
    return {"invariant": invariant, "record": record, "message": message}


COUNTED = {
    "facts": "history_fact",
    "documents": "invoices_document",
    "open_items": "receivables_open_item",
    "allocations": "receivables_allocation",
    "bank_lines": "receipts_bank_line",
    "receipts": "receipts_receipt",
    "entries": "ledger_entry",
    "postings": "ledger_posting",
    "archived_files": "history_archive",
}


def _counts(source: Source) -> dict[str, int]:
    return {
        name: next(
            iter(source.rows(f"SELECT count(*) FROM {table} WHERE company_id = %(company)s"))
        )[0]
        for name, table in COUNTED.items()
    }
