"""Bank statements: parked ones first, their movements, and each movement down to its bytes."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.core.faults import Fault
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.cells import (
    AMOUNT,
    FILE,
    NUMBER,
    Column,
    Columns,
    Link,
    Status,
)
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.exports import as_it_came
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.lists import Filter, Listed, ListPage, days
from acquit.entrypoints.ui.soon import match_soon
from acquit.history import archive
from acquit.stages.receipts import queries
from acquit.stages.receipts.commands import ParkedStatement, accept, discard

ROWS = 50
STATES = {
    "parked": gettext_lazy("Parked"),
    "accepted": gettext_lazy("Accepted"),
    "discarded": gettext_lazy("Discarded"),
}


def _columns(frame: Frame) -> Columns[queries.StatementView]:
    def balance(minor: int | None, one: queries.StatementView) -> Money | None:
        return None if minor is None else Money(minor, one.currency)

    return (
        Column(_("Statement"), lambda one: Link(one.reference, links.statement(one.id), one.iban)),
        Column(_("Account"), attrgetter("iban"), only=FILE),
        Column(_("From"), attrgetter("from_date"), only=FILE),
        Column(_("Until"), attrgetter("to_date")),
        Column(_("State"), lambda one: Status(one.state)),
        Column(_("Movements"), attrgetter("lines"), NUMBER),
        Column(_("Opening"), lambda one: balance(one.opening_minor, one), AMOUNT),
        Column(_("Closing"), lambda one: balance(one.closing_minor, one), AMOUNT),
        Column(_("File"), attrgetter("filename"), only=FILE),
    )


LIST = ListPage(
    name="statements",
    right="read.receipts",
    title=gettext_lazy("Bank statements"),
    filters={
        "q": Filter(gettext_lazy("Statement, account or file")),
        "state": Filter(gettext_lazy("State"), STATES),
        **days(gettext_lazy("Ends from")),
    },
    source=Listed(queries.STATEMENTS),
    columns=_columns,
    empty=(
        gettext_lazy("No bank statement yet"),
        gettext_lazy(
            "Import the file of your bank. Each movement is kept once, however many files carry it."
        ),
    ),
    template="statements/page.html",
    is_page=False,
)


@require_GET
@page("read.receipts")
def statements(frame: Frame) -> HttpResponse:
    """The statements, newest first; what does not add up stands above them to be judged."""
    parked: tuple[queries.StatementView, ...] = ()
    wanted = LIST.wanted(frame)
    if wanted in ({}, {"state": "parked"}) and not frame.request.GET.get("after"):
        parked = queries.statements(
            company_id=frame.company_id, state="parked", limit=ROWS, after=None
        ).items
    return LIST.show(
        frame,
        {
            "parked": [_row(row) for row in parked],
            "may_judge": "receipts.accept" in frame.may,
            "may_import": "receipts.import_statement" in frame.may,
        },
    )


@require_GET
@page("read.receipts")
def statement(frame: Frame, statement: str) -> HttpResponse:
    """One statement with its movements in the order of the file."""
    return _statement(frame, _found(frame, statement))


def _statement(
    frame: Frame,
    found: queries.StatementView,
    faults: tuple[Fault, ...] = (),
    status: int = 200,
) -> HttpResponse:
    text = frame.request.GET.get("after", "")
    lines = queries.bank_lines(
        company_id=frame.company_id,
        statement_id=found.id,
        limit=ROWS,
        after=int(text) if text.isdecimal() else None,
    )
    return frame.show(
        "statements/statement.html",
        {
            "row": _row(found),
            "faults": faults,
            "lines": [_line(line) for line in lines.items],
            "file_url": reverse("statement_file", args=[to_public("statement", found.id)]),
            "steps": [
                Step(label=_("Statements"), url=reverse("statements")),
                Step(label=found.reference),
            ],
            "may_judge": "receipts.accept" in frame.may,
            "may_import": "receipts.import_statement" in frame.may,
            "pages": links.pages(frame.request, lines.next),
        },
        status=status,
    )


@require_GET
@page("read.receipts")
def line(frame: Frame, line: str) -> HttpResponse:
    """One movement beside the bytes of the bank's own file that say so."""
    source = queries.source_of(
        company_id=frame.company_id, bank_line_id=id_or_404("bank_line", line)
    )
    if source is None:
        raise Http404("no such movement")
    entry = frame.request.GET.get("entry", "")
    steps = [Step(label=_("Statements"), url=reverse("statements"))]
    if entry:
        id_or_404("entry", entry)
        steps = [
            Step(label=_("Trial balance"), url=reverse("ledger")),
            Step(label=_("Entry"), url=reverse("entry", args=[entry])),
        ]
    return frame.show(
        "statements/line.html",
        {
            "line": _line(source.line),
            "view": source.line,
            "statement": source.statement,
            "statement_url": links.statement(source.statement.id),
            "receipt_url": links.receipt(source.line.receipt_id) if source.line.receipt_id else "",
            "file_url": reverse(
                "statement_file", args=[to_public("statement", source.statement.id)]
            ),
            "excerpt": source.excerpt.decode("utf-8", errors="replace"),
            "size": len(source.excerpt),
            "steps": [
                *steps,
                Step(label=source.statement.reference, url=links.statement(source.statement.id)),
                Step(label=_("Movement %(number)s") % {"number": source.line.position}),
            ],
        },
    )


@require_GET
@page("read.receipts")
def file(frame: Frame, statement: str) -> HttpResponse:
    """The file as the bank delivered it, byte for byte."""
    found = _found(frame, statement)
    piece = archive.read(company_id=frame.company_id, digest=found.digest)
    if piece is None:
        raise Http404("the file is not in the archive")
    return as_it_came(piece, digest=found.digest, default="statement.xml")


@require_POST
@page("receipts.accept")
def acceptance(frame: Frame, statement: str) -> HttpResponse:
    """Take a parked statement's movements although its totals do not agree; a reason is kept."""
    found = _found(frame, statement)
    if not frame.ctx.reason.strip():
        fault = Fault(
            "statement.no_reason",
            _("Say why the movements are right."),
            path="reason",
        )
        return _statement(frame, found, (fault,), status=422)
    said = frame.request.POST.get("movements", "")
    outcome = accept(ctx=frame.ctx, items=[ParkedStatement(id=found.id, movements=said)])
    if outcome.faults:
        return _statement(frame, found, tuple(outcome.faults), status=422)
    new = outcome.figures.get("accepted", 0)
    messages.success(
        frame.request,
        ngettext(
            "Statement %(reference)s accepted: %(count)s new movement.",
            "Statement %(reference)s accepted: %(count)s new movements.",
            new,
        )
        % {"reference": found.reference, "count": new},
    )
    match_soon(frame, new=new)
    return HttpResponseRedirect(links.statement(found.id))


@require_POST
@page("receipts.discard")
def discarding(frame: Frame, statement: str) -> HttpResponse:
    """Put a parked statement aside; nothing of it was booked."""
    found = _found(frame, statement)
    discard(ctx=frame.ctx, items=[ParkedStatement(id=found.id)]).or_refuse()
    messages.success(
        frame.request,
        _("Statement %(reference)s discarded. Its file may be imported again.")
        % {"reference": found.reference},
    )
    return HttpResponseRedirect(reverse("statements"))


def _found(frame: Frame, statement: str) -> queries.StatementView:
    found = queries.statement(
        company_id=frame.company_id, statement_id=id_or_404("statement", statement)
    )
    if found is None:
        raise Http404("no such statement")
    return found


def _row(view: queries.StatementView) -> dict[str, Any]:
    public = to_public("statement", view.id)

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, view.currency)

    return {
        "id": public,
        "view": view,
        "url": links.statement(view.id),
        "opening": money(view.opening_minor),
        "closing": money(view.closing_minor),
        "import_url": f"/imports/{to_public('import', view.import_run_id)}"
        if view.import_run_id
        else "",
    }


def _line(view: queries.BankLineView) -> dict[str, Any]:
    return {
        "view": view,
        "url": links.bank_line(view.id),
        "amount": Money(view.amount_minor, view.currency),
        "receipt_url": links.receipt(view.receipt_id) if view.receipt_id else "",
    }
