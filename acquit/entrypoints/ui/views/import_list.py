"""The files that were taken in, and what became of their rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from operator import attrgetter
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from acquit.core.ids import to_public
from acquit.database.listing import Page
from acquit.entrypoints.ui.components.cells import FILE, NUMBER, Column, Columns, Link, Status
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.lists import Filter, Listed, ListPage, Wanted, days
from acquit.entrypoints.ui.words import IMPORTS, import_title
from acquit.intake.queries import RUNS, RunView
from acquit.stages.receipts.queries import parked_runs


class Runs(Listed[RunView]):
    """Imports; whether a bank file waits to be judged is one more query for a page."""

    def page(self, frame: Frame, wanted: Wanted, *, limit: int, after: str | None) -> Page[RunView]:
        found = Listed.page(self, frame, wanted, limit=limit, after=after)
        ids = [one.id for one in found.rows]
        parked = parked_runs(company_id=frame.company_id, run_ids=ids)
        rows = (replace(one, state=status_of(one, parked)) for one in found.rows)
        return Page(tuple(rows), found.after)


def status_of(run: RunView, parked: Collection[UUID]) -> str:
    """Done, undone, parked, or how much of the file was refused."""
    if run.state == "undone":
        return "undone"
    if run.id in parked:
        return "parked"
    if not run.rejected:
        return "done"
    return "partly_done" if run.accepted else "refused"


def _columns(frame: Frame) -> Columns[RunView]:
    def link(one: RunView) -> Link:
        address = reverse("import_run", args=[to_public("import", one.id)])
        return Link(one.filename, address, one.actor_name)

    return (
        Column(_("File"), link),
        Column(_("Kind"), lambda one: import_title(one.kind)),
        Column(_("When"), attrgetter("started_at")),
        Column(_("Taken in by"), attrgetter("actor_name"), only=FILE),
        Column(_("Rows"), attrgetter("rows"), NUMBER),
        Column(_("Accepted"), attrgetter("accepted"), NUMBER),
        Column(_("Rejected"), attrgetter("rejected"), NUMBER),
        Column(_("Known"), attrgetter("duplicate"), NUMBER),
        Column(_("Status"), lambda one: Status(one.state)),
    )


LIST = ListPage(
    name="imports",
    right="read.receipts",
    title=gettext_lazy("Imports"),
    lead=gettext_lazy(
        "Every row of a file is accepted, rejected with its reason, or known already."
    ),
    filters={
        "q": Filter(gettext_lazy("File or person")),
        "kind": Filter(gettext_lazy("Kind"), IMPORTS),
        "state": Filter(
            gettext_lazy("State"),
            {
                "done": gettext_lazy("Done"),
                "rejected": gettext_lazy("With rejected rows"),
                "undone": gettext_lazy("Undone"),
            },
        ),
        **days(gettext_lazy("Taken in from")),
    },
    source=Runs(RUNS),
    columns=_columns,
    empty=(
        gettext_lazy("Nothing imported yet"),
        gettext_lazy("Start with customers or orders; a bank file comes later."),
    ),
    template="imports/list.html",
    is_page=False,
)
