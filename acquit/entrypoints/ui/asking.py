"""What a customer was asked about a receipt, as Apply and the list of questions show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.acts import fact_title
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.shapes import Event, Tone
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.words import rule_words
from acquit.history.queries import FactView, timeline
from acquit.stages.matching.queries.questions import Asked, OptionView, QuestionView
from acquit.stages.matching.rules.asking import cannot_ask

# How the states of a question are called in the list of status words.
STATUS = {
    "queued": "queued",
    "asked": "asked",
    "failed": "failed",
    "answered": "answered",
    "applied": "applied",
    "withdrawn": "withdrawn",
    "closed": "done",
}
_LOOKS: dict[str, tuple[str, Tone | str]] = {
    "receipts.ReceiptRecorded": ("circle", ""),
    "matching.QuestionAsked": ("message-2", Tone.INFO),
    "matching.QuestionSent": ("mail", Tone.INFO),
    "matching.QuestionFailed": ("circle-x", Tone.BAD),
    "matching.QuestionAnswered": ("check", Tone.GOOD),
    "matching.QuestionWithdrawn": ("ban", ""),
    "matching.QuestionClosed": ("check", ""),
}


def row(view: QuestionView, now: datetime) -> dict[str, Any]:
    """One question for a page; ``can_end`` where a person may take it back or put it away."""
    is_open = view.state in ("queued", "asked", "failed")
    return {
        "id": to_public("question", view.id),
        "view": view,
        "status": STATUS[view.state],
        "amount": Money(view.left_minor, view.currency),
        "receipt_url": links.receipt(view.receipt_id),
        "customer_url": links.customer(view.customer_id),
        "is_open": is_open,
        "is_expired": is_open and view.expires_at <= now,
        "is_answered": view.state == "answered",
        "can_end": is_open or view.state == "answered",
        "chosen": answer_text(view.chosen) if view.chosen else "",
        "answers": [answer_text(one) for one in view.options],
    }


def whom(one: Asked | None) -> dict[str, Any]:
    """Who would be asked, or what is missing for that: ``fault`` is what the command would say."""
    return {
        "fault": cannot_ask(one),
        "name": one.name if one else "",
        "url": links.customer(one.customer_id) if one else "",
    }


def answer_text(option: OptionView) -> str:
    """``RE2026-000001 77,00 €, RE2026-000002 12,00 €``; in words where it stays on account."""
    language = get_language() or "en"
    sums: dict[str, Money] = {}
    for item in option.items:
        money = Money(item.amount_minor, item.currency)
        sums[item.number] = sums[item.number] + money if item.number in sums else money
    if not sums:
        return _("stays on account")
    return ", ".join(
        f"{number} {display.amount(money, language=language)}" for number, money in sums.items()
    )


def events(company_id: UUID, receipt_id: UUID, views: Sequence[QuestionView]) -> list[Event]:
    """The receipt and what was asked about it, oldest first; nothing where nobody was asked."""
    if not views:
        return []
    chosen = {(view.id): view for view in views}
    facts = timeline(company_id=company_id, subject_ids=[receipt_id, *chosen])
    return [_event(fact, chosen.get(fact.subject_id)) for fact in facts]


def _event(fact: FactView, view: QuestionView | None) -> Event:
    icon, tone = _LOOKS.get(fact.kind, ("circle", ""))
    return Event(
        what=_what(fact, view),
        at=fact.recorded_at,
        who=fact.actor_name,
        why=" · ".join(text for text in (rule_words(fact.rule), said(fact.reason)) if text),
        icon=icon,
        tone=tone,
    )


def _what(fact: FactView, view: QuestionView | None) -> str:
    payload, title = fact.payload, fact_title(fact.kind)
    if fact.kind in ("matching.QuestionAsked", "matching.QuestionSent"):
        return f"{title}: {payload['recipient']}"
    if fact.kind == "matching.QuestionAnswered":
        chosen = view.options[payload["choice"] - 1] if view and payload["choice"] else None
        if chosen is None:
            return f"{title}: {payload['text']}"
        parts = (f"{title}: {answer_text(chosen)}", said(payload["why"]))
        return " · ".join(part for part in parts if part)
    return f"{title}: {said(payload['why'])}" if payload.get("why") else title
