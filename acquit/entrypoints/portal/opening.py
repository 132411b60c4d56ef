"""From a token to one document, behind the second wall: the database shows no other company."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from acquit.access import actors
from acquit.access.models import Company
from acquit.core.context import Context
from acquit.database.scope import walled
from acquit.entrypoints.frame import context
from acquit.entrypoints.ui.components.shapes import Guest
from acquit.stages.dispatch.queries import LinkView, open_link
from acquit.stages.dispatch.rules.sending import PURPOSE
from acquit.stages.invoices import queries as invoices

P = ParamSpec("P")
LANGUAGES = {code for code, _name in settings.LANGUAGES}
TOKEN_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """One opened link: who sends, which document, and the frame of what the visitor may do."""

    request: HttpRequest
    token: str
    link: LinkView
    company: Company
    ctx: Context

    @property
    def company_id(self) -> UUID:
        return self.link.company_id

    @property
    def document_id(self) -> UUID:
        return self.link.document_id

    @property
    def guest(self) -> Guest:
        return Guest(
            seller_name=self.company.name,
            language_url=reverse("language"),
            contact=self.company.email,
            logo_url=reverse("portal_logo", args=[self.token]) if self.company.logo else "",
        )


View = Callable[Concatenate[Visit, P], HttpResponse]


def opened(function: View[P]) -> Callable[..., HttpResponse]:
    """Open the link of ``token``, then run the view inside the wall of its company.

    Whatever is wrong with a link (unknown, expired, revoked), the answer is the same help page.
    """

    @functools.wraps(function)
    def view(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        link = None
        if len(token) <= TOKEN_LENGTH_MAX:
            link = open_link(token=token, purpose=PURPOSE, now=datetime.now(UTC))
        if link is None:
            return _private(help_page(request))
        company = Company.objects.get(id=link.company_id)
        actor = actors.customer_contact(customer_id=link.customer_id, name=link.customer_name)
        ctx = context(company=company, actor=actor, request_id=getattr(request, "request_id", ""))
        with walled(company.id), timezone.override(company.timezone):
            _speak(request, company.id, link.document_id)
            answer = function(Visit(request, token, link, company, ctx), *args, **kwargs)
        return _private(answer)

    return view


def help_page(request: HttpRequest) -> HttpResponse:
    """Says what may have happened and what to do; carries no data of anybody."""
    guest = Guest(seller_name=_("Document"), language_url=reverse("language"))
    return render(request, "portal/help.html", {"guest": guest}, status=404)


def _speak(request: HttpRequest, company_id: UUID, document_id: UUID) -> None:
    """The customer's language, until the visitor chooses another."""
    if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in LANGUAGES:
        return
    buyer = invoices.buyers(company_id=company_id, document_ids=[document_id])[document_id]
    language = str(buyer["locale"])[:2]
    if language in LANGUAGES:
        translation.activate(language)
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]


def _private(answer: HttpResponse) -> HttpResponse:
    """Nothing of this is kept by caches, found by search engines or told to other hosts."""
    answer["Cache-Control"] = "private, no-store"
    # Not "no-referrer": browsers then post from "Origin: null", which the CSRF guard refuses.
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
