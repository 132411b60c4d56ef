"""Five things to try: a thin bar in the demo that ticks itself off.

A thing is done when the visitor's own facts since his first page say so, or when he has seen the
page. Nothing is kept but what the session knows, which outlives signing out and in again, as
whoever it is: the visitor is the same. Real companies never see the bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acquit.entrypoints.ui.frame import Frame
from acquit.history.models import ChainHead, FactRecord

SHOWN = 5
_SESSION = "tour"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to try. Done by facts of these kinds; without kinds, by opening the page."""

    label: str | Promise
    icon: str
    route: str
    right: str
    kinds: tuple[str, ...] = ()
    query: str = ""

    @property
    def url(self) -> str:
        return f"{reverse(self.route)}{self.query}"


# What changes something comes first; everybody gets the first five that his rights allow.
THINGS: tuple[Thing, ...] = (
    Thing(
        _("Type a missing buyer reference"),
        "file-plus",
        "billing",
        "invoices.enrich",
        ("invoices.DraftChanged",),
        "?tab=review",
    ),
    Thing(
        _("Send the ready invoices"),
        "send",
        "billing",
        "invoices.issue",
        ("invoices.DocumentIssued",),
        "?tab=ready",
    ),
    Thing(
        _("Apply a receipt with Enter"),
        "arrows-join",
        "apply",
        "matching.accept",
        ("matching.ProposalAccepted", "receivables.CashApplied"),
    ),
    Thing(
        _("Take an application back with U"),
        "arrow-back-up",
        "apply",
        "matching.undo",
        ("matching.ProposalUndone", "receivables.AllocationUndone"),
    ),
    Thing(
        _("Decide what waits for a second person"),
        "checks",
        "approvals",
        "access.approve",
        ("access.ApprovalDecided",),
    ),
    Thing(
        _("Credit an invoice"),
        "file-invoice",
        "invoices",
        "invoices.credit",
        ("invoices.DocumentIssued", "access.ApprovalRequested"),
    ),
    Thing(
        _("Change a policy and see what it would do"),
        "adjustments",
        "policies",
        "policy.save",
        ("policy.PolicySaved",),
    ),
    Thing(_("Read a mail as your customer gets it"), "mail", "mailbox", "read.dispatch"),
    Thing(_("See why a rule acted by itself"), "robot", "automatic", "read.history"),
    Thing(_("See how old the open money is"), "hourglass", "ageing", "read.receivables"),
    Thing(_("Open an account down to the bank’s bytes"), "book-2", "ledger", "read.ledger"),
    Thing(_("Look at this morning’s bank files"), "building-bank", "statements", "read.receipts"),
    Thing(_("See that everything runs"), "activity", "health", "read.system"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A thing as the bar shows it."""

    label: str
    icon: str
    url: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Tour:
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def next(self) -> Step | None:
        """The first thing that is not done yet."""
        return next((step for step in self.steps if not step.is_done), None)


def tour_of(frame: Frame) -> Tour | None:
    """The bar for this page, which counts as seen; None outside the demo or once put away.

    One query over the visitor's own facts since he came."""
    if not settings.DEMO or not frame.company.is_demo:
        return None
    session, slug = frame.request.session, frame.company.slug
    kept: dict[str, Any] = session.setdefault(_SESSION, {"since": {}, "seen": []})
    if kept.get("away"):
        return None
    if slug not in kept["since"]:
        kept["since"][slug] = _head(frame)
        session.modified = True
    things = [thing for thing in THINGS if thing.right in frame.may][:SHOWN]
    for thing in things:
        is_here = not thing.kinds and frame.request.path.startswith(reverse(thing.route))
        if is_here and thing.route not in kept["seen"]:
            kept["seen"].append(thing.route)
            session.modified = True
    done = _kinds_done(frame, things, kept["since"][slug])
    return Tour(
        tuple(
            Step(
                str(thing.label),
                thing.icon,
                thing.url,
                bool(done & set(thing.kinds)) if thing.kinds else thing.route in kept["seen"],
            )
            for thing in things
        )
    )


def put_away(frame: Frame) -> None:
    """The visitor has seen enough of the bar; it comes back with the next sign-in."""
    kept: dict[str, Any] = frame.request.session.get(_SESSION, {"since": {}, "seen": []})
    frame.request.session[_SESSION] = kept | {"away": True}


def kept(request: HttpRequest) -> dict[str, Any] | None:
    """What the visitor has tried so far, to be kept over the end of a session."""
    return request.session.get(_SESSION)


def keep(request: HttpRequest, tried: dict[str, Any] | None) -> None:
    """Go on with it in the new session; a bar that was put away is back."""
    if tried is not None:
        request.session[_SESSION] = {**tried, "away": False}


def _head(frame: Frame) -> int:
    return ChainHead.objects.of(frame.company_id).values_list("seq", flat=True).first() or 0


def _kinds_done(frame: Frame, things: Sequence[Thing], since: int) -> set[str]:
    wanted = sorted({kind for thing in things for kind in thing.kinds})
    if not wanted:
        return set()
    own = FactRecord.objects.of(frame.company_id).filter(
        kind__in=wanted, seq__gt=since, actor_id=frame.ctx.actor.id
    )
    return set(own.values_list("kind", flat=True).distinct())
