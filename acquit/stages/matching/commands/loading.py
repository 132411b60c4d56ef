"""What the matcher looks at, read with a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.core.context import Context
from acquit.core.text import fold
from acquit.database.copy import fetch_rows
from acquit.stages.matching.rules.model import Claim, Money, Payer, SameAmount
from acquit.stages.matching.rules.texts import reference_keys
from acquit.stages.receivables.queries import (
    OpenClaim,
    Unapplied,
    claims_by_amount,
    claims_by_number,
    unapplied,
)


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What the policy may ask about a customer."""

    number: str
    country: str
    segment: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The unapplied receipts and everything they may be about."""

    receipts: dict[UUID, Unapplied]
    money: list[Money]
    claims: list[Claim]
    same_amounts: dict[tuple[str, int], SameAmount]
    payers: dict[UUID, list[Payer]]
    customers: dict[UUID, CustomerFacts]


def load(ctx: Context, receipt_ids: Sequence[UUID]) -> Scene:
    company = ctx.company_id
    receipts = unapplied(company_id=company, receipt_ids=receipt_ids)
    keys: set[str] = set()
    for receipt in receipts:
        keys |= reference_keys(receipt.text) | reference_keys(receipt.end_to_end_id)
    claims = claims_by_number(company_id=company, keys=sorted(keys))
    customers, payers = _payers(company, receipts)
    likely = {payer.customer_id for known in payers.values() for payer in known}
    likely |= {receipt.customer_id for receipt in receipts if receipt.customer_id}
    same = claims_by_amount(
        company_id=company,
        amounts=sorted({(receipt.currency, receipt.open_minor) for receipt in receipts}),
        customer_ids=sorted(likely),
    )
    return Scene(
        receipts={receipt.receipt_id: receipt for receipt in receipts},
        money=[_money(receipt) for receipt in receipts],
        claims=[_claim(claim) for claim in claims],
        same_amounts={
            key: SameAmount(found.total, tuple(_claim(claim) for claim in found.claims))
            for key, found in same.items()
        },
        payers=payers,
        customers=customers,
    )


def _money(receipt: Unapplied) -> Money:
    return Money(
        receipt_id=receipt.receipt_id,
        item_id=receipt.item_id,
        received_on=receipt.received_on,
        amount_minor=receipt.open_minor,
        currency=receipt.currency,
        customer_id=receipt.customer_id,
        payer_name=receipt.payer_name,
        text=receipt.text,
        end_to_end_id=receipt.end_to_end_id,
    )


def _claim(claim: OpenClaim) -> Claim:
    return Claim(
        id=claim.id,
        customer_id=claim.customer_id,
        number=claim.number,
        currency=claim.currency,
        open_minor=claim.open_minor,
        due_on=claim.due_on,
        is_credit=claim.side == "credit",
    )


def _payers(
    company_id: UUID, receipts: Sequence[Unapplied]
) -> tuple[dict[UUID, CustomerFacts], dict[UUID, list[Payer]]]:
    """Customers by the payer's IBAN or exact folded name. A name that several customers have
    is kept for all of them; it is the matcher that counts."""
    rows = fetch_rows(
        "SELECT id, number, name, country, segment, iban FROM masterdata_customer"
        " WHERE company_id = %s ORDER BY number",
        [company_id],
    )
    by_iban: dict[str, list[UUID]] = defaultdict(list)
    by_name: dict[str, list[UUID]] = defaultdict(list)
    customers = {}
    for id_, number, name, country, segment, iban in rows:
        customers[id_] = CustomerFacts(number, country, segment)
        by_name[_folded(name)].append(id_)
        if iban:
            by_iban[iban.replace(" ", "")].append(id_)
    payers: dict[UUID, list[Payer]] = {}
    for receipt in receipts:
        same_iban = by_iban.get(receipt.payer_iban, []) if receipt.payer_iban else []
        same_name = by_name.get(_folded(receipt.payer_name), []) if receipt.payer_name else []
        found = [Payer(id_, f"same IBAN as customer {customers[id_].number}") for id_ in same_iban]
        found += [
            Payer(id_, f"same name as customer {customers[id_].number}")
            for id_ in same_name
            if id_ not in same_iban
        ]
        if found:
            payers[receipt.receipt_id] = found
    return customers, payers


def _folded(name: str) -> str:
    return " ".join(fold(name).split())
