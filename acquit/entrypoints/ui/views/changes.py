"""Change chosen drafts before they leave: date, channel, one of several, or two of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from acquit.core.faults import Fault, Refused
from acquit.core.ids import to_public
from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.ui import asked
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, back_to, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.views import sending
from acquit.entrypoints.ui.words import outcome_word
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.alter import (
    CHANNELS,
    Channelling,
    Dating,
    TaxDating,
    change_channel,
    change_date,
    change_tax_point,
)
from acquit.stages.invoices.commands.hold import Holding, hold
from acquit.stages.invoices.commands.reshape import Merging, Splitting, merge, split


def form(
    frame: Frame, ids: Sequence[UUID], faults: Sequence[Fault] = (), status: int = 200
) -> HttpResponse:
    """What can be changed of the chosen drafts, each change with a button of its own."""
    return frame.show(
        "billing/change.html",
        {
            # One field for all of them: their number has no limit.
            "ids": ",".join(to_public("draft", one) for one in ids),
            "count": len(ids),
            "back": frame.request.POST.get("next", "") or reverse("billing"),
            # Where in the form it is, is said by the fault itself: each button has one field.
            "faults": [replace(fault, path="") for fault in faults],
            "channels": [("", _("As usual")), *((code, outcome_word(code)) for code in CHANNELS)],
            "steps": [Step(label=_("Billing"), url=reverse("billing")), Step(label=_("Change"))],
        },
        status=status,
    )


@require_POST
@page("read.invoices")
def changing(frame: Frame) -> HttpResponse:
    """Do one change to all chosen drafts by one command; what cannot be changed is told."""
    post = frame.request.POST
    ids = [id_or_404("draft", key) for key in post.get("ids", "").split(",") if key]
    if not ids:
        raise Refused.because(
            "selection.empty", _("No draft was chosen."), fix=_("tick the rows first")
        )
    try:
        outcome = _change(frame, post.get("do", ""), ids)
    except asked.CannotRead as refused:
        return form(frame, ids, refused.faults, status=422)
    done = [item for item in outcome.of(ItemState.DONE) if item.id]
    if not done and outcome.faults:
        return form(frame, ids, outcome.faults, status=422)
    _tell(frame, post.get("do", ""), outcome, len(ids))
    return back_to(frame, reverse("billing"))


def _change(frame: Frame, verb: str, ids: Sequence[UUID]) -> Outcome:
    post, ctx = frame.request.POST, frame.ctx
    if verb == "date":
        text = post.get("issue_on", "")
        day = asked.day_of(text, path="issue_on") if text else None
        return change_date(ctx=ctx, items=[Dating(draft_id=one, issue_on=day) for one in ids])
    if verb == "tax_point":
        text = post.get("tax_point", "")
        day = asked.day_of(text, path="tax_point") if text else None
        dated = [TaxDating(draft_id=one, tax_point=day) for one in ids]
        return change_tax_point(ctx=ctx, items=dated)
    if verb == "channel":
        channel = post.get("channel", "")
        items = [Channelling(draft_id=one, channel=channel) for one in ids]
        return change_channel(ctx=ctx, items=items)
    if verb == "merge":
        return merge(ctx=ctx, items=[Merging(draft_ids=tuple(ids))])
    if verb == "hold":
        why = post.get("why", "")
        return hold(ctx=ctx, items=[Holding(draft_id=one, why=why) for one in ids])
    raise Refused.because("selection.act", f"{verb!r} is not an act", path="do")


def _tell(frame: Frame, verb: str, outcome: Outcome, count: int) -> None:
    done = [item.id for item in outcome.of(ItemState.DONE) if item.id]
    back = {"hold": "release", "merge": "one"}.get(verb, "change")
    tags = sending.undo_tag(back, done[0]) if done else ""
    if verb == "merge":
        text = ngettext("%(n)s draft became one.", "%(n)s drafts became one.", count)
        messages.success(frame.request, text % {"n": count}, extra_tags=tags)
    elif done:
        text = ngettext("%(n)s draft changed.", "%(n)s drafts changed.", len(done))
        messages.success(frame.request, text % {"n": len(done)}, extra_tags=tags)
    else:
        messages.info(frame.request, _("It was so already."))
    for fault in outcome.faults[:5]:
        messages.error(frame.request, said(fault.message))


@require_POST
@page("invoices.split")
def splits(frame: Frame, key: str) -> HttpResponse:
    """Move the ticked lines into a draft of their own."""
    draft_id = id_or_404("draft", key)
    lines = invoices.draft_lines(company_id=frame.company_id, draft_id=draft_id)
    ticked = set(frame.request.POST.getlist("line"))
    chosen = tuple(line.id for line in lines if str(line.position) in ticked)
    outcome = split(ctx=frame.ctx, items=[Splitting(draft_id=draft_id, line_ids=chosen)])
    if outcome.faults:
        for fault in outcome.faults:
            messages.error(frame.request, said(fault.message))
        return HttpResponseRedirect(reverse("draft", args=[key]))
    (made,) = outcome.items
    assert made.id is not None  # it was made just now
    text = _("The chosen lines are a draft of their own now.")
    tags = sending.undo_tag("one", draft_id)
    messages.success(frame.request, text, extra_tags=tags)
    return HttpResponseRedirect(reverse("draft", args=[to_public("draft", made.id)]))
