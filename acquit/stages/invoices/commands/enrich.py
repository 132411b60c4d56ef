"""Type what is missing into a draft: references of the buyer, place of delivery, e-mail address."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.stages.invoices.commands import editing
from acquit.stages.invoices.facts import DraftChanged
from acquit.stages.invoices.models import Draft
from acquit.stages.orders.rules import places
from acquit.stages.orders.rules.references import LENGTH_MAX, BuyerReferences

FIELDS = {
    "buyer_reference": 80,
    **dict.fromkeys(BuyerReferences._fields, LENGTH_MAX),
    **places.LIMITS,
    "email": 254,
}
_COUNTRY = f"{places.PREFIX}country"
_EMAIL = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s<>,;:\".]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """One value for one field: ``buyer_reference`` (BT-10), ``purchase_order`` (BT-13),
    ``project`` (BT-11), ``contract`` (BT-12), ``buyer_accounting`` (BT-19), ``email``, or a
    part of the place of delivery, such as ``deliver_to_city`` (BT-77)."""

    draft_id: UUID
    field: str
    value: str


@command("invoices.enrich")
def enrich(*, ctx: Context, items: Sequence[Enrichment]) -> Outcome:
    """Put the values in, check the drafts again; what passes becomes ready, with the source of
    each value (who typed it, when) kept beside it."""
    desk = editing.load(ctx, {item.draft_id for item in items})
    changed: dict[UUID, Draft] = {}
    facts: list[DraftChanged] = []
    abroad = {item.draft_id for item in items if item.field == _COUNTRY}

    def act(item: Enrichment, draft: Draft) -> ItemResult | None:
        faults = _faults(item, draft)
        if faults:
            return ItemResult(str(draft.id), ItemState.REFUSED, draft.id, faults)
        value = item.value.strip()
        plan = editing.plan_of(draft)
        before = str(plan.header.get(item.field, ""))
        header = plan.header | {item.field: value}
        if draft.id not in abroad:
            header |= _country(header, desk.customers[draft.customer_id].country)
        plan = plan._replace(header=header)
        plan, action = editing.check_again(desk, draft, plan)
        editing.keep(ctx, draft, plan)
        draft.sources = draft.sources | {
            item.field: {"source": "typed", "by": ctx.actor.name, "at": ctx.now.isoformat()}
        }
        if draft.state == "review" and action == "ready":
            draft.state = editing.next_state(draft, "ready")
        changed[draft.id] = draft
        if before == value:
            return None  # checked again, by what is known of the customer now
        facts.append(
            DraftChanged(
                subject_id=draft.id,
                effective_on=ctx.today,
                field=item.field,
                before=before,
                after=value,
            )
        )
        return None

    results = editing.each(desk, items, act)
    editing.store(list(changed.values()))
    unit.record(ctx, facts)
    return Outcome(results)


def _country(header: Mapping[str, Any], home: str) -> dict[str, str]:
    """An address of delivery without a country is in the customer's own, as it is in orders."""
    place = places.Place.of(header)
    country = place.completed(places.Place(country=home)).country
    return {_COUNTRY: country} if country and not place.country else {}


def _faults(item: Enrichment, draft: Draft) -> tuple[Fault, ...]:
    value = item.value.strip()
    if draft.state not in ("review", "ready", "held"):
        return (Fault("draft.closed", f"the draft is {draft.state}", "draft_id"),)
    if item.field not in FIELDS:
        fix = f"use one of {', '.join(FIELDS)}"
        return (Fault("draft.field", f"{item.field!r} cannot be typed in", "field", fix=fix),)
    if not value or len(value) > FIELDS[item.field] or not value.isprintable():
        message = f"{item.field} needs 1 to {FIELDS[item.field]} printable characters"
        return (Fault("draft.value", message, item.field),)
    if item.field == "email" and not _EMAIL.fullmatch(value):
        return (Fault("draft.email", f"{value!r} is not an e-mail address", item.field),)
    return ()
