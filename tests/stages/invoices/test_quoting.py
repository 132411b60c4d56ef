"""What customers are asked to quote: chosen by policy, carried in BT-83, found in payments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acquit.core.payment_references import SCHEMES, Scope, quoted, read_reference
from acquit.core.tables import Row
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.queries import canonical
from acquit.stages.matching.commands import propose
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.models import OpenItem
from tests.support.invoices import broken, customer, deliver
from tests.support.money import Movement, statement_bytes
from tests.support.world import World, new_world

DE, BE, QR_IBAN = "DE89370400440532013000", "BE68539007547034", "CH4431999123000889012"


@pytest.mark.parametrize("number", ["F-2026-000042", "2026-1", "INV/2026/11/000042"])
@pytest.mark.parametrize("scheme", SCHEMES[1:])
def test_every_number_has_a_reference_of_every_kind(scheme: str, number: str) -> None:
    made = read_reference(quoted(scheme=scheme, scope=Scope.INVOICE, number=number))
    assert made is not None
    assert made.kind.value == scheme
    assert "".join(c for c in number if c.isdigit())[-6:].lstrip("0") in made.value


def test_what_makes_no_reference_is_quoted_as_it_is() -> None:
    assert quoted(scheme="rf", scope=Scope.INVOICE, number="---") == "---"
    assert quoted(scheme="number", scope=Scope.INVOICE, number="F-1") == "F-1"


def rf_for_euro(world: World) -> None:
    """The shipped policy with the row that its remark proposes."""
    table = shipped("payment_reference")
    row = Row(("", "", "", "= EUR"), ("rf",), "RF for SEPA")
    table = replace(table, rows=(*table.rows[:-1], row, table.rows[-1]))
    version = NewVersion(name="payment_reference", table=table.to_dict(), valid_from=world.today)
    save(ctx=world.ctx(), items=[version]).or_refuse()


def billed(world: World, **buyer: object) -> tuple[str, str, OpenItem]:
    """The number of an invoice, what its buyer is asked to quote, and the claim."""
    deliver(world, customer(world, **buyer))
    bill(ctx=world.ctx(), as_of=world.today)
    item = OpenItem.objects.of(world.company_id).get(kind="invoice")
    (document,) = canonical(company_id=world.company_id, document_ids=[item.document_id])
    assert document.payment is not None
    return document.number, document.payment.remittance or "", item


def paid(world: World, iban: str, text: str) -> None:
    item = OpenItem.objects.of(world.company_id).get(kind="invoice")
    move = Movement(item.original_minor, text, payer="Somebody Else")
    body = statement_bytes([move], on=world.today, iban=iban)
    import_statement(ctx=world.ctx(), items=[StatementFile(key="S1.xml", body=body)]).or_refuse()
    propose(ctx=world.ctx(), items=[])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("iban", "country", "is_rf", "kind"),
    [
        (DE, "DE", False, None),
        (DE, "DE", True, "rf"),
        (BE, "BE", False, "belgian"),
        (BE, "DE", False, None),
        (QR_IBAN, "DE", False, "swiss"),
    ],
)
def test_the_reference_is_asked_for_and_found_in_the_payment(
    iban: str, country: str, is_rf: bool, kind: str | None
) -> None:
    world = new_world(iban=iban)
    if is_rf:
        rf_for_euro(world)
    number, asked, item = billed(world, country=country)
    made = read_reference(asked)
    assert (made.kind.value if made else None) == kind
    assert (asked in item.reference_keys) == (made is not None)
    assert made is not None or asked == number
    paid(world, iban, f"thank you {made.printed if made else asked}")
    item.refresh_from_db()
    assert item.open_minor == 0
    assert broken(world) == []


@pytest.mark.django_db
def test_a_credit_note_asks_for_nothing() -> None:
    world = new_world(iban=QR_IBAN)
    _, _, item = billed(world)
    credit(ctx=world.ctx(), items=[Credit(document_id=item.document_id, reason="returned")])
    note = OpenItem.objects.of(world.company_id).get(kind="credit_note")
    (document,) = canonical(company_id=world.company_id, document_ids=[note.document_id])
    assert document.payment is None
    assert not any(read_reference(key) for key in note.reference_keys)
