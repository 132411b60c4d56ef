"""Cents that are missing, or too many, are closed by the rule of the policy with the money that
leaves them; what the policy keeps waits for a person, and above his limit for a second one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.access.commands.approve import Decision, approve
from acquit.access.commands.grant import Grant, grant
from acquit.access.models import ApprovalRequest
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.core.tables import Row
from acquit.history import queries as history
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.queries import shipped
from acquit.stages.insight import reports
from acquit.stages.ledger.models import Posting
from acquit.stages.masterdata.models import BankAccount, Customer
from acquit.stages.matching.commands import ProposalChoice, accept, propose
from acquit.stages.matching.models import Gap, Proposal
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.commands import NewAdjustment, Undo, adjust, undo
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.stages.matching.test_chargebacks import DOLLARS
from tests.stages.matching.test_engine import INVOICES, best, item, money
from tests.stages.matching.test_returns import Books
from tests.stages.matching.test_returns_exchanged import _rate
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World, someone

RULE = "adjusting shipped row 5"
POSTED = 0.99  # from here on the policy that is shipped applies by itself
DIFFERENCES = "6300"


@pytest.fixture
def books(world: World) -> Books:
    return Books(world)


def _paid(kunde: Customer, minor: int, text: str) -> Movement:
    return Movement(minor, text, payer=kunde.name, iban=kunde.iban)


def _closed(world: World) -> list[tuple[str, str, int]]:
    """Rule, reason and amount of what was closed without money and stands, the oldest first."""
    every = Allocation.objects.of(world.company_id)
    undone = every.exclude(reverses=None).values("reverses")
    rows = every.exclude(adjustment="").filter(reverses=None).exclude(id__in=undone)
    return list(rows.order_by("id").values_list("rule", "adjustment", "amount_minor"))


def _report(world: World, day: date) -> dict[str, Any]:
    return reports.closed_rests(company_id=world.company_id, month_of=day, currency="EUR")


def _told(world: World, day: date) -> list[tuple[str, ...]]:
    return [
        (one["number"], one["reason"], one["by"], one["who"], one["amount"], one["tax"])
        for one in reversed(_report(world, day)["closed"])
    ]


def _policy(world: World, *rows: Row, inputs: tuple[str, ...]) -> None:
    keep = Row(("",) * len(inputs), ("keep", "none"))
    table = replace(shipped("adjusting"), inputs=inputs, rows=(*rows, keep))
    version = NewVersion(name="adjusting", table=table.to_dict(), valid_from=world.today)
    save(ctx=world.ctx(), items=[version]).or_refuse()


@pytest.mark.parametrize("missing", [1, 3, 49, 99])
@pytest.mark.parametrize("text", ["INV-2026-000102", "Rg 2026000102", "PO 4500012345"])
def test_cents_that_are_missing_tell_as_much_as_the_whole_amount(missing: int, text: str) -> None:
    claim = INVOICES[3] if text.startswith("PO") else INVOICES[1]
    found = best(money(claim.open - missing, text), INVOICES)
    assert (found.credited, found.reason) == (((claim.id, claim.open - missing),), "short-pay")
    assert (found.fit, found.rivals, found.probability > POSTED) == ("cents", 0, True)


def test_another_document_of_exactly_the_money_is_a_rival_of_the_one_that_is_named() -> None:
    items = [item("INV-2026-000777", 10_000), item("INV-2026-000888", 9_997)]
    found = best(money(9_997, "INV-2026-000777"), items)
    assert found.probability < POSTED or found.rivals


def test_what_the_text_says_of_the_rest_is_not_taken_for_cents() -> None:
    items = [item("INV-2026-000777", 10_000)]
    for word in ("Teilzahlung", "less"):
        assert best(money(9_950, f"INV-2026-000777 {word}"), items).fit != "cents"
    assert best(money(190, "INV-2026-000779"), [item("INV-2026-000779", 200)]).fit != "cents"


@pytest.mark.parametrize("amount", [9_997, 10_003])
def test_an_end_to_end_id_beside_no_text_names_a_document(amount: int) -> None:
    line = money(amount, "", end_to_end="INV-2026-000777")
    assert best(line, [item("INV-2026-000777", 10_000)]).credited[0][0] == "INV-2026-000777"


@pytest.mark.django_db
def test_three_cents_are_closed_by_rule_and_thirty_euros_wait(books: Books) -> None:
    """From the bank file to the report, and back by undoing one receipt."""
    world = books.world
    (kunde,) = customers(world, 1)
    docs = [Doc(kunde.id, 10_000, tax_minor=1_597), Doc(kunde.id, 103_700)]
    short, far = issue(world, docs)
    books.bank(
        _paid(kunde, 9_997, f"invoice {short.number}"),
        _paid(kunde, 100_700, f"invoice {far.number}"),
    )
    figures = books.match()
    assert (figures["posted"], figures["suggested"]) == (1, 1)
    assert books.open(short, far) == [0, 103_700]
    assert _closed(world) == [(RULE, "small_difference", 3)]
    assert not Gap.objects.of(world.company_id).exists()
    row = Allocation.objects.of(world.company_id).get(adjustment="small_difference")
    lines = Posting.objects.of(world.company_id).filter(entry__subject_id=row.id)
    assert {one.account.code: one.functional_minor for one in lines} == {"1200": -3, "6300": 3}
    acts = history.automatic_acts(
        company_id=world.company_id,
        since=world.ctx().now,
        until=world.ctx().now.replace(hour=23),
        limit=10,
    )
    assert (RULE, row.id) in {(act.rule, act.subject_id) for act in acts}
    day = world.today
    told = (short.number, "small_difference", "rule", RULE, "0.03", "0.00")
    assert _told(world, day) == [told]
    books.holds()

    (waiting,) = Proposal.objects.of(world.company_id).filter(state="proposed", rank=1)
    accept(ctx=world.ctx(), items=[ProposalChoice(id=waiting.id)]).or_refuse()
    assert (books.open(far), _closed(world)) == ([3_000], [(RULE, "small_difference", 3)])
    assert Gap.objects.of(world.company_id).get(state="open").item_id == far.id
    _thirty_wait(world, far)
    assert books.open(far) == [0]
    assert [(one[0], *one[2:5]) for one in _told(world, day)] == [
        (short.number, "rule", RULE, "0.03"),
        (far.number, "approval", "maria", "30.00"),
    ]

    before = _report(world, day)
    world.on(date(day.year, day.month + 1, 3))
    receipt = Receipt.objects.of(world.company_id).get(amount_minor=9_997)
    undo(ctx=world.ctx(), items=[Undo(receipt_id=receipt.id)]).or_refuse()
    assert (books.open(short), _closed(world)) == ([10_000], [("", "small_difference", 3_000)])
    sums = ("total", "sums", "tax")
    assert [_report(world, day)[one] for one in sums] == [before[one] for one in sums]
    assert _report(world, world.today)["total"] == "-0.03"
    books.holds()


def _thirty_wait(world: World, far: OpenItem) -> None:
    """As delivered: a clerk closes 30.00, which waits for a second person, whose yes closes it."""
    roles = {"ana": "cash_clerk", "maria": "receivables_manager"}
    grants = [Grant(email=f"{n}@muster.example", name=n, role=role) for n, role in roles.items()]
    ids = grant(ctx=world.ctx(), items=grants).ids
    ana, maria = (
        someone(role, name=name, id=id_)
        for (name, role), id_ in zip(roles.items(), ids, strict=True)
    )
    wish = NewAdjustment(
        key="w", item_id=far.id, amount=Money(3_000, "EUR"), adjustment="small_difference"
    )
    assert adjust(ctx=world.ctx(actor=ana), items=[wish]).items[0].state is ItemState.AWAITING
    far.refresh_from_db()
    assert far.open_minor == 3_000
    request = ApprovalRequest.objects.of(world.company_id).get(state="waiting")
    assert request.why == "30.00 EUR is above the limit of 25.00 EUR"
    approve(ctx=world.ctx(actor=maria), items=[Decision(request.id, "Agreed.")]).or_refuse()


@pytest.mark.django_db
def test_three_cents_too_many_are_the_mirror_and_fall_with_the_receipt(books: Books) -> None:
    world = books.world
    (kunde,) = customers(world, 1)
    claim, other = issue(world, [Doc(kunde.id, 10_000), Doc(kunde.id, 20_000)])
    books.bank(
        _paid(kunde, 10_003, f"invoice {claim.number}"),
        _paid(kunde, 23_000, f"invoice {other.number}"),
    )
    assert books.match()["posted"] == 2
    own = {
        row.original_minor: row
        for row in OpenItem.objects.of(world.company_id).filter(kind="receipt")
    }
    assert books.open(claim, other, own[10_003], own[23_000]) == [0, 0, 0, 3_000]
    assert _closed(world) == [(RULE, "small_difference", 3)]
    assert Gap.objects.of(world.company_id).get().item_id == own[23_000].id
    assert books.account(DIFFERENCES) == -3
    (sums,) = _report(world, world.today)["sums"]
    assert (sums["by"], sums["who"], sums["amount"]) == ("rule", RULE, "-0.03")
    undo(ctx=world.ctx(), items=[Undo(receipt_id=own[10_003].receipt_id)]).or_refuse()
    assert books.open(claim, own[10_003]) == [10_000, 10_003]
    assert (books.account(DIFFERENCES), _closed(world)) == (0, [])
    books.holds()


@pytest.mark.django_db
def test_a_limit_may_stand_in_the_currency_of_the_document(books: Books) -> None:
    world = books.world
    BankAccount(
        id=world.ids.new(), company_id=world.company_id, name="USD", iban=DOLLARS,
        currency="USD", ledger_account="1800", created_at=world.ctx().now,
    ).save()  # fmt: skip
    _rate(world, "0.5")
    inputs = ("adjustment.reason", "adjustment.currency", "adjustment.document_amount")
    rows = [
        Row(("= small_difference", f"= {code}", f"<= {most}"), ("close", "none"))
        for code, most in (("EUR", "0.05"), ("USD", "0.10"))
    ]
    _policy(world, *rows, inputs=inputs)
    (kunde,) = customers(world, 1)
    dollars = [Doc(kunde.id, 10_000, currency="USD", rate=Decimal("0.5")) for _ in (1, 2)]
    claims = issue(world, [*dollars, Doc(kunde.id, 10_000), Doc(kunde.id, 10_000)])
    paid = zip((9_990, 9_989, 9_995, 9_994), claims, strict=True)
    moves = [_paid(kunde, minor, f"invoice {claim.number}") for minor, claim in paid]
    books.take(
        statement_bytes(moves[:2], on=world.today, reference="U", iban=DOLLARS, currency="USD")
    )
    books.bank(*moves[2:])
    assert books.match()["posted"] == 4
    assert books.open(*claims) == [0, 11, 0, 6]
    assert {(rule[-5:], minor) for rule, _why, minor in _closed(world)} == {
        ("row 2", 10),
        ("row 1", 5),
    }
    assert {one.kind for one in Gap.objects.of(world.company_id)} == {"small_difference"}
    books.holds()


@pytest.mark.django_db
def test_how_often_is_counted_and_an_instalment_is_no_rest(books: Books) -> None:
    world = books.world
    rows = [Row(("= small_difference", "< 2"), ("close", "none"))]
    _policy(world, *rows, inputs=("adjustment.reason", "adjustment.times"))
    (kunde,) = customers(world, 1)
    claims = issue(world, [Doc(kunde.id, minor) for minor in (10_000, 10_001, 10_002, 150)])
    moves = [_paid(kunde, claim.open_minor - 3, f"invoice {claim.number}") for claim in claims[:3]]
    books.bank(*moves, _paid(kunde, 75, f"invoice {claims[3].number} Teilzahlung"))
    books.match()
    assert sorted(books.open(*claims[:3])) == [0, 0, 3]
    for found in Proposal.objects.of(world.company_id).filter(state="proposed", rank=1):
        accept(ctx=world.ctx(), items=[ProposalChoice(id=found.id)]).or_refuse()
    assert books.open(claims[3]) == [75]


@pytest.mark.django_db
def test_a_person_applies_and_the_rule_closes(books: Books) -> None:
    """What waits for a person because somebody else paid; the cents are not his to close."""
    world = books.world
    kunde, other = customers(world, 2)
    (claim,) = issue(world, [Doc(kunde.id, 10_000)])
    books.bank(_paid(other, 9_997, f"invoice {claim.number}"))
    assert books.match()["suggested"] == 1
    found = Proposal.objects.of(world.company_id).get(rank=1)
    ana = someone("cash_clerk", name="ana")
    accept(ctx=world.ctx(actor=ana), items=[ProposalChoice(id=found.id)]).or_refuse()
    assert (books.open(claim), _closed(world)) == ([0], [(RULE, "small_difference", 3)])


@pytest.mark.django_db
def test_many_rests_are_asked_for_as_few(books: Books) -> None:
    world = books.world
    (kunde,) = customers(world, 1)

    def asked(count: int) -> int:
        claims = issue(world, [Doc(kunde.id, 10_000 + 17 * n) for n in range(count)])
        books.bank(*(_paid(kunde, one.open_minor - 3, f"invoice {one.number}") for one in claims))
        with CaptureQueriesContext(connection) as queries:
            assert propose(ctx=world.ctx(), items=[]).figures["posted"] == count
        assert books.open(*claims) == [0] * count
        return len(queries)

    asked(1)
    assert asked(2) == asked(30)
