"""The frame of every page: who is signed in, in which company, and what he may see.

``@page("read.invoices")`` turns ``f(frame, ...)`` into a Django view. A refusal becomes the page
with its faults (422), never a stack trace; a missing right becomes a page that says so.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from acquit.access import actors
from acquit.access.command import Forbidden, log_refusal
from acquit.access.models import Company, User
from acquit.access.unscoped import companies_of
from acquit.core.context import Context
from acquit.core.faults import Refused
from acquit.core.ids import from_public
from acquit.entrypoints.frame import context
from acquit.entrypoints.person import signed_in

P = ParamSpec("P")
_KEY = re.compile(r"[!-~]{0,100}")  # what a form carries so that it counts once


@dataclass(frozen=True, slots=True)
class Frame:
    """What a page is handed. ``ctx`` carries the idempotency key of a posted form."""

    request: HttpRequest
    company: Company
    companies: tuple[Company, ...]
    ctx: Context

    @property
    def company_id(self) -> UUID:
        return self.company.id

    @property
    def may(self) -> frozenset[str]:
        return self.ctx.actor.permissions

    def show(
        self, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """Render a page or fragment with the frame beside its own values."""
        shown = {"frame": self, "company": self.company, "today": self.ctx.today, **(values or {})}
        return render(self.request, template, shown, status=status)

    @property
    def is_fragment(self) -> bool:
        """True when HTMX asks for a piece of the page."""
        return bool(getattr(self.request, "htmx", False))


View = Callable[Concatenate[Frame, P], HttpResponseBase]


def page(permission: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Declare a page and the right it needs; the right is readable on the view for the matrix."""

    def declare(function: View[P]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(function)
        def view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            frame = frame_of(request)
            if frame is None:
                return render(request, "shell/no_company.html", status=403)
            request.acquit = frame  # type: ignore[attr-defined]
            if not _KEY.fullmatch(frame.ctx.idempotency_key):
                raise SuspiciousOperation("no form of ours has such a key")
            if not frame.ctx.actor.may(permission):
                log_refusal(frame.ctx, command=permission, why="page refused")
                return frame.show("shell/denied.html", {"permission": permission}, status=403)
            try:
                with timezone.override(frame.company.timezone):
                    return function(frame, *args, **kwargs)
            except Forbidden as refusal:
                return frame.show("shell/denied.html", {"faults": refusal.faults}, status=403)
            except Refused as refusal:
                return frame.show("shell/refused.html", {"faults": refusal.faults}, status=422)

        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def frame_of(request: HttpRequest) -> Frame | None:
    """The frame of a signed-in request; None when the user belongs to no company."""
    user = request.user
    assert isinstance(user, User)
    known = signed_in(request)
    held = known.held if known else companies_of(user_id=user.id)
    if not held:
        return None
    companies = tuple(held)
    wanted = request.session.get("company", "")
    company = next((c for c in companies if c.slug == wanted), companies[0])
    ctx = context(
        company=company,
        actor=actors.person_as(user=user, roles=held[company]),
        key=request.POST.get("key", ""),
        request_id=getattr(request, "request_id", ""),
        reason=request.POST.get("reason", ""),
        confirmed=frozenset(request.POST.getlist("confirmed")),
    )
    return Frame(request, company, companies, ctx)


def id_or_404(kind: str, text: str) -> UUID:
    """The UUID of a public id in an address; anything else is a page that does not exist."""
    try:
        return from_public(kind, text)
    except ValueError:
        raise Http404(f"no {kind} {text}") from None


def back_to(frame: Frame, fallback: str) -> HttpResponseRedirect:
    """Back to where the form was, on our own host only."""
    wanted = frame.request.POST.get("next", "")
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return HttpResponseRedirect(wanted if safe else fallback)
