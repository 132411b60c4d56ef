"""A customer says what one transfer of his will be for, and gets a reference that settles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core.context import ActorKind, Context
from acquit.core.documents.parties import Address
from acquit.core.documents.remittance import RemittanceAdvice
from acquit.core.documents.trade import TradeParty
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.payment_references import ReferenceKind, Scope, quoted
from acquit.policy.queries import in_force
from acquit.stages.invoices.rules.quoting import Quoting
from acquit.stages.masterdata.queries import CustomerView, customers_by_id
from acquit.stages.receipts.commands.declared import declare, take_counts
from acquit.stages.receivables.queries import ItemView, items_by_id
from acquit.stages.receivables.queries.bundles import waiting
from acquit.stages.receivables.rules.bundling import Bundle, advice_of, faults_of, signed_parts

SAME_WITHIN = timedelta(days=14)


@command("receivables.declare_bundle")
def declare_bundle(*, ctx: Context, items: Sequence[Bundle]) -> Outcome:
    """Keep what customers are going to pay, each under a reference with check digits; the same
    said twice is the same bundle. Nothing is booked: money that quotes the reference settles it."""
    known = items_by_id(
        company_id=ctx.company_id,
        item_ids=list({part.item_id for bundle in items for part in bundle.parts}),
    )
    numbers = take_counts(ctx, count=len(items))
    payers = {bundle.customer_id for bundle in items}
    people = customers_by_id(company_id=ctx.company_id, ids=payers)
    before = waiting(company_id=ctx.company_id, customer_ids=payers, since=ctx.today - SAME_WITHIN)
    results: dict[int, ItemResult] = {}
    new: dict[int, RemittanceAdvice] = {}
    quoting = _Quoting(ctx)
    for index, bundle in enumerate(items):
        path = f"items[{index}]"
        key = str(bundle.customer_id)
        faults = _not_his(ctx, bundle, path) or faults_of(bundle, known, path=path)
        if faults:
            results[index] = ItemResult(key, ItemState.REFUSED, faults=faults)
            continue
        same = before.get((bundle.customer_id, signed_parts(bundle, known)))
        if same is not None:
            results[index] = ItemResult(key, ItemState.DUPLICATE, same)
            continue
        new[index] = quoting.advice(bundle, known, people[bundle.customer_id], numbers.pop(0))
    for index, id in zip(new, declare(ctx, list(new.values())), strict=True):
        results[index] = ItemResult(str(items[index].customer_id), ItemState.DONE, id)
    return Outcome(
        items=tuple(results[index] for index in sorted(results)), figures={"bundles": len(new)}
    )


def _not_his(ctx: Context, bundle: Bundle, path: str) -> tuple[Fault, ...]:
    """A customer speaks for himself alone."""
    if ctx.actor.kind is not ActorKind.CUSTOMER or bundle.customer_id in (
        ctx.actor.customer_ids or ()
    ):
        return ()
    return (Fault("bundle.unknown", "there is no such open document", path),)


class _Quoting:
    """The company as it is paid, and what it asks to be quoted."""

    def __init__(self, ctx: Context) -> None:
        self.on = ctx.today
        self.company = Company.objects.get(id=ctx.company_id)
        policy = in_force(company_id=ctx.company_id, name="payment_reference", on=ctx.today)
        self.quoting = Quoting(policy.table, self.company.country, self.company.iban)

    def advice(
        self, bundle: Bundle, items: Mapping[UUID, ItemView], payer: CustomerView, number: int
    ) -> RemittanceAdvice:
        """The bundle under its reference: RF where the policy wants no check digits, since a
        bundle has no number that anybody would know without."""
        currency = items[bundle.parts[0].item_id].currency
        name = f"{number:06}"
        reference = self.quoting.reference(
            payer, currency=currency, number=name, scope=Scope.BUNDLE
        ) or quoted(scheme=ReferenceKind.RF, scope=Scope.BUNDLE, number=name)
        return advice_of(
            bundle,
            items,
            reference=reference,
            payer=TradeParty(payer.name, address=Address(payer.country)),
            payee=TradeParty(self.company.name, address=Address(self.company.country)),
            on=self.on,
        )
