"""Accept many suggestions at once: first what it would be, then one act, and one Undo."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.core.faults import Fault, Refused
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.words import reason_title
from acquit.history.queries import done_together
from acquit.stages.matching.commands import ProposalChoice, accept, undo
from acquit.stages.matching.facts import ProposalAccepted
from acquit.stages.matching.queries import waiting

USUAL = 90  # per cent: what most people would call sure


@require_GET
@page("matching.accept")
def suggestions(frame: Frame) -> HttpResponse:
    """What would be accepted at a limit, by reason; changes nothing."""
    return _preview(frame, _percent(frame.request.GET.get("over", "")), ())


def _percent(text: str) -> int:
    number = text.strip() or str(USUAL)
    if number.isdecimal() and 1 <= int(number) <= 100:
        return int(number)
    raise Refused.because(
        "suggestions.over",
        _("%(text)s is not a limit.") % {"text": text},
        path="over",
        fix=_("write a whole number from 1 to 100"),
    )


def _preview(
    frame: Frame, percent: int, faults: tuple[Fault, ...], status: int = 200
) -> HttpResponse:
    totals = waiting.suggested_totals(company_id=frame.company_id, over=Decimal(percent) / 100)
    sure = [one for one in totals if not one.has_rivals]
    sums: dict[str, int] = {}
    for one in sure:
        sums[one.currency] = sums.get(one.currency, 0) + one.minor
    return frame.show(
        "apply/suggestions.html",
        {
            "over": percent,
            "until": max((one.latest.isoformat() for one in sure), default=""),
            "faults": faults,
            "rows": [_row(one) for one in sure],
            "count": sum(one.count for one in sure),
            "sums": [Money(sums[code], code) for code in sorted(sums)],
            "ambiguous": sum(one.count for one in totals if one.has_rivals),
            "steps": [Step(label=_("Apply"), url=reverse("apply")), Step(label=_("Suggestions"))],
        },
        status=status,
    )


def _row(one: waiting.SuggestedTotal) -> dict[str, Any]:
    return {
        "reason": reason_title(one.reason),
        "count": one.count,
        "amount": Money(one.minor, one.currency),
    }


@require_POST
@page("matching.accept")
def acceptances(frame: Frame) -> HttpResponse:
    """Accept what the preview showed, by one command: nothing that was suggested since then."""
    post = frame.request.POST
    percent = _percent(post.get("over", ""))
    ids = waiting.suggested(
        company_id=frame.company_id,
        over=Decimal(percent) / 100,
        until=_instant(post.get("until", "")),
    )
    if not ids:
        fault = Fault("suggestions.none", _("None of these suggestions waits any more."))
        return _preview(frame, percent, (fault,), status=422)
    outcome = accept(ctx=frame.ctx, items=[ProposalChoice(id=one) for one in ids])
    done = [item.id for item in outcome.of(ItemState.DONE) if item.id]
    refused = len(outcome.of(ItemState.REFUSED))
    if done:
        text = ngettext("%(n)s suggestion accepted.", "%(n)s suggestions accepted.", len(done))
        back = reverse("suggestions_undo", args=[to_public("proposal", done[0])])
        messages.success(frame.request, text % {"n": len(done)}, extra_tags=f"undo:{back}")
    if refused:
        text = ngettext(
            "%(n)s fits no longer and was left.", "%(n)s fit no longer and were left.", refused
        )
        messages.warning(frame.request, text % {"n": refused})
    return HttpResponseRedirect(reverse("apply"))


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Http404("no such preview") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@require_POST
@page("matching.undo")
def undoing(frame: Frame, proposal: str) -> HttpResponse:
    """Take back everything that was accepted together with this proposal."""
    ids = done_together(
        company_id=frame.company_id,
        kind=ProposalAccepted.KIND,
        subject_id=id_or_404("proposal", proposal),
    )
    if not ids:
        raise Http404("nothing was accepted together with it")
    outcome = undo(ctx=frame.ctx, items=[ProposalChoice(id=one) for one in ids])
    done = len(outcome.of(ItemState.DONE))
    text = ngettext(
        "%(n)s acceptance undone; the reversals are visible.",
        "%(n)s acceptances undone; the reversals are visible.",
        done,
    )
    messages.success(frame.request, text % {"n": done})
    for fault in outcome.faults[:5]:
        messages.error(frame.request, fault.message)
    if not frame.is_fragment:
        return HttpResponseRedirect(reverse("apply"))
    response = HttpResponse(status=204)
    response["HX-Redirect"] = reverse("apply")
    return response
