"""What the matcher learnt: tried over decided receipts first, then switched, and switched back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.core.faults import Fault
from acquit.core.ids import to_public
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.words import lesson_title
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.matching.commands.lessons import LessonSwitch, switch_lesson
from acquit.stages.matching.commands.loading import HISTORY
from acquit.stages.matching.commands.replay import LINES, Line, replay
from acquit.stages.matching.queries import lessons as queries
from acquit.stages.matching.rules.learning import KINDS, SINGLE, Switch, Verdict

ALIASES_SHOWN, CHANGED_SHOWN, TEXT_MAX = 50, 50, 80
VALUE_MAX = 140  # signs of an account, name or pattern


@require_GET
@page("read.matching")
def lesson_list(frame: Frame) -> HttpResponse:
    """The switches, and with ``?try=KIND&turn=on|off`` what one would change."""
    return _show(frame, ())


def _show(frame: Frame, faults: tuple[Fault, ...], status: int = 200) -> HttpResponse:
    query = frame.request.GET
    known = queries.lessons(company_id=frame.company_id)
    moved = queries.moved(company_id=frame.company_id)
    whole = {one.switch.kind: one for one in moved if not one.switch.value}
    text = query.get("q", "").replace("\x00", "").strip()[:TEXT_MAX]
    company, since = frame.company_id, frame.ctx.today - HISTORY
    found = [
        each
        for read in (queries.aliases, queries.patterns)
        for each in read(company_id=company, since=since, text=text, limit=ALIASES_SHOWN).alone()
    ]
    return frame.show(
        "apply/learning.html",
        {
            "faults": faults,
            "kinds": [
                {
                    "kind": kind,
                    "title": lesson_title(kind),
                    "is_on": known.has(kind),
                    "turn": "off" if known.has(kind) else "on",
                    "by": whole.get(kind),
                }
                for kind in KINDS
            ],
            "aliases": [
                {
                    "view": one,
                    "title": lesson_title(one.kind),
                    "customer": to_public("customer", one.customer_id),
                    "url": links.customer(one.customer_id),
                    "turn": "off" if one.is_on else "on",
                }
                for one in found
            ],
            "trial": _trial(frame) if query.get("try") else None,
            "text": text,
            "may_switch": "matching.switch_lesson" in frame.may,
            "steps": [Step(label=_("Apply"), url=reverse("apply")), Step(label=_("Learning"))],
        },
        status=status,
    )


def _trial(frame: Frame) -> dict[str, Any]:
    """What the switch of the address would change."""
    wish = _wish(frame, frame.request.GET)
    switch = Switch(wish.kind, wish.is_on, wish.value, wish.customer_id)
    found = replay(frame.ctx, switches=[switch], lines=LINES)
    return {
        "title": wish.value or lesson_title(wish.kind),
        "found": found,
        "rows": [_changed(one) for one in found.changed[:CHANGED_SHOWN]],
        "more": max(len(found.changed) - CHANGED_SHOWN, 0),
        "turn": "on" if wish.is_on else "off",
        "is_on": wish.is_on,
        "wish": wish,
        "customer": to_public("customer", wish.customer_id) if wish.customer_id else "",
    }


def _changed(one: Line) -> dict[str, Any]:
    return {
        "url": links.receipt(one.receipt_id),
        "on": one.received_on,
        "payer": one.payer_name,
        "amount": one.amount,
        "before": _verdict(one.before),
        "after": _verdict(one.after),
    }


def _verdict(one: Verdict) -> dict[str, Any]:
    return {
        "status": "verdict_right" if one.is_right else "verdict_wrong",
        "documents": ", ".join(one.documents),
        "is_posted": one.is_posted,
    }


def _wish(frame: Frame, given: Any) -> LessonSwitch:
    """The switch that an address or a form names; 404 for none of ours."""
    kind, value = given.get("try", ""), given.get("value", "")
    customer = given.get("customer", "")
    if kind not in KINDS or given.get("turn") not in ("on", "off"):
        raise Http404("no such switch")
    customer_id = id_or_404("customer", customer) if customer else None
    if bool(value) != (customer_id is not None) or (value and kind not in SINGLE):
        raise Http404("no such switch")
    if len(value) > VALUE_MAX or "\x00" in value:
        raise Http404("no such account, name or pattern")
    if customer_id is not None and (
        masterdata.customer(company_id=frame.company_id, customer_id=customer_id) is None
    ):
        raise Http404("no such customer")
    return LessonSwitch(
        kind=kind, is_on=given["turn"] == "on", value=value, customer_id=customer_id
    )


@require_POST
@page("matching.switch_lesson")
def switching(frame: Frame) -> HttpResponse:
    """On, off, or back, with the reason."""
    outcome = switch_lesson(ctx=frame.ctx, items=[_wish(frame, frame.request.POST)])
    if outcome.of(ItemState.REFUSED):
        return _show(frame, outcome.faults, status=422)
    messages.success(frame.request, _("Switched. The next run of the matcher goes by it."))
    return HttpResponseRedirect(reverse("lessons"))
