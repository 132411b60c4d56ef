"""From an answer of the engine to what would be booked: which value settles which document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring as _quoted
from typing import Any, NamedTuple
from uuid import UUID

from acquit.core.ids import id_text
from acquit.stages.matching.rules.books import shared_discount
from acquit.stages.matching.rules.inputs import Answer, BankLine, Id, OpenItem, Reason
from acquit.stages.matching.rules.short import TAKEN

_STEP = Decimal("0.000001")
EXCHANGE = "exchange"
# What was kept back, by how the amount fits; ``tax 10`` and its like are below.
_KEPT_BACK = {
    "discount": "discount",
    "late discount": "late_discount",
    TAKEN: "late_discount",
    "fee": "bank_fee",
    "odd fee": "bank_fee",
    "large fee": "bank_fee",
    "netted": "netted",
}


class Share(NamedTuple):
    """What a document is credited, in its own currency: by the receipt's money; by the credit
    note ``credit_item_id``, netted with it; or by closing what the payer kept back, for the reason
    ``adjustment``. Where the currencies differ the reason is exchange, ``given_minor`` the
    receipt's money for it, and ``off_minor`` what that is more (below zero: less) than the claim
    is worth at our rate."""

    open_item_id: UUID
    number: str
    amount_minor: int
    credit_item_id: UUID | None = None
    credit_number: str = ""
    adjustment: str = ""
    given_minor: int = 0
    currency: str = ""  # of the document, where it is exchanged
    off_minor: int = 0

    @property
    def money_minor(self) -> int:
        """The receipt's money in this share, in the receipt's currency."""
        if self.credit_item_id is not None or (self.adjustment and self.adjustment != EXCHANGE):
            return 0
        return self.given_minor or self.amount_minor


def kept(share: Share) -> dict[str, Any]:
    """A share as a proposal keeps it, without what is empty."""
    found: dict[str, Any] = {
        "open_item": str(share.open_item_id),
        "number": share.number,
        "amount_minor": share.amount_minor,
    }
    if share.credit_item_id is not None:
        found |= {"credit_item": str(share.credit_item_id), "credit_number": share.credit_number}
    if share.adjustment:
        found |= {"adjustment": share.adjustment}
    if share.given_minor:
        found |= {
            "given_minor": share.given_minor,
            "currency": share.currency,
            "off_minor": share.off_minor,
        }
    return found


def kept_text(share: Share) -> str:
    """:func:`kept` as JSON."""
    if share.adjustment or share.credit_item_id is not None:
        return json.dumps(kept(share), ensure_ascii=False)
    number = _quoted(share.number)
    return (
        f'{{"open_item":"{id_text(share.open_item_id)}","number":{number}'
        f',"amount_minor":{share.amount_minor}}}'
    )


def piece_text(one: Reason) -> str:
    """A piece of evidence as JSON, as a proposal keeps it."""
    text = _quoted(one.text)
    return f'{{"kind":"{one.kind}","text":{text},"start":{one.start},"end":{one.end}}}'


def kept_shares(items: Sequence[Mapping[str, Any]]) -> list[Share]:
    """The shares as they were kept in a proposal."""
    return [
        Share(
            UUID(item["open_item"]),
            item["number"],
            item["amount_minor"],
            UUID(item["credit_item"]) if item.get("credit_item") else None,
            item.get("credit_number", ""),
            item.get("adjustment", ""),
            item.get("given_minor", 0),
            item.get("currency", ""),
            item.get("off_minor", 0),
        )
        for item in items
    ]


class ProposalPlan(NamedTuple):
    """One answer for one receipt. ``rank`` 1 is the best; ``rivals`` counts the other answers
    that fit as well; ``customer_id`` is whose claims it settles, when they are one customer's.
    ``kept_back_minor`` is what would be closed without money, in the receipt's currency."""

    receipt_id: UUID
    rank: int
    probability: Decimal
    rivals: int
    reason: str
    shares: tuple[Share, ...]
    evidence: tuple[Reason, ...]
    total_minor: int  # of the receipt's money
    kept_back_minor: int
    currency: str
    customer_id: Id


def planned(answer: Answer, line: BankLine, items: Mapping[UUID, OpenItem]) -> ProposalPlan:
    """The answer as shares. None where it cannot be booked: a credit note of one customer does
    not pay another one's invoice, and several documents are not exchanged at once."""
    shares = shares_of(answer, line, items)
    evidence = answer.reasons
    if answer.credited and not shares:
        evidence = (*evidence, Reason("warning", "it cannot be applied in one step"))
    owners = {items[share.open_item_id].customer for share in shares}
    return ProposalPlan(
        receipt_id=answer.line,
        rank=answer.rank,
        probability=Decimal(str(answer.probability)).quantize(_STEP),
        rivals=answer.rivals,
        reason=answer.reason,
        shares=shares,
        evidence=evidence,
        total_minor=sum(share.money_minor for share in shares),
        kept_back_minor=sum(s.amount_minor for s in shares if s.adjustment not in ("", EXCHANGE)),
        currency=line.currency,
        customer_id=next(iter(owners)) if len(owners) == 1 else None,
    )


class Written(NamedTuple):
    """A plan with its shares and its evidence as a proposal keeps them: the shares as JSON, of the
    evidence the members of a list. The plan has no evidence besides."""

    plan: ProposalPlan
    shares: str
    evidence: str


def written(answer: Answer, line: BankLine, items: Mapping[UUID, OpenItem]) -> Written:
    """The answer as :func:`planned` has it; small where it goes from process to process."""
    plan = planned(answer, line, items)
    shares = ",".join([kept_text(share) for share in plan.shares])
    evidence = ",".join([piece_text(reason) for reason in plan.evidence])
    return Written(plan._replace(evidence=()), f"[{shares}]", evidence)


def shares_of(answer: Answer, line: BankLine, items: Mapping[UUID, OpenItem]) -> tuple[Share, ...]:
    """Credit notes, then the money, then what was kept back: each document to the cent."""
    debits = [(items[key], part) for key, part in answer.credited if part > 0]
    notes = [(items[key], -part) for key, part in answer.credited if part < 0]
    if any(item.currency != line.currency for item, _ in (*debits, *notes)):
        return _exchanged(line, debits, answer.residue) if not notes else ()
    room = [part for _, part in debits]
    closed = _kept_back(answer, debits)
    for at, part, _why in closed:
        room[at] -= part
    shares: list[Share] = []
    for note, left in notes:
        for at, (item, _part) in enumerate(debits):
            part = min(left, room[at]) if item.customer == note.customer else 0
            if part > 0:
                shares.append(Share(item.id, item.number, part, note.id, note.number))
                room[at] -= part
                left -= part
        if left:
            return ()
    shares += [
        Share(item.id, item.number, part)
        for (item, _whole), part in zip(debits, room, strict=True)
        if part > 0
    ]
    shares += [
        Share(debits[at][0].id, debits[at][0].number, part, adjustment=why)
        for at, part, why in closed
    ]
    is_whole = sum(room) == line.amount - max(answer.residue, 0) and min(room, default=0) >= 0
    is_whole = is_whole and all(part > 0 for _at, part, _why in closed)
    return tuple(shares) if is_whole else ()


def _exchanged(
    line: BankLine, debits: Sequence[tuple[OpenItem, int]], off_minor: int
) -> tuple[Share, ...]:
    if len(debits) != 1:
        return ()
    ((item, part),) = debits
    return (
        Share(
            item.id,
            item.number,
            part,
            adjustment=EXCHANGE,
            given_minor=line.amount,
            currency=item.currency,
            off_minor=off_minor,
        ),
    )


def _kept_back(
    answer: Answer, debits: Sequence[tuple[OpenItem, int]]
) -> list[tuple[int, int, str]]:
    """Place, amount and reason of what is closed without money: as the advice says, or each
    document's own discount where that is what is missing, else all on the largest document."""
    missing = -min(answer.residue, 0)
    if not missing or not debits:
        return []
    largest = max(range(len(debits)), key=lambda at: (debits[at][1], -at))
    if answer.kept:
        places = {item.id: at for at, (item, _part) in enumerate(debits)}
        sums: dict[tuple[int, str], int] = {}
        for key, part, fit in answer.kept:
            # What was kept back of a credit note makes less of what was kept back of the others.
            at = places.get(key, largest), _KEPT_BACK[fit]
            sums[at] = sums.get(at, 0) + part
        return [(at, part, why) for (at, why), part in sums.items() if part]
    why = "withheld_tax" if answer.fit.startswith("tax") else _KEPT_BACK.get(answer.fit, "")
    if not why:
        return []
    if "discount" in answer.fit:
        agreed = shared_discount([item for item, _ in debits], missing)
        if agreed:
            return [(at, part, why) for at, part in enumerate(agreed) if part]
    return [(largest, missing, why)]
