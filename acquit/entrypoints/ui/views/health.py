"""System health: the same checks as ``acquit doctor``, the queue, the last bank file."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.access.commands.retry import JobToRetry, retry
from acquit.core.outcome import ItemState
from acquit.entrypoints.health import checks
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.frame import Frame, page
from acquit.jobs.parked import parked, waiting, workers
from acquit.stages.receipts.queries import statements

PARKED_SHOWN = 50


@require_GET
@page("read.system")
def health(frame: Frame) -> HttpResponse:
    """Every check with what it means and what to do; what is broken stands on top."""
    found = checks(data=settings.DATA, now=frame.ctx.now)
    last = statements(company_id=frame.company_id, state="", limit=1, after=None).items
    count, oldest = waiting(company_id=frame.company_id)
    return frame.show(
        "health/page.html",
        {
            "checks": sorted(found, key=lambda check: check.ok),
            "broken": sum(not check.ok for check in found),
            "workers": workers(),
            "waiting": count,
            "waiting_since": oldest,
            "parked": parked(company_id=frame.company_id, limit=PARKED_SHOWN),
            "last_statement": last[0] if last else None,
            "last_statement_url": links.statement(last[0].id) if last else "",
            "may_retry": "jobs.retry" in frame.may,
            "may_keys": "access.create_key" in frame.may,
        },
    )


@require_POST
@page("jobs.retry")
def retrying(frame: Frame) -> HttpResponse:
    """Put given-up jobs back into the queue."""
    numbers = [int(text) for text in frame.request.POST.getlist("job") if text.isdecimal()]
    outcome = retry(ctx=frame.ctx, items=[JobToRetry(number=number) for number in numbers])
    done = len(outcome.of(ItemState.DONE))
    if done:
        messages.success(frame.request, _("%(count)s put back into the queue.") % {"count": done})
    for fault in outcome.faults:
        messages.warning(frame.request, f"{fault.message}. {fault.fix}")
    return HttpResponseRedirect(reverse("health") + "#parked")
