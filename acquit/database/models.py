"""The base of every table that belongs to a company."""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

import pgtrigger
from django.db import models


class WalledQuerySet(models.QuerySet[Any]):
    def of(self, company_id: UUID) -> Self:
        """Only the rows of one company: the first call of every query."""
        return self.filter(company_id=company_id)


class Walled(models.Model):
    """A row inside a company's wall.

    Django sees ``id`` as the key; in the database the key is (company_id, id) and every
    reference is a composite one, made by :class:`acquit.database.walls.Walls`, so no row can
    point into another company and the schema can be sharded by company.
    """

    id = models.UUIDField(primary_key=True)
    company = models.ForeignKey(
        "access.Company",
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    objects = WalledQuerySet.as_manager()

    class Meta:
        abstract = True


class Link(models.ForeignKey):
    """A reference inside one company; its constraint is the composite one of the wall."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs["db_index"] = False  # indexes start with the company and are named per query
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete, **kwargs)


class SetLink(Link):
    """A reference that the table's own statement trigger checks for all new rows at once.

    For the few tables that take hundreds of thousands of rows in one statement: a foreign key
    looks up and locks the other row once per row. The other side must be append-only or
    undeletable, since nothing guards it against removal.
    """


class GuardedLink(SetLink):
    """A reference with the effect of a foreign key, checked for all new rows of a statement at
    once: :class:`acquit.database.walls.Walls` puts a statement trigger on this table, which holds
    the rows it names, and one on the other table, which refuses to remove what is named here.

    For tables that take many rows per statement; this table needs an index on the column. Where a
    row is changed to name another, that one is looked up by itself. A foreign key looks the other
    row up, and locks it, once per row.
    """


def set_links(table: str, **targets: str) -> pgtrigger.Trigger:
    """The statement trigger that checks the :class:`SetLink` columns of all new rows at once.

    ``targets`` maps columns to tables. Counted by array and planned anew each time: a join would
    be planned by statistics that know nothing of a young company.
    """
    checks = "".join(
        f"""
    FOR used IN
        SELECT company_id, array_agg(DISTINCT {column}) AS ids
        FROM new_rows WHERE {column} IS NOT NULL GROUP BY company_id
    LOOP
        EXECUTE 'SELECT count(*) FROM {target} WHERE company_id = $1 AND id = ANY($2)'
            INTO found USING used.company_id, used.ids;
        IF found <> cardinality(used.ids) THEN
            RAISE EXCEPTION '{table}.{column} names a row that {target} does not have'
                USING ERRCODE = 'foreign_key_violation';
        END IF;
    END LOOP;"""
        for column, target in targets.items()
    )
    return pgtrigger.Trigger(
        name=f"{table}_links",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
        func=f"{checks}\n    RETURN NULL;",
        declare=[("used", "record"), ("found", "bigint")],
    )


def append_only(table: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE whoever sends the SQL."""
    return [
        pgtrigger.Protect(
            name=f"{table}_append_only", operation=pgtrigger.Update | pgtrigger.Delete
        ),
        _no_truncate(table),
    ]


def frozen_but(table: str, *mutable: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse DELETE, TRUNCATE and any UPDATE of other columns than these."""
    return [
        pgtrigger.ReadOnly(name=f"{table}_frozen", exclude=list(mutable)),
        pgtrigger.Protect(name=f"{table}_no_delete", operation=pgtrigger.Delete),
        _no_truncate(table),
    ]


def undeletable(table: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse DELETE and TRUNCATE: for what a :class:`SetLink` points at."""
    return [
        pgtrigger.Protect(name=f"{table}_no_delete", operation=pgtrigger.Delete),
        _no_truncate(table),
    ]


def _no_truncate(table: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"{table}_no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation';",
    )


class Currency(models.CharField):
    """An ISO 4217 code beside an ``*_minor`` column."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["max_length"] = 3
        super().__init__(**kwargs)


def state_check(name: str, column: str, states: tuple[str, ...]) -> models.CheckConstraint:
    """The CHECK of a status column, made from its lifecycle."""
    return models.CheckConstraint(name=name, condition=models.Q(**{f"{column}__in": states}))
