"""The clocks of documents that a tax office wants: started at issue, stopped when it took them.
Called inside commands, in their transaction; not commands by themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from acquit.core.context import Context
from acquit.core.reporting import is_wanted, report_by
from acquit.database.copy import copy_text, fetch_rows, uuid_array
from acquit.history import unit
from acquit.stages.invoices.facts import DocumentReported, ReportWithdrawn
from acquit.stages.invoices.models import Reporting
from acquit.stages.invoices.queries.work import Setup
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import INVOICE, Plan

_COLUMNS = ["id", "company_id", "document_id", "issued_on", "report_by"]


def start(
    ctx: Context,
    *,
    setup: Setup,
    plans: Sequence[Plan],
    customers: Mapping[UUID, Customer],
    issued_on: date,
) -> None:
    """A clock for each document just issued that the tax office of the company's country wants.
    One statement, none where it wants no document."""
    home = setup.company.country
    if report_by(home=home, issued_on=issued_on, delivered_on=None) is None:
        return
    own, lines = ctx.company_id.hex, []
    for plan in plans:
        buyer = customers[plan.customer_id]
        if is_wanted(home=home, country=buyer.country, vat_id=buyer.vat_id):
            # What corrects an invoice could not be issued before there was something to correct.
            said = plan.header.get("delivered_on") if plan.kind == INVOICE else None
            delivered = date.fromisoformat(said) if said else None
            last = report_by(home=home, issued_on=issued_on, delivered_on=delivered)
            lines.append(f"{plan.id.hex}\t{own}\t{plan.id.hex}\t{issued_on}\t{last}\n")
    copy_text(Reporting, _COLUMNS, lines)


def stop(ctx: Context, *, days: Mapping[UUID, date]) -> set[UUID]:
    """The tax office took these documents on these days, none before its issue. Which of them had
    a clock that ran: their facts are recorded. One statement; what was reported stays as it is."""
    rows = fetch_rows(
        "UPDATE invoices_reporting r SET reported_on = told.day"
        " FROM unnest(%s::uuid[], %s::date[]) AS told (id, day)"
        " WHERE r.company_id = %s AND r.document_id = told.id AND r.reported_on IS NULL"
        " RETURNING r.document_id, r.reported_on",
        [uuid_array(list(days)), list(days.values()), ctx.company_id],
    )
    facts = [
        DocumentReported(subject_id=one, effective_on=ctx.today, reported_on=day)
        for one, day in sorted(rows)
    ]
    unit.record(ctx, facts)
    return {one for one, _ in rows}


def go_on(ctx: Context, *, document_ids: Collection[UUID]) -> int:
    """The clocks of these documents run again: what said that they were taken was withdrawn. How
    many there were."""
    rows = fetch_rows(
        "UPDATE invoices_reporting SET reported_on = NULL"
        " WHERE company_id = %s AND document_id = ANY(%s::uuid[]) AND reported_on IS NOT NULL"
        " RETURNING document_id",
        [ctx.company_id, uuid_array(list(document_ids))],
    )
    found = sorted(row[0] for row in rows)
    unit.record(ctx, [ReportWithdrawn(subject_id=i, effective_on=ctx.today) for i in found])
    return len(found)
