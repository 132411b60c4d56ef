"""Apply: which money settles what. Accept, choose, search, name the payer, undo: by keyboard."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.access.command import Forbidden
from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.database.together import Together
from acquit.entrypoints.ui import applying, asked, links, own_acts, wished
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.rests import ways
from acquit.entrypoints.ui.views import presence
from acquit.stages.matching import queries
from acquit.stages.matching.commands import (
    AskCustomer,
    MatchReceipt,
    ProposalChoice,
    PutAside,
    TakeUp,
    accept,
    ask,
    propose,
    put_aside,
    reject,
    take_up,
)
from acquit.stages.matching.queries.own_acts import ACCEPT, ALLOCATE
from acquit.stages.receivables.commands import (
    Identification,
    Undo,
    allocate,
    identify,
    undo,
)

Act = Callable[[Frame, str], HttpResponse]


def keeping_the_page(act: Act) -> Act:
    """A refusal is shown above the receipt it is about: the queue stays where it was."""

    @functools.wraps(act)
    def view(frame: Frame, receipt: str) -> HttpResponse:
        try:
            return act(frame, receipt)
        except Forbidden:
            raise
        except Refused as refusal:
            return _show(frame, id_or_404("receipt", receipt), refusal.faults, status=422)

    return view


@require_GET
@page("read.matching")
def apply(frame: Frame) -> HttpResponse:
    """The queue, opened at the first receipt that waits."""
    return _show(frame, None)


@require_GET
@page("read.matching")
def receipt(frame: Frame, receipt: str) -> HttpResponse:
    """The same page at one receipt; HTMX asks for the three columns alone."""
    return _show(frame, id_or_404("receipt", receipt))


def _show(
    frame: Frame,
    receipt_id: UUID | None,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> HttpResponse:
    queue = applying.queue(frame, receipt_id)
    wanted = receipt_id or (queue.order[0] if queue.order else None)
    work, asked_too = None, Together()
    done = asked_too.add(own_acts.last(frame, applying.start_of_day(frame)))
    if wanted is not None:
        work = applying.work(frame, wanted, asked_too)
        for group in queue.groups:
            for row in group["rows"]:
                row["is_selected"] = row["id"] == work["id"]
    values = {
        "others": presence.others_text(work["others"]) if work else "",
        "groups": queue.groups,
        "turned": queue.place,
        "turned_fields": parse_qsl(queue.place.removeprefix("?")),
        "numbers": applying.head(queue.numbers, frame),
        "work": work,
        "last_act": own_acts.shown(done.value, work),
        "faults": faults,
        "may_accept": "matching.accept" in frame.may,
        "may_allocate": "receivables.allocate" in frame.may,
        "may_undo": "receivables.undo" in frame.may,
        "may_identify": "receivables.identify" in frame.may,
        "may_record": "receipts.record" in frame.may,
        "may_import": "receipts.import_statement" in frame.may,
        "may_ask": "matching.ask" in frame.may,
        "may_withdraw": "matching.withdraw_question" in frame.may,
        "may_put_aside": "matching.put_aside" in frame.may,
        "may_take_up": "matching.take_up" in frame.may,
        "may_match": "matching.propose" in frame.may,
        "is_explicit": receipt_id is not None,
    }
    htmx = getattr(frame.request, "htmx", None)
    # Going back asks with the same header, but for the whole page.
    is_part = frame.is_fragment and not getattr(htmx, "history_restore_request", False)
    response = frame.show(
        "apply/_work.html" if is_part else "apply/page.html", values, status=status
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@page("matching.accept")
@keeping_the_page
def acceptance(frame: Frame, receipt: str) -> HttpResponse:
    """Accept a proposal and go to the next receipt. What somebody else accepted meanwhile is
    refused politely: nothing is applied twice."""
    receipt_id = id_or_404("receipt", receipt)
    wanted = id_or_404("proposal", frame.request.POST.get("proposal", ""))
    _of_receipt(frame, receipt_id, wanted)
    following = applying.queue(frame, receipt_id).following(receipt_id)
    outcome = accept(ctx=frame.ctx, items=[ProposalChoice(id=wanted)])
    result = outcome.items[0]
    if result.state is ItemState.DONE:
        now = queries.proposal(company_id=frame.company_id, proposal_id=wanted)
        assert now is not None  # it was accepted just now
        # A document may stand there twice: with what money gives it, and with what a reason does.
        count = len(
            {key for row in now.items for key in (row.open_item_id, row.credit_item_id) if key}
        )
        message = ngettext(
            "Applied %(amount)s to %(count)s document.",
            "Applied %(amount)s to %(count)s documents.",
            count,
        ) % {"amount": _text(frame, Money(now.total_minor, now.currency)), "count": count}
        return _onwards(frame, following, message, receipt_id)
    if result.state is ItemState.AWAITING:
        return _onwards(frame, following, _("It waits for a second person now."), None)
    return _show(frame, receipt_id, _conflict(frame, wanted, result.faults), status=422)


def _conflict(frame: Frame, proposal_id: UUID, faults: Sequence[Fault]) -> tuple[Fault, ...]:
    now = queries.proposal(company_id=frame.company_id, proposal_id=proposal_id)
    if now is not None and now.state == "accepted":
        message = _("%(who)s applied this already. Nothing was applied twice.") % {
            "who": now.decided_by
        }
        return (Fault("apply.done_already", message),)
    if now is not None and now.state == "superseded":
        message = _("%(who)s decided this receipt meanwhile. Nothing was applied twice.") % {
            "who": now.decided_by or _("The matcher")
        }
        return (Fault("apply.decided_meanwhile", message),)
    return tuple(faults)


@require_POST
@page("matching.reject")
@keeping_the_page
def rejection(frame: Frame, receipt: str) -> HttpResponse:
    """This proposal is not it: it is not made again for this receipt."""
    receipt_id = id_or_404("receipt", receipt)
    wanted = id_or_404("proposal", frame.request.POST.get("proposal", ""))
    _of_receipt(frame, receipt_id, wanted)
    outcome = reject(ctx=frame.ctx, items=[ProposalChoice(id=wanted)])
    if outcome.of(ItemState.REFUSED):
        return _show(frame, receipt_id, _conflict(frame, wanted, outcome.faults), status=422)
    return _onwards(frame, receipt_id, _("Rejected. The next best proposal is shown."), None)


@require_POST
@page("matching.propose")
@keeping_the_page
def matching(frame: Frame, receipt: str) -> HttpResponse:
    """Ask the matcher again, after an undo or when new documents were issued."""
    receipt_id = id_or_404("receipt", receipt)
    if queries.receipt_detail(company_id=frame.company_id, receipt_id=receipt_id) is None:
        raise Http404("no such receipt")
    propose(ctx=frame.ctx, items=[MatchReceipt(receipt_id=receipt_id)])
    return _onwards(frame, receipt_id, _("Matched again."), None)


@require_POST
@page("matching.ask")
@keeping_the_page
def question(frame: Frame, receipt: str) -> HttpResponse:
    """Ask the customer by mail; the next receipt is shown, this one waits for his answer."""
    receipt_id = id_or_404("receipt", receipt)
    if queries.receipt_detail(company_id=frame.company_id, receipt_id=receipt_id) is None:
        raise Http404("no such receipt")
    following = applying.queue(frame, receipt_id).following(receipt_id)
    outcome = ask(ctx=frame.ctx, items=[AskCustomer(receipt_id=receipt_id)])
    if outcome.of(ItemState.REFUSED):
        return _show(frame, receipt_id, outcome.faults, status=422)
    if outcome.of(ItemState.DUPLICATE):
        return _onwards(frame, receipt_id, _("The customer is asked already."), None)
    return _onwards(frame, following, _("The customer is asked by mail."), None)


@require_POST
@page("receivables.allocate")
@keeping_the_page
def allocation(frame: Frame, receipt: str) -> HttpResponse:
    """Apply the ticked documents with the amounts beside them, all of it or nothing."""
    receipt_id = id_or_404("receipt", receipt)
    detail = queries.receipt_detail(company_id=frame.company_id, receipt_id=receipt_id)
    if detail is None:
        raise Http404("no such receipt")
    wishes, claims = wished.wishes(frame, detail)
    if not wishes:
        fault = Fault("apply.nothing", _("Tick at least one document."), path="item")
        return _show(frame, receipt_id, (fault,), status=422)
    wishes, refusal = wished.with_rest(frame, detail, wishes, claims)
    if refusal is not None:
        return _show(frame, receipt_id, (refusal,), status=422)
    following = applying.queue(frame, receipt_id).following(receipt_id)
    outcome = allocate(ctx=frame.ctx, items=wishes)
    if outcome.of(ItemState.REFUSED):
        return _show(frame, receipt_id, outcome.faults, status=422)
    done = outcome.of(ItemState.DONE)
    if outcome.of(ItemState.AWAITING):
        return _onwards(frame, following, _("It waits for a second person now."), None)
    if not done:
        fault = Fault("apply.done_already", _("This was applied already, and only once."))
        return _show(frame, receipt_id, (fault,), status=422)
    whole = wished.taken(wishes, detail)
    message = ngettext(
        "Applied %(amount)s to %(count)s document.",
        "Applied %(amount)s to %(count)s documents.",
        len(done),
    ) % {"amount": _text(frame, whole), "count": len(done)}
    rest = detail.item.open_minor - whole.minor
    return _onwards(frame, receipt_id if rest else following, message, receipt_id)


@require_POST
@page("read.matching")
def difference(frame: Frame, receipt: str) -> HttpResponse:
    """The difference bar for what is ticked right now; changes nothing."""
    receipt_id = id_or_404("receipt", receipt)
    detail = queries.receipt_detail(company_id=frame.company_id, receipt_id=receipt_id)
    if detail is None:
        raise Http404("no such receipt")
    left = Money(detail.item.open_minor, detail.item.currency)
    try:
        wishes, claims = wished.wishes(frame, detail)
    except asked.CannotRead as refused:
        return frame.show("apply/_difference.html", {"faults": refused.faults})
    shorts, rest = wished.rest_of(detail, wishes, claims)
    shown = ways(frame, shorts=shorts, left=rest) if wishes and rest.minor >= 0 else []
    values = applying.difference(left, left - rest) | {"ways": shown}
    return frame.show("apply/_difference.html", {"difference": values})


@require_POST
@page("receivables.identify")
@keeping_the_page
def payer(frame: Frame, receipt: str) -> HttpResponse:
    """On account: the money belongs to this customer and settles nothing yet."""
    receipt_id = id_or_404("receipt", receipt)
    text = frame.request.POST.get("customer", "")
    customer_id = id_or_404("customer", text) if text else None
    following = applying.queue(frame, receipt_id).following(receipt_id)
    outcome = identify(
        ctx=frame.ctx,
        items=[Identification(receipt_id=receipt_id, customer_id=customer_id)],
    )
    if any(fault.code == "receipt.unknown" for fault in outcome.faults):
        raise Http404("no such receipt")
    if outcome.of(ItemState.REFUSED):
        return _show(frame, receipt_id, outcome.faults, status=422)
    if customer_id is None:
        return _onwards(frame, receipt_id, _("The payer is unknown again."), None)
    if "matching.put_aside" not in frame.may:
        return _onwards(frame, following, _("Left on the customer's account, unapplied."), None)
    # The key of the form is the first command's.
    key = frame.ctx.idempotency_key
    second = replace(frame.ctx, idempotency_key=f"{key}:aside" if key else "")
    return _put_aside(frame, second, receipt_id, "account", following)


@require_POST
@page("matching.put_aside")
@keeping_the_page
def aside(frame: Frame, receipt: str) -> HttpResponse:
    """This money settles nothing now: out of the queue it goes, with the reason."""
    receipt_id = id_or_404("receipt", receipt)
    following = applying.queue(frame, receipt_id).following(receipt_id)
    reason = frame.request.POST.get("reason", "")
    return _put_aside(frame, frame.ctx, receipt_id, reason, following)


def _put_aside(
    frame: Frame, ctx: Context, receipt_id: UUID, reason: str, following: UUID | None
) -> HttpResponse:
    note = frame.request.POST.get("note", "").strip()
    wish = PutAside(receipt_id=receipt_id, reason=reason, note=note)
    outcome = put_aside(ctx=ctx, items=[wish])
    if outcome.of(ItemState.REFUSED):
        if queries.receipt_detail(company_id=frame.company_id, receipt_id=receipt_id) is None:
            raise Http404("no such receipt")
        return _show(frame, receipt_id, outcome.faults, status=422)
    message = {
        "account": _("Left on the customer's account, unapplied."),
        "foreign": _("Put aside: not for our invoices."),
    }[reason]
    return _onwards(frame, following, message, receipt_id, undo="apply_taking_up")


@require_POST
@page("matching.take_up")
@keeping_the_page
def taking_up(frame: Frame, receipt: str) -> HttpResponse:
    """Into the queue again."""
    receipt_id = id_or_404("receipt", receipt)
    if queries.receipt_detail(company_id=frame.company_id, receipt_id=receipt_id) is None:
        raise Http404("no such receipt")
    take_up(ctx=frame.ctx, items=[TakeUp(receipt_id=receipt_id)])
    return _back_at(frame, receipt_id, _("It is in the queue again."))


@require_POST
@page("receivables.undo")
@keeping_the_page
def undoing(frame: Frame, receipt: str) -> HttpResponse:
    """Take back what is applied of this receipt: reversals in receivables and in the books."""
    receipt_id = id_or_404("receipt", receipt)
    detail = queries.receipt_detail(company_id=frame.company_id, receipt_id=receipt_id)
    if detail is None:
        raise Http404("no such receipt")
    outcome = undo(ctx=frame.ctx, items=[Undo(receipt_id=receipt_id)])
    if outcome.of(ItemState.REFUSED):
        return _show(frame, receipt_id, outcome.faults, status=422)
    _match_again(frame, receipt_id)
    message = _("Undone. Receipt, documents and ledger stand as before; the reversal is visible.")
    return _back_at(frame, receipt_id, message)


def _match_again(frame: Frame, receipt_id: UUID) -> None:
    """As it was before: with what the matcher says of it. It posts no answer that was undone."""
    if "matching.propose" in frame.may:
        propose(ctx=frame.ctx.without_key(), items=[MatchReceipt(receipt_id=receipt_id)])


@require_POST
@page("matching.undo")
def act_undoing(frame: Frame, act: str) -> HttpResponse:
    """Take back an act of one's own of today, as it was told; the commands ask for their rights."""
    since = applying.start_of_day(frame)
    found = own_acts.last(frame, since, id_or_404("act", act)).alone()
    if found is None:
        return _onwards(frame, None, _("This was undone already."), None)
    outcome = own_acts.take_back(frame.ctx, found, since=since)
    if outcome.of(ItemState.REFUSED):
        return _show(frame, found.receipt_id, outcome.faults, status=422)
    message = _("Undone. The act and its reversal both stay in the history.")
    if found.receipts > 1:
        return _onwards(frame, None, message, None)
    if found.command in (ACCEPT, ALLOCATE):
        _match_again(frame, found.receipt_id)
    return _back_at(frame, found.receipt_id, message)


def _back_at(frame: Frame, receipt_id: UUID, message: str) -> HttpResponse:
    """The page opened at the receipt that was taken back."""
    if frame.is_fragment and not frame.request.headers.get("HX-Target"):
        # The Undo of a notice swaps nothing: the page opens at the receipt again.
        messages.success(frame.request, message)
        response = HttpResponse(status=204)
        response["HX-Redirect"] = links.receipt(receipt_id)
        return response
    return _onwards(frame, receipt_id, message, None)


def _of_receipt(frame: Frame, receipt_id: UUID, proposal_id: UUID) -> None:
    """404 unless both exist in this company and belong together."""
    detail = queries.receipt_detail(company_id=frame.company_id, receipt_id=receipt_id)
    if detail is None:
        raise Http404("no such receipt")
    if proposal_id in {one.id for one in detail.proposals}:
        return
    # A superseded proposal is no longer listed, but it is still this company's answer.
    if queries.proposal(company_id=frame.company_id, proposal_id=proposal_id) is None:
        raise Http404("no such proposal")


def _onwards(
    frame: Frame,
    following: UUID | None,
    message: str,
    undo_id: UUID | None,
    undo: str = "apply_undo",
) -> HttpResponse:
    """To the next receipt, with a notice that offers Undo where there is something to undo."""
    url = (links.receipt(following) if following else reverse("apply")) + applying.place(frame)
    back = _undo_url(frame, undo_id, undo) if undo_id else ""
    if not frame.is_fragment:
        messages.success(frame.request, message, extra_tags=f"undo:{back}" if back else "")
        return HttpResponseRedirect(url)
    response = _show(frame, following)
    toast = {"message": message, "tone": "good", **({"undo": back} if back else {})}
    response["HX-Trigger"] = json.dumps({"toast": toast})
    response["HX-Push-Url"] = url
    return response


def _undo_url(frame: Frame, receipt_id: UUID, undo: str) -> str:
    """Where the act of a moment ago is taken back, and nothing that was done to this receipt
    before; a form without a key leaves no trace of what was its own."""
    act = own_acts.last(frame, applying.start_of_day(frame)).alone()
    if act is not None and act.receipt_id == receipt_id:
        return reverse("apply_act_undo", args=[to_public("act", act.id)])
    return reverse(undo, args=[to_public("receipt", receipt_id)])


def _text(frame: Frame, money: Money) -> str:
    return display.amount(money, language=str(getattr(frame.request, "LANGUAGE_CODE", "en")))
