"""What a policy was asked lately: the inputs of a dry run, built from what really happened."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from acquit.core.money import Money
from acquit.core.tables import Facts
from acquit.entrypoints.ui.frame import Frame
from acquit.policy import demands
from acquit.stages.invoices.queries import DocumentRow, Filters, canonical, documents
from acquit.stages.masterdata.queries import CustomerView, customers_by_id, rates
from acquit.stages.matching.queries import recent_proposals

TRIALS_MAX = 200


def recent(frame: Frame, policy: str) -> list[tuple[str, Facts]]:
    """Up to 200 recent questions with a name for each; empty where none can be built."""
    builder = _BUILDERS.get(policy)
    return builder(frame) if builder else []


def _documents(
    frame: Frame, facts: Callable[[DocumentRow, CustomerView, Decimal], dict[str, Any]]
) -> list[tuple[str, Facts]]:
    rows = documents(company_id=frame.company_id, filters=Filters(), limit=TRIALS_MAX).rows
    buyers = customers_by_id(company_id=frame.company_id, ids={row.customer_id for row in rows})
    wanted = sorted({(row.gross.currency, row.issued_on) for row in rows})
    rate = rates(company_id=frame.company_id, pairs=wanted)
    return [
        (row.number, facts(row, buyers[row.customer_id], rate[row.gross.currency, row.issued_on]))
        for row in rows
    ]


def _customer(buyer: CustomerView) -> dict[str, Any]:
    return {
        "customer.number": buyer.number,
        "customer.country": buyer.country,
        "customer.segment": buyer.segment or None,
    }


def _dispatch(row: DocumentRow, buyer: CustomerView, rate: Decimal) -> dict[str, Any]:
    return {
        **_customer(buyer),
        "customer.channel": buyer.channel,
        "customer.has_email": bool(buyer.email),
        "customer.has_endpoint": bool(buyer.endpoint_id),
        "document.kind": row.kind,
        "document.gross": row.gross.decimal * rate,
    }


def _issuing(row: DocumentRow, buyer: CustomerView, rate: Decimal) -> dict[str, Any]:
    # An issued document passed all its checks; how many lines it had is left open.
    return {
        **_customer(buyer),
        "customer.is_placeholder": buyer.is_placeholder,
        "draft.kind": row.kind,
        "draft.net": row.net.decimal * rate,
        "draft.gross": row.gross.decimal * rate,
        "draft.currency": row.gross.currency,
        "draft.faults": Decimal(0),
    }


def _matching(frame: Frame) -> list[tuple[str, Facts]]:
    found = recent_proposals(company_id=frame.company_id, limit=TRIALS_MAX)
    wanted = sorted({(one.currency, one.received_on) for one in found})
    rate = rates(company_id=frame.company_id, pairs=wanted)
    buyers = customers_by_id(
        company_id=frame.company_id, ids={one.customer_id for one in found if one.customer_id}
    )
    inputs: list[tuple[str, Facts]] = []
    for one in found:
        value = rate[one.currency, one.received_on]
        buyer = buyers.get(one.customer_id) if one.customer_id else None
        facts = {
            **(_customer(buyer) if buyer else {}),
            "proposal.probability": one.probability,
            "proposal.rivals": Decimal(one.rivals),
            "proposal.reason": one.reason,
            "proposal.residue": Money(one.residue_minor, one.currency).decimal * value,
            "receipt.amount": Money(one.amount_minor, one.currency).decimal * value,
        }
        inputs.append((f"{one.received_on.isoformat()} {one.payer_name}".strip(), facts))
    return inputs


def _demands(frame: Frame) -> list[tuple[str, Facts]]:
    rows = documents(company_id=frame.company_id, filters=Filters(), limit=TRIALS_MAX).rows
    buyers = customers_by_id(company_id=frame.company_id, ids={row.customer_id for row in rows})
    forms = canonical(company_id=frame.company_id, document_ids=[row.id for row in rows])
    asked = [buyers[row.customer_id] for row in rows]
    return demands.keyed(
        [
            (form, demands.Asker(buyer.number, buyer.country, buyer.segment))
            for form, buyer in zip(forms, asked, strict=True)
        ]
    )


_BUILDERS: dict[str, Callable[[Frame], list[tuple[str, Facts]]]] = {
    "demands": _demands,
    "dispatch": lambda frame: _documents(frame, _dispatch),
    "issuing": lambda frame: _documents(frame, _issuing),
    "matching": _matching,
}
