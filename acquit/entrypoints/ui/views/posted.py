"""Money that rules applied: what each test of the policy said, and what a person should look at."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.core.faults import Fault
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.core.tables import CellTest, RowTests
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.rules_kept import policy_of, rule_url
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.trials import proposal_facts
from acquit.entrypoints.ui.words import outcome_word, reason_title
from acquit.policy.queries import InForce
from acquit.policy.registry import SPECS
from acquit.stages.matching.commands import ProposalChoice, confirm, undo
from acquit.stages.matching.queries import asked_proposal, proposals_by_id
from acquit.stages.matching.queries.posted import Unseen, unseen

ROWS = 50
_FIGURE = re.compile(r"-?\d+\.\d+")


@require_GET
@page("read.matching")
def posted(frame: Frame) -> HttpResponse:
    """What rules applied with undo and nobody has looked at, the oldest first."""
    return _show(frame)


def _show(frame: Frame, faults: tuple[Fault, ...] = (), status: int = 200) -> HttpResponse:
    found = unseen(company_id=frame.company_id, limit=ROWS)
    views = proposals_by_id(company_id=frame.company_id, ids=[one.proposal_id for one in found])
    rows = [_row(one, views[one.proposal_id].items) for one in found]
    for row, one in zip(rows, found, strict=True):
        view = views[one.proposal_id]
        row |= {"reason": reason_title(view.reason), "evidence": view.evidence}
        row |= {"rule": view.rule, "sure": _percent(frame, view.probability)}
    return frame.show(
        "apply/posted.html",
        {
            "faults": faults,
            "rows": rows,
            "may_confirm": "matching.confirm" in frame.may,
            "may_undo": "matching.undo" in frame.may,
            "steps": [
                Step(label=_("Apply"), url=reverse("apply")),
                Step(label=_("To look at")),
            ],
        },
        status=status,
    )


def _row(one: Unseen, items: Any) -> dict[str, Any]:
    return {
        "id": to_public("proposal", one.proposal_id),
        "url": links.receipt(one.receipt_id),
        "payer": one.payer_name,
        "received_on": one.received_on,
        "amount": Money(one.amount_minor, one.currency),
        "documents": list(dict.fromkeys(item.number for item in items)),
    }


def _percent(frame: Frame, share: Decimal) -> str:
    return display.percent(
        share.quantize(Decimal("0.001")),
        language=str(getattr(frame.request, "LANGUAGE_CODE", "en")),
    )


@require_POST
@page("matching.confirm")
def confirming(frame: Frame) -> HttpResponse:
    """One of them is right, or all that the page showed."""
    named = frame.request.POST.getlist("proposal")
    chosen = [ProposalChoice(id=id_or_404("proposal", one)) for one in named]
    return _done(frame, confirm(ctx=frame.ctx, items=chosen), _confirmed)


def _confirmed(count: int) -> str:
    return ngettext("%(n)s payment is right.", "%(n)s payments are right.", count)


@require_POST
@page("matching.undo")
def undoing(frame: Frame, proposal: str) -> HttpResponse:
    """Take it back: receipt, documents and ledger stand as before, and the reversal is seen."""
    chosen = [ProposalChoice(id=id_or_404("proposal", proposal))]
    return _done(frame, undo(ctx=frame.ctx, items=chosen), _undone)


def _undone(count: int) -> str:
    return _("Undone. The act and its reversal both stay in the history.")


def _done(frame: Frame, outcome: Any, words: Any) -> HttpResponse:
    if any(fault.code == "proposal.unknown" for fault in outcome.faults):
        raise Http404("no such proposal")
    if outcome.of(ItemState.REFUSED):
        return _show(frame, outcome.faults, status=422)
    if done := len(outcome.of(ItemState.DONE)):
        messages.success(frame.request, words(done) % {"n": done})
    return HttpResponseRedirect(reverse("posted"))


@require_GET
@page("read.matching")
def tests(frame: Frame, proposal: str) -> HttpResponse:
    """What the policy asked of a proposal, row by row down to the one that decided: what each test
    wanted, what it found, and whether that held."""
    proposal_id = id_or_404("proposal", proposal)
    one = asked_proposal(company_id=frame.company_id, proposal_id=proposal_id)
    policy = policy_of(company_id=frame.company_id, rule=one.rule) if one else None
    if one is None or policy is None:
        raise Http404("no policy decided about it")
    view = proposals_by_id(company_id=frame.company_id, ids=[proposal_id])[proposal_id]
    (facts,) = proposal_facts(frame, [one])
    rows = [_tested(policy, found) for found in policy.table.tests(facts)]
    return frame.show(
        "apply/tests.html",
        {
            "view": view,
            "payer": one.payer_name,
            "received_on": one.received_on,
            "amount": Money(one.amount_minor, one.currency),
            "documents": list(dict.fromkeys(item.number for item in view.items)),
            "rows": rows,
            "rule": one.rule,
            "rule_url": rule_url(one.rule),
            "steps": [
                Step(label=_("Apply"), url=reverse("apply")),
                Step(label=_("Tests of the policy")),
            ],
        },
    )


def _tested(policy: InForce, found: RowTests) -> dict[str, Any]:
    spec, row = SPECS[policy.name], policy.table.table.rows[found.row - 1]
    titles = {fact.name: said(fact.title) for fact in spec.facts}
    action = policy.table.parsed.outcomes[found.row - 1]["action"]
    return {
        "number": found.row,
        "remark": row.remark,
        "is_hit": found.is_hit,
        "outcome": outcome_word(str(action)),
        "tests": [_test(titles, test) for test in found.tests],
    }


def _plain(text: str) -> str:
    """A number as people write it: 0.99, not 0.990000."""
    return text.rstrip("0").rstrip(".") if _FIGURE.fullmatch(text) else text


def _test(titles: dict[str, str], test: CellTest) -> dict[str, Any]:
    return {
        "title": titles[test.fact],
        "wanted": test.condition,
        "found": _plain(test.actual),
        "holds": test.holds,
    }
