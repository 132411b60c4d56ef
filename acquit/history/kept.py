"""Figures that only commands change, kept per process as long as the chain of facts has not grown.

Every command that changes such a figure records a fact in the same transaction, and one statement
compares the head of the chain and counts anew where it is another: so what is kept is what would be
counted. The hash tells a link from another of the same number (a database restored, a transaction
taken back).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from acquit.database.together import Read, Rows
from acquit.history import unit

T = TypeVar("T")
_Key = tuple[str, Hashable]
_FIGURES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class _Kept:
    seq: int
    hash: str
    rows: Rows


_kept: OrderedDict[_Key, _Kept] = OrderedDict()
# The figures are counted only where the link is another: PostgreSQL runs such a part when asked.
_UNLESS_KEPT = """
SELECT h.seq, h.hash, CASE WHEN h.seq = %(kept_seq)s AND h.hash = %(kept_hash)s THEN NULL
    ELSE (SELECT coalesce(json_agg(figure), '[]') FROM ({sql}) AS figure) END AS figures
FROM (SELECT 1) AS one LEFT JOIN history_head h ON h.company_id = %(company)s
"""


def unless_kept(read: Read[T], *, company_id: UUID) -> Read[T]:
    """The same answer; ``read`` is sent to the database and counted only where it may be another.
    Inside a command, whose facts are not in the chain yet, always."""
    if unit.is_open():
        return read
    key = (read.sql, (company_id, *sorted(read.values.items())))
    kept = _kept.get(key)

    def answer(rows: Rows) -> T:
        (row,) = rows
        figures = row["figures"]
        if figures is None:
            assert kept is not None  # the database compared with its link
            figures = kept.rows
        if row["seq"] is None:
            return read.read(figures)  # nothing was ever done in this company
        _kept.pop(key, None)  # to its end; another thread may have dropped it meanwhile
        _kept[key] = _Kept(row["seq"], row["hash"], figures)
        while len(_kept) > _FIGURES_MAX:
            _kept.popitem(last=False)
        return read.read(figures)

    values = {
        **read.values,
        "company": company_id,
        "kept_seq": kept.seq if kept else 0,
        "kept_hash": kept.hash if kept else "",
    }
    return Read(_UNLESS_KEPT.format(sql=read.sql), values, answer)


def forget() -> None:
    """Count everything again. Needed only where rows were changed behind the chain of facts."""
    _kept.clear()
