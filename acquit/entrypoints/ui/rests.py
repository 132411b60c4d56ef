"""What may become of a rest between money and documents, and why not where it may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from acquit.access.approvals import limits_of
from acquit.core.money import Money
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.words import adjustment_title, rule_words
from acquit.stages.receivables.commands import NewAdjustment, judge_adjustments

# What a rest may be taken as, with its key.
CLOSINGS = {"bank_fee": "e", "discount": "s", "small_difference": "k"}


@dataclass(frozen=True, slots=True)
class Short:
    """A chosen document that stays open by ``rest``."""

    item_id: UUID
    number: str
    rest: Money


@dataclass(frozen=True, slots=True)
class Way:
    """A button of the difference bar; ``why`` says why it may not be pressed."""

    code: str
    key: str
    label: str
    why: str


def ways(frame: Frame, *, shorts: Sequence[Short], left: Money) -> list[Way]:
    """What may be done with the rest: left open as a gap or on account, or closed as the policy
    ``adjusting`` or the limits of the person let it."""
    found = []
    if shorts:
        gaps = ", ".join(one.number for one in shorts)
        found.append(Way("gap", "l", _("Leave %(what)s open as a gap") % {"what": gaps}, ""))
    elif left.minor > 0:
        found.append(Way("account", "l", _("Leave the rest on account"), ""))
    return [*found, *_closings(frame, shorts, left)] if shorts else found


def _closings(frame: Frame, shorts: Sequence[Short], left: Money) -> list[Way]:
    labels = {
        code: _("Take it as: %(reason)s") % {"reason": adjustment_title(code)} for code in CLOSINGS
    }
    whole = ""
    if "receivables.adjust" not in frame.may:
        whole = _("your role may not close rests")
    elif len(shorts) > 1:
        whole = _("more than one document stays open")
    elif left.minor > 0:
        whole = _("money is left: apply it first")
    if whole:
        return [Way(code, key, labels[code], whole) for code, key in CLOSINGS.items()]
    (short,) = shorts
    why = kept_open(frame, short, tuple(CLOSINGS))
    return [Way(code, key, labels[code], why[code]) for code, key in CLOSINGS.items()]


def kept_open(frame: Frame, short: Short, reasons: Sequence[str]) -> dict[str, str]:
    """Reason -> why this person may not close the rest for it; "" where he may."""
    asked = [
        NewAdjustment(key="asked", item_id=short.item_id, amount=short.rest, adjustment=code)
        for code in reasons
    ]
    # Where the company set limits, they say what a person may close: above his own it waits for a
    # second one. Where it set none, nobody closes more than its rules do.
    is_limited = limits_of(frame.ctx, commands=("receivables.adjust",)) is not None
    judged = judge_adjustments(frame.ctx, asked)
    return {
        code: ""
        if is_limited or action == "close"
        else _("%(rule)s keeps it open") % {"rule": rule_words(rule)}
        for code, (action, _tax, rule) in zip(reasons, judged, strict=True)
    }
