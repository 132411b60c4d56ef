"""Saving master data on a real database: upsert, faults, four eyes, rates, query counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.access.commands.approve import Decision, approve
from acquit.access.models import Company, User
from acquit.core.outcome import ItemState
from acquit.history.models import FactRecord
from acquit.stages.masterdata import queries
from acquit.stages.masterdata.commands import fold_names as folding
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from acquit.stages.masterdata.commands.save_rates import RateData, save_rates
from acquit.stages.masterdata.commands.settings import (
    BankDetails,
    Settings,
    change_bank,
    save_settings,
)
from acquit.stages.masterdata.models import Customer
from tests.support.orders import some_customers, some_items
from tests.support.world import World, new_world, someone

pytestmark = pytest.mark.django_db
NEW_IBAN = "DE75512108001245126199"


def _states(world: World, *items: CustomerData) -> list[str]:
    return [r.state.value for r in save_customers(ctx=world.ctx(), items=items).items]


class TestCustomers:
    def test_new_changed_same(self, world: World) -> None:
        ana = CustomerData(number="1", name="Ana", country="FR")
        assert _states(world, ana) == ["done"]
        assert _states(world, ana) == ["duplicate"]
        assert _states(world, replace(ana, city="Lyon"), ana) == ["done", "duplicate"]
        (row,) = queries.customers(company_id=world.company_id).rows
        assert (row.name, row.city, row.locale, row.currency, row.terms) == (
            "Ana",
            "Lyon",
            "fr_FR",
            "EUR",
            "NET30",
        )

    def test_none_leaves_a_field_and_empty_clears_it(self, world: World) -> None:
        some_customers(world, "1", email="a@b.example")
        save_customers(ctx=world.ctx(), items=[CustomerData(number="1", city="Ulm")])
        assert Customer.objects.get(number="1").email == "a@b.example"
        save_customers(ctx=world.ctx(), items=[CustomerData(number="1", email="")])
        assert Customer.objects.get(number="1").email == ""

    def test_every_fault_comes_back_and_the_others_are_saved(self, world: World) -> None:
        bad = CustomerData(
            number="2",
            name="B",
            country="XX",
            email="b",
            vat_id="DE1",
            iban="DE1",
            currency="EUX",
            terms="SOON",
            channel="pigeon",
            parent="9",
        )
        good = CustomerData(number="1", name="A", country="DE")
        outcome = save_customers(ctx=world.ctx(), items=[bad, good])
        assert {f.code for f in outcome.items[0].faults} == {
            "customer.country",
            "customer.email",
            "customer.vat_id",
            "customer.iban",
            "customer.currency",
            "customer.terms",
            "customer.channel",
            "customer.parent_unknown",
        }
        assert all(f.path for f in outcome.items[0].faults)
        assert [r.state for r in outcome.items] == [ItemState.REFUSED, ItemState.DONE]

    def test_a_parent_may_stand_earlier_in_the_batch(self, world: World) -> None:
        child = CustomerData(number="2", name="B", country="DE", parent="1")
        assert _states(world, CustomerData(number="1", name="A", country="DE"), child) == [
            "done",
            "done",
        ]
        first, second = queries.customers(company_id=world.company_id).rows
        assert second.parent_id == first.id

    def test_pages_go_on_after_the_last_number(self, world: World) -> None:
        some_customers(world, *(f"{n:03}" for n in range(7)))
        page = queries.customers(company_id=world.company_id, limit=3)
        assert [c.number for c in page.rows] == ["000", "001", "002"]
        page = queries.customers(company_id=world.company_id, limit=4, after=page.after or "")
        assert [c.number for c in page.rows] == ["003", "004", "005", "006"]
        assert page.after is None
        found = queries.customers(company_id=world.company_id, search="kunde 005")
        assert [c.number for c in found.rows] == ["005"]

    def test_companies_do_not_see_each_other(self, world: World) -> None:
        some_customers(world, "1")
        other = new_world(seed="other", slug="other")
        assert queries.customers(company_id=other.company_id).rows == ()
        some_customers(other, "1")
        assert Customer.objects.count() == 2


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(world: World) -> None:
    counts = []
    for start, many in ((0, 1), (1, 1000)):
        some_customers(world, *(f"old {n}" for n in range(start, start + many)))
        batch = [CustomerData(number=f"old {n}", city="Ulm") for n in range(start, start + many)]
        with CaptureQueriesContext(connection) as seen:
            save_customers(ctx=world.ctx(), items=batch)
            save_items(
                ctx=world.ctx(),
                items=[ItemData(code=f"{n}", name="x") for n in range(start, start + many)],
            )
        # A large COPY is followed by one ANALYZE, which is no query over rows of ours.
        counts.append(sum(1 for q in seen.captured_queries if "ANALYZE" not in q["sql"]))
    assert counts[0] == counts[1]


def test_items(world: World) -> None:
    outcome = save_items(
        ctx=world.ctx(),
        items=[
            ItemData(code="A", name="Anker"),
            ItemData(code="B", name="B", tax_code="NONE"),
            ItemData(code="C", name="C", unit="stück"),
            ItemData(code="A", name="Anker"),
        ],
    )
    assert [r.state.value for r in outcome.items] == ["done", "refused", "refused", "duplicate"]
    some_items(world, "A", tax_code="R")
    assert queries.items_by_code(company_id=world.company_id, codes=["A"])["A"].tax_code == "R"


class TestRates:
    def _save(self, world: World, *rates: tuple[str, str, str, str]) -> list[str]:
        items = [
            RateData(day=date.fromisoformat(day), base=b, target=t, rate=Decimal(r), source="ECB")
            for day, b, t, r in rates
        ]
        return [r.state.value for r in save_rates(ctx=world.ctx(), items=items).items]

    def test_the_latest_rate_before_the_day_either_way_round(self, world: World) -> None:
        states = self._save(
            world,
            ("2026-03-01", "USD", "EUR", "0.92"),
            ("2026-03-05", "USD", "EUR", "0.95"),
            ("2026-03-01", "EUR", "GBP", "0.8"),
            ("2026-03-01", "EUR", "EUR", "1"),
        )
        assert states == ["done", "done", "done", "refused"]
        pairs = [
            ("USD", date(2026, 3, 4)),
            ("USD", date(2026, 3, 5)),
            ("GBP", date(2026, 3, 9)),
            ("EUR", date(2020, 1, 1)),
        ]
        found = queries.rates(company_id=world.company_id, pairs=pairs)
        assert [found[pair] for pair in pairs] == [
            Decimal("0.92"),
            Decimal("0.95"),
            Decimal("1.25"),
            Decimal(1),
        ]

    def test_a_missing_rate_names_pair_and_day(self, world: World) -> None:
        self._save(world, ("2026-03-05", "USD", "EUR", "0.95"))
        with pytest.raises(queries.MissingRate, match="USD to EUR on or before 2026-03-04"):
            queries.rates(company_id=world.company_id, pairs=[("USD", date(2026, 3, 4))])

    def test_same_and_changed(self, world: World) -> None:
        one = ("2026-03-01", "USD", "EUR", "0.92")
        assert self._save(world, one, one) == ["done", "duplicate"]
        assert self._save(world, one, (*one[:3], "0.93")) == ["duplicate", "done"]
        pair = ("USD", date(2026, 3, 1))
        assert queries.rates(company_id=world.company_id, pairs=[pair])[pair] == Decimal("0.93")


class TestOwnBank:
    def test_it_takes_two_persons(self, world: World) -> None:
        users = [
            User.objects.create_user(id=world.ids.new(), email=f"{n}@x.example", name=n)
            for n in ("ana", "bob")
        ]
        ana, bob = (someone("administrator", name=u.name, id=u.id) for u in users)
        asked = change_bank(ctx=world.ctx(actor=ana), items=[BankDetails(iban=NEW_IBAN)])
        (waiting,) = asked.of(ItemState.AWAITING)
        assert waiting.id is not None
        assert world.company.iban != NEW_IBAN
        own = approve(ctx=world.ctx(actor=ana), items=[Decision(waiting.id)])
        assert own.items[0].faults[0].code == "approval.own_request"
        approve(ctx=world.ctx(actor=bob), items=[Decision(waiting.id)])
        assert world.company.iban == NEW_IBAN
        fact = FactRecord.objects.of(world.company_id).get(kind="masterdata.BankDetailsChanged")
        assert fact.payload["iban_after"] == NEW_IBAN
        accounts = queries.bank_accounts(company_id=world.company_id)
        assert [(a.iban == NEW_IBAN, a.is_default) for a in accounts] == [
            (True, True),
            (False, False),
        ]


def test_settings(world: World) -> None:
    good = save_settings(
        ctx=world.ctx(), items=[Settings(accent="#112233", footer="Danke"), Settings()]
    )
    assert [r.state.value for r in good.items] == ["done", "duplicate"]
    assert queries.settings(company_id=world.company_id).footer == "Danke"
    bad = Settings(accent="red", locale="tlh", email="x", phone="1" * 99)
    (result,) = save_settings(ctx=world.ctx(), items=[bad]).items
    assert {f.code for f in result.faults} == {
        "settings.accent",
        "settings.locale",
        "settings.email",
        "settings.too_long",
    }
    assert Company.objects.get(id=world.company_id).accent == "#112233"


@pytest.mark.parametrize(("minutes", "is_good"), [(0, True), (60, True), (61, False), (-1, False)])
def test_the_grace_time_has_bounds(world: World, minutes: int, is_good: bool) -> None:
    before = queries.settings(company_id=world.company_id).grace_minutes
    (result,) = save_settings(ctx=world.ctx(), items=[Settings(grace_minutes=minutes)]).items
    assert [f.code for f in result.faults] == ([] if is_good else ["settings.grace"])
    after = queries.settings(company_id=world.company_id).grace_minutes
    assert after == (minutes if is_good else before)


def test_names_are_folded_anew_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was stored by an earlier folding is found by its name again; what is right stays."""
    names = ["Müller & Söhne GmbH", "Zeta S.R.L.", "ΑΘΗΝΑ ΑΕ", "株式会社" * 50, "Plain Ltd"]
    people = [
        CustomerData(number=f"F-{at}", name=name, country="DE") for at, name in enumerate(names)
    ]
    save_customers(ctx=world.ctx(), items=people).or_refuse()
    own = Customer.objects.of(world.company_id)
    right = dict(own.values_list("number", "name_key"))
    assert right["F-0"] == "MULLER SOHNE" and len(right["F-3"]) == 200
    own.exclude(number="F-4").update(name_key="AS IT WAS")
    monkeypatch.setattr(folding, "BATCH", 2)
    with CaptureQueriesContext(connection) as asked:
        assert folding.fold_names(connection) == 4
    assert dict(own.values_list("number", "name_key")) == right
    assert len(asked) <= 2 * (Customer.objects.count() // 2 + 2)
    assert folding.fold_names(connection) == 0
