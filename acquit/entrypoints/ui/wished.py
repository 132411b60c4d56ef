"""What a clerk ticked on the Apply page, as wishes, and what may become of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext as _

from acquit.core.faults import Fault
from acquit.core.money import Money, total
from acquit.entrypoints.ui import asked
from acquit.entrypoints.ui.choices import NUMBERS_MAX
from acquit.entrypoints.ui.frame import Frame, id_or_404
from acquit.entrypoints.ui.rests import CLOSINGS, Short, ways
from acquit.stages.matching import queries
from acquit.stages.receivables.commands import NewAllocation
from acquit.stages.receivables.queries import ItemView, items_by_id

Claims = dict[UUID, ItemView]


def wishes(frame: Frame, detail: queries.ReceiptDetail) -> tuple[list[NewAllocation], Claims]:
    """The ticked documents with the amounts beside them, and these documents. One in another
    currency than the money says what it is settled by and what the money gives for it."""
    post, own = frame.request.POST, detail.item.currency
    key = post.get("key", "") or frame.ctx.request_id
    ticked = {one: id_or_404("open_item", one) for one in post.getlist("item")[:NUMBERS_MAX]}
    claims = items_by_id(company_id=frame.company_id, item_ids=list(ticked.values()))
    found = []
    for public, item_id in ticked.items():
        claim = claims.get(item_id)
        currency = claim.currency if claim else own
        amount = asked.amount(post.get(f"amount-{public}", ""), currency, path=f"amount-{public}")
        given = None
        if currency != own:
            given = asked.amount(post.get(f"given-{public}", ""), own, path=f"given-{public}")
        found.append(
            NewAllocation(
                # The money stands alone on its side of an exchange: each has a key of its own.
                key=f"page:{key}" if given is None else f"page:{key}:{public}",
                credit_item_id=detail.item.id,
                debit_item_id=item_id,
                amount=amount,
                third_party=True,
                together=key,
                given=given,
            )
        )
    return found, claims


def taken(found: Sequence[NewAllocation], detail: queries.ReceiptDetail) -> Money:
    """What they take of the money."""
    return total((wish.taken for wish in found), detail.item.currency)


def rest_of(
    detail: queries.ReceiptDetail, found: Sequence[NewAllocation], claims: Claims
) -> tuple[list[Short], Money]:
    """The documents that stay open in part, and the money that stays."""
    shorts = [
        Short(item.id, item.number, Money(item.open_minor, item.currency) - wish.amount)
        for wish in found
        if (item := claims.get(wish.debit_item_id)) is not None
        and item.open_minor > wish.amount.minor
    ]
    return shorts, Money(detail.item.open_minor, detail.item.currency) - taken(found, detail)


def with_rest(
    frame: Frame, detail: queries.ReceiptDetail, found: list[NewAllocation], claims: Claims
) -> tuple[list[NewAllocation], Fault | None]:
    """With what the pressed button makes of the rest; the policy is asked again."""
    code = frame.request.POST.get("rest", "")
    if code not in CLOSINGS:
        return found, None
    shorts, left = rest_of(detail, found, claims)
    way = next((one for one in ways(frame, shorts=shorts, left=left) if one.code == code), None)
    if way is None:
        return found, Fault("apply.no_rest", _("Nothing is left open."), path="rest")
    if way.why:
        return found, Fault("apply.rest_kept", f"{way.label}: {way.why}", path="rest")
    (short,) = shorts
    return [
        replace(one, closing=short.rest, adjustment=code)
        if one.debit_item_id == short.item_id
        else one
        for one in found
    ], None
