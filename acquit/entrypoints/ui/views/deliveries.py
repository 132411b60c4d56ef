"""The paper that goes with the goods."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from acquit.entrypoints import papers
from acquit.entrypoints.ui.frame import Frame, page
from acquit.stages.orders import queries as orders


@require_GET
@page("read.orders")
def note(frame: Frame, number: str) -> HttpResponse:
    """The delivery note as PDF in the customer's language."""
    found = orders.delivery(company_id=frame.company_id, number=number)
    if found is None:
        raise Http404("no such delivery")
    file = papers.delivery_note(company=frame.company, handed_over=found)
    answer = HttpResponse(file.body, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return answer
