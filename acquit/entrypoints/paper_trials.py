"""A paper as it would look with settings or a text that are not saved yet.

They are saved by their own commands, the paper is made, and everything is taken back: so what is
refused here is what saving would refuse, and what is shown is what would be printed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from acquit.access.models import Company
from acquit.core.codecs import pdf
from acquit.core.context import Context
from acquit.entrypoints import papers
from acquit.entrypoints.papers import File, missing
from acquit.history import unit
from acquit.policy import samples, text_values, texts
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.queries import in_force
from acquit.policy.texts import OwnText
from acquit.stages.dispatch.commands.render import branding_of
from acquit.stages.dispatch.queries.sayings import shown
from acquit.stages.invoices import queries as invoices
from acquit.stages.masterdata.commands.settings import Settings, save_settings

_TYPES = {"invoice": "380", "credit_note": "381", "debit_note": "383"}  # UNCL 1001
_KINDS = {"delivery_note": "delivery-note"}
_DUE_IN = timedelta(days=30)
_FOR = "SAMPLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried: ``settings``, a ``text``, both or neither, on a ``document`` (a kind of
    :data:`texts.DOCUMENTS`). ``number`` is that of a document, quittance or delivery, else of a
    customer; "" is the latest invoice, credit or debit note, and where there is none a sample in
    ``language``, which is the company's if not given."""

    document: str = "invoice"
    number: str = ""
    language: str = ""
    settings: Settings | None = None
    text: OwnText | None = None


def tried(*, ctx: Context, trial: Trial) -> File:
    """The paper; nothing is left of the trial. Refused as saving would be, and NotThere where
    nothing has the number."""
    with unit.taken_back(company_id=ctx.company_id, command="papers.try"):
        inside = ctx.without_key()
        if trial.settings is not None:
            save_settings(ctx=inside, items=[trial.settings]).or_refuse()
        company = Company.objects.get(id=ctx.company_id)
        number, day = _number(company, trial), ctx.today
        if number and trial.document in _TYPES:
            day = _issued(company, number)
        if trial.text is not None:
            save_text(inside, trial.text, day)
        if number or trial.document not in _TYPES:
            return _paper(company, trial, number, ctx.today)
        return _sample(company, trial, ctx.today)


def _number(company: Company, trial: Trial) -> str:
    if trial.number or trial.document not in _TYPES:
        return trial.number
    latest = invoices.documents(
        company_id=company.id, filters=invoices.Filters(kind=trial.document), limit=1
    )
    return latest.rows[0].number if latest.rows else ""


def _issued(company: Company, number: str) -> date:
    """The day whose texts a document has."""
    ids = invoices.ids_by_number(company_id=company.id, numbers=[number])
    if number not in ids:
        raise missing("invoice", number)
    return invoices.rows_by_id(company_id=company.id, ids=ids.values())[ids[number]].issued_on


def save_text(ctx: Context, own: OwnText, on: date) -> None:
    """Say it from the day on; refused as any version of the policy is."""
    table = in_force(company_id=ctx.company_id, name=texts.NAME, on=on).table.table
    tried_table = texts.with_text(table=table, own=own).to_dict()
    version = NewVersion(name=texts.NAME, table=tried_table, valid_from=on)
    save(ctx=ctx, items=[version]).or_refuse()


def _paper(company: Company, trial: Trial, number: str, on: date) -> File:
    kind, level = trial.document, 1
    if kind in texts.REMINDERS:
        kind, level = "reminder", int(trial.document[-1])
    elif kind in _TYPES:
        kind = "invoice"
    return papers.made(
        company=company,
        kind=_KINDS.get(kind, kind),
        number=number,
        level=level,
        currency="",
        on=on,
    )


def _sample(company: Company, trial: Trial, on: date) -> File:
    """An invented document of this company, said as to nobody in particular."""
    document = replace(
        samples.document(),
        number=_FOR,
        type_code=_TYPES[trial.document],
        issue_date=on,
        due_date=on + _DUE_IN,
        seller=papers.seller(company),
        payment=None,
    )
    display = shown(trial.language or company.locale, company.country)
    own = trial.text
    asked = texts.Asked(
        trial.document,
        display.language,
        own.customer_number if own else "",
        company.country,
        own.segment if own else "",
    )
    policy = in_force(company_id=company.id, name=texts.NAME, on=on)
    body = pdf.render(
        document=document,
        branding=branding_of(company),
        locale=str(display.locale),
        mentions=(),
        words=texts.words(
            table=policy.table, asked=asked, values=text_values.of_invoice(document, display)
        ),
    )
    return File(f"{_FOR}.pdf", body)
