"""The page that asks what a payment is for. Mail scanners open every link: reading it answers
nothing, only the buttons do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.entrypoints.portal.opening import Asked, asked
from acquit.entrypoints.portal.views import brand_of
from acquit.entrypoints.ui.picture import harmless, picture
from acquit.entrypoints.ui.words import adjustment_title
from acquit.stages.matching import queries
from acquit.stages.matching.commands import CustomerAnswer
from acquit.stages.matching.commands import answer as take_answer
from acquit.stages.matching.queries.questions import OptionView, QuestionView
from acquit.stages.matching.queries.questions import question as read_question
from acquit.stages.matching.rules import asking


@require_safe
@asked
def question(visit: Asked, place: int = -1) -> HttpResponse:
    """The answers with what each would settle; the one of the link that was opened comes first."""
    return _show(visit, place)


def _show(
    visit: Asked, place: int, text: str = "", faults: Sequence[Fault] = (), status: int = 200
) -> HttpResponse:
    view = read_question(company_id=visit.company_id, question_id=visit.link.question_id)
    assert view is not None  # its link opens
    rows = [_option(view, one) for one in view.options]
    values = {
        "guest": visit.guest,
        "token": visit.token,
        "view": view,
        "amount": Money(view.left_minor, view.currency),
        "is_open": view.state in ("queued", "asked", "failed"),
        "first": next((row for row in rows if row["place"] == place), None),
        "others": [row for row in rows if row["place"] != place],
        "wants_words": place == asking.SOMETHING_ELSE,
        "given": _option(view, view.chosen) if view.chosen else None,
        "text": text,
        "text_max": asking.TEXT_MAX,
        "faults": faults,
    }
    return render(visit.request, "portal/question.html", values, status=status)


def _option(view: QuestionView, one: OptionView) -> dict[str, Any]:
    rows = documents(one.items)
    return {
        "place": one.place,
        "rows": rows,
        "left": Money(view.left_minor - one.total_minor, view.currency),
        "has_left": bool(rows) and one.total_minor < view.left_minor,
    }


def documents(items: Sequence[queries.ProposalItem]) -> list[Mapping[str, Any]]:
    """What each document is credited in all, with the reason of what is closed without money."""
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        credited = Money(item.amount_minor, item.currency)
        row = found.setdefault(
            item.number,
            {
                "number": item.number,
                "due_on": item.due_on,
                "open": Money(item.open_minor, item.currency),
                "credited": Money.zero(item.currency),
                "notes": [],
            },
        )
        row["credited"] += credited
        if item.credit_number:
            row["notes"].append(_("netted with %(number)s") % {"number": item.credit_number})
        elif item.adjustment:
            row["notes"].append(adjustment_title(item.adjustment))
    return list(found.values())


@require_POST
@asked
def answered(visit: Asked) -> HttpResponse:
    """The customer's answer: a button, or his own words. Given twice it counts once."""
    post = visit.request.POST
    number, text = post.get("choice", ""), post.get("text", "")
    choice = int(number) if number.isdecimal() and len(number) < 3 else -1
    item = CustomerAnswer(question_id=visit.link.question_id, choice=choice, text=text)
    outcome = take_answer(ctx=visit.ctx, items=[item])
    if outcome.of(ItemState.REFUSED):
        return _show(visit, choice, text, outcome.faults, status=422)
    return HttpResponseRedirect(reverse("portal_question", args=[visit.token]))


@require_safe
@asked
def brand(visit: Asked) -> HttpResponse:
    """The seller's colour."""
    return brand_of(visit.company)


@harmless
@require_safe
@asked
def logo(visit: Asked) -> HttpResponse:
    """The seller's logo."""
    return picture(company=visit.company)
