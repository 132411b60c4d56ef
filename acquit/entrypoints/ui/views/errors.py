"""What a page says that is not there, may not be asked for, or broke: in the layout, in words."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from acquit.access.models import User
from acquit.entrypoints.ui.assets import unbuilt
from acquit.entrypoints.ui.frame import frame_of


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, with the way home; the frame of who is signed in stays around it."""
    return _page(request, "errors/not_found.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 of the server itself; a missing right has a page that names the right."""
    return _page(request, "errors/forbidden.html", status=403)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose secret is missing or from before the last sign-in."""
    return _page(request, "errors/stale_form.html", status=403)


def nul_typed(request: HttpRequest, fields: list[str]) -> HttpResponse:
    """400 for fields whose text has a NUL character."""
    about = {"fields": fields, "names": ", ".join(fields)}
    return _page(request, "errors/nul_typed.html", status=400, about=about)


def broken(request: HttpRequest) -> HttpResponse:
    """500. Without the frame: what broke may be what the frame needs."""
    if (missing := unbuilt(sys.exception())) is not None:
        return missing
    number = getattr(request, "request_id", "")
    return HttpResponse(render_to_string("errors/broken.html", {"number": number}), status=500)


def _page(
    request: HttpRequest,
    template: str,
    *,
    status: int,
    about: Mapping[str, object] = MappingProxyType({}),
) -> HttpResponse:
    frame = None
    if isinstance(getattr(request, "user", None), User):
        frame = getattr(request, "acquit", None) or frame_of(request)
    if frame is None:
        return render(request, template, {**about, "layout": "signin_base.html"}, status=status)
    request.acquit = frame  # type: ignore[attr-defined]
    return frame.show(template, {**about, "layout": "base.html"}, status=status)
