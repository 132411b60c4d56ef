"""What earlier texts of a payer show: numbers that are never ours, and whose money a word means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquit.core.money import Money
from acquit.stages.matching.commands import LessonSwitch, propose, switch_lesson
from acquit.stages.matching.commands.replay import replay
from acquit.stages.matching.models import Proposal
from acquit.stages.matching.queries.lessons import patterns
from acquit.stages.matching.rules.inputs import Customer, SettledText
from acquit.stages.matching.rules.learning import TEXT, Switch
from acquit.stages.matching.rules.patterns import Told
from acquit.stages.matching.rules.reading import read
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.models import OpenItem
from tests.stages.matching.test_engine import DUPONT, MUELLER, best, item, money
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World


def _said(*texts: str, customer: str = "C1", account: str = "DE1") -> list[SettledText]:
    return [
        SettledText(customer, account, text, (f"INV-2026-{n:06}",))
        for n, text in enumerate(texts, 101)
    ]


def test_a_number_that_is_never_ours_is_learnt_by_the_word_before_it() -> None:
    said = _said(
        "OP 381523 RG INV-2026-000101",
        "op 771290 rg 000102 Kd 4711",
        "OP 55012, Rg. INV 2026/000103 Kd 4711",
        "OP 000104 Kd 4711",  # once his bank's number was like ours
    )
    assert [(one.value, one.times) for one in Told(said[:3]).patterns()] == [("OP #", 3)]
    assert Told(said).patterns() == []
    assert Told(said[:3]).frames("C1") == {"OP"}
    assert Told(said[:3], {("C1", "OP #")}).frames("C1") == frozenset()
    assert Told(said[:2]).frames("C1") == frozenset()
    assert Told(said[:3]).frames("C2") == frozenset()


def test_a_sign_tells_for_which_customer_a_shared_account_pays() -> None:
    said = _said(*["Werk Ulm 4711 Mai"] * 3, account="DE9")
    said += _said(*["Werk Bonn Mai"] * 3, "Ulm", customer="C2", account="DE9")
    assert {(one.customer, one.value) for one in Told(said).patterns()} == {
        ("C1", "4711"),
        ("C2", "BONN"),
    }
    told = Told(said)
    assert told.signed("DE9", read("Werk Bonn Juni")) == "C2"
    assert told.signed("DE9", read("Bonn 4711")) is None
    assert told.signed("DE1", read("Werk Bonn Juni")) is None
    both = [item("INV-2026-000301", 5_000), item("INV-2026-000302", 5_000, customer="C2")]
    shared = [Customer(one.id, one.name, ibans=("DE9",)) for one in (MUELLER, DUPONT)]
    line = money(5_000, "Werk Bonn Juni", payer_iban="DE9", payer_name="Holding")
    assert best(line, both, customers=shared).rivals == 1
    found = best(line, both, customers=shared, told=told)
    assert (found.credited, found.rivals) == ((("INV-2026-000302", 5_000),), 0)
    assert "such texts of this payer were always for this customer" in {
        reason.text for reason in found.reasons
    }


def test_what_never_is_ours_is_no_reference_though_it_looks_like_one() -> None:
    claims = [item("INV-2026-000101", 9_000), item("INV-2026-000102", 9_000, age=3)]
    line = money(9_000, "OP 000102")
    named = best(line, claims)
    assert (named.credited, named.rivals) == ((("INV-2026-000102", 9_000),), 0)
    told = Told(_said("OP 381523 a", "OP 771290 b", "OP 550127 c"))
    found = best(line, claims, told=told)
    assert found.rivals == 1
    (passed,) = (one for one in found.reasons if "never a number of ours" in one.text)
    assert line.text[passed.start : passed.end] == "000102"


def _pay(world: World, n: int, item: OpenItem, text: str) -> None:
    world.later(1)
    body = statement_bytes(
        [Movement(item.original_minor, text, "Kunde 1", "DE77")],
        on=world.today,
        opening_minor=10_000 * n,
        reference=f"S{n}",
    )
    import_statement(ctx=world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()


@pytest.mark.django_db
def test_a_pattern_is_listed_tried_and_taken_back(world: World) -> None:
    (one,) = customers(world, 1)
    paid, (true, decoy) = (
        issue(world, [Doc(one.id, 10_000)] * 4)[:4],
        issue(world, [Doc(one.id, 10_000)] * 2),
    )
    for n, claim in enumerate(paid):
        _pay(world, n, claim, f"OP {771290 + 13 * n} {claim.number}")
        assert propose(ctx=world.ctx(), items=[]).figures["posted"] == 1
    since = world.today - timedelta(90)
    (learnt,) = patterns(company_id=world.company_id, since=since).alone()
    assert (learnt.value, learnt.receipts, learnt.is_on) == ("OP #", 4, True)
    assert patterns(company_id=world.company_id, since=since, text="other").alone() == []
    _pay(world, 4, true, f"OP {decoy.number[-5:]}")
    assert propose(ctx=world.ctx(), items=[]).figures["posted"] == 0
    best_one = Proposal.objects.of(world.company_id).get(state="proposed", rank=1)
    assert best_one.rivals == 1
    money = OpenItem.objects.of(world.company_id).get(kind="receipt", open_minor__gt=0)
    wish = NewAllocation(
        key="told",
        credit_item_id=money.id,
        debit_item_id=true.id,
        amount=Money(10_000, "EUR"),
    )
    allocate(ctx=world.ctx(), items=[wish]).or_refuse()
    wrong = replay(world.ctx(), switches=[Switch(TEXT, False)])
    assert (wrong.before.wrong_posts, wrong.after.wrong_posts) == (0, 1)
    single = Switch(TEXT, False, "OP #", one.id)
    assert replay(world.ctx(), switches=[single]).after == wrong.after
    why = world.ctx(reason="his bank numbers otherwise now")
    off = LessonSwitch(kind=TEXT, is_on=False, value="OP #", customer_id=one.id)
    assert switch_lesson(ctx=why, items=[off]).figures == {"switched": 1}
    assert not patterns(company_id=world.company_id, since=since).alone()[0].is_on
    assert replay(world.ctx(), switches=()).before == wrong.after
