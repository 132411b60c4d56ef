"""From a token to what it opens, behind the second wall: the database shows no other company."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar
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
from acquit.stages.matching.queries.questions import QuestionLink, open_question

P = ParamSpec("P")
LANGUAGES = {code for code, _name in settings.LANGUAGES}
TOKEN_LENGTH_MAX = 200


class Opened(Protocol):
    """What a link tells: whose it is, and who holds it."""

    @property
    def company_id(self) -> UUID: ...
    @property
    def customer_id(self) -> UUID: ...
    @property
    def customer_name(self) -> str: ...


L = TypeVar("L", bound=Opened)


@dataclass(frozen=True, slots=True)
class Visitor(Generic[L]):
    """One opened link: who sends, what it opens, and the frame of what the visitor may do."""

    request: HttpRequest
    token: str
    link: L
    company: Company
    ctx: Context
    logo: str  # the route of the seller's logo below this link

    @property
    def company_id(self) -> UUID:
        return self.link.company_id

    @property
    def guest(self) -> Guest:
        return Guest(
            seller_name=self.company.name,
            language_url=reverse("language"),
            contact=self.company.email,
            logo_url=reverse(self.logo, args=[self.token]) if self.company.logo else "",
        )


class Visit(Visitor[LinkView]):
    """A document is looked at."""

    @property
    def document_id(self) -> UUID:
        return self.link.document_id


class Asked(Visitor[QuestionLink]):
    """A question is looked at, or answered."""


View = Callable[Concatenate[Visit, P], HttpResponse]
AskedView = Callable[Concatenate[Asked, P], HttpResponse]


def opened(function: View[P]) -> Callable[..., HttpResponse]:
    """Open the document's link of ``token``, then run the view inside the wall of its company.

    Whatever is wrong with a link (unknown, expired, revoked), the answer is the same help page.
    """

    def find(token: str) -> LinkView | None:
        return open_link(token=token, purpose=PURPOSE, now=datetime.now(UTC))

    def language(link: LinkView) -> str:
        of = invoices.buyers(company_id=link.company_id, document_ids=[link.document_id])
        return str(of[link.document_id]["locale"])

    return _opened(function, Visit, find, language, logo="portal_logo")


def asked(function: AskedView[P]) -> Callable[..., HttpResponse]:
    """The same with a link of a mail that asks."""

    def find(token: str) -> QuestionLink | None:
        return open_question(token=token, now=datetime.now(UTC))

    return _opened(function, Asked, find, lambda link: link.locale, logo="question_logo")


def _opened(
    function: Callable[..., HttpResponse],
    visitor: Callable[..., Any],
    find: Callable[[str], L | None],
    language: Callable[[L], str],
    *,
    logo: str,
) -> Callable[..., HttpResponse]:
    @functools.wraps(function)
    def view(request: HttpRequest, token: str, *args: Any, **named: Any) -> HttpResponse:
        link = find(token) if len(token) <= TOKEN_LENGTH_MAX else None
        if link is None:
            return _private(help_page(request))
        company = Company.objects.get(id=link.company_id)
        actor = actors.customer_contact(customer_id=link.customer_id, name=link.customer_name)
        ctx = context(company=company, actor=actor, request_id=getattr(request, "request_id", ""))
        with walled(company.id), timezone.override(company.timezone):
            _speak(request, lambda: language(link))
            answer = function(visitor(request, token, link, company, ctx, logo), *args, **named)
        return _private(answer)

    return view


def help_page(request: HttpRequest) -> HttpResponse:
    """Says what may have happened and what to do; carries no data of anybody."""
    guest = Guest(seller_name=_("Document"), language_url=reverse("language"))
    return render(request, "portal/help.html", {"guest": guest}, status=404)


def _speak(request: HttpRequest, locale: Callable[[], str]) -> None:
    """The customer's language, until the visitor chooses another."""
    if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in LANGUAGES:
        return
    language = locale()[:2]
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
