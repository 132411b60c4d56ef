"""Who took which list away as a file: an export leaves a fact, as a change does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from acquit.access.command import command
from acquit.access.facts import ListExported
from acquit.core.context import Context
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that was handed out, see :class:`~acquit.access.facts.ListExported`."""

    list_name: str
    form: str
    rows: int
    query: str = ""
    is_ticked: bool = False
    is_whole: bool = True


@command("access.export")
def export(*, ctx: Context, items: Sequence[Export]) -> Outcome:
    """Note the files that somebody took away."""
    facts = [
        ListExported(
            subject_id=ctx.ids.new(),
            effective_on=ctx.today,
            list_name=item.list_name,
            query=item.query,
            form=item.form,
            rows=item.rows,
            is_ticked=item.is_ticked,
            is_whole=item.is_whole,
        )
        for item in items
    ]
    unit.record(ctx, facts)
    return Outcome(tuple(ItemResult(item.list_name, ItemState.DONE, None) for item in items))
