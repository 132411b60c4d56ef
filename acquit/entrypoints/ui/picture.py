"""The logo under our own address, for the pages of back office and portal."""

from __future__ import annotations

from csp.constants import NONE
from csp.decorators import csp
from django.http import Http404, HttpResponse

from acquit.access.models import Company
from acquit.history import archive

# For views of pictures: opened by itself, it may do nothing, whatever a browser takes it for.
harmless = csp({"default-src": [NONE], "frame-ancestors": [NONE], "sandbox": True})


def picture(*, company: Company) -> HttpResponse:
    """The company's logo as it is kept; 404 without one."""
    piece = archive.read(company_id=company.id, digest=company.logo) if company.logo else None
    if piece is None:
        raise Http404("no logo")
    answer = HttpResponse(piece.body, content_type=piece.media_type)
    answer["Cache-Control"] = "private, no-store"
    return answer
