"""Verify an export alone: JSON lines into an SQLite of memory, then the same checks.

No database, no Django: this module and all it imports need Python only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from acquit.core.faults import Refused
from acquit.stages.insight.verify.registry import INVARIANTS
from acquit.stages.insight.verify.source import examine

VERSION = 1
MANIFEST, FACTS, TABLES, ARCHIVE = "manifest.json", "facts.jsonl", "tables", "archive"


class UnreadableExport(Refused):
    """The directory is not an export of Acquit, or a file of it is missing or no JSON."""


class ExportSource:
    """The rows of an export."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.manifest = _json(directory / MANIFEST)
        if self.manifest.get("version") != VERSION:
            raise UnreadableExport.because(
                "export.version", f"version {self.manifest.get('version')} is not {VERSION}"
            )
        self.company = str(self.manifest["company_id"])
        self.database = sqlite3.connect(":memory:")
        for table, description in self.manifest["tables"].items():
            self._load(table, description["columns"], directory / TABLES / f"{table}.jsonl")
        facts = [*self.manifest["fact_columns"], "company_id"]
        self._load("history_fact", facts, directory / FACTS, company_id=self.company)
        self._index()
        self.database.commit()

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        return self.database.execute(sql.replace("%(company)s", ":c"), {"c": self.company})

    def facts(self) -> Iterator[Mapping[str, Any]]:
        return (row for _number, row in _lines(self.directory / FACTS))

    def head(self) -> tuple[int, str]:
        head = self.manifest["head"]
        return int(head["seq"]), str(head["hash"])

    def archived(self) -> Iterator[tuple[str, bytes]]:
        for (digest,) in self.rows(
            "SELECT digest FROM history_archive WHERE company_id = %(company)s"
        ):
            yield digest, self.archived_bytes(digest) or b""

    def archived_bytes(self, digest: str) -> bytes | None:
        path = self.directory / ARCHIVE / digest
        # A digest is the name of a file: anything else would lead out of the folder.
        return path.read_bytes() if digest.isalnum() and path.is_file() else None

    def _load(self, table: str, columns: list[str], path: Path, **more: str) -> None:
        quoted = ", ".join(f'"{column}"' for column in columns)
        self.database.execute(f'CREATE TABLE "{table}" ({quoted})')
        marks = ", ".join("?" for _ in columns)
        self.database.executemany(
            f'INSERT INTO "{table}" VALUES ({marks})',
            (
                [_cell({**row, **more}.get(column)) for column in columns]
                for _number, row in _lines(path)
            ),
        )

    def _index(self) -> None:
        """The few joins that would otherwise compare every row with every other."""
        for table, column in (
            ("history_fact", "id"),
            ("history_fact", "subject_id"),
            ("ledger_entry", "id"),
            ("ledger_entry", "fact_id"),
            ("ledger_entry", "reverses_id"),
            ("ledger_posting", "entry_id"),
            ("receivables_open_item", "id"),
            ("receivables_open_item", "document_id"),
            ("receivables_open_item", "receipt_id"),
            ("receivables_allocation", "id"),
            ("invoices_document", "id"),
            ("invoices_line", "document_id"),
            ("invoices_line", "corrects_id"),
            ("receipts_receipt", "bank_line_id"),
            ("receipts_bank_line", "statement_id"),
            ("history_archive", "digest"),
        ):
            self.database.execute(f"CREATE INDEX {table}_{column} ON {table} ({column})")


def verify_export(*, directory: Path, head: str = "") -> Mapping[str, Any]:
    """Every check over the export; with ``head``, also that its chain ends there."""
    source = ExportSource(directory)
    report = examine(source, INVARIANTS)
    found = source.head()[1]
    if head and head != found:
        message = f"the chain ends at {found[:12]}, the head kept elsewhere is {head[:12]}"
        report["broken"].append({"invariant": "I25", "record": "chain head", "message": message})
        report["ok"] = False
    return report


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value)
    return int(value) if isinstance(value, bool) else value


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, row) of a JSON-lines file; decimals stay text, so no cent is lost."""
    if not path.is_file():
        raise UnreadableExport.because("export.file_missing", f"{path.name} is missing")
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield number, json.loads(line, parse_float=str)
            except ValueError:
                raise UnreadableExport.because(
                    "export.line_unreadable", f"{path.name} line {number} is no JSON"
                ) from None


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise UnreadableExport.because(
            "export.unreadable",
            f"{path} is no manifest of an export",
            fix="give the folder that `acquit verify --write` made",
        ) from None
    assert isinstance(found, dict)
    return found
