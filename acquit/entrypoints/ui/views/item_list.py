"""What is sold: codes, names, units and tax codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from acquit.core.money import Money
from acquit.database.listing import Page
from acquit.entrypoints.ui.components.cells import Column, Columns
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.lists import Filter, ListPage, Wanted
from acquit.entrypoints.ui.templatetags.acquit import unit
from acquit.stages.masterdata.queries import ItemView, items

BATCH = 1000


class Items:
    """By code, found by parts of code and name."""

    def page(
        self, frame: Frame, wanted: Wanted, *, limit: int, after: str | None
    ) -> Page[ItemView]:
        found = items(
            company_id=frame.company_id,
            search=wanted.get("q", ""),
            limit=limit + 1,
            after=after or "",
        )
        return Page(tuple(found[:limit]), found[limit - 1].code if len(found) > limit else None)

    def every(self, frame: Frame, wanted: Wanted, ids: Sequence[UUID] | None) -> Iterator[ItemView]:
        after: str | None = ""
        while after is not None:
            part = self.page(frame, wanted, limit=BATCH, after=after)
            yield from part.rows
            after = part.after

    def matching(self, frame: Frame, wanted: Wanted) -> tuple[int, Sequence[Money]]:
        return sum(1 for _one in self.every(frame, wanted, None)), ()


def _columns(frame: Frame) -> Columns[ItemView]:
    return (
        Column(_("Code"), attrgetter("code")),
        Column(_("Name"), attrgetter("name")),
        Column(_("Unit"), lambda one: unit(one.unit)),
        Column(_("Tax code"), attrgetter("tax_code")),
    )


LIST = ListPage(
    name="items",
    right="read.masterdata",
    title=gettext_lazy("Items"),
    filters={"q": Filter(gettext_lazy("Code or name"))},
    source=Items(),
    columns=_columns,
    empty=(
        gettext_lazy("No item yet"),
        gettext_lazy("Import a list, or let the first order import make them."),
    ),
)
