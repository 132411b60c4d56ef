"""The common way of saving rows by their own key: what is new is added, what differs is changed,
what is the same stays untouched. Four queries for any number of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models

from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState
from acquit.database.bulk import lock, refresh_statistics, update_rows
from acquit.database.copy import copy_rows, fetch_rows

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """A table with its natural key and the columns that people save, with their SQL types."""

    model: type[models.Model]
    key: str
    columns: Mapping[str, str]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def limits(self) -> dict[str, int]:
        """The longest text per column."""
        fields = {field.column: field for field in self.model._meta.concrete_fields}
        return {
            name: length
            for name in (self.key, *self.columns)
            if (length := getattr(fields[name], "max_length", None))
        }


@dataclass(frozen=True, slots=True)
class Stored:
    id: UUID
    values: Values


def load(ctx: Context, shape: Shape, keys: Sequence[str]) -> dict[str, Stored]:
    """The rows there are, by key, with no other save of this table running beside us."""
    lock(ctx.company_id, shape.table)
    names = list(shape.columns)
    rows = fetch_rows(
        f"SELECT {shape.key}, id, {', '.join(names)} FROM {shape.table}"
        f" WHERE company_id = %s AND {shape.key} = ANY(%s)",
        [ctx.company_id, list(keys)],
    )
    return {row[0]: Stored(row[1], dict(zip(names, row[2:], strict=True))) for row in rows}


@dataclass(slots=True)
class Save:
    """One batch being saved: ``decide`` is called per item in order, then ``write`` once."""

    ctx: Context
    shape: Shape
    stored: Mapping[str, Stored]
    results: list[ItemResult]
    created: dict[str, tuple[UUID, Values]]
    changed: dict[str, tuple[UUID, Values]]
    ids: Iterator[UUID]

    @classmethod
    def of(
        cls, ctx: Context, shape: Shape, stored: Mapping[str, Stored], *, items_max: int
    ) -> Save:
        """A batch of up to ``items_max`` items. New rows get ascending ids in the order of the
        batch, so that whatever goes by id (a billing run) follows the order people gave."""
        return cls(ctx, shape, stored, [], {}, {}, iter(ctx.ids.many(items_max)))

    def known(self, key: str) -> tuple[UUID, Values] | None:
        """Id and present values of a key: as saved in this batch, else as stored."""
        batch = self.created.get(key) or self.changed.get(key)
        if batch:
            return batch
        stored = self.stored.get(key)
        return (stored.id, stored.values) if stored else None

    def refuse(self, key: str, faults: Sequence[Fault]) -> None:
        known = self.known(key)
        id = known[0] if known else None
        self.results.append(ItemResult(key, ItemState.REFUSED, id, tuple(faults)))

    def decide(self, key: str, values: Values) -> None:
        known = self.known(key)
        if known is None:
            known = self.created[key] = (next(self.ids), values)
            self.results.append(ItemResult(key, ItemState.DONE, known[0]))
            return
        id, before = known
        state = ItemState.DUPLICATE
        if before != values:
            state = ItemState.DONE
            target = self.created if key in self.created else self.changed
            target[key] = (id, values)
        self.results.append(ItemResult(key, state, id))

    def write(self, extra: Mapping[str, Any], touched: Mapping[str, str]) -> None:
        """``extra`` are further columns of new rows; ``touched`` those of them that a change
        sets as well, with their SQL types."""
        names = list(self.shape.columns)
        copy_rows(
            self.shape.model,
            ["id", "company_id", self.shape.key, *names, *extra],
            (
                (id, self.ctx.company_id, key, *(values[n] for n in names), *extra.values())
                for key, (id, values) in self.created.items()
            ),
        )
        refresh_statistics(self.shape.model, added=len(self.created))
        update_rows(
            self.shape.model,
            company_id=self.ctx.company_id,
            columns={**self.shape.columns, **touched},
            rows=[
                (id, *(values[n] for n in names), *(extra[n] for n in touched))
                for id, values in self.changed.values()
            ],
        )
