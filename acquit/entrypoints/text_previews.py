"""Which text customers would get before and after a change of the company's own words.

The change is saved by its own command and taken back, as papers are tried: what is refused here is
what saving would refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.access.models import Company
from acquit.core.context import Context
from acquit.core.documents.invoice import Invoice
from acquit.entrypoints import papers
from acquit.entrypoints.paper_trials import save_text
from acquit.history import unit
from acquit.policy import text_values, texts
from acquit.policy.queries import in_force
from acquit.policy.text_values import Values
from acquit.policy.texts import OwnText
from acquit.stages.dispatch.queries.sayings import asked, shown
from acquit.stages.invoices import queries as invoices
from acquit.stages.masterdata.queries import CustomerView, customers_by_id

CUSTOMERS_MAX = 20


@dataclass(frozen=True, slots=True)
class Told:
    """What one customer would read in the place of the text: paragraphs end in a blank line, "" is
    nothing. ``document`` is the number of the one whose values stand in it; "" where he has none
    of the kind: then the names of its values stand there, as in ``⟨document.due⟩``."""

    number: str
    name: str
    segment: str
    language: str
    channel: str
    document: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """Whether the change changes anything for him."""
        return self.before != self.after


def preview(*, ctx: Context, own: OwnText, on: date) -> tuple[Told, ...]:
    """What up to 20 customers of different segments, languages and channels would be told on the
    day, before and after; the changed ones first. A dozen queries whatever their number."""
    chosen = invoices.varied_customers(
        company_id=ctx.company_id,
        kind=own.document,
        language=own.language,
        number=own.customer_number,
        limit=CUSTOMERS_MAX,
    )
    ids = [document for _, document in chosen if document is not None]
    documents = dict(
        zip(ids, invoices.canonical(company_id=ctx.company_id, document_ids=ids), strict=True)
    )
    views = customers_by_id(company_id=ctx.company_id, ids=[one for one, _ in chosen])
    company = Company.objects.get(id=ctx.company_id)
    before = in_force(company_id=ctx.company_id, name=texts.NAME, on=on).table
    with unit.taken_back(company_id=ctx.company_id, command="texts.preview"):
        save_text(ctx.without_key(), own, on)
        after = in_force(company_id=ctx.company_id, name=texts.NAME, on=on).table
    told = []
    for customer_id, document_id in chosen:
        view = views[customer_id]
        document = _found(documents, document_id)
        display = shown(view.locale, company.country)
        who = asked(own.document, display, view)
        values = (
            text_values.of_invoice(document, display)
            if document
            else _names(company, view, own.document)
        )
        said = [
            texts.say(table=table, asked=who, place=own.place, values=values).strip()
            for table in (before, after)
        ]
        number = document.number if document else ""
        person = (view.number, view.name, view.segment, display.language, view.channel)
        told.append(Told(*person, number, *said))
    return tuple(sorted(told, key=lambda one: not one.is_changed))


def _found(documents: dict[UUID, Invoice], document_id: UUID | None) -> Invoice | None:
    return documents[document_id] if document_id else None


def _names(company: Company, view: CustomerView, document: str) -> Values:
    """The parties as they are, and the name of every other value in its place."""
    known = text_values.of_parties(papers.seller(company), papers.buyer(view))
    return {name: f"⟨{name}⟩" for name in texts.names_for((document,))} | known
