"""What a French company tells its platform: the messages of a month, and that of one payment."""

from __future__ import annotations

import io
import re
import zipfile
from calendar import monthrange

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquit.access.commands.exports import Export, export
from acquit.core.documents.amounts import Period
from acquit.core.documents.ereport import Transmission
from acquit.core.faults import Fault
from acquit.entrypoints.ui import asked
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.history import STATUSES
from acquit.entrypoints.ui.views.invoices import file_answer
from acquit.stages.dispatch.queries.statuses import messages_of, statuses
from acquit.stages.insight.queries.french import Told, told

ZIP = "application/zip"
_NUMBER = re.compile(r"[0-9A-Za-z]{4}")


@require_GET
@page("read.insight")
def platform(frame: Frame) -> HttpResponse:
    """E-reporting of the month of a day, and the statuses told in it: listed, or as one zip."""
    first = asked.day(frame, "day", frame.ctx.today).replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    number = frame.request.GET.get("platform", "").strip()
    is_rectified = frame.request.GET.get("rectified") == "yes"
    faults: tuple[Fault, ...] = ()
    found: Told | None = None
    if frame.company.country != "FR":
        raise Http404("a company of another country has no French platform")
    if _NUMBER.fullmatch(number):
        found = told(
            company_id=frame.company_id,
            country=frame.company.country,
            period=Period(first, last),
            platform=number,
            kind=Transmission.RECTIFIED if is_rectified else Transmission.INITIAL,
            now=frame.ctx.now,
        )
    elif number:
        text = _("The number of a platform has four letters or digits.")
        faults = (Fault("platform.number", text, "platform"),)
    if found is not None and frame.request.GET.get("file") == "zip":
        note = Export(
            list_name="ledger/e-reporting",
            form="zip",
            rows=len(found.messages),
            query=frame.request.GET.urlencode(),
        )
        export(ctx=frame.ctx.without_key(), items=[note])
        return _zipped(found, f"{frame.company.slug}-{first:%Y-%m}.zip")
    values = {
        "first": first,
        "platform": number,
        "is_rectified": is_rectified,
        "told": found,
        "files": [(one, len(one.data)) for one in found.messages] if found else [],
        "rectify": sorted({day.replace(day=1) for day in found.untrue}) if found else [],
        "faults": faults,
        "zip_url": f"?{frame.request.GET.urlencode()}&file=zip",
        "steps": [
            Step(label=_("Ledger"), url=reverse("ledger")),
            Step(label=_("E-reporting")),
        ],
    }
    return frame.show("ledger/platform.html", values, status=422 if faults else 200)


def _zipped(found: Told, name: str) -> HttpResponse:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for one in found.messages:
            package.writestr(one.name, one.data)
    answer = HttpResponse(target.getvalue(), content_type=ZIP)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_GET
@page("read.invoices")
def status_file(frame: Frame, key: str, status: str) -> HttpResponse:
    """The message of one payment of a document, as it was written."""
    told_of = statuses(
        company_id=frame.company_id, document_id=id_or_404("document", key), limit=STATUSES
    )
    wanted = id_or_404("status", status)
    pieces = messages_of(
        company_id=frame.company_id, told=[one for one in told_of if one.id == wanted]
    )
    if wanted not in pieces:
        raise Http404("no such message of this document")
    return file_answer(pieces[wanted], "xml")
