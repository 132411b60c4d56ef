"""What may become of a rest between money and documents, and why not where it may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from acquit.core.money import Money
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.words import adjustment_title
from acquit.stages.matching.rules.rests import SMALL
from acquit.stages.receivables.commands import NewAdjustment, judge_adjustments

# What a rest may be taken as, with its key.
CLOSINGS = {"bank_fee": "e", "discount": "s", SMALL: "k"}


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
    """What may be done with the rest: left open as a gap or on account, or closed by who may;
    above his limit that waits for a second person."""
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
    return [Way(code, key, labels[code], whole) for code, key in CLOSINGS.items()]


def closing_rules(frame: Frame, rests: Sequence[tuple[UUID, Money]]) -> list[str]:
    """The rule that closes each rest of an item with the money, nobody asked; "" where it stays."""
    asked = [
        NewAdjustment(key="asked", item_id=item_id, amount=rest, adjustment=SMALL)
        for item_id, rest in rests
    ]
    judged = judge_adjustments(frame.ctx, asked)
    return [rule if action == "close" else "" for action, _tax, rule in judged]
