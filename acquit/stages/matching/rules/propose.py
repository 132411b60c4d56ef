"""The matcher: which open items a receipt is for, how sure, why, and how many answers fit.

Exact evidence only. A reference with the exact amount is all but certain; a reference alone is a
suggestion and never consent; an amount alone is worth something only when no other claim of the
whole ledger has it and the payer is known as its customer. All receipts are answered together:
no two of them take the same value of an item, and the answer does not depend on their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from acquit.core import money as core_money
from acquit.core.references import Found, ReferenceIndex
from acquit.stages.matching.rules.model import (
    Claim,
    Evidence,
    Money,
    Payer,
    ProposalPlan,
    SameAmount,
    Share,
)

CERTAIN = Decimal("0.9995")
OTHER_CUSTOMER = Decimal("0.9")  # exact, but the receipt was recorded for somebody else
UNIQUE_AMOUNT = Decimal("0.95")
OWN_AMOUNT = Decimal("0.6")  # the payer's only claim of this amount; others have it too
SHORT = Decimal("0.7")
OVER = Decimal("0.6")
STRANGER = Decimal("0.1")
SHOWN_MAX = 3
_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Named:
    """What the words of a receipt name: claims of its currency, evidence, unclear references."""

    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    unclear: int


def propose(
    *,
    receipts: Sequence[Money],
    claims: Sequence[Claim],
    same_amounts: Mapping[tuple[str, int], SameAmount],
    payers: Mapping[UUID, Sequence[Payer]],
) -> list[ProposalPlan]:
    """At least one plan per receipt, best first; a plan without shares says why there is none.

    ``claims`` are those whose number may stand in a text; ``same_amounts`` is keyed by currency
    and amount; ``payers`` by receipt.
    """
    ordered = sorted(receipts, key=lambda money: (money.received_on, money.receipt_id))
    index = ReferenceIndex((claim.number, claim.id) for claim in claims)
    by_id = {claim.id: claim for claim in claims}
    named = {money.receipt_id: _named(money, index, by_id) for money in ordered}
    left = {claim.id: claim.open_minor for claim in claims}
    for same in same_amounts.values():
        left |= {claim.id: claim.open_minor for claim in same.claims}
    plans: dict[UUID, list[ProposalPlan]] = {}
    # Certain answers take their items first, whatever the order of the receipts.
    for money in ordered:
        words = named[money.receipt_id]
        if _is_exact(money, words, left):
            plans[money.receipt_id] = [_exact(money, words, payers.get(money.receipt_id, ()))]
            _take(plans[money.receipt_id][0], left)
    for money in ordered:
        if money.receipt_id not in plans and named[money.receipt_id].claims:
            plan = _inexact(money, named[money.receipt_id], left)
            plans[money.receipt_id] = [plan]
            _take(plan, left)
    for money in ordered:
        if money.receipt_id not in plans:
            same = same_amounts.get((money.currency, money.amount_minor), SameAmount(0, ()))
            answers = _by_amount(money, same, payers.get(money.receipt_id, ()), left)
            plans[money.receipt_id] = answers
            _take(answers[0], left)
    return [plan for money in ordered for plan in plans[money.receipt_id]]


def _named(money: Money, index: ReferenceIndex[UUID], by_id: Mapping[UUID, Claim]) -> _Named:
    found: dict[UUID, Claim] = {}
    evidence: list[Evidence] = []
    unclear = 0
    for place, text in (("text", money.text), ("end-to-end id", money.end_to_end_id)):
        for hit in index.find(text):
            mine = [by_id[key] for key in hit.keys if by_id[key].currency == money.currency]
            if len(mine) > 1:
                unclear += len(mine) - 1
            for claim in mine:
                if claim.id not in found:
                    found[claim.id] = claim
                    evidence.append(_seen(hit, claim, place))
    order = sorted(found.values(), key=lambda claim: (claim.due_on, claim.number, claim.id))
    return _Named(tuple(order), tuple(evidence), unclear)


def _seen(hit: Found[UUID], claim: Claim, place: str) -> Evidence:
    how = "" if hit.is_exact else ", written otherwise"
    start, end = (hit.start, hit.end) if place == "text" else (-1, -1)
    return Evidence("reference", f"number {claim.number} in {place}{how}", start, end)


def _is_exact(money: Money, words: _Named, left: Mapping[UUID, int]) -> bool:
    """Whether everything named, credit notes deducted, is exactly the money.

    Credit notes are netted for one customer only: who else's money would they be?
    """
    if not words.claims or words.unclear or _due(words) != money.amount_minor:
        return False
    if any(c.is_credit for c in words.claims) and _one_customer(words.claims) is None:
        return False
    return all(left[claim.id] == claim.open_minor for claim in words.claims)


def _due(words: _Named) -> int:
    return sum(-c.open_minor if c.is_credit else c.open_minor for c in words.claims)


def _exact(money: Money, words: _Named, payers: Sequence[Payer]) -> ProposalPlan:
    debits = [claim for claim in words.claims if not claim.is_credit]
    customer = _one_customer(words.claims)
    is_other = money.customer_id is not None and money.customer_id != customer
    count = len(words.claims)
    amount = "amount exact" if count == 1 else f"amount is exactly the sum of the {count} documents"
    evidence = [Evidence("amount", amount), *words.evidence, *_payer_words(customer, payers)]
    if is_other:
        evidence.append(Evidence("warning", "the receipt was recorded for another customer"))
    netted = len(debits) < count
    whole = {claim.id: claim.open_minor for claim in words.claims}
    reason = "netting" if netted else "reference" if count == 1 else "lump"
    return _plan(
        money,
        probability=OTHER_CUSTOMER if is_other else CERTAIN,
        rivals=0,
        reason=reason,
        shares=_shares(words.claims, money.amount_minor, whole),
        evidence=evidence,
        customer_id=customer,
    )


def _inexact(money: Money, words: _Named, left: Mapping[UUID, int]) -> ProposalPlan:
    """Numbers are there, the amount is another one: a suggestion, and what would be left."""
    open_ones = [claim for claim in words.claims if left[claim.id] > 0]
    shares = _shares(open_ones, money.amount_minor, left)
    used = sum(share.amount_minor for share in shares if share.credit_item_id is None)
    evidence = list(words.evidence)
    due = sum(-left[c.id] if c.is_credit else left[c.id] for c in open_ones)
    if not used:
        evidence.append(Evidence("warning", "another receipt already settles these documents"))
        reason, probability = "duplicate", _NONE
    elif money.amount_minor < due:
        evidence.append(_difference("less", due - money.amount_minor, money.currency))
        reason, probability = "short-pay", SHORT
    elif money.amount_minor > due:
        evidence.append(_difference("more", money.amount_minor - due, money.currency))
        reason, probability = "overpay", OVER
    else:
        evidence.append(Evidence("amount", "amount exact for what the other receipts leave"))
        reason, probability = "lump" if len(open_ones) > 1 else "reference", OVER
    if words.unclear:
        evidence.append(Evidence("rival", f"{words.unclear} other documents have the same number"))
    return _plan(
        money,
        probability=probability,
        rivals=words.unclear,
        reason=reason,
        shares=shares,
        evidence=evidence,
        customer_id=_one_customer(open_ones),
    )


def _difference(word: str, minor: int, currency: str) -> Evidence:
    amount = core_money.Money(minor, currency)
    return Evidence("amount", f"the amount is {amount} {word} than what the documents leave open")


def _by_amount(
    money: Money, same: SameAmount, payers: Sequence[Payer], left: Mapping[UUID, int]
) -> list[ProposalPlan]:
    """Nothing is named. The amount speaks only together with the payer, and counts its rivals."""
    free = [claim for claim in same.claims if left[claim.id] == money.amount_minor]
    total = same.total - (len(same.claims) - len(free))
    known = {payer.customer_id for payer in payers}
    if money.customer_id is not None:
        known = {money.customer_id}
    own = [claim for claim in free if claim.customer_id in known]
    if own:
        return _own_amounts(money, own, total, payers)
    evidence = [Evidence("reference", "no open document number in the text")]
    if known:
        evidence += _payer_words(next(iter(known)) if len(known) == 1 else None, payers)
        evidence.append(Evidence("amount", "no open document of this customer has this amount"))
        return [_nothing(money, "payer", evidence, total)]
    if total == 1 and free:
        evidence.append(Evidence("amount", "the only open document with this amount"))
        evidence.append(Evidence("warning", "the payer is not known as its customer"))
        return [
            _plan(
                money,
                probability=STRANGER,
                rivals=0,
                reason="amount",
                shares=_shares(free, money.amount_minor, left),
                evidence=evidence,
                customer_id=free[0].customer_id,
            )
        ]
    if total:
        evidence.append(Evidence("rival", f"{total} open documents have this amount"))
    return [_nothing(money, "unknown", evidence, total)]


def _own_amounts(
    money: Money, own: Sequence[Claim], total: int, payers: Sequence[Payer]
) -> list[ProposalPlan]:
    if total == 1:
        probability = UNIQUE_AMOUNT
        words = "the only open document with this amount"
    elif len(own) == 1:
        probability = OWN_AMOUNT
        words = f"the customer's only document with this amount; {total - 1} others have it"
    else:
        probability = (Decimal("0.9") / len(own)).quantize(Decimal("0.000001"))
        words = f"{len(own)} documents of the customer have this amount"
    order = sorted(own, key=lambda claim: (claim.due_on, claim.number, claim.id))
    return [
        _plan(
            money,
            rank=rank,
            probability=probability,
            rivals=total - 1,
            reason="amount",
            shares=_shares([claim], money.amount_minor, {claim.id: claim.open_minor}),
            evidence=[
                Evidence("amount" if total == 1 else "rival", words),
                *_payer_words(claim.customer_id, payers),
            ],
            customer_id=claim.customer_id,
        )
        for rank, claim in enumerate(order[:SHOWN_MAX], start=1)
    ]


def _payer_words(customer_id: UUID | None, payers: Sequence[Payer]) -> list[Evidence]:
    return [Evidence("payer", payer.how) for payer in payers if payer.customer_id == customer_id]


def _one_customer(claims: Sequence[Claim]) -> UUID | None:
    customers = {claim.customer_id for claim in claims}
    return next(iter(customers)) if len(customers) == 1 else None


def _shares(
    claims: Sequence[Claim], amount_minor: int, left: Mapping[UUID, int]
) -> tuple[Share, ...]:
    """Credit notes first, then the money, over the debits in the order given (by due day)."""
    room = {claim.id: left[claim.id] for claim in claims}
    debits = [claim for claim in claims if not claim.is_credit]
    shares: list[Share] = []
    for note in (claim for claim in claims if claim.is_credit):
        for claim in debits:
            part = min(room[note.id], room[claim.id])
            if part > 0 and claim.customer_id == note.customer_id:
                shares.append(Share(claim.id, claim.number, part, note.id, note.number))
                room[note.id] -= part
                room[claim.id] -= part
    for claim in debits:
        part = min(amount_minor, room[claim.id])
        if part > 0:
            shares.append(Share(claim.id, claim.number, part))
            amount_minor -= part
    return tuple(shares)


def _take(plan: ProposalPlan, left: dict[UUID, int]) -> None:
    for share in plan.shares:
        left[share.open_item_id] -= share.amount_minor
        if share.credit_item_id is not None:
            left[share.credit_item_id] -= share.amount_minor


def _nothing(money: Money, reason: str, evidence: Sequence[Evidence], rivals: int) -> ProposalPlan:
    return _plan(
        money,
        probability=_NONE,
        rivals=rivals,
        reason=reason,
        shares=(),
        evidence=evidence,
        customer_id=None,
    )


def _plan(
    money: Money,
    *,
    probability: Decimal,
    rivals: int,
    reason: str,
    shares: tuple[Share, ...],
    evidence: Sequence[Evidence],
    customer_id: UUID | None,
    rank: int = 1,
) -> ProposalPlan:
    return ProposalPlan(
        receipt_id=money.receipt_id,
        rank=rank,
        probability=probability,
        rivals=rivals,
        reason=reason,
        shares=shares,
        evidence=tuple(evidence),
        total_minor=sum(s.amount_minor for s in shares if s.credit_item_id is None),
        currency=money.currency,
        customer_id=customer_id,
    )
