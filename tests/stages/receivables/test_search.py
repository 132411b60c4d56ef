"""Finding documents by a part of their number or of their customer: all there are, by an index."""

from __future__ import annotations

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from acquit.database.copy import execute, fetch_rows
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.models import Document
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.models import Customer
from acquit.stages.receivables.models import OpenItem
from acquit.stages.receivables.queries import documents as module
from acquit.stages.receivables.queries.documents import Wanted, documents
from tests.support.money import Doc, customers, issue
from tests.support.world import World

pytestmark = pytest.mark.django_db
MANY, PAGES = 12_000, 100


def copies(model: type[models.Model], count: int, **changed: str) -> None:
    """Rows like the only one there is; ``changed`` columns are SQL over its columns and ``n``."""
    columns = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(changed.get(column, column) for column in columns)
    execute(
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)})"
        f" SELECT {values} FROM {model._meta.db_table}, generate_series(1, {count}) AS n"
    )


@pytest.fixture
def full(world: World) -> World:
    """Many documents of half as many customers, ten on each day."""
    (customer,) = customers(world, 1)
    issue(world, [Doc(customer.id, 1_000)])
    copies(
        Customer,
        MANY // 2,
        id="md5('c' || n)::uuid",
        number="'K-' || lpad(n::text, 6, '0')",
        name="'Kunde ' || chr(65 + mod(n, 26)) || reverse(n::text) || ' GmbH'",
    )
    id, buyer = "md5('d' || n)::uuid", f"md5('c' || (1 + mod(n, {MANY // 2})))::uuid"
    copies(
        Document,
        MANY,
        id=id,
        customer_id=buyer,
        number="'INV-2026-' || lpad(n::text, 6, '0')",
        series_number="series_number + n",
        issued_on="issued_on - n / 10",
    )
    copies(
        OpenItem,
        MANY,
        id="md5('i' || n)::uuid",
        document_id=id,
        customer_id=buyer,
        number="'INV-2026-' || lpad(n::text, 6, '0')",
        effective_on="effective_on - n / 10",
        open_minor="CASE WHEN mod(n, 3) = 0 THEN 0 ELSE open_minor END",
        open_functional_minor="CASE WHEN mod(n, 3) = 0 THEN 0 ELSE open_functional_minor END",
    )
    for model in (Customer, Document, OpenItem):
        execute(f"ANALYZE {model._meta.db_table}")
    return world


TEXTS = (
    "INV-2026-011345",  # a number
    "11345",  # its end
    "26-0113",  # a part of it
    "inv-2026",  # what all have
    "7",  # what many have
    "0199",
    "kunde c",  # names: many, one, a part
    "Kunde D3",
    "unde z51 gm",
    "K-000077",
    "%",  # no wildcards
    "_",
    "\\",
    "nobody",
    "'; --",
)


def test_every_part_is_found_whatever_else_is_asked(full: World) -> None:
    """The same as looking at every row, the newest first, page by page."""
    rows = fetch_rows(
        "SELECT d.number, c.name, c.number, i.open_minor > 0 FROM invoices_document d"
        " JOIN masterdata_customer c ON c.id = d.customer_id"
        " JOIN receivables_open_item i ON i.document_id = d.id"
        " ORDER BY d.issued_on DESC, d.id DESC"
    )
    for text in TEXTS:
        matching = [r for r in rows if any(text.lower() in value.lower() for value in r[:3])]
        assert listed(full, text, "") == [row[0] for row in matching][:PAGES]
        paid = [row[0] for row in matching if not row[3]]
        assert listed(full, text, "paid") == paid[:PAGES]
        by_number = invoices.documents(
            company_id=full.company_id, filters=invoices.Filters(number=text), limit=50
        )
        numbers = [row[0] for row in matching if text.lower() in row[0].lower()]
        assert [row.number for row in by_number.rows] == numbers[:50]


def listed(world: World, text: str, state: str) -> list[str]:
    """The numbers of the first pages."""
    found, after = list[str](), None
    while len(found) < PAGES:
        page = documents(
            company_id=world.company_id,
            wanted=Wanted(text=text, state=state),
            today=world.today,
            limit=50,
            after=after,
        )
        found += [row.number for row in page.rows]
        after = page.after
        if after is None:
            break
    return found


def plan_of(ask: object) -> str:
    """How the last statement is carried out where looking at every row is dear: of so few rows
    that depends on the statistics of the day, that an index answers at all does not."""
    with CaptureQueriesContext(connection) as caught:
        ask()  # type: ignore[operator]
    sql = str(caught[-1]["sql"]).replace("%", "%%")
    execute("SET LOCAL enable_seqscan = off")
    return "\n".join(line for (line,) in fetch_rows(f"EXPLAIN {sql}"))


def test_an_index_finds_it(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    company = full.company_id
    monkeypatch.setattr(module, "NEWEST", 10)  # these are not the newest
    for text in ("12321", "Kunde D3"):
        plan = plan_of(
            lambda text=text: documents(
                company_id=company, wanted=Wanted(text=text), today=full.today
            )
        )
        assert "invoices_document_parts" in plan and "masterdata_customer_parts" in plan
        assert "Seq Scan on invoices_document" not in plan
        assert "Seq Scan on masterdata_customer" not in plan
    by_number = invoices.Filters(number="12321")
    plan = plan_of(lambda: invoices.documents(company_id=company, filters=by_number))
    assert "invoices_document_parts" in plan
    plan = plan_of(lambda: masterdata.customers(company_id=company, search="Kunde D3"))
    assert "masterdata_customer_parts" in plan
