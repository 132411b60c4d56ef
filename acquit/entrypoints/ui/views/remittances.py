"""Advices: what somebody says a sum is made of, its money, and where each value stands."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from acquit.core.codecs import printed
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.cells import (
    AMOUNT,
    FILE,
    NUMBER,
    PAGE,
    Cell,
    Column,
    Columns,
    Link,
)
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.lists import Filter, Listed, ListPage, days
from acquit.entrypoints.ui.words import ADVICES, advice_title, part_title
from acquit.history import archive
from acquit.stages.receipts import queries
from acquit.stages.receipts.queries import AdviceHead, AdvicePartView

ROWS = 50


def _columns(frame: Frame) -> Columns[AdviceHead]:
    def money(one: AdviceHead) -> Cell:
        if one.receipt_id:
            return Link(_("Open in Apply"), links.receipt(one.receipt_id))
        if one.bank_line_id:
            return Link(_("Movement"), links.bank_line(one.bank_line_id))
        return _("Not here yet") if one.is_waiting else _("The bank shows none")

    return (
        Column(_("Advice"), lambda one: Link(one.number, _url(one), advice_title(one.kind))),
        Column(_("Kind"), lambda one: advice_title(one.kind), only=FILE),
        Column(_("Payer"), attrgetter("payer_name")),
        Column(_("Paid on"), attrgetter("paid_on")),
        Column(_("Parts"), attrgetter("parts"), NUMBER),
        Column(_("Amount"), _amount, AMOUNT),
        Column(_("Money"), money, only=PAGE),
        Column(
            _("Money"),
            lambda one: str(STATES["waiting" if one.is_waiting else "linked"]),
            only=FILE,
        ),
        Column(_("File"), attrgetter("filename"), only=FILE),
    )


def _url(one: AdviceHead) -> str:
    return reverse("remittance", args=[to_public("advice", one.id)])


def _amount(one: AdviceHead) -> Money:
    return Money(one.amount_minor, one.currency)


STATES = {
    "waiting": gettext_lazy("Waiting for money"),
    "linked": gettext_lazy("With their money"),
}
LIST = ListPage(
    name="remittances",
    right="read.receipts",
    title=gettext_lazy("Remittances"),
    lead=gettext_lazy(
        "What payers, payment providers and the bank say a sum is made of. They book nothing."
    ),
    filters={
        "q": Filter(gettext_lazy("Number, payer or file")),
        "state": Filter(gettext_lazy("Money"), STATES),
        "kind": Filter(gettext_lazy("Kind"), ADVICES),
        **days(gettext_lazy("Paid from")),
    },
    source=Listed(queries.ADVICES),
    columns=_columns,
    kind="advice",
    counts=_amount,
    empty=(
        gettext_lazy("No advice yet"),
        gettext_lazy(
            "Import a mail, PDF, table or EDI file in which somebody says what he pays, or the"
            " payout report of a payment provider."
        ),
    ),
    template="remittances/page.html",
)


@require_GET
@page("read.receipts")
def remittance(frame: Frame, key: str) -> HttpResponse:
    """One advice with its parts, and the money it explains."""
    found = _found(frame, key)
    text = frame.request.GET.get("after", "")
    parts, more = queries.advice_parts(
        company_id=frame.company_id,
        advice_id=found.id,
        limit=ROWS,
        after=int(text) if text.isdecimal() else 0,
    )
    return frame.show(
        "remittances/advice.html",
        {
            "row": _row(found),
            "parts": [_part(key, found, position, part) for position, part in parts],
            "import_url": reverse("import_run", args=[to_public("import", found.import_run_id)])
            if found.import_run_id
            else "",
            "steps": [
                Step(label=_("Remittances"), url=reverse("remittances")),
                Step(label=found.number),
            ],
            "pages": links.pages(frame.request, more),
        },
    )


@require_GET
@page("read.receipts")
def remittance_part(frame: Frame, key: str, position: int) -> HttpResponse:
    """One part beside the words, and on paper the place, that say so."""
    found, part = _found_part(frame, key, position)
    body = archive.excerpt(
        company_id=frame.company_id, digest=found.digest, start=part.byte_start, end=part.byte_end
    )
    has_picture = bool(found.source_digest) and part.place[:1].isdigit()
    return frame.show(
        "remittances/part.html",
        {
            "row": _row(found),
            "part": _part(key, found, position, part),
            "excerpt": body.decode("utf-8", errors="replace")[:20_000],
            "picture_url": reverse("remittance_picture", args=[key, position])
            if has_picture
            else "",
            "steps": [
                Step(label=_("Remittances"), url=reverse("remittances")),
                Step(label=found.number, url=reverse("remittance", args=[key])),
                Step(label=part.document or part_title(part.kind)),
            ],
        },
    )


@require_GET
@page("read.receipts")
def remittance_picture(frame: Frame, key: str, position: int) -> HttpResponse:
    """The page of the PDF with the part's place marked."""
    found, part = _found_part(frame, key, position)
    piece = archive.read(company_id=frame.company_id, digest=found.source_digest)
    if piece is None or not piece.body.startswith(b"%PDF-"):
        raise Http404("the advice is no page")
    try:
        picture = printed.picture(piece.body, spot=part.place)
    except printed.CannotRead:
        raise Http404("the page cannot be shown") from None
    return HttpResponse(picture, content_type="image/png")


def _found(frame: Frame, key: str) -> AdviceHead:
    found = queries.advice(company_id=frame.company_id, advice_id=id_or_404("advice", key))
    if found is None:
        raise Http404("no such advice")
    return found


def _found_part(frame: Frame, key: str, position: int) -> tuple[AdviceHead, AdvicePartView]:
    found = _found(frame, key)
    parts, _more = queries.advice_parts(
        company_id=frame.company_id, advice_id=found.id, limit=1, after=position - 1
    )
    if not parts or parts[0][0] != position:
        raise Http404("no such part")
    return found, parts[0][1]


def _row(view: AdviceHead) -> dict[str, Any]:
    return {
        "view": view,
        "title": advice_title(view.kind),
        "amount": _amount(view),
        "line_url": links.bank_line(view.bank_line_id) if view.bank_line_id else "",
        "receipt_url": links.receipt(view.receipt_id) if view.receipt_id else "",
    }


def _part(key: str, advice: AdviceHead, position: int, part: AdvicePartView) -> dict[str, Any]:
    discount = Money(part.discount_minor, advice.currency) if part.discount_minor else None
    return {
        "view": part,
        "title": part_title(part.kind),
        "position": position,
        "amount": Money(part.amount_minor, advice.currency),
        "discount": discount,
        "place": _place(part),
        "url": reverse("remittance_part", args=[key, position]),
    }


def _place(part: AdvicePartView) -> str:
    """Where a part stands, in words: row of a sheet, page of paper, or bytes of the file."""
    sheet, mark, row = part.place.rpartition("!")
    if mark:
        return _("%(sheet)s, row %(row)s") % {"sheet": sheet, "row": row}
    number, mark, _box = part.place.partition(":")
    if mark:
        return _("Page %(number)s") % {"number": number}
    return _("Bytes %(start)s to %(end)s") % {"start": part.byte_start, "end": part.byte_end}
