"""Write a company as an export: JSON lines per table, the facts, the archived bytes, a manifest.

The export is what an auditor takes away: `acquit verify --export DIR` needs nothing else. Secrets
(keys, links, stored answers) stay in the house.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import models

from acquit.access.models import Company
from acquit.core.faults import Refused
from acquit.core.text import canonical_json
from acquit.history.chain import COVERED
from acquit.stages.insight.verify.database import DatabaseSource, one_moment, walled_models
from acquit.stages.insight.verify.offline import ARCHIVE, FACTS, MANIFEST, TABLES, VERSION

KEPT_BACK = frozenset(
    {"access_api_key", "access_signed_link", "access_idempotency", "history_fact", "history_head"}
)
FACT_COLUMNS = (*COVERED, "prev_hash", "hash")
_AS_FILES = frozenset({("history_archive", "body")})


class CannotExport(Refused):
    """The folder holds something already; an export is never mixed with other files."""


def write_export(*, company_id: UUID, directory: Path, now: datetime) -> dict[str, Any]:
    """Fill an empty or new folder; the manifest is written last, so half an export shows."""
    if directory.exists() and any(directory.iterdir()):
        raise CannotExport.because(
            "export.not_empty", f"{directory} is not empty", fix="name a new folder"
        )
    for part in (TABLES, ARCHIVE):
        (directory / part).mkdir(parents=True, exist_ok=True)
    with one_moment():
        source = DatabaseSource(company_id)
        seq, digest = source.head()
        facts = _write_facts(source, directory / FACTS)
        tables = _write_tables(source, directory / TABLES)
        for name, body in source.archived():
            (directory / ARCHIVE / name).write_bytes(body)
    manifest = {
        "version": VERSION,
        "company_id": str(company_id),
        "exported_at": now.isoformat(),
        "head": {"seq": seq, "hash": digest},
        "facts": facts,
        "fact_columns": list(FACT_COLUMNS),
        "tables": tables,
    }
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    return manifest


def _write_facts(source: DatabaseSource, path: Path) -> int:
    count = 0
    with path.open("wb") as file:
        for row in source.facts():
            file.write(canonical_json(dict(row)) + b"\n")
            count += 1
    return count


def _write_tables(source: DatabaseSource, directory: Path) -> dict[str, Any]:
    written: dict[str, Any] = {}
    written["access_company"] = _write(source, directory, "access_company", _columns(Company), "id")
    for model in walled_models():
        table = model._meta.db_table
        if table not in KEPT_BACK:
            columns = [c for c in _columns(model) if (table, c) not in _AS_FILES]
            written[table] = _write(source, directory, table, columns, "company_id")
    return written


def _columns(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


def _write(
    source: DatabaseSource, directory: Path, table: str, columns: list[str], key: str
) -> dict[str, Any]:
    chosen = ", ".join(f't."{column}"' for column in columns)
    sql = (
        f"SELECT CAST(row_to_json(r) AS text) FROM (SELECT {chosen} FROM {table} t"
        f" WHERE t.{key} = %(company)s ORDER BY t.id) AS r"
    )
    count = 0
    with (directory / f"{table}.jsonl").open("w", encoding="utf-8") as file:
        for (line,) in source.rows(sql):
            file.write(line + "\n")
            count += 1
    return {"columns": columns, "rows": count}
