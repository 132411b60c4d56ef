"""The keys of customers' names, made anew where ``core.text.name_key`` answers otherwise now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from acquit.core.text import name_key

BATCH = 5_000
LENGTH = (
    200  # of the column; a script of many letters per sign is longer and counts by its beginning
)
_NEXT = "SELECT id, name, name_key FROM masterdata_customer WHERE id > %s ORDER BY id LIMIT %s"
_WRITE = (
    "UPDATE masterdata_customer AS c SET name_key = new.key"
    " FROM unnest(%s::uuid[], %s::text[]) AS new (id, key) WHERE c.id = new.id"
)


def key_of(name: str) -> str:
    """The key of a customer's name, as it is stored."""
    return name_key(name)[:LENGTH]


def fold_names(connection: Any) -> int:
    """Every company's customers, as many at a time as ``BATCH``; how many keys were wrong. Only
    migrations call it: they stand above the companies."""
    changed, last = 0, UUID(int=0)
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_NEXT, [last, BATCH])
            rows = cursor.fetchall()
            if not rows:
                return changed
            last = rows[-1][0]
            wrong = [(key, new) for key, name, old in rows if (new := key_of(name)) != old]
            if wrong:
                cursor.execute(_WRITE, [[key for key, _new in wrong], [new for _key, new in wrong]])
                changed += len(wrong)
