"""Filters of lists kept under a name: private ones by anybody, shared ones by who may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from acquit.access.command import command
from acquit.access.facts import ViewDeleted, ViewSaved
from acquit.access.lists import CannotKeep, kept
from acquit.access.models import SavedView
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import lock
from acquit.history import unit

SHARE = "access.share_view"
NAME_MAX = 60
VIEWS_MAX = 50  # of one list that one person sees: more links than that help nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewData:
    """A view to keep. ``query`` is that of the list's address; ``id`` changes one there is."""

    list_name: str
    name: str
    query: str
    is_shared: bool = False
    id: UUID | None = None

    @property
    def key(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewChoice:
    id: UUID


@command("access.save_view")
def save_view(*, ctx: Context, items: Sequence[ViewData]) -> Outcome:
    """Keep filters under names. A shared view, its name and its filter need the right to share;
    what is wrong with an item is said for that item."""
    lock(ctx.company_id, "views")  # two of one name must not pass each other
    wanted = {item.list_name for item in items}
    there = list(
        SavedView.objects.of(ctx.company_id)
        .filter(Q(list_name__in=wanted) | Q(id__in=[item.id for item in items if item.id]))
        .select_for_update()
        .order_by("id")
    )
    results, facts = [], []
    for item in items:
        row, faults = _made(ctx, item, there)
        if row is None or faults:
            results.append(ItemResult(item.key, ItemState.REFUSED, item.id, tuple(faults)))
            continue
        row.save(force_insert=row not in there)
        if row not in there:
            there.append(row)
        results.append(ItemResult(item.key, ItemState.DONE, row.id))
        facts.append(
            ViewSaved(
                subject_id=row.id,
                effective_on=ctx.today,
                list_name=row.list_name,
                name=row.name,
                query=row.query,
                is_shared=row.is_shared,
            )
        )
    unit.record(ctx, facts)
    return Outcome(tuple(results))


@command("access.delete_view")
def delete_view(*, ctx: Context, items: Sequence[ViewChoice]) -> Outcome:
    """Delete views: one's own, and shared ones with the right to share. The list stays."""
    found = {
        row.id: row
        for row in SavedView.objects.of(ctx.company_id)
        .filter(id__in=[item.id for item in items])
        .select_for_update()
        .order_by("id")
    }
    results, gone = [], []
    for item in items:
        row = found.pop(item.id, None)
        fault = _not_yours(ctx, row)
        if row is None or fault:
            faults = (fault,) if fault else ()
            results.append(ItemResult(str(item.id), ItemState.REFUSED, None, faults))
            continue
        gone.append(row)
        results.append(ItemResult(row.name, ItemState.DONE, row.id))
    SavedView.objects.of(ctx.company_id).filter(id__in=[row.id for row in gone]).delete()
    unit.record(
        ctx,
        [
            ViewDeleted(
                subject_id=row.id,
                effective_on=ctx.today,
                list_name=row.list_name,
                name=row.name,
                is_shared=row.is_shared,
            )
            for row in gone
        ],
    )
    return Outcome(tuple(results))


def _made(
    ctx: Context, item: ViewData, there: Sequence[SavedView]
) -> tuple[SavedView | None, list[Fault]]:
    """The row as it shall be, or what is wrong."""
    owner = ctx.actor.person_id
    row = next((one for one in there if one.id == item.id), None)
    if item.id is not None and (fault := _not_yours(ctx, row)):
        return None, [fault]
    name, faults = " ".join(item.name.split()), list[Fault]()
    try:
        query = kept(list_name=row.list_name if row else item.list_name, query=item.query)
    except CannotKeep as refusal:
        return None, list(refusal.faults)
    if not name or len(name) > NAME_MAX or not name.isprintable():
        fix = f"write 1 to {NAME_MAX} characters"
        faults.append(Fault("view.name", "the view needs a name", "name", fix=fix))
    if item.is_shared and not ctx.actor.may(SHARE):
        fix = f"keep it for yourself, or ask for a role that may do this: {SHARE}"
        faults.append(Fault("view.share", "you may not share views", "is_shared", fix=fix))
    if not item.is_shared and (row.owner_id if row else owner) is None:
        fix = "share it"
        faults.append(Fault("view.owner", "nobody is there to own the view", "is_shared", fix=fix))
    if row is None:
        row = SavedView(
            id=ctx.ids.new(),
            company_id=ctx.company_id,
            owner_id=owner,
            list_name=item.list_name,
            created_at=ctx.now,
        )
    others = [one for one in there if one.list_name == row.list_name and one.id != row.id]
    seen = [one for one in others if one.is_shared or one.owner_id == row.owner_id]
    if any(one.name == name for one in seen):
        message = f"there is a view {name!r} of this list already"
        faults.append(Fault("view.name_taken", message, "name", fix="choose another name"))
    if len(seen) >= VIEWS_MAX:
        message = f"this list has {VIEWS_MAX} views already"
        faults.append(Fault("view.many", message, fix="delete one that nobody uses"))
    if not faults:
        row.name, row.query, row.is_shared = name, query, item.is_shared
    return row, faults


def _not_yours(ctx: Context, row: SavedView | None) -> Fault | None:
    """Of a view that is another's the same words as of one that is not there."""
    own = row is not None and row.owner_id is not None and row.owner_id == ctx.actor.person_id
    if row is None or not (own or row.is_shared):
        return Fault("view.unknown", "there is no such view", "id")
    if row.is_shared and not own and not ctx.actor.may(SHARE):
        fix = f"ask its owner or a role that may do this: {SHARE}"
        return Fault("view.share", "you may not change the views of others", "id", fix=fix)
    return None
