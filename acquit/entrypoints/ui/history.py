"""The timeline of a document: made by which rule, sent, seen, credited, paid, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.acts import command_title, fact_title
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.shapes import Event, Tone
from acquit.entrypoints.ui.components.status import status
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.rules_kept import remarks
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.words import (
    CHANGED,
    adjustment_title,
    rule_words,
)
from acquit.history.queries import FactView, timeline
from acquit.stages.dispatch.queries import DispatchView
from acquit.stages.dispatch.queries.statuses import statuses
from acquit.stages.invoices.queries import DocumentView
from acquit.stages.invoices.queries.acts import can_undo
from acquit.stages.receivables.queries import AllocationView, ItemView, allocations_of

STATUSES = 1000  # of one document; there is one for each payment
_LOOKS: dict[str, tuple[str, Tone | str]] = {
    "invoices.DocumentIssued": ("rubber-stamp", Tone.INFO),
    "invoices.DraftHeld": ("player-pause", Tone.WARN),
    "invoices.DraftChanged": ("edit", ""),
    "invoices.DraftSplit": ("arrows-split", ""),
    "invoices.DraftMerged": ("arrows-join", ""),
    "invoices.DraftDiscarded": ("ban", Tone.BAD),
    "invoices.DraftActUndone": ("arrow-back-up", Tone.WARN),
    "invoices.DocumentReported": ("rubber-stamp", Tone.GOOD),
    "invoices.ReportWithdrawn": ("arrow-back-up", Tone.WARN),
    "dispatch.DispatchQueued": ("clock", ""),
    "dispatch.DocumentSent": ("send", Tone.INFO),
    "dispatch.DispatchFailed": ("circle-x", Tone.BAD),
    "dispatch.DocumentSeen": ("eye", Tone.GOOD),
    "dispatch.StatusTold": ("send", Tone.INFO),
    "receivables.CashApplied": ("circle-check", Tone.GOOD),
    "receivables.AllocationUndone": ("arrow-back-up", Tone.WARN),
}


def timeline_of(
    frame: Frame,
    *,
    view: DocumentView,
    items: Sequence[ItemView],
    dispatches: Sequence[DispatchView],
) -> list[Event]:
    """Oldest first, from the chained facts of the document and of all that touched it."""
    company_id = frame.company_id
    allocations = {
        one.id: one
        for one in allocations_of(company_id=company_id, item_ids=[item.id for item in items])
    }
    corrections = {one.id for one in view.corrections}
    told = statuses(company_id=company_id, document_id=view.row.id, limit=STATUSES)
    sent = [*(one.id for one in dispatches), *(one.id for one in told)]
    subjects = [view.row.id, *sent, *allocations, *corrections]
    facts = timeline(company_id=company_id, subject_ids=subjects)
    said_by = remarks(company_id=company_id, rules={fact.rule for fact in facts})
    return [
        _event(frame, view, fact, allocations, said_by.get(fact.rule, ""))
        for fact in facts
        if fact.subject_id not in corrections or fact.kind == "invoices.DocumentIssued"
    ]


def draft_timeline(frame: Frame, draft_id: UUID) -> list[Event]:
    """What was done to a draft, oldest first, with Undo at the last act where it is possible."""
    facts = timeline(company_id=frame.company_id, subject_ids=[draft_id])
    undo_url = ""
    if "invoices.undo" in frame.may and can_undo(company_id=frame.company_id, draft_id=draft_id):
        undo_url = reverse("billing_undo", args=["one", to_public("draft", draft_id)])
    events = []
    for number, fact in enumerate(facts, start=1):
        icon, tone = _LOOKS.get(fact.kind, ("circle", ""))
        is_last = number == len(facts) and fact.kind != "invoices.DraftActUndone"
        events.append(
            Event(
                what=_change_text(fact),
                at=fact.recorded_at,
                who=fact.actor_name,
                why=_why(fact, ""),
                undo_url=undo_url if is_last else "",
                icon=icon,
                tone=tone,
            )
        )
    return events


def _change_text(fact: FactView) -> str:
    """``Date of issue: 5 Mar 2026`` of a change, else what happened with the reason."""
    payload = fact.payload
    if fact.kind == "invoices.DraftChanged":
        name, after = payload["field"], payload["after"]
        if name == "state":
            return str(status("to_review" if after == "review" else after).word)
        value = said(after) if after else "–"
        return f"{CHANGED.get(name, name)}: {value}"
    if fact.kind == "invoices.DraftActUndone":
        return f"{fact_title(fact.kind)}: {command_title(payload['act'])}"
    title = fact_title(fact.kind)
    return f"{title}: {said(payload['why'])}" if payload.get("why") else title


def _event(
    frame: Frame,
    view: DocumentView,
    fact: FactView,
    allocations: Mapping[UUID, AllocationView],
    remark: str,
) -> Event:
    icon, tone = _LOOKS.get(fact.kind, ("circle", ""))
    allocation = allocations.get(fact.subject_id)
    what, url, undo_url = _what(fact), "", ""
    if allocation is not None:
        what = _money_text(view, allocation)
        if allocation.receipt_id and allocation.reverses_id is None:
            url = links.receipt(allocation.receipt_id)
        if allocation.is_active and "receivables.undo" in frame.may:
            keys = [to_public("document", view.row.id), to_public("allocation", allocation.id)]
            undo_url = reverse("invoice_reversal", args=keys)
    elif fact.kind == "dispatch.StatusTold" and fact.payload["digest"]:
        keys = [
            to_public("document", view.row.id),
            to_public("status", fact.subject_id),
        ]
        url = reverse("status_file", args=keys)
    elif fact.kind == "invoices.DocumentIssued" and fact.subject_id != view.row.id:
        what = _("Credited by %(number)s") % {"number": fact.payload.get("number", "")}
        url, icon, tone = links.invoice(fact.subject_id), "arrow-back-up", Tone.WARN
    return Event(
        what=what,
        at=fact.recorded_at,
        who=fact.actor_name,
        why=_why(fact, remark),
        url=url,
        undo_url=undo_url,
        icon=icon,
        tone=tone,
    )


def _why(fact: FactView, remark: str) -> str:
    """The rule with what it says, and the reason that a person gave."""
    rule = rule_words(fact.rule)
    if rule and remark:
        rule = f"{rule}: {said(remark)}"
    return " · ".join(text for text in (rule, said(fact.reason)) if text)


def _what(fact: FactView) -> str:
    payload = fact.payload
    if fact.kind == "dispatch.DispatchFailed":
        return _("Sending to %(to)s failed: %(why)s") % {
            "to": payload.get("recipient", ""),
            "why": said(payload.get("why", "")),
        }
    if fact.kind in ("dispatch.DispatchQueued", "dispatch.DocumentSent"):
        return f"{fact_title(fact.kind)}: {payload.get('recipient', '')}"
    if fact.kind == "dispatch.StatusTold":
        money = Money(payload["amount_minor"], payload["currency"])
        return f"{fact_title(fact.kind)} {payload['status']}: {_amount(money)}"
    if fact.kind == "dispatch.DocumentSeen":
        return _("Seen by the customer in the portal")
    if fact.kind == "invoices.DocumentReported":
        day = date.fromisoformat(payload["reported_on"])
        written = display.day(day, language=get_language() or "en")
        return _("Reported to the tax office on %(day)s") % {"day": written}
    if fact.kind == "invoices.DocumentIssued":
        return _("Issued as %(number)s") % {"number": payload.get("number", "")}
    return fact_title(fact.kind)


def _amount(money: Money) -> str:
    return display.amount(money, language=get_language() or "en")


def _money_text(view: DocumentView, allocation: AllocationView) -> str:
    amount = _amount(abs(Money(allocation.amount_minor, allocation.currency)))
    is_claim = allocation.document_id == view.row.id
    other = allocation.credit_number if is_claim else allocation.debit_number
    if allocation.adjustment:
        other = adjustment_title(allocation.adjustment)
    words = {"amount": amount, "other": other}
    if allocation.reverses_id is not None:
        return _("Taken back: %(amount)s of %(other)s") % words
    if allocation.adjustment:
        return _("Closed %(amount)s: %(other)s") % words
    if allocation.credit_kind == "receipt":
        return _("Paid %(amount)s by receipt %(other)s") % words
    return _("Settled %(amount)s with %(other)s") % words
