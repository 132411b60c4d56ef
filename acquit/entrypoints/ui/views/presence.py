"""Who else is here: asked by the Apply page while it is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from acquit.access import presence
from acquit.entrypoints.ui.frame import Frame, id_or_404, page


@require_POST
@page("read.matching")
def here(frame: Frame, receipt: str) -> HttpResponse:
    """Say that one is at this receipt; the answer is the sentence about the others, or empty."""
    receipt_id = id_or_404("receipt", receipt)
    presence.be_at(frame.ctx, subject_id=receipt_id)
    names = presence.others_at(frame.ctx, subject_id=receipt_id).alone()
    return HttpResponse(others_text(names), content_type="text/plain; charset=utf-8")


def others_text(names: Sequence[str]) -> str:
    """``Ana is here.``, or nothing where nobody else is."""
    if not names:
        return ""
    if len(names) == 1:
        return _("%(name)s is here.") % {"name": names[0]}
    return ngettext(
        "%(name)s and %(count)s other are here.",
        "%(name)s and %(count)s others are here.",
        len(names) - 1,
    ) % {"name": names[0], "count": len(names) - 1}
