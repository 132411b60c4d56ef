"""Views: filters of lists kept under a name."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from acquit.access import queries as access
from acquit.access.commands.views import (
    NAME_MAX,
    ViewChoice,
    ViewData,
    delete_view,
    save_view,
)
from acquit.access.queries import SavedViewRow
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.schemas import Page, Strict, public

routes = Routes("views")
ViewId = Annotated[str, Field(pattern=r"^(viw_[0-9a-f]{32})?$")]


class ViewIn(Strict):
    """A filter to keep. ``query`` is what stands behind the question mark of the list's address;
    with the ``id`` of a view there is, that one is changed."""

    id: ViewId = ""
    list: Annotated[str, Field(min_length=1, max_length=30)]
    name: Annotated[str, Field(min_length=1, max_length=NAME_MAX)]
    query: Annotated[str, Field(max_length=2000)] = ""
    is_shared: bool = False


class ViewOut(Strict):
    """A view; ``url`` opens the list with it."""

    id: str
    list: str
    name: str
    query: str
    is_shared: bool
    url: str

    @classmethod
    def of(cls, row: SavedViewRow) -> ViewOut:
        return cls(
            id=public("view", row.id) or "",
            list=row.list_name,
            name=row.name,
            query=row.query,
            is_shared=row.is_shared,
            url=row.url,
        )


@routes.get("/views", "access.save_view", Page[ViewOut])
def list_views(frame: Frame, list: Annotated[str, Field(max_length=30)] = "") -> Page[ViewOut]:
    """The shared views and those of the person who made the key, of one list or of all."""
    rows = access.saved_views(
        company_id=frame.company_id, person_id=frame.ctx.actor.person_id, list_name=list
    ).alone()
    return Page(items=[ViewOut.of(row) for row in rows])


@routes.post("/views", "access.save_view")
def post_view(frame: Frame, body: ViewIn) -> Reply:
    """Keep a filter under a name, or change one that is kept."""
    data = ViewData(
        list_name=body.list,
        name=body.name,
        query=body.query,
        is_shared=body.is_shared,
        id=_seen(frame, body.id) if body.id else None,
    )
    return done(save_view(ctx=frame.ctx, items=[data]), kind="view")


@routes.delete("/views/{view_id}", "access.delete_view")
def remove_view(frame: Frame, view_id: str) -> Reply:
    """Delete a view; what it showed stays."""
    choice = ViewChoice(id=_seen(frame, view_id))
    return done(delete_view(ctx=frame.ctx, items=[choice]), kind="view")


def _seen(frame: Frame, text: str) -> UUID:
    """The view of a public id, if the caller sees it; a repeated request finds its answer."""
    chosen, person = public_id("view", text), frame.ctx.actor.person_id
    rows = access.saved_views(company_id=frame.company_id, person_id=person).alone()
    if chosen not in {row.id for row in rows} and not frame.is_replay:
        raise not_found("view")
    return chosen
