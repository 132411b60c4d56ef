"""Questions to customers: asked from Apply, answered in the portal, listed, taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.core.faults import Fault
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui import asking, links
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.stages.matching.commands import QuestionNamed, withdraw_question
from acquit.stages.matching.queries import questions as queries


@require_GET
@page("read.matching")
def question_list(frame: Frame) -> HttpResponse:
    """Answers that wait for a person, then what customers still have to answer, then the rest."""
    return _show(frame, ())


def _show(frame: Frame, faults: tuple[Fault, ...], status: int = 200) -> HttpResponse:
    now = frame.ctx.now
    waiting = [asking.row(one, now) for one in queries.waiting(company_id=frame.company_id)]
    return frame.show(
        "apply/questions.html",
        {
            "faults": faults,
            "answered": [row for row in waiting if row["is_answered"]],
            "waiting": [row for row in waiting if not row["is_answered"]],
            "done": [asking.row(one, now) for one in queries.done(company_id=frame.company_id)],
            "may_withdraw": "matching.withdraw_question" in frame.may,
            "steps": [
                Step(label=_("Apply"), url=reverse("apply")),
                Step(label=_("Questions to customers")),
            ],
        },
        status=status,
    )


@require_POST
@page("matching.withdraw_question")
def withdrawal(frame: Frame, key: str) -> HttpResponse:
    """The links of the mail open nothing any more; an answer that was read is put away."""
    question_id = id_or_404("question", key)
    outcome = withdraw_question(ctx=frame.ctx, items=[QuestionNamed(id=question_id)])
    if any(fault.code == "question.unknown" for fault in outcome.faults):
        raise Http404("no such question")
    if outcome.of(ItemState.REFUSED):
        return _show(frame, outcome.faults, status=422)
    view = queries.question(company_id=frame.company_id, question_id=question_id)
    assert view is not None  # it was taken back just now
    is_read = view.state == "closed"
    text = _("The answer is dealt with.") if is_read else _("Taken back: its links open no more.")
    messages.success(frame.request, text)
    if frame.request.POST.get("from") == "receipt":
        return HttpResponseRedirect(links.receipt(view.receipt_id))
    return HttpResponseRedirect(reverse("questions"))
