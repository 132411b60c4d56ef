"""Many rows are loaded behind the wall as well, and only into the company it shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from socket import IPPROTO_TCP
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.types.json import Jsonb

from acquit.database.behind import writing_behind
from acquit.database.copy import NULL, copy_rows, copy_text, escaped, execute, fetch_rows
from acquit.database.scope import is_behind_wall, walled
from acquit.stages.masterdata.models import Item
from tests.support.world import World, new_world

COLUMNS = ("id", "company_id", "code", "name", "unit", "tax_code", "created_at")


def _row(world: World, company_id: UUID, code: str) -> tuple[object, ...]:
    return (world.ids.new(), company_id, code, "Stuhl", "C62", "", world.ctx().now)


def test_rows_arrive_through_the_wall(world: World) -> None:
    with walled(world.company_id):
        assert is_behind_wall()
        for start in (0, 500):
            rows = [_row(world, world.company_id, f"A{n}") for n in range(start, start + 500)]
            copy_rows(Item, COLUMNS, rows)
        line = "\t".join(map(str, _row(world, world.company_id, "text")))
        copy_text(Item, COLUMNS, [line + "\n"])
    assert not is_behind_wall()
    assert Item.objects.of(world.company_id).count() == 1001
    assert fetch_rows("SELECT relname FROM pg_class WHERE relname LIKE 'copy_%%'") == []


WORDS = ("Stuhl", "a\tb", "a\nb", "C:\\new\\N", "\\N", "'; --", "%s", "a\u2028b\x0bc\r", "ő 50 %")


@pytest.mark.parametrize("behind", [False, True])
def test_few_rows_arrive_as_many_do(world: World, behind: bool) -> None:
    """Whatever stands in a text, and nothing where there is nothing."""
    for start, times in ((0, 1), (1_000, 50)):
        lines = []
        for n, word in enumerate(WORDS * times):
            id, own, code, _, *rest = map(str, _row(world, world.company_id, f"A{start + n}"))
            lines.append("\t".join([id, own, code, escaped(word), *rest, NULL]) + "\n")
        with walled(world.company_id) if behind else transaction.atomic():
            copy_text(Item, (*COLUMNS, "import_run_id"), lines)
    kept = dict(Item.objects.of(world.company_id).values_list("code", "name"))
    assert [kept[f"A{n}"] for n in range(len(WORDS))] == list(WORDS)
    assert [kept[f"A{1_000 + n}"] for n in range(50 * len(WORDS))] == list(WORDS) * 50


class Colour(StrEnum):
    RED = "red, \\"


VALUES = (
    ("uuid", UUID(int=7)),
    ("text", None),
    ("text", "NULL"),
    ("text", Colour.RED),
    ("boolean", True),
    ("boolean", False),
    ("smallint", -3),
    ("smallint", IPPROTO_TCP),
    ("numeric", Decimal("1E+2")),
    ("numeric", Decimal("-0.10")),
    ("date", date(2026, 1, 31)),
    ("timestamptz", datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC)),
    ("bytea", b"\x00\\\xff"),
    ("jsonb", Jsonb({"a": ["\\", '"', "ő\n", None, 1.5]})),
    ("jsonb", Jsonb(None)),
    ("text[]", ["a,b", "{}", "", "NULL", None, 'a\\"b\tc', "ő"]),
    ("text[]", ()),
    ("date[]", [date(2026, 1, 31)]),
)


@pytest.mark.parametrize("times", [1, 50])
def test_values_arrive_as_they_would_by_a_statement(world: World, times: int) -> None:
    columns = [f"c{n}" for n in range(len(VALUES))]
    shape = ", ".join(f"{name} {kind}" for name, (kind, _) in zip(columns, VALUES, strict=True))
    execute(f"CREATE TEMP TABLE {Item._meta.db_table} ({shape})")
    with writing_behind():
        copy_rows(Item, columns, [[value for _, value in VALUES]] * times)
    casts = ", ".join(f"%s::{kind}" for kind, _ in VALUES)
    told = [list(value) if isinstance(value, tuple) else value for _, value in VALUES]
    rows = fetch_rows(f"SELECT * FROM {Item._meta.db_table}")
    assert rows == fetch_rows(f"SELECT {casts}", told) * times
    with pytest.raises(TypeError, match="complex"):
        copy_rows(Item, columns, [[1j] * len(columns)])
    with pytest.raises((ValueError, psycopg.DataError), match="0x00"), transaction.atomic():
        copy_rows(Item, ["c1"], [["a\0b"]] * times * 21)
    with pytest.raises(ValueError, match="0x00"), writing_behind():
        copy_rows(Item, ["c1"], [["a\0b"]])
    execute(f"DROP TABLE pg_temp.{Item._meta.db_table}")


def test_another_companys_row_is_refused(world: World) -> None:
    other = new_world(seed="other", slug="other")
    rows = [_row(world, world.company_id, "A"), _row(world, other.company_id, "B")]
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        walled(world.company_id),
    ):
        copy_rows(Item, COLUMNS, rows)
    assert Item.objects.count() == 0


def test_an_error_behind_the_wall_is_the_one_that_is_heard(world: World) -> None:
    """The wall comes down by the rollback; it does not cover the first error by a second."""
    with (
        pytest.raises(DatabaseError, match="division by zero"),
        transaction.atomic(),
        walled(world.company_id),
    ):
        execute("SELECT 1/0")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user = session_user")
        assert cursor.fetchone() == (True,)
