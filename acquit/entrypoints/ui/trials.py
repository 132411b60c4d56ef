"""What a policy was asked lately: the inputs of a dry run, built from what really happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from acquit.core.money import Money
from acquit.core.payment_references import is_qr_iban
from acquit.core.tables import Facts
from acquit.entrypoints.ui.frame import Frame
from acquit.policy import demands, texts
from acquit.stages.dispatch.commands.tell import facts_of
from acquit.stages.invoices.queries import DocumentRow, Filters, canonical, documents
from acquit.stages.invoices.queries.work import setup
from acquit.stages.masterdata.queries import CustomerView, customers_by_id, rates
from acquit.stages.masterdata.rules.tax import TaxQuestion
from acquit.stages.masterdata.rules.territory import is_domestic
from acquit.stages.matching.queries import RecentProposal, recent_proposals
from acquit.stages.matching.queries.gaps import recent_gaps
from acquit.stages.matching.queries.returns import decided as decided_returns
from acquit.stages.matching.rules.at_risk import at_risk, with_each
from acquit.stages.matching.rules.gaps import gap_facts
from acquit.stages.matching.rules.returns import evidence_class, worth
from acquit.stages.orders.queries import DeliveredLine, recently_delivered
from acquit.stages.receivables.queries.adjusted import recently_adjusted

TRIALS_MAX = 200


def recent(frame: Frame, policy: str) -> list[tuple[str, Facts]]:
    """Up to 200 recent questions with a name for each; empty where nothing happened yet."""
    return _BUILDERS[policy](frame)


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


def _einvoice(frame: Frame) -> list[tuple[str, Facts]]:
    country = frame.company.country

    def facts(row: DocumentRow, buyer: CustomerView, rate: Decimal) -> dict[str, Any]:
        return {
            **_customer(buyer),
            "customer.is_domestic": is_domestic(buyer.country, of=country),
            "customer.has_vat_id": bool(buyer.vat_id),
            "customer.endpoint_scheme": buyer.endpoint_scheme or None,
            "company.country": country,
            "document.kind": row.kind,
            "document.on": row.issued_on,
        }

    return _documents(frame, facts)


def _payment_reference(frame: Frame) -> list[tuple[str, Facts]]:
    company = frame.company

    def facts(row: DocumentRow, buyer: CustomerView, rate: Decimal) -> dict[str, Any]:
        return {
            **_customer(buyer),
            "company.country": company.country,
            "account.country": company.iban[:2] or None,
            "account.is_qr_iban": is_qr_iban(company.iban),
            "document.currency": row.gross.currency,
        }

    return _documents(frame, facts)


def _texts(frame: Frame) -> list[tuple[str, Facts]]:
    """Each place of the latest documents."""

    def facts(row: DocumentRow, buyer: CustomerView, rate: Decimal) -> dict[str, Any]:
        language = buyer.locale[:2]
        return {
            **_customer(buyer),
            "text.document": row.kind,
            "text.language": language if language in texts.LANGUAGES else texts.LANGUAGES[0],
        }

    found = _documents(frame, facts)[: TRIALS_MAX // len(texts.PLACES)]
    return [
        (f"{number} · {place}", {**asked, "text.place": place})
        for number, asked in found
        for place in texts.PLACES
    ]


def _delivered(
    frame: Frame, facts: Callable[[DeliveredLine, CustomerView], Facts]
) -> list[tuple[str, Facts]]:
    lines = recently_delivered(company_id=frame.company_id, limit=TRIALS_MAX)
    buyers = customers_by_id(company_id=frame.company_id, ids={one.customer_id for one in lines})
    return [
        (f"{one.delivery_number} · {one.line_no}", facts(one, buyers[one.customer_id]))
        for one in lines
    ]


def _billing(line: DeliveredLine, buyer: CustomerView) -> Facts:
    return {
        **_customer(buyer),
        "customer.is_placeholder": buyer.is_placeholder,
        "order.source": line.source,
        "order.has_purchase_order": line.has_purchase_order,
        "order.has_project": line.has_project,
        "order.has_contract": line.has_contract or bool(buyer.contract),
        "delivery.kind": line.kind,
        "delivery.is_elsewhere": line.goes_elsewhere,
    }


def _tax(frame: Frame) -> list[tuple[str, Facts]]:
    chooser = setup(company_id=frame.company_id, on=frame.ctx.today).tax_chooser

    def facts(line: DeliveredLine, buyer: CustomerView) -> Facts:
        question = TaxQuestion(
            customer_country=buyer.country,
            on=line.delivered_on,
            customer_has_vat_id=bool(buyer.vat_id),
            customer_number=buyer.number,
            customer_segment=buyer.segment,
            item_code=line.item_code,
            item_tax_code=line.tax_code,
        )
        return chooser.facts(question)

    return _delivered(frame, facts)


def _adjusting(frame: Frame) -> list[tuple[str, Facts]]:
    home = frame.company.currency
    return [
        (
            f"{one.effective_on.isoformat()} {one.number}".strip(),
            {
                "adjustment.reason": one.reason,
                "adjustment.amount": Money(one.home_minor, home).decimal,
                "adjustment.currency": one.currency,
                "adjustment.document_amount": Money(one.minor, one.currency).decimal,
                "adjustment.share": one.share,
                **({} if one.times is None else {"adjustment.times": Decimal(one.times)}),
            },
        )
        for one in recently_adjusted(company_id=frame.company_id, limit=TRIALS_MAX)
    ]


def _matching(frame: Frame) -> list[tuple[str, Facts]]:
    found = recent_proposals(company_id=frame.company_id, limit=TRIALS_MAX)
    return [
        (f"{one.received_on.isoformat()} {one.payer_name}".strip(), facts)
        for one, facts in zip(found, proposal_facts(frame, found), strict=True)
    ]


def proposal_facts(frame: Frame, found: Sequence[RecentProposal]) -> list[Facts]:
    """What the policy of proposals was, or would have been, told of these. Of a day that was not
    limited: what was applied by itself, the surest and smallest first."""
    wanted = sorted({(one.currency, one.received_on) for one in found})
    rate = rates(company_id=frame.company_id, pairs=wanted)
    buyers = customers_by_id(
        company_id=frame.company_id, ids={one.customer_id for one in found if one.customer_id}
    )
    facts: list[dict[str, Any]] = []
    for one in found:
        value = rate[one.currency, one.received_on]
        buyer = buyers.get(one.customer_id) if one.customer_id else None
        money = Money(one.total_minor, one.currency).decimal * value
        facts.append(
            {
                **(_customer(buyer) if buyer else {}),
                "proposal.probability": one.probability,
                "proposal.rivals": Decimal(one.rivals),
                "proposal.reason": one.reason,
                "proposal.residue": Money(one.residue_minor, one.currency).decimal * value,
                "proposal.at_risk": at_risk(money, one.probability),
                "receipt.amount": Money(one.amount_minor, one.currency).decimal * value,
            }
        )
    zone = ZoneInfo(frame.company.timezone)
    days: dict[date, list[int]] = defaultdict(list)
    for place, one in enumerate(found):
        days[one.created_at.astimezone(zone).date()].append(place)
    for places in days.values():
        posted = [at for at, place in enumerate(places) if found[place].is_posted]
        risks = [facts[place]["proposal.at_risk"] for place in places]
        sums = with_each(risks, before=Decimal(0), chosen=posted)
        for place, total in zip(places, sums, strict=True):
            told = found[place].day_at_risk
            facts[place]["day.at_risk"] = total if told is None else told
    return [*facts]


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


def _returning(frame: Frame) -> list[tuple[str, Facts]]:
    home = frame.company.currency
    inputs: list[tuple[str, Facts]] = []
    for one in decided_returns(company_id=frame.company_id, limit=TRIALS_MAX):
        if one.state != "settled":
            continue
        parts = (one.principal_minor, one.amount_minor - one.principal_minor)
        amount, charge = (
            Money(
                worth(whole_worth=one.worth_minor, whole_minor=one.amount_minor, part_minor=part),
                home,
            )
            for part in parts
        )
        facts: Facts = {
            "return.evidence": evidence_class(one.evidence),
            "return.reason": one.reason,
            "return.amount": amount.decimal,
            "return.charge": charge.decimal,
        }
        inputs.append((f"{one.booked_on.isoformat()} {one.payer_name}".strip(), facts))
    return inputs


def _collected(frame: Frame) -> list[tuple[str, Facts]]:
    """Each of the latest documents, as if it were paid on the day it was issued."""
    rows = documents(company_id=frame.company_id, filters=Filters(), limit=TRIALS_MAX).rows
    buyers = customers_by_id(company_id=frame.company_id, ids={row.customer_id for row in rows})
    forms = canonical(company_id=frame.company_id, document_ids=[row.id for row in rows])
    return [
        (
            row.number,
            facts_of(
                document=form,
                buyer=buyers[row.customer_id],
                kind=row.kind,
                country=frame.company.country,
                vat_due=frame.company.vat_due,
                paid_on=row.issued_on,
            ),
        )
        for row, form in zip(rows, forms, strict=True)
    ]


def _gaps(frame: Frame) -> list[tuple[str, Facts]]:
    found = recent_gaps(company_id=frame.company_id, limit=TRIALS_MAX)
    buyers = customers_by_id(
        company_id=frame.company_id, ids={one.customer_id for one in found if one.customer_id}
    )
    inputs: list[tuple[str, Facts]] = []
    for one in found:
        buyer = buyers.get(one.customer_id) if one.customer_id else None
        facts = {
            **(_customer(buyer) if buyer else {}),
            **gap_facts(
                kind=one.kind,
                worth=Money(one.worth_minor, frame.company.currency),
                rest_minor=one.amount.minor,
                original_minor=one.original.minor,
            ),
        }
        inputs.append((f"{one.noted_on.isoformat()} {one.number}".strip(), facts))
    return inputs


# Every policy has its history: KeyError for one that is forgotten here, and a test finds it.
_BUILDERS: dict[str, Callable[[Frame], list[tuple[str, Facts]]]] = {
    "adjusting": _adjusting,
    "billing": lambda frame: _delivered(frame, _billing),
    "collected": _collected,
    "demands": _demands,
    "dispatch": lambda frame: _documents(frame, _dispatch),
    "einvoice": _einvoice,
    "gaps": _gaps,
    "issuing": lambda frame: _documents(frame, _issuing),
    "matching": _matching,
    "payment_reference": _payment_reference,
    "returning": _returning,
    "tax": _tax,
    "texts": _texts,
}
