"""What all lists promise, held against the declaration of each."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from acquit.access.lists import CUSTOMER, DAY, LISTS, TEXT
from acquit.access.models import ApprovalRequest, RefusedAccess
from acquit.core.codecs import sheet
from acquit.core.codecs.rows_out import harmless, to_csv, to_xlsx
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.entrypoints.taking_in import take_in
from acquit.entrypoints.ui.views.every_list import LISTS as DECLARED
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.matching.commands import ReturnNamed, dismiss_return, propose
from acquit.stages.matching.models import Return
from acquit.stages.receivables.commands import NewAdjustment, NewAllocation, adjust, allocate
from acquit.stages.receivables.models import OpenItem
from tests.support.money import Movement, statement_bytes
from tests.support.orders import some_items
from tests.support.pages import browser
from tests.support.shop import Shop
from tests.support.world import World

MOST = 4  # queries of a page, the session's with it
WRONG = "=HYPERLINK(1)"
HEAD = "payout,paid_on,type,document,reference,payer,gross,fee,net,currency"


@pytest.fixture
def reader(shop: Shop) -> Client:
    """Somebody who may read everything, with a little of everything to read."""
    happen(shop, "1")
    return browser(shop.world, "auditor")


def happen(shop: Shop, name: str) -> None:
    """Documents, their sending, a bank file, money that went back, an approval, a refusal."""
    world = shop.world
    documents = shop.issue(2)
    shop.fill(ready=1, lacking=1)
    send(ctx=world.ctx(), items=[Sending(document_id=one.id) for one in documents[-2:]])
    moves = [Movement(1_000 + n, f"{WRONG} {name}", payer=WRONG) for n in range(3)]
    moves.append(Movement(-777, "zurück", payer="Niemand", returned="AC04"))
    take(world, statement_bytes(moves, on=world.today, reference=f"S{name}"), f"{WRONG} {name}")
    paid = f"po_{name},{world.today},payment,F-1,ch_{name},,10.00,1.00,,EUR\n"
    take(world, f"{HEAD}\n{paid}".encode(), "payout.csv")
    some_items(world, f"I-{name}")
    propose(ctx=world.ctx(), items=[])
    apply_a_part(world, name)
    waiting = Return.objects.of(world.company_id).filter(state="waiting")
    dismiss_return(ctx=world.ctx(), items=[ReturnNamed(id=one.id) for one in waiting])
    refuse(world, name)


def apply_a_part(world: World, name: str) -> None:
    """Money that leaves a document open in part, and so a gap, of which a cent is closed."""
    items = OpenItem.objects.of(world.company_id).filter(open_minor__gt=100).order_by("-id")
    wish = NewAllocation(
        key=name,
        credit_item_id=items.filter(kind="receipt")[0].id,
        debit_item_id=items.filter(kind="invoice")[0].id,
        amount=Money(100, "EUR"),
        third_party=True,
    )
    allocate(ctx=world.ctx(), items=[wish]).or_refuse()
    cent = NewAdjustment(
        key=name,
        item_id=wish.debit_item_id,
        amount=Money(1, "EUR"),
        adjustment="small_difference",
    )
    adjust(ctx=world.ctx(), items=[cent]).or_refuse()


def take(world: World, content: bytes, filename: str) -> None:
    take_in(
        ctx=world.ctx(), kind="bank", profile="", filename=filename, content=content, options={}
    )


def refuse(world: World, name: str) -> None:
    now = world.ctx().now
    ApprovalRequest.objects.create(
        id=world.ids.new(),
        company_id=world.company_id,
        command="invoices.issue",
        item={},
        item_key=f"{WRONG} {name}",
        asked_hash=f"{name:0>64}",
        amount_minor=100,
        currency="EUR",
        why="above the limit",
        maker_name="Somebody",
        state="rejected",
        created_at=now,
        decided_at=now,
    )
    RefusedAccess.objects.create(
        id=world.ids.new(),
        company_id=world.company_id,
        actor_name=WRONG,
        command="invoices.issue",
        why="you may not",
        at=now,
    )


def rows(client: Client, path: str) -> list[dict[str, str]]:
    text = b"".join(client.get(path).streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def samples(name: str, today: date) -> dict[str, str]:
    """A value of each filter that the list takes."""
    found = {TEXT: "zzzz", DAY: today.isoformat(), CUSTOMER: ""}
    return {key: found.get(takes, takes.split("|")[0]) for key, takes in LISTS[name].items()}


@pytest.mark.parametrize("name", LISTS)
def test_each_filter_has_a_name_and_its_words(name: str) -> None:
    one = DECLARED[name]
    for key, takes in LISTS[name].items():
        if takes == CUSTOMER:
            continue  # set by links alone
        given = one.filters[key]
        choices = set() if takes in (TEXT, DAY) else set(takes.split("|"))
        assert str(given.label) and set(given.words or ()) == choices, (name, key)
    assert set(one.filters) <= set(LISTS[name])


def test_every_list_is_declared() -> None:
    assert set(DECLARED) == set(LISTS)


def asked(client: Client, path: str) -> int:
    client.get(path)  # what is asked once per process is asked now
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200, path
    return len(caught)


def test_pages_ask_little_and_no_more_for_many_rows(shop: Shop, reader: Client) -> None:
    few = {name: asked(reader, f"/{name}") for name in DECLARED}
    for n in range(2, 6):
        happen(shop, str(n))
    many = {name: asked(reader, f"/{name}") for name in DECLARED}
    assert many == few
    assert {name: count for name, count in many.items() if count > MOST} == {}


def test_files_hold_what_the_page_shows_as_plain_values(reader: Client) -> None:
    for name, one in DECLARED.items():
        found = rows(reader, f"/{name}.csv")
        assert found, name
        for row in found:
            assert None not in row and all(row), (name, row)
            for value in row.values():
                # A decimal may be negative; nothing else may begin as a formula does.
                assert not value.startswith(("=", "+", "@", "\t")), (name, row)
                assert not value.startswith("-") or Decimal(value), (name, row)
        answer = reader.get(f"/{name}.xlsx")
        (read,) = sheet.read(b"".join(answer.streaming_content))
        assert len(read.rows) == len(found) + 1, name
        assert [str(cell) for cell in read.rows[0][1]] == list(found[0]), name
        assert reader.get(f"/{name}.pdf").status_code == 404
        assert reader.get(f"/{name}?after=nonsense").status_code in (200, 404), name
        if one.kind and one.file is None:
            told = reader.get(f"/{name}/matching").json()
            assert told["count"] == str(len(found)), name


def test_each_filter_narrows_is_kept_and_can_be_cleared(shop: Shop, reader: Client) -> None:
    clerk = browser(shop.world, "owner", name="Olga")
    customer = to_public("customer", shop.customers[0].id)
    for name, takes in LISTS.items():
        for key, value in samples(name, shop.world.today - timedelta(days=999)).items():
            query = f"{key}={value or customer}"
            tabs = [tab for tab, one in DECLARED[name].filters.items() if one.is_tab]
            if tabs and key not in tabs:  # a page with tabs always says which
                query = f"{tabs[0]}={takes[tabs[0]].split('|')[0]}&{query}"
            page = reader.get(f"/{name}?{query}")
            assert page.status_code == 200, (name, query)
            cleared = "Clear filters" in page.content.decode()
            assert cleared is (key not in tabs), (name, query)
            kept = clerk.post(f"/views/new?list={name}&query={quote(query)}", {"name": key})
            assert kept["Location"] == f"/{name}?{query}", (name, takes)
            assert f'aria-current="true">{key}' in clerk.get(f"/{name}?{query}").content.decode()
            rows(reader, f"/{name}.csv?{query}")
        if "q" in takes:
            assert "Nothing matches" in reader.get(f"/{name}?q=zzzz").content.decode(), name
            assert reader.get(f"/{name}?q=%00&after=%00").status_code == 400, name


def test_ticked_rows_leave_alone_and_acts_need_their_right(shop: Shop, reader: Client) -> None:
    for name, one in DECLARED.items():
        if not one.kind:
            assert reader.post(f"/{name}/selection", {"do": "csv"}).status_code >= 400, name
            continue
        body = reader.get(f"/{name}").content.decode()
        key = body.split('name="ids" value="')[1].split('"')[0]
        answer = reader.post(f"/{name}/selection", {"do": "csv", "ids": key})
        lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
        assert len(lines) >= 2 and (one.file or len(lines) == 2), name
        assert reader.post(f"/{name}/selection", {"do": "csv"}).status_code == 422
        assert reader.post(f"/{name}/selection", {"do": "no", "ids": key}).status_code == 422
        for act in one.acts:
            may = act.right in ("read.receivables",)
            given = {"do": act.verb, "ids": key}
            status = reader.post(f"/{name}/selection", given).status_code
            assert status == (200 if may else 403), (name, act.verb)
            noted = RefusedAccess.objects.of(shop.company_id).filter(command=act.right)
            assert noted.exists() is not may, (name, act.verb)


def test_rows_leave_while_they_are_read() -> None:
    """A list without end begins to leave: nobody waits for its last row, or holds it."""

    def endless() -> Any:
        while True:
            yield ("-1", date(2026, 1, 31), datetime(2026, 1, 31, 18, 30), Decimal("-1.50"), None)

    pieces = to_csv(head=("a", "b", "c", "d", "e"), rows=endless())
    text = next(pieces).decode("utf-8-sig")
    assert text.splitlines()[1] == "'-1,2026-01-31,2026-01-31 18:30:00,-1.50,"
    assert harmless("＝1+1") == "'＝1+1" and harmless("\n=1+1") == "'\n=1+1"
    package = to_xlsx(title="t", head=("a", "b", "c", "d", "e"), rows=endless())
    assert b"".join(next(package) for _ in range(5)).startswith(b"PK")


def test_a_moment_is_a_moment_in_a_sheet() -> None:
    row = ("=1", datetime(2026, 1, 31, 18, 30), Decimal("10.00"))
    body = b"".join(to_xlsx(title="t", head=("a", "b", "c"), rows=[row]))
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        text = package.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>46053.7708333333</v>" in text and "<f>" not in text and "<v>10.00</v>" in text


def test_a_cell_that_is_too_long_for_excel_is_cut_with_a_mark_and_whole_in_csv() -> None:
    """Two units of UTF-16 for each face, so that the cut falls into the middle of one."""
    texts = ("\N{GRINNING FACE}" * 20_000, "x" * 32_767)
    body = b"".join(to_xlsx(title="t", head=("a", "b"), rows=[texts]))
    (read,) = sheet.read(body)
    faces, just_fits = read.rows[1][1]
    assert faces == "\N{GRINNING FACE}" * 16_381 + " […]" and just_fits == texts[1]
    whole = b"".join(to_csv(head=("a", "b"), rows=[texts])).decode("utf-8-sig")
    assert whole.splitlines()[1] == ",".join(texts)
