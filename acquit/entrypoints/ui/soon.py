"""What follows a file that was taken in by hand: its money is matched without being asked."""

from __future__ import annotations

from django.contrib import messages
from django.utils.translation import gettext as _

from acquit.entrypoints.ui.frame import Frame
from acquit.stages.matching.commands import propose_later


def match_soon(frame: Frame, *, new: int) -> None:
    """Have a worker match what waits, where something new came and the person may do it."""
    if new and "matching.propose_later" in frame.may:
        propose_later(ctx=frame.ctx.without_key(), items=[])
        text = _("What the money settles is being looked for; it stands on the page Apply.")
        messages.info(frame.request, text)
