"""Every page opens for who may read it, shows what sums, and reads in few queries."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from acquit.access.models import RefusedAccess
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.entrypoints.ui import links
from acquit.stages.ledger.queries import trial_balance
from acquit.stages.matching.commands import propose
from acquit.stages.receipts.models import BankLine, Statement
from acquit.stages.receivables.queries import ageing_page, ageing_totals
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.corrupt import change
from tests.support.house import build
from tests.support.money import Doc, Movement, customers, issue
from tests.support.pages import browser
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db

PAGES = (
    "apply",
    "statements",
    "ageing",
    "ledger",
    "proof",
    "automatic",
    "approvals",
    "approvals_decided",
    "approvals_refused",
    "policies",
    "health",
    "keys",
)


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_with_and_without_data(scene: Scene, name: str) -> None:
    """The auditor reads everything; an empty company says what to do next."""
    assert browser(scene.world, "auditor").get(reverse(name)).status_code == 200
    empty = new_world(slug="leer", seed="leer", on=scene.world.today)
    answer = browser(empty, "auditor", name="Eva").get(reverse(name))
    assert answer.status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_without_a_right_it_is_refused(scene: Scene, name: str, client: Client) -> None:
    user_client = browser(scene.world, name="Nobody")
    assert user_client.get(reverse(name)).status_code == 403
    assert client.get(reverse(name)).status_code == 302


def test_a_refused_attempt_is_logged(scene: Scene) -> None:
    clerk = browser(scene.world, "billing_clerk", name="Bill")
    answer = clerk.post(reverse("period_lock"), {"month": "2020-01"})
    assert answer.status_code == 403
    assert RefusedAccess.objects.of(scene.world.company_id).get().command == "ledger.lock"


def test_from_the_trial_balance_to_the_byte_in_four_clicks(scene: Scene) -> None:
    """Figure -> account -> entry -> movement with its bytes: each page links to the next."""
    clerk = browser(scene.world, "accountant")
    page = clerk.get(reverse("ledger")).content.decode()
    account = re.search(r'href="(/ledger/accounts/1800[^"]*)"', page)
    assert account is not None
    entries = clerk.get(account[1].replace("&amp;", "&")).content.decode()
    found = re.findall(r'class="row-open" href="(/ledger/entries/[^"]*)"', entries)
    seen = []
    for entry in found:
        body = clerk.get(entry).content.decode()
        lines = re.findall(r'href="(/statements/lines/[^"]*)"', body)
        assert lines, entry
        shown = clerk.get(lines[0].replace("&amp;", "&")).content.decode()
        assert "&lt;Ntry" in shown
        assert "SHA-256" in shown
        seen.append(lines[0])
    assert len(seen) == 6


def test_the_bytes_are_the_banks_own(scene: Scene) -> None:
    clerk = browser(scene.world, "auditor")
    line = BankLine.objects.of(scene.world.company_id).get(amount_minor=999)
    answer = clerk.get(links.bank_line(line.id))
    statement = Statement.objects.get(id=line.statement_id)
    file = clerk.get(reverse("statement_file", args=[to_public("statement", statement.id)]))
    assert file["Content-Disposition"].startswith("attachment")
    body = bytes(file.content)
    piece = body[line.byte_start : line.byte_end].decode()
    assert "who am I" in piece
    assert answer.context["excerpt"] == piece
    assert answer.context["statement"].digest == statement.archive_digest


def test_the_text_of_a_stranger_is_text(scene: Scene) -> None:
    """What a payer wrote never becomes markup."""
    clerk = browser(scene.world, "cash_clerk")
    body = clerk.get(f"/apply/{scene.receipt(2_500)}").content.decode()
    assert "<b>thanks" not in body
    assert "&lt;b&gt;thanks" in body
    assert '<mark class="piece is-reference">' in body


def test_the_ageing_sums_to_its_totals_and_to_the_books(scene: Scene) -> None:
    clerk = browser(scene.world, "auditor")
    answer = clerk.get(reverse("ageing"))
    world = scene.world
    totals = ageing_totals(company_id=world.company_id, as_at=world.today, known_at=None)
    found = ageing_page(
        company_id=world.company_id, as_at=world.today, known_at=None, limit=50, after=""
    )
    assert sum(row.home.balance_minor for row in found.rows) == totals.home.balance_minor
    assert answer.context["receivable"] == Money(21_200, "EUR")
    assert answer.context["unapplied"] == Money(7_387, "EUR")
    books = trial_balance(company_id=world.company_id, as_at=world.today)
    control = {a.control: a.debit_minor - a.credit_minor for a in books.accounts}
    assert control["receivables"] == 21_200
    assert control["unapplied"] == -7_387
    ties = clerk.get(reverse("ledger")).context["ties"]
    assert [tie.difference.minor for tie in ties] == [0, 0]


@pytest.mark.parametrize(
    ("bucket", "rows"), [("days_1_30", 2), ("over_90", 0), ("overdue", 2), ("unapplied", 1)]
)
def test_a_bucket_narrows_the_list(scene: Scene, bucket: str, rows: int) -> None:
    clerk = browser(scene.world, "auditor")
    answer = clerk.get(reverse("ageing"), {"bucket": bucket})
    assert len(answer.context["rows"]) == rows


def test_a_bucket_is_read_page_by_page(world: World) -> None:
    people = customers(world, 5)
    issue(world, [Doc(one.id, 100, currency=c) for one in people for c in ("EUR", "EUR")])
    seen: list[str] = []
    after = ""
    while True:
        page = ageing_page(
            company_id=world.company_id,
            as_at=world.today,
            known_at=None,
            limit=2,
            after=after,
            bucket="not_due",
        )
        seen += [row.customer_number for row in page.rows]
        after = page.next
        if not after:
            break
    assert seen == [one.number for one in people]


@pytest.mark.parametrize("query", ["as_at=yesterday", "known_at=soon", "as_at=2026-02-30"])
def test_a_wrong_day_is_explained(scene: Scene, query: str) -> None:
    answer = browser(scene.world, "auditor").get(f"{reverse('ageing')}?{query}")
    assert answer.status_code == 422
    assert "2026-01-31" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("apply_receipt", "receipt"),
        ("statement", "statement"),
        ("bank_line", "bank_line"),
        ("entry", "entry"),
        ("statement_file", "statement"),
        ("quittance", "receipt"),
    ],
)
def test_what_is_another_companys_does_not_exist(scene: Scene, name: str, kind: str) -> None:
    """A real id of a neighbour, an unknown id, and no id at all: 404 for each."""
    foreign = new_world(slug="fremd", seed="fremd", on=scene.world.today)
    owner = browser(foreign, "owner", name="Fremd")
    ids = {
        "receipt": scene.receipt(999),
        "statement": to_public("statement", Statement.objects.get().id),
        "bank_line": to_public("bank_line", BankLine.objects.get(amount_minor=999).id),
        "entry": to_public("entry", scene.world.ids.new()),
    }
    own = browser(scene.world, "owner", name="Own")
    if name in ("statement", "bank_line", "apply_receipt", "statement_file"):
        assert own.get(reverse(name, args=[ids[kind]])).status_code == 200
    for text in (ids[kind], to_public(kind, scene.world.ids.new()), "nonsense"):
        assert owner.get(reverse(name, args=[text])).status_code == 404


@pytest.mark.parametrize(
    ("name", "most"),
    [("apply", 4), ("statements", 5), ("ageing", 5), ("ledger", 3), ("automatic", 9)],
)
def test_the_number_of_queries_does_not_grow(scene: Scene, name: str, most: int) -> None:
    clerk = browser(scene.world, "auditor")
    clerk.get(reverse(name))
    with CaptureQueriesContext(connection) as few:
        clerk.get(reverse(name))
    world = scene.world
    people = customers(world, 50)
    items = issue(world, [Doc(one.id, 1_000 + n) for n, one in enumerate(people)])
    for n in range(4):
        moves = [Movement(700 + n * 20 + i, items[i].number) for i in range(12)]
        bank(world, *moves, reference=f"T{n}")
    propose(ctx=world.ctx(), items=[])
    clerk.get(reverse(name))  # what is kept in memory catches up with the new facts
    with CaptureQueriesContext(connection) as many:
        clerk.get(reverse(name))
    asked = [str(q["sql"])[:120] for q in many.captured_queries]
    assert len(many) <= min(len(few) + 1, most), asked


def test_an_account_is_read_page_by_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening + lines = closing on every page, and the last closing is the trial balance."""
    monkeypatch.setattr("acquit.entrypoints.ui.views.ledger.ROWS", 2)
    clerk = browser(scene.world, "auditor")
    url = f"/ledger/accounts/1800?until={scene.world.today.isoformat()}"
    pages, carried = 0, Money(0, "EUR")
    while url:
        context = clerk.get(url).context
        assert context["opening"] == carried
        carried = context["closing"]
        url = f"{context['pages'].next}"
        pages += 1
    assert pages == 3
    assert carried == Money(17_337, "EUR")
    assert clerk.get("/ledger/accounts/none").status_code == 404
    assert clerk.get("/ledger/accounts/1800?after=x").status_code == 404


def test_the_proof_says_what_holds_and_names_what_does_not(db: None) -> None:
    house = build(new_world())
    auditor = browser(house.world, "auditor")
    answer = auditor.get(reverse("proof"))
    assert answer.context["answer"]["ok"], answer.context["answer"]["broken"]
    change(
        "receivables_open_item",
        "UPDATE receivables_open_item SET open_minor = open_minor - 1 WHERE kind = 'invoice'"
        " AND open_minor > 0",
    )
    answer = auditor.get(reverse("proof"))
    assert not answer.context["answer"]["ok"]
    assert "I11" in answer.content.decode()
