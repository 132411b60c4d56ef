"""The mailbox of the demo: what was really sent, as text, with its files."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, page
from acquit.stages.dispatch import queries
from acquit.stages.dispatch.queries import OpenedMail, opened_mail

ROWS = 50
SAFE_MEDIA = ("application/pdf", "application/xml", "text/xml")


@require_GET
@page("read.dispatch")
def mailbox(frame: Frame) -> HttpResponse:
    """Newest first."""
    after = frame.request.GET.get("after") or None
    if after is not None:
        _uuid(after)
    found = queries.mails(company_id=frame.company_id, limit=ROWS + 1, after=after)
    shown = found[:ROWS]
    following = shown[-1].id if len(found) > ROWS else None
    return frame.show(
        "mailbox/list.html",
        {"rows": shown, "pages": links.pages(frame.request, following)},
    )


@require_GET
@page("read.dispatch")
def mail(frame: Frame, key: str) -> HttpResponse:
    """One mail. Its HTML part is not drawn: what comes by mail stays text."""
    opened = mail_or_404(frame, key)
    return frame.show(
        "mailbox/_mail.html" if frame.is_fragment else "mailbox/mail.html",
        {
            "public_id": key,
            "mail": opened.mail,
            "files": [(n, part, len(part.body)) for n, part in enumerate(opened.files)],
            "steps": [
                Step(label=_("Mailbox"), url=reverse("mailbox")),
                Step(label=opened.mail.subject or _("No subject")),
            ],
        },
    )


@require_GET
@page("read.dispatch")
def mail_file(frame: Frame, key: str, number: int) -> HttpResponse:
    """An attachment as a download; what is no document comes as plain bytes."""
    opened = mail_or_404(frame, key)
    if number >= len(opened.files):
        raise Http404("no such attachment")
    part = opened.files[number]
    media = part.media_type if part.media_type in SAFE_MEDIA else "application/octet-stream"
    return _download(part.body, media, part.name)


@require_GET
@page("read.dispatch")
def mail_raw(frame: Frame, key: str) -> HttpResponse:
    """The bytes as the server took them."""
    opened = mail_or_404(frame, key)
    return _download(opened.raw, "application/octet-stream", "mail.eml")


def _download(body: bytes, media: str, name: str) -> HttpResponse:
    safe = "".join(c if c.isalnum() or c in "-._ " else "_" for c in name)[:120] or "file"
    answer = HttpResponse(body, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="{safe}"'
    return answer


def mail_or_404(frame: Frame, key: str) -> OpenedMail:
    found = opened_mail(company_id=frame.company_id, mail_id=_uuid(key))
    if found is None:
        raise Http404("no such mail")
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404("no such mail") from None
