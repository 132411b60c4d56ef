"""Bundles: what one transfer will be for, and that its reference alone settles exactly that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acquit.access import actors
from acquit.access.command import Forbidden
from acquit.core.codecs.ubl import remittance
from acquit.core.context import Context
from acquit.core.money import Money
from acquit.core.outcome import ItemState, Outcome
from acquit.core.payment_references import read_reference
from acquit.core.tables import Row
from acquit.history import archive
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.stages.insight import verify
from acquit.stages.masterdata.models import Customer
from acquit.stages.matching.commands import propose
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receipts.models import Advice
from acquit.stages.receivables.commands import declare_bundle
from acquit.stages.receivables.models import OpenItem
from acquit.stages.receivables.queries.bundles import bundle
from acquit.stages.receivables.rules.bundling import PARTS_MAX, Bundle, BundlePart
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World, someone

pytestmark = pytest.mark.django_db


def contact(world: World, one: Customer) -> Context:
    return world.ctx(actor=actors.customer_contact(customer_id=one.id, name=one.name))


def part(item: OpenItem, minor: int | None = None) -> BundlePart:
    return BundlePart(item_id=item.id, amount_minor=item.open_minor if minor is None else minor)


def declare(world: World, one: Customer, *parts: BundlePart) -> Outcome:
    wish = Bundle(customer_id=one.id, parts=parts)
    return declare_bundle(ctx=contact(world, one), items=[wish])


def bank(world: World, *moves: Movement) -> None:
    body = statement_bytes(moves, on=world.today, reference=f"S{len(moves)}{moves[0].minor}")
    import_statement(ctx=world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()
    propose(ctx=world.ctx(), items=[])


def open_of(world: World, items: list[OpenItem]) -> list[int]:
    rows = dict(OpenItem.objects.of(world.company_id).values_list("id", "open_minor"))
    return [rows[item.id] for item in items]


@pytest.mark.parametrize("scheme", ["number", "rf", "belgian"])
def test_money_with_nothing_but_the_reference_settles_what_was_declared(
    world: World, scheme: str
) -> None:
    """Seven invoices of two equal kinds, one paid short, one credit note set off, and rivals of
    the same amounts that stay open."""
    if scheme != "number":
        table = shipped("payment_reference")
        rows = (Row(("", "", "", ""), (scheme,)),)
        own = NewVersion(
            name="payment_reference",
            table=replace(table, rows=rows).to_dict(),
            valid_from=world.today,
        )
        save(ctx=world.ctx(), items=[own]).or_refuse()
    one, _other = customers(world, 2)
    items = issue(
        world,
        [Doc(one.id, 10_000)] * 6 + [Doc(one.id, 5_000)] * 2 + [Doc(one.id, 2_000, "credit_note")],
    )
    chosen = [part(items[n]) for n in (1, 3, 5)] + [part(items[6], 4_000), part(items[8])]
    (made,) = declare(world, one, *chosen).ids
    view = bundle(company_id=world.company_id, customer_id=one.id, bundle_id=made)
    assert view is not None and not view.is_paid
    assert view.amount == Money(32_000, "EUR")
    assert read_reference(view.reference) is not None
    bank(world, Movement(32_000, view.reference, payer="SOMEBODY ELSE"))
    assert open_of(world, items) == [10_000, 0, 10_000, 0, 10_000, 0, 1_000, 5_000, 0]
    view = bundle(company_id=world.company_id, customer_id=one.id, bundle_id=made)
    assert view is not None and view.is_paid
    broken = verify.run(company_id=world.company_id, now=world.ctx().now)["broken"]
    # The documents of these tests have no lines, which is all that may be wrong with them.
    assert [one for one in broken if not one["record"].startswith("document ")] == []


def test_said_twice_is_once_and_another_choice_another_reference(world: World) -> None:
    (one,) = customers(world, 1)
    items = issue(world, [Doc(one.id, 100), Doc(one.id, 200)])
    first = declare(world, one, part(items[0]), part(items[1]))
    again = declare(world, one, part(items[0]), part(items[1]))
    assert (again.items[0].state, again.ids) == (ItemState.DUPLICATE, first.ids)
    declare(world, one, part(items[0]))
    numbers = list(Advice.objects.of(world.company_id).values_list("number", flat=True))
    assert len(set(numbers)) == 2
    kept = archive.read(
        company_id=world.company_id,
        digest=Advice.objects.of(world.company_id).get(id=first.ids[0]).archive_digest,
    )
    assert kept is not None
    assert remittance.KIND in kept.body.decode()
    # Without the reference the amount alone links nothing.
    bank(world, Movement(300, "thanks", payer="SOMEBODY ELSE"))
    assert not Advice.objects.of(world.company_id).exclude(bank_line=None).exists()


def test_what_cannot_be_paid_is_refused_by_name(world: World) -> None:
    one, other = customers(world, 2)
    mine = issue(world, [Doc(one.id, 100), Doc(one.id, 500, "credit_note")])
    dollars = issue(world, [Doc(one.id, 100, currency="USD")])
    (his,) = issue(world, [Doc(other.id, 100)])

    def codes(*parts: BundlePart) -> list[str]:
        (result,) = declare(world, one, *parts).items
        assert result.state is ItemState.REFUSED
        return [fault.code for fault in result.faults]

    assert codes() == ["bundle.parts"]
    assert codes(*[part(mine[0])] * (PARTS_MAX + 1)) == ["bundle.parts"]
    assert codes(part(his)) == ["bundle.unknown"]
    assert codes(part(mine[0]), part(mine[0])) == ["bundle.twice"]
    for minor in (0, -1, 101):
        assert codes(part(mine[0], minor)) == ["bundle.amount"]
    assert codes(part(mine[0]), part(dollars[0])) == ["bundle.currency"]
    assert codes(part(mine[0]), part(mine[1])) == ["bundle.nothing"]
    wish = Bundle(customer_id=other.id, parts=(part(his),))
    (result,) = declare_bundle(ctx=contact(world, one), items=[wish]).items
    assert [fault.code for fault in result.faults] == ["bundle.unknown"]
    with pytest.raises(Forbidden):
        declare_bundle(ctx=world.ctx(actor=someone("auditor")), items=[wish])
    assert not Advice.objects.of(world.company_id).exists()
