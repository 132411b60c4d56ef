"""The company that is measured, made by its own command, and its customers, by COPY."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID

from acquit.access import actors
from acquit.core.context import Context
from acquit.core.ids import IdSource
from acquit.database.copy import copy_rows, execute
from acquit.stages.masterdata.commands.create_company import NewCompany, create_company
from acquit.stages.masterdata.models import Customer

TODAY = date(2026, 3, 31)
IBAN = "DE89370400440532013000"
SEED = "bench"


def context(company_id: UUID, *, day: date = TODAY, seed: str = SEED) -> Context:
    now = datetime.combine(day, time(9), UTC)
    ids = IdSource.seeded(instant=now, seed=f"{seed} {day}")
    return Context(company_id, actors.installer(), now, day, ids)


def new_company(*, day: date = TODAY, slug: str = SEED) -> Context:
    ids = IdSource.seeded(instant=datetime.combine(day, time(8), UTC), seed=slug)
    ctx = context(ids.new(), day=day, seed=slug)
    company = NewCompany(
        slug=slug,
        name="Bench Handel GmbH",
        country="DE",
        street="Hauptstraße 1",
        city="Berlin",
        postcode="10115",
        vat_id="DE123456788",
        email="rechnung@bench.example",
        contact_name="Rechnungsstelle",
        phone="+49 30 1234567",
        iban=IBAN,
        bic="COBADEFFXXX",
    )
    create_company(ctx=ctx, items=[company])
    return ctx


def customers(ctx: Context, count: int) -> list[UUID]:
    """``C000001 ...``, German, in euro, thirty days."""
    ids = ctx.ids.many(count)
    columns = (
        "id company_id number name country street city postcode region vat_id registration_id"
        " email contact_name phone locale currency terms channel endpoint_scheme endpoint_id"
        " buyer_reference segment iban is_placeholder created_at updated_at"
    ).split()
    copy_rows(
        Customer,
        columns,
        (
            (
                *(id, ctx.company_id, f"C{n:06}", f"Kunde {n} GmbH", "DE", f"Marktplatz {n}"),
                *("Hamburg", "20095", "", "", "", f"c{n}@kunde.example", "", "", "de_DE", "EUR"),
                *("NET30", "email", "", "", "", "", "", False, ctx.now, ctx.now),
            )
            for n, id in enumerate(ids, 1)
        ),
    )
    execute('ANALYZE "masterdata_customer"')
    return ids
