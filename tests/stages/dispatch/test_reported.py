"""The clock of a document that the tax office wants: it starts at issue, and the office's answer
stops it; nothing else does."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from acquit.core.codecs import ubl
from acquit.core.codecs.ubl import application_response
from acquit.core.documents.response import ResponseStatus
from acquit.core.faults import Refused
from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.taking_in import take_in
from acquit.intake.commands.run import RunToUndo, undo_import
from acquit.stages.dispatch.commands.answer import answer
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.dispatch.rules.acceptances import Acceptance
from acquit.stages.dispatch.rules.rejections import Rejection
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.models import Document, Reporting
from acquit.stages.receivables.queries import documents
from tests.core.codecs.test_efactura import RULE, STATE, UPLOAD, errors, header, zipped
from tests.stages.dispatch.test_rejections import peppol
from tests.support.invoices import broken, customer, deliver
from tests.support.world import World, new_world

HOME = {"country": "RO", "vat_id": "RO16341004", "locale": "ro_RO", "region": "RO-CJ"}
LAST = date(2026, 3, 9)  # five working days after Monday, the 2nd
OK = header(STATE, 'stare="ok" id_descarcare="7">')
NOT_OK = zipped(**{"5001": errors(RULE), "semnatura_5001": b"<Signature/>"})


@pytest.fixture
def cluj(db: None) -> World:
    return new_world(
        country="RO", slug="cluj", name="Carpat SRL", vat_id="RO16341004", region="RO-CJ"
    )


def issued(world: World, count: int = 1) -> list[Document]:
    """That many documents sold at home, the last ones."""
    for number in range(count):
        name = f"C-{world.today:%d}-{number}"
        deliver(world, customer(world, name, **HOME), currency=world.company.currency)
    bill(ctx=world.ctx(), as_of=world.today).or_refuse()
    return list(Document.objects.of(world.company_id).order_by("-series_number")[:count])


def bring(world: World, data: bytes, **options: str) -> Outcome:
    return take_in(
        ctx=world.ctx(), kind="responses", profile="", filename="a.xml", content=data,
        options=options,
    )  # fmt: skip


def signed(world: World, document: Document, **seller: str) -> bytes:
    """The zip that RO e-Factura gives back of an invoice that it took."""
    (form,) = invoices.canonical(company_id=world.company_id, document_ids=[document.id])
    form = replace(form, seller=replace(form.seller, **seller))
    return zipped(**{"7": ubl.write(document=form), "semnatura_7": b"<Signature/>"})


def reported(world: World) -> list[date | None]:
    return list(
        Reporting.objects.of(world.company_id)
        .order_by("document__series_number")
        .values_list("reported_on", flat=True)
    )


def listed(world: World, reporting: str) -> list[str]:
    """The numbers in the list of documents, which are those of the sums, the files and the API."""
    asked = {"company_id": world.company_id, "today": world.today}
    wanted = documents.Wanted(reporting=reporting)
    page = [row.number for row in documents.documents(wanted=wanted, **asked).rows]
    with transaction.atomic():
        assert [one.number for one in documents.every_document(wanted=wanted, **asked)] == page
    assert documents.matching(wanted=wanted, **asked)[0] == len(page)
    found = documents.documents(wanted=replace(wanted, text="-00"), **asked).rows
    assert [row.number for row in found] == page
    filters = invoices.Filters(reporting=reporting, today=world.today)
    api = invoices.documents(company_id=world.company_id, filters=filters).rows
    assert [row.number for row in api] == page
    return page


def test_a_document_waits_is_late_on_the_day_after_and_is_reported(cluj: World) -> None:
    (document,) = issued(cluj)
    assert Reporting.objects.get().report_by == LAST
    number = document.number
    for day, due, late in ((cluj.today, 1, 0), (LAST, 1, 0), (LAST + timedelta(days=1), 1, 1)):
        cluj.on(day)
        assert (len(listed(cluj, "due")), len(listed(cluj, "late"))) == (due, late)
        count = invoices.clocks(company_id=cluj.company_id, today=day).alone()
        assert (count.due, count.late) == (due, late)
    assert bring(cluj, signed(cluj, document), date="2026-03-06").figures["created"] == {
        "exceptions": 0,
        "reported": 1,
    }
    assert reported(cluj) == [date(2026, 3, 6)]
    assert [listed(cluj, one) for one in ("due", "late", "reported")] == [[], [], [number]]
    assert bring(cluj, signed(cluj, document)).of(ItemState.DUPLICATE)
    assert reported(cluj) == [date(2026, 3, 6)]
    assert broken(cluj) == []


def test_credit_notes_have_a_clock_and_buyers_abroad_have_none(cluj: World) -> None:
    (document,) = issued(cluj)
    deliver(cluj, customer(cluj, "ABROAD"), currency="RON")
    bill(ctx=cluj.ctx(), as_of=cluj.today).or_refuse()
    cluj.on("2026-09-01")  # the supply of March should have been invoiced by the 15th of April
    credit(ctx=cluj.ctx(), items=[Credit(document_id=document.id, reason="stricat")]).or_refuse()
    clocks = Reporting.objects.of(cluj.company_id).order_by("document__kind")
    assert list(clocks.values_list("document__kind", "report_by")) == [
        ("credit_note", date(2026, 9, 8)),  # five days of its own
        ("invoice", LAST),
    ]
    abroad = Document.objects.get(customer__number="ABROAD").number
    outcome = answer(ctx=cluj.ctx(), items=[Acceptance(document_number=abroad, source="ANAF")])
    assert [one.code for one in outcome.faults] == ["acceptance.unwanted"]


@pytest.mark.parametrize("country", ["DE", "FR"])
def test_companies_elsewhere_have_no_clock(db: None, country: str) -> None:
    world = new_world(country=country, slug="far", seed=country)
    issued(world)
    with CaptureQueriesContext(connection) as caught:
        issued(world.later(1))
    assert not Reporting.objects.exists()
    assert not any("invoices_reporting" in query["sql"] for query in caught)


@pytest.mark.parametrize(
    "data",
    [
        header(UPLOAD, 'ExecutionStatus="0" index_incarcare="5001">'),
        header(STATE, 'stare="in prelucrare">'),
        application_response.write(document=peppol("?", ResponseStatus.ACCEPTED)).data,
    ],
)
def test_what_only_arrived_or_pleased_the_buyer_is_not_reported(cluj: World, data: bytes) -> None:
    (document,) = issued(cluj)
    bring(cluj, data, document=document.number)
    assert reported(cluj) == [None]


def test_in_any_order_a_rejection_leaves_the_clock_running_and_the_first_yes_stops_it(
    cluj: World,
) -> None:
    """Every order of a yes, another yes, a no, and the first yes taken back, told by the end."""
    for first, *others in itertools.permutations(("yes", "again", "undo")):
        order = (first, "no", *others)
        (document,) = issued(cluj.later(1))
        send(ctx=cluj.ctx(), items=[Sending(document_id=document.id, channel="portal")])
        Dispatch.objects.of(cluj.company_id).filter(document=document).update(state="sent")
        clock = Reporting.objects.of(cluj.company_id).filter(document=document)
        stopped_by, run_id = "", None
        for what in order:
            if what == "no":
                assert bring(cluj, NOT_OK, document=document.number).of(ItemState.DONE)
            elif what == "undo" and run_id is None:
                continue  # there is nothing yet
            elif what == "undo":
                undo_import(ctx=cluj.ctx(), items=[RunToUndo(run_id)]).or_refuse()
                stopped_by = "" if stopped_by == "yes" else stopped_by
            else:
                outcome = bring(cluj, OK, document=document.number)
                state = ItemState.DUPLICATE if stopped_by else ItemState.DONE
                assert [one.state for one in outcome.items] == [state]
                stopped_by = stopped_by or what
                run_id = outcome.items[0].id if what == "yes" else run_id
            day = clock.values_list("reported_on", flat=True).get()
            assert (day == cluj.today) is bool(stopped_by), (order, what)
        sent = Dispatch.objects.of(cluj.company_id).get(document=document)
        assert sent.state == "failed"
    assert broken(cluj) == []


def test_an_answer_that_cannot_be_true_changes_nothing(cluj: World) -> None:
    (document,) = issued(cluj)
    later, before = cluj.today + timedelta(days=1), cluj.today - timedelta(days=1)
    wrong = [
        Acceptance(document_number=document.number, source="ANAF", on=later),
        Acceptance(document_number=document.number, source="ANAF", on=before),
        Acceptance(document_number="NOBODY-1", source="ANAF"),
        Acceptance(document_number=document.number, source=" "),
    ]
    codes = [one.code for one in answer(ctx=cluj.ctx(), items=wrong).faults]
    assert codes == [f"acceptance.{why}" for why in ("day", "day", "unknown", "empty")]
    with pytest.raises(Refused) as refusal:  # a supplier's invoice of the same number
        bring(cluj, signed(cluj, document, vat_id="RO1234567897"))
    assert [one.code for one in refusal.value.faults] == ["response.seller"]
    assert reported(cluj) == [None]
    for broken_rule in ("reported_on = issued_on - 1", "report_by = report_by + 1"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE invoices_reporting SET {broken_rule}")


def asked(world: World, found: list[Document]) -> int:
    yes = [Acceptance(document_number=one.number, source="ANAF") for one in found[1:]]
    no = Rejection(document_number=found[0].number, code="", reason="x", source="ANAF")
    with CaptureQueriesContext(connection) as caught:
        outcome = answer(ctx=world.ctx(), items=[no, *yes, *yes])
    states = [len(outcome.of(state)) for state in (ItemState.DONE, ItemState.DUPLICATE)]
    assert states == [len(yes), len(yes)]
    return len(caught)


def test_many_answers_ask_no_more_than_few(cluj: World) -> None:
    few = asked(cluj, issued(cluj, 3))
    assert asked(cluj, issued(cluj.later(1), 12)) <= few


MANY = 5_000


def many(document: Document) -> None:
    """The document, its item and its clock again and again, a hundred a day; half are reported."""
    columns = {
        "invoices_document": {
            "id": "md5('d' || n)::uuid",
            "series_number": "n + 1",
            "number": "'N-' || n",
            "issued_on": "t.issued_on - n / 100",
        },
        "receivables_open_item": {
            "id": "md5('i' || n)::uuid",
            "document_id": "md5('d' || n)::uuid",
            "number": "'N-' || n",
        },
        "invoices_reporting": {
            "id": "md5('d' || n)::uuid",
            "document_id": "md5('d' || n)::uuid",
            "issued_on": "t.issued_on - n / 100",
            "report_by": "t.report_by - n / 100",
            "reported_on": "CASE WHEN n > 2500 THEN t.issued_on END",
        },
    }
    with connection.cursor() as cursor:
        for table, given in columns.items():
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
            )
            names = [row[0] for row in cursor.fetchall()]
            values = ", ".join(given.get(name, f"t.{name}") for name in names)
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(names)})"
                f" SELECT {values} FROM {table} t, generate_series(1, {MANY}) n"
                f" WHERE t.{'id' if table == 'invoices_document' else 'document_id'} = %s",
                [document.id],
            )
            cursor.execute(f"ANALYZE {table}")


def plan(sql: str) -> tuple[str, int]:
    """How a query is read, and how many rows its widest step has. Five thousand rows are as soon
    read whole and sorted as by an index, so that is forbidden."""
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) {sql}")
        text = "\n".join(row[0] for row in cursor.fetchall())
    return text, int(max(float(part.split(" ")[0]) for part in text.split("actual rows=")[1:]))


def test_a_page_reads_no_more_of_the_index_of_clocks_than_it_shows(cluj: World) -> None:
    (document,) = issued(cluj)
    many(document)
    company: UUID = cluj.company_id
    count = invoices.clocks(company_id=company, today=cluj.today).alone()
    assert (count.due, count.late) == (2501, 1701)
    for reporting in ("due", "late", "reported"):
        wanted = documents.Wanted(reporting=reporting)
        filters = invoices.Filters(reporting=reporting, today=cluj.today)
        asked = {"company_id": company, "wanted": wanted, "today": cluj.today, "limit": 10}
        with CaptureQueriesContext(connection) as caught:
            first = documents.documents(**asked)
            second = documents.documents(**asked, after=first.after)
            invoices.documents(company_id=company, filters=filters, limit=10)
        assert len(caught) == 3
        assert max(row.issued_on for row in second.rows) <= first.rows[-1].issued_on
        assert not {row.id for row in first.rows} & {row.id for row in second.rows}
        for text, rows in (plan(query["sql"]) for query in caught):
            kind = "done" if reporting == "reported" else "due"
            assert f"Index Scan using invoices_reporting_{kind}" in text, text
            assert rows <= 11, text
