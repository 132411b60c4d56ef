"""What list pages can do: views, the selection and its acts, files of what matches."""

from __future__ import annotations

import csv
import io
import zipfile
from decimal import Decimal
from typing import Any

from django.test import Client

from acquit.access.models import SavedView
from acquit.core.codecs import sheet
from acquit.core.ids import to_public
from acquit.history.models import FactRecord
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.masterdata.models import Customer
from tests.support.pages import browser
from tests.support.shop import Shop


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def table(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(answer).decode("utf-8-sig"))))


def keep(client: Client, query: str, **form: str) -> Any:
    return client.post(f"/views/new?list=invoices&query={query}", form)


def test_a_filter_is_kept_opened_renamed_and_deleted(shop: Shop) -> None:
    clerk = browser(shop.world, "billing_clerk")
    answer = keep(clerk, "state%3Doverdue%26after%3Dx%26q%3DC-1", name="  Late   ones ")
    assert answer["Location"] == "/invoices?q=C-1&state=overdue"
    assert 'aria-current="true">Late ones' in clerk.get(answer["Location"]).content.decode()
    row = SavedView.objects.of(shop.company_id).get()
    key = to_public("view", row.id)
    twice = keep(clerk, "state%3Dpaid", name="Late ones")
    assert twice.status_code == 422 and "already" in twice.content.decode()
    assert clerk.post(f"/views/{key}", {"name": "Late"}).status_code == 302
    assert clerk.post(f"/views/{key}/deletion").status_code == 302
    assert not SavedView.objects.of(shop.company_id).exists()
    kinds = FactRecord.objects.of(shop.company_id).filter(kind__startswith="access.View")
    assert list(kinds.order_by("seq").values_list("kind", flat=True)) == [
        "access.ViewSaved",
        "access.ViewSaved",
        "access.ViewDeleted",
    ]


def test_views_belong_to_their_owner_and_shared_ones_to_who_may(shop: Shop) -> None:
    clerk = browser(shop.world, "billing_clerk")
    manager = browser(shop.world, "receivables_manager", name="Mara")
    keep(clerk, "state%3Dopen", name="Mine", is_shared="on")  # he has no such box
    keep(manager, "state%3Doverdue", name="Ours", is_shared="on")
    rows = {row.name: row for row in SavedView.objects.of(shop.company_id)}
    assert {name: row.is_shared for name, row in rows.items()} == {"Mine": False, "Ours": True}
    mine, ours = (to_public("view", rows[name].id) for name in ("Mine", "Ours"))
    assert "Ours" in clerk.get("/invoices").content.decode()
    assert "Mine" not in manager.get("/invoices").content.decode()
    assert manager.get(f"/views/{mine}").status_code == 404
    assert clerk.post(f"/views/{ours}/deletion").status_code == 422
    assert clerk.post(f"/views/{ours}", {"name": "Stolen"}).status_code == 422
    assert manager.post(f"/views/{ours}/deletion").status_code == 302


def test_a_filter_that_the_list_does_not_know_is_named(shop: Shop) -> None:
    clerk = browser(shop.world, "billing_clerk")
    for query, named in (
        ("colour%3Dred", "colour"),
        ("state%3Dlost", "lost"),
        ("from%3D1.1", "1.1"),
    ):
        answer = keep(clerk, query, name="Odd")
        assert answer.status_code == 422 and named in answer.content.decode()
    assert clerk.get("/views/new?list=secrets").status_code == 404
    assert not SavedView.objects.of(shop.company_id).exists()


def test_the_files_hold_what_matches_with_formulas_as_text(shop: Shop) -> None:
    documents = shop.issue(3)
    Customer.objects.of(shop.company_id).filter(number="C-2").update(name="=HYPERLINK(1)")
    clerk = browser(shop.world, "auditor")
    rows = table(clerk.get("/invoices.csv"))
    assert [row["Number"] for row in rows] == [one.number for one in reversed(documents)]
    first = documents[0]
    assert rows[-1]["Issued"] == first.issued_on.isoformat()
    assert Decimal(rows[-1]["Amount"]) == Decimal(first.gross_minor).scaleb(-2)
    assert {row["Customer"] for row in rows} >= {"'=HYPERLINK(1)"}
    assert [row["Customer number"] for row in table(clerk.get("/invoices.csv?q=C-2"))] == ["C-2"]
    answer = clerk.get("/invoices.xlsx?q=C-2")
    assert f"-{shop.world.today}.xlsx" in answer["Content-Disposition"]
    (read,) = sheet.read(body(answer))
    cells = read.rows[1][1]
    assert "=HYPERLINK(1)" in cells and first.issued_on in cells
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(body(clerk.get("/invoices.xlsx")))).read(
        "xl/worksheets/sheet1.xml"
    )
    assert clerk.get("/invoices.pdf").status_code == 404


def test_the_history_has_who_took_which_list_away(shop: Shop) -> None:
    documents = shop.issue(3)
    auditor = browser(shop.world, "auditor")
    body(auditor.get("/invoices.csv?q=C-2"))
    keys = [to_public("document", one.id) for one in documents[:2]]
    body(auditor.post("/invoices/selection", {"do": "xlsx", "ids": keys}))
    broken_off: Any = auditor.get("/invoices.csv")
    next(broken_off.streaming_content)
    broken_off._iterator.close()  # as a server does when the reader has gone
    auditor.get("/invoices")
    taken = FactRecord.objects.of(shop.company_id).filter(kind="access.ListExported")
    said = [(one.actor_name, one.payload) for one in taken.order_by("seq")]
    common = {"list_name": "invoices", "is_ticked": False, "is_whole": True}
    assert [payload for _name, payload in said] == [
        {**common, "form": "csv", "query": "q=C-2", "rows": 1},
        {**common, "form": "xlsx", "query": "", "rows": 2, "is_ticked": True},
        {**common, "form": "csv", "query": "", "rows": 3, "is_whole": False},
    ]
    assert {name for name, _payload in said} == {"Ana"}


def test_what_is_ticked_or_all_that_match_is_sent_once(shop: Shop) -> None:
    first, second, third = shop.issue(3)
    clerk = browser(shop.world, "billing_clerk")
    told = clerk.get("/invoices/matching?q=C-").json()
    assert told["count"] == "3" and "EUR" in told["total"]
    ticked = {"do": "send", "ids": [to_public("document", first.id)]}
    assert clerk.post("/invoices/selection", ticked).status_code == 302
    sent = Dispatch.objects.of(shop.company_id)
    assert set(sent.values_list("document_id", flat=True)) == {first.id}
    whole = {"do": "send", "all_matching": "1"}
    clerk.post("/invoices/selection?q=C-2", whole)
    assert set(sent.values_list("document_id", flat=True)) == {first.id, second.id}
    clerk.post("/invoices/selection", whole)
    assert set(sent.values_list("document_id", flat=True)) == {first.id, second.id, third.id}
    assert sent.count() == 3
    assert clerk.post("/invoices/selection", {"do": "send"}).status_code == 422
    reader = browser(shop.world, "auditor", name="Alba")
    assert reader.post("/invoices/selection", whole).status_code == 403


def test_customers_with_what_they_owe_and_their_statements(shop: Shop) -> None:
    documents = shop.issue(2)
    reader = browser(shop.world, "auditor")
    rows = {row["Number"]: row for row in table(reader.get("/customers.csv"))}
    owed = Decimal(documents[0].gross_minor).scaleb(-2)
    assert Decimal(rows["C-1"]["Balance"]) == owed and rows["C-1"]["Currency"] == "EUR"
    ids = [to_public("customer", one.id) for one in shop.customers]
    answer = reader.post("/customers/selection", {"do": "statements", "ids": ids})
    with zipfile.ZipFile(io.BytesIO(body(answer))) as package:
        assert len(package.namelist()) == 2
        assert all(package.read(name).startswith(b"%PDF") for name in package.namelist())
