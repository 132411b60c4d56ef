"""The values of a real document, on which a text is tried before it is saved."""

from __future__ import annotations

from django.utils.translation import gettext as _

from acquit.core.faults import Fault
from acquit.entrypoints import papers
from acquit.entrypoints.ui.frame import Frame
from acquit.policy import text_values, texts
from acquit.policy.text_values import Values
from acquit.stages.dispatch.queries.sayings import shown
from acquit.stages.invoices import queries as invoices
from acquit.stages.masterdata.queries import customers_by_number

TRIED = ("invoice", "credit_note", "debit_note", *texts.REMINDERS)


def values_of(frame: Frame, *, document: str, language: str, number: str) -> Values:
    """Of the document of that number (of the latest where none is given), or of what the customer
    of that number owes late today. NotThere and NothingLate say why there are none."""
    if document in texts.REMINDERS:
        view = customers_by_number(company_id=frame.company_id, numbers=[number]).get(number)
        if view is None:
            raise _missing(_("There is no customer with this number."))
        paper = papers.late(
            company=frame.company,
            view=view,
            currency=view.currency,
            level=int(document[-1]),
            on=frame.ctx.today,
        )
        return text_values.of_reminder(paper, shown(language, frame.company.country))
    wanted = invoices.Filters(kind=document)
    found = (
        invoices.ids_by_number(company_id=frame.company_id, numbers=[number]).get(number)
        if number
        else next(
            (
                row.id
                for row in invoices.documents(
                    company_id=frame.company_id, filters=wanted, limit=1
                ).rows
            ),
            None,
        )
    )
    if found is None:
        raise _missing(_("There is no document of that number."))
    (made,) = invoices.canonical(company_id=frame.company_id, document_ids=[found])
    return text_values.of_invoice(made, shown(language, frame.company.country))


def _missing(message: str) -> papers.NotThere:
    return papers.NotThere((Fault("paper.missing", message, "number"),))
