"""The demo's bar of five things: asked for again after an act, and put away."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from acquit.entrypoints.ui.frame import Frame, back_to, page
from acquit.entrypoints.ui.tour import put_away


@require_GET
@page("read.history")
def bar(frame: Frame) -> HttpResponse:
    """The bar alone, with its ticks as they stand now; empty where there is none."""
    return frame.show("shell/_tour.html")


@require_POST
@page("read.history")
def away(frame: Frame) -> HttpResponse:
    """Put the bar away until the next sign-in."""
    put_away(frame)
    return back_to(frame, reverse("home"))
