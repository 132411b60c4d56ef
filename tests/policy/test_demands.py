"""Customers' own rules: rows over the canonical document, kept with examples, asked twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from acquit.core.documents.amounts import Period
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.parties import Identifier
from acquit.core.documents.plain import to_plain
from acquit.core.outcome import ItemState
from acquit.core.tables import Table, compile_table
from acquit.policy import demands, queries
from acquit.policy.commands.examples import ExampleChoice, NewExample, drop_example, keep_example
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.policy.demands import Asker, Demands
from acquit.policy.registry import SPECS
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document, Draft
from tests.core.documents.samples import two_rates
from tests.support.invoices import customer, deliver
from tests.support.world import World

METRO = Asker("C-1", "DE", "retail")
OTHER = Asker("C-2", "DE", "")
PO = {"customer.number": "= C-1", "document.purchase_order": "not matches 45*"}
UNIT = {"customer.number": "= C-1", "line.unit": "!= KGM"}


def table_of(*rows: Mapping[str, str], severity: str = "fatal") -> Table:
    table = shipped("demands")
    for number, when in enumerate(rows, start=1):
        then = (f"demand {number}", "change it", severity)
        table = demands.with_row(table, when=when, then=then, remark="")
    return table


def asked(*rows: Mapping[str, str]) -> Demands:
    registry = SPECS["demands"].registry
    return Demands(compile_table(table=table_of(*rows), registry=registry), "demands v1")


def document(order: str | None = "4500017", units: Sequence[str] = ("KGM", "KGM")) -> Invoice:
    form = two_rates()
    lines = [replace(line, unit=unit) for line, unit in zip(form.lines, units, strict=False)]
    references = replace(form.references, purchase_order=order, sales_order=None)
    return replace(form, lines=tuple(lines), references=references)


@pytest.mark.parametrize(
    ("rows", "form", "expected"),
    [
        ((PO, UNIT), document(), []),
        ((PO, UNIT), document("77"), [("demands v1 row 1", "")]),
        ((PO,), document(None), [("demands v1 row 1", "")]),  # said once, not once a line
        ((UNIT, PO), document("1", ("C62", "KGM")), [("demands v1 row 1", "line 1"),
                                                     ("demands v1 row 2", "")]),
        ((UNIT,), document(units=("KGM", "C62")), [("demands v1 row 1", "line 2")]),
        (({"document.orders": "> 1"},),
         replace(document(None), lines=tuple(
             replace(line, note=f"O-{n} · D-{n} · 2026-01-0{n}")
             for n, line in enumerate(document().lines, start=1))),
         [("demands v1 row 1", "")]),
        (({"buyer.gln": "empty"},), document(), [("demands v1 row 1", "")]),
        (({"buyer.gln": "empty"},),
         replace(document(), buyer=replace(
             document().buyer, electronic_address=Identifier("4000001123452", "0088"))), []),
        (({"document.months": "> 1"},),
         replace(document(), period=Period(date(2026, 12, 31), date(2027, 1, 1))),
         [("demands v1 row 1", "")]),
        (({"document.months": "> 1"},),
         replace(document(), period=Period(date(2026, 12, 1), date(2026, 12, 31))), []),
        (({"document.days_to_pay": "> 60"},), replace(document(), due_date=None), []),
        (({"document.on": ">= 2999-01-01"},), document(), []),  # a rule that begins later
    ],
)  # fmt: skip
def test_each_row_that_holds_is_a_fault(
    rows: Sequence[Mapping[str, str]], form: Invoice, expected: list[tuple[str, str]]
) -> None:
    found = demands.faults(demands=asked(*rows), document=form, asker=METRO)
    assert [(fault.rule, fault.path) for fault in found] == expected


def test_the_demands_of_one_customer_are_not_those_of_another() -> None:
    mine = asked(PO, UNIT)
    assert demands.concerns(mine, METRO) and not demands.concerns(mine, OTHER)
    assert demands.faults(demands=mine, document=document("1"), asker=OTHER) == ()
    by_segment = asked({"customer.segment": "= retail", "document.purchase_order": "empty"})
    assert demands.concerns(by_segment, METRO) and not demands.concerns(by_segment, OTHER)
    assert not demands.concerns(asked(), METRO)


def saved(world: World, *rows: Mapping[str, str], on: date | None = None) -> Any:
    item = NewVersion(
        name="demands",
        table=table_of(*rows).to_dict(),
        valid_from=on or world.today,
        note="they said so",
    )
    return save(ctx=world.ctx(), items=[item])


def test_what_a_customer_demands_is_asked_before_issue_and_the_rest_goes_out(world: World) -> None:
    assert saved(world, PO).of(ItemState.DONE)
    for number in ("C-1", "C-2"):
        deliver(world, customer(world, number), purchase_order="77")
    outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert (outcome.figures["invoices"], outcome.figures["held"]) == (1, 1)
    (fault,) = Draft.objects.get().faults
    assert (fault["message"], fault["fix"]) == ("demand 1", "change it")
    assert (fault["rule"], fault["code"]) == ("demands v1 row 1", "customer.demand")


def test_a_rule_that_is_not_yet_in_force_is_not_asked(world: World) -> None:
    assert saved(world, PO, on=date(2026, 4, 1)).of(ItemState.DONE)
    buyer = customer(world, "C-1")
    deliver(world, buyer, purchase_order="77")
    assert bill(ctx=world.ctx(), as_of=world.today).figures["held"] == 0
    world.on("2026-04-01")
    deliver(world, buyer, purchase_order="77")
    assert bill(ctx=world.ctx(), as_of=world.today).figures["held"] == 1


def test_a_younger_rule_is_asked_before_sending(world: World) -> None:
    deliver(world, customer(world, "C-1"), purchase_order="77")
    bill(ctx=world.ctx(), as_of=world.today)
    saved(world, PO)
    document_id = Document.objects.get().id
    send(ctx=world.ctx(), items=[Sending(document_id=document_id, channel="portal")])
    assert run_due(ctx=world.ctx()).figures["failed"] == 1
    assert "demand 1" in Dispatch.objects.get().last_error


def test_a_version_that_decides_an_example_otherwise_is_refused(world: World) -> None:
    def example(title: str, form: Invoice, expected: str) -> NewExample:
        return NewExample(
            title=title,
            document=to_plain(form),
            expected=expected,
            customer_number="C-1",
            customer_country="DE",
        )

    made = keep_example(
        ctx=world.ctx(),
        items=[
            example("good order", document(), "pass"),
            example("bad order", document("1"), "refuse"),
        ],
    )
    assert len(made.of(ItemState.DONE)) == 2
    refused = saved(world, {"customer.number": "= C-1", "document.purchase_order": "matches 45*"})
    assert [fault.path for fault in refused.faults] == ["example good order", "example bad order"]
    assert queries.versions(company_id=world.company_id, name="demands")[0].version == 0
    assert saved(world, PO).of(ItemState.DONE)
    again = keep_example(ctx=world.ctx(), items=[example("good order", document(), "pass")])
    assert again.faults[0].code == "policy.example_title"
    drop = [ExampleChoice(id=item.id) for item in made.items if item.id]
    assert len(drop_example(ctx=world.ctx(), items=drop).of(ItemState.DONE)) == 2
    assert saved(world).of(ItemState.DONE)


def test_an_example_that_is_no_document_is_refused_with_every_place(world: World) -> None:
    item = NewExample(
        title=" ", document={"number": 7}, expected="maybe", customer_number="", customer_country=""
    )
    faults = keep_example(ctx=world.ctx(), items=[item]).faults
    assert {"title", "expected", "customer_number", "number"} <= {fault.path for fault in faults}
