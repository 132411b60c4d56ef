"""Six weeks of the two demo companies, made by the real commands, for the tests in a browser.

Run as ``python -m tests.journeys.seed`` on an empty database (``DATABASE_URL``). The last line it
prints is one JSON object: the address of each page to look at, by name.

The browser changes things in the first company only; pages are looked at in the second one.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from acquit.entrypoints.console.shared import load_django

OWNER = "olga@demo.example"
WEEKS = 6
LOOKED_AT = "nordlicht"
TOKEN = "the-browser-tests-know-this-token-0123456789"

if TYPE_CHECKING:
    from acquit.entrypoints.console.demo.today import Today
    from acquit.stages.masterdata.commands.create_company import NewCompany


def main() -> None:
    load_django()
    from acquit.entrypoints.console.demo.cast import COMPANIES
    from acquit.entrypoints.console.schema import migrate

    migrate()
    places = {new.slug: trade(new) for new in COMPANIES}
    print(json.dumps(places))


def trade(new: NewCompany) -> dict[str, str]:
    """The company's weeks, then what the pages show beside them: a quittance, mails, a link."""
    from rich.console import Console
    from rich.progress import Progress

    from acquit.entrypoints.console.demo.today import Today

    class Weeks(Today):
        """The demo's months, but no mail waits: the browser's own is to come at once."""

        drafts = 36

        def send_last_month(self) -> None:
            return

    now = datetime.now(UTC)
    with Progress(console=Console(file=io.StringIO()), disable=True) as progress:
        stage = Weeks(new, now, progress, progress.add_task(""))
        stage.start = (now.date() - timedelta(weeks=WEEKS)).replace(day=1)
        stage.play()
    if new.slug == LOOKED_AT:
        _owner(stage)
        _by_hand(stage)
        _twins(stage)
    return _addresses(stage)


def _owner(stage: Today) -> None:
    """One person with every right; the company confirms what that means."""
    from acquit.access.commands.grant import CONFIRM_CONFLICT, Grant, grant

    ctx = replace(stage.ctx(stage.today), confirmed=frozenset({CONFIRM_CONFLICT}))
    grant(ctx=ctx, items=[Grant(email=OWNER, name="Olga Ott", role="owner")])


def _by_hand(stage: Today) -> None:
    """A cash receipt, two invoices sent, and one portal link whose token is known."""
    from acquit.core.money import Money
    from acquit.stages.dispatch.commands.link import NewLink, link
    from acquit.stages.dispatch.commands.render import render
    from acquit.stages.dispatch.commands.send import Sending, send
    from acquit.stages.receipts.commands.record import NewReceipt, record
    from acquit.stages.receivables.models import OpenItem

    ctx = stage.ctx
    home = next(iter(stage.closing))
    unpaid = OpenItem.objects.of(stage.company_id).filter(
        kind="invoice", currency=home, open_minor__gt=0
    )
    first, second, third = unpaid.order_by("-recorded_at")[:3]
    cash = NewReceipt(
        key="till",
        customer_id=first.customer_id,
        method="cash",
        amount=Money(25_00, home),
        received_on=stage.today,
    )
    record(ctx=ctx(stage.today), items=[cash])
    sendings = [
        Sending(document_id=one.document_id, channel="email", recipient="buyer@customer.example")
        for one in (second, third)
    ]
    send(ctx=ctx(stage.today), items=sendings)
    render(ctx=ctx(stage.today), items=[first.document_id])
    link(ctx=ctx(stage.today), items=[NewLink(document_id=first.document_id, token=TOKEN)])


def _twins(stage: Today) -> None:
    """Three documents of one customer with the same amount, and one receipt of that amount."""
    from decimal import Decimal

    from acquit.core.money import Money
    from acquit.stages.invoices.commands.bill import bill
    from acquit.stages.masterdata.models import Customer, Item
    from acquit.stages.matching.commands import propose
    from acquit.stages.orders.commands.record_orders import OrderData, OrderLineData
    from acquit.stages.receipts.commands.record import NewReceipt, record
    from acquit.stages.receivables.models import OpenItem

    known = OpenItem.objects.of(stage.company_id).filter(kind="invoice", open_minor__gt=0)
    home = known.filter(currency=next(iter(stage.closing))).earliest("recorded_at")
    buyer = Customer.objects.of(stage.company_id).get(id=home.customer_id)
    item = Item.objects.of(stage.company_id).earliest("code")
    line = OrderLineData(item_code=item.code, quantity=Decimal(7), unit_price=Decimal("77.77"))
    orders = [
        OrderData(
            number=f"TWIN-{n}",
            customer=buyer.number,
            ordered_on=stage.today,
            lines=(line,),
            currency=home.currency,
        )
        for n in (1, 2, 3)
    ]
    stage.record(stage.today, orders)
    bill(ctx=stage.ctx(stage.today), as_of=stage.today, customer_ids=[home.customer_id])
    twin = OpenItem.objects.of(stage.company_id).filter(kind="invoice").latest("id")
    paid = NewReceipt(
        key="twins",
        customer_id=home.customer_id,
        method="bank",
        amount=Money(twin.original_minor, twin.currency),
        received_on=stage.today,
    )
    record(ctx=stage.ctx(stage.today), items=[paid])
    propose(ctx=stage.ctx(stage.today), items=[])


def _addresses(stage: Today) -> dict[str, str]:
    """One address of each kind of thing that is there."""
    from acquit.core.ids import to_public
    from acquit.intake.models import ImportRun
    from acquit.stages.invoices.models import Document, Draft
    from acquit.stages.ledger.models import Entry
    from acquit.stages.matching.models import Proposal
    from acquit.stages.receipts.models import BankLine, Statement
    from acquit.stages.receivables.models import Allocation, OpenItem

    own = stage.company_id
    paid = Allocation.objects.of(own).filter(credit_item__receipt__isnull=False)
    applied = paid.select_related("debit_item", "credit_item").first()
    assert applied is not None
    waiting = OpenItem.objects.of(own).filter(kind="receipt", open_minor__gt=0, customer=None)
    held = Draft.objects.of(own).filter(state="review")
    credits = Document.objects.of(own).filter(kind="credit_note")
    ids = {
        "document": ("invoice", applied.debit_item.document_id),
        "customer": ("customer", applied.debit_customer_id),
        "receipt": ("settled", applied.credit_item.receipt_id),
        "draft": ("draft", held.values_list("id", flat=True).first()),
        "statement": ("statement", Statement.objects.of(own).values_list("id", flat=True).first()),
        "bank_line": ("line", BankLine.objects.of(own).values_list("id", flat=True).first()),
        "entry": ("entry", Entry.objects.of(own).values_list("id", flat=True).last()),
        "import": ("import", ImportRun.objects.of(own).values_list("id", flat=True).first()),
    }
    found = {name: to_public(kind, key) for kind, (name, key) in ids.items() if key}
    found["receipt"] = to_public("receipt", waiting.latest("recorded_at").receipt_id)
    several = (
        Proposal.objects.of(own).filter(rank=3, state="proposed").order_by("created_at").last()
    )
    if several is not None:
        found["several"] = to_public("receipt", several.receipt_id)
    found["credit_note"] = to_public("document", credits.latest("recorded_at").id)
    return found


if __name__ == "__main__":
    main()
