"""The matcher's answers for one receipt as the Apply page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import ngettext

from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.rests import Short, Way, closing_rules, ways
from acquit.entrypoints.ui.words import adjustment_title, reason_title
from acquit.stages.masterdata.queries import customer_names
from acquit.stages.matching import queries
from acquit.stages.matching.queries.payers import payer_of_account
from acquit.stages.matching.rules.rests import INSTALMENT
from acquit.stages.matching.rules.words import AT_LEAST

HISTORY = timedelta(days=730)  # as far back as the matcher looks


def owner(view: queries.ProposalView, people: Mapping[UUID, str]) -> str:
    """Whose documents an answer settles; empty where they are several customers'."""
    owners = {one.customer_id for one in view.items if one.customer_id}
    return people.get(owners.pop(), "") if len(owners) == 1 else ""


def known_payer(frame: Frame, detail: queries.ReceiptDetail) -> dict[str, str] | None:
    """Whose money this is by the account it came from, where nothing that is open was proposed
    for it and nobody said whose it is: most likely it is paid in advance."""
    receipt, item = detail.receipt, detail.item
    if item.customer_id or item.open_minor != item.original_minor:
        return None
    since = receipt.received_on - HISTORY
    found = payer_of_account(company_id=frame.company_id, iban=receipt.payer_iban, since=since)
    if found is None:
        return None
    name = customer_names(company_id=frame.company_id, ids=[found]).alone()[found]
    return {"id": to_public("customer", found), "name": name, "url": links.customer(found)}


def proposal(
    frame: Frame,
    view: queries.ProposalView,
    index: int,
    chosen_at: int,
    people: Mapping[UUID, str],
    left: Money,
) -> dict[str, Any]:
    total = Money(view.total_minor, view.currency)
    return {
        "id": to_public("proposal", view.id),
        "place": index + 1,
        "is_chosen": index == chosen_at,
        "rows": _rows(view, people),
        "total": total,
        "reason": reason_title(view.reason),
        "evidence": view.evidence,
        "rule": view.rule,
        "probability": display.percent(
            Decimal(view.probability).quantize(Decimal("0.001")),
            language=str(getattr(frame.request, "LANGUAGE_CODE", "en")),
        ),
        "rivals": view.rivals,
        "rivals_text": _rivals_text(view),
        "left": left - total,
        "parts": _parts(view, left),
        "is_instalment": view.reason == INSTALMENT,
    }


def ways_text(count: int) -> str:
    """How many ways come to the money."""
    text = ngettext("Ambiguous: %(count)s way fits.", "Ambiguous: %(count)s ways fit.", count)
    return (text % {"count": count}).rstrip(".")


def _rivals_text(view: queries.ProposalView) -> str:
    """How many ways there are, or how many at least."""
    count = view.rivals + 1
    is_bound = any(
        piece.kind == "rival" and piece.text.startswith(AT_LEAST) for piece in view.evidence
    )
    text = (
        ngettext(
            "Ambiguous: at least %(count)s way fits.",
            "Ambiguous: at least %(count)s ways fit.",
            count,
        )
        if is_bound
        else ngettext("Ambiguous: %(count)s way fits.", "Ambiguous: %(count)s ways fit.", count)
    )
    return text % {"count": count}


def _parts(view: queries.ProposalView, left: Money) -> list[tuple[str, Money, Short]]:
    """The documents that money alone settles with what it gives them and what stays open of each;
    none where credit notes, reasons or other currencies are in it."""
    if any(row.credit_number or row.adjustment for row in view.items) or any(
        row.currency != left.currency for row in view.items
    ):
        return []
    return [
        (
            to_public("open_item", row.open_item_id),
            Money(row.amount_minor, row.currency),
            Short(
                row.open_item_id,
                row.number,
                Money(row.open_minor - row.amount_minor, row.currency),
            ),
        )
        for row in view.items
    ]


def own_ways(frame: Frame, chosen: dict[str, Any] | None) -> list[Way]:
    """What may become of the rest of a proposal, where money alone leaves one of its documents
    open; all else is in the proposal itself."""
    if chosen is None or "receivables.allocate" not in frame.may:
        return []
    shorts = [one for _key, _money, one in chosen["parts"] if one.rest.minor > 0]
    return ways(frame, shorts=shorts, left=chosen["left"]) if shorts else []


def mark_closed(frame: Frame, chosen: dict[str, Any] | None, receipt_item: UUID) -> str:
    """Says of each rest of a proposal which rule closes it with the money; the answer is the one
    that closes what is left of the money itself."""
    if chosen is None or not chosen["parts"]:
        return ""
    shorts = [
        (row, short)
        for row, (_key, _money, short) in zip(chosen["rows"], chosen["parts"], strict=True)
        if short.rest.minor > 0 and not chosen["is_instalment"]
    ]
    left = chosen["left"]
    rests = [(short.item_id, short.rest) for _row, short in shorts]
    over = [(receipt_item, left)] if left.minor > 0 else []
    rules = closing_rules(frame, [*rests, *over])
    for (row, _short), rule in zip(shorts, rules, strict=False):
        row["closed_by"] = rule
    return rules[-1] if over else ""


def _rows(view: queries.ProposalView, people: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """What each document is credited, by money, a credit note or a reason; what stays open of it
    stands beside the last."""
    used: dict[UUID, int] = {}
    for row in view.items:
        used[row.open_item_id] = used.get(row.open_item_id, 0) + row.amount_minor
    last = {row.open_item_id: place for place, row in enumerate(view.items)}
    return [
        {
            "number": row.number,
            "customer": people.get(row.customer_id, "") if row.customer_id else "",
            "due_on": row.due_on,
            "open": Money(row.open_minor, row.currency),
            "amount": Money(row.amount_minor, row.currency),
            "credit": row.credit_number,
            "closed": adjustment_title(row.adjustment) if row.adjustment else "",
            "rest": Money(row.open_minor - used[row.open_item_id], row.currency)
            if place == last[row.open_item_id]
            else None,
        }
        for place, row in enumerate(view.items)
    ]


def leave_words(proposals: Sequence[queries.ProposalView]) -> list[str]:
    """Why nothing is proposed, in the matcher's own words."""
    for view in proposals:
        if view.state == "proposed" and not view.items:
            return [piece.text for piece in view.evidence]
    return []


def is_twice(proposals: Sequence[queries.ProposalView]) -> bool:
    """Whether the matcher says that other money settled this already."""
    said = [view.reason for view in proposals if view.state == "proposed" and not view.items]
    return said[:1] == ["duplicate"]
