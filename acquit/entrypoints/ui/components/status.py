"""Status words: one word, one shape, one tone, the same on list, peek and page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acquit.entrypoints.ui.components.shapes import Tone


@dataclass(frozen=True, slots=True)
class Status:
    """How one status is shown; ``shape`` is the name of an icon."""

    word: str | Promise
    shape: str
    tone: Tone


_DASHED, _HALF, _FULL, _RING = "circle-dashed", "circle-half-2", "circle-check", "circle"

STATUSES: dict[str, Status] = {
    # Documents and their sending
    "draft": Status(_("Draft"), _DASHED, Tone.CALM),
    "to_review": Status(_("To review"), "eye", Tone.WARN),
    "to_bill": Status(_("To be billed"), _RING, Tone.INFO),
    "billed": Status(_("Billed"), _FULL, Tone.GOOD),
    "ready": Status(_("Ready"), _RING, Tone.INFO),
    "held": Status(_("Held"), "player-pause", Tone.WARN),
    "scheduled": Status(_("Leaves soon"), "clock", Tone.INFO),
    "issued": Status(_("Issued"), "file-text", Tone.INFO),
    "cancelled": Status(_("Cancelled"), "ban", Tone.CALM),
    "queued": Status(_("Queued"), "clock", Tone.CALM),
    "sending": Status(_("Sending"), "send", Tone.INFO),
    "sent": Status(_("Sent"), "send", Tone.INFO),
    "delivered": Status(_("Delivered"), "check", Tone.GOOD),
    "seen": Status(_("Seen"), "eye", Tone.GOOD),
    "bounced": Status(_("Bounced"), "arrow-back-up", Tone.BAD),
    "rejected": Status(_("Rejected"), "circle-x", Tone.BAD),
    "failed": Status(_("Failed"), "circle-x", Tone.BAD),
    "to_report": Status(_("To report"), "clock", Tone.INFO),
    "late_to_report": Status(_("Late to report"), "alert-triangle", Tone.BAD),
    "reported": Status(_("Reported"), _FULL, Tone.GOOD),
    # Open items and money
    "open": Status(_("Open"), _RING, Tone.INFO),
    "partly_paid": Status(_("Partly paid"), _HALF, Tone.INFO),
    "paid": Status(_("Paid"), _FULL, Tone.GOOD),
    "credited": Status(_("Credited"), "arrow-back-up", Tone.CALM),
    "gap_adjusted": Status(_("Cleared by adjustment"), _FULL, Tone.GOOD),
    "gap_paid": Status(_("Cleared by payment"), _FULL, Tone.GOOD),
    "gap_credited": Status(_("Cleared by credit"), _FULL, Tone.GOOD),
    "verdict_right": Status(_("Right"), _FULL, Tone.GOOD),
    "verdict_wrong": Status(_("Wrong"), "circle-x", Tone.BAD),
    "overdue": Status(_("Overdue"), "alert-triangle", Tone.BAD),
    "disputed": Status(_("In question"), "message-2", Tone.WARN),
    "promised": Status(_("Promised"), "heart-handshake", Tone.INFO),
    "written_off": Status(_("Written off"), "ban", Tone.CALM),
    "unapplied": Status(_("Unapplied"), _DASHED, Tone.WARN),
    "partly_applied": Status(_("Partly applied"), _HALF, Tone.INFO),
    "applied": Status(_("Applied"), _FULL, Tone.GOOD),
    "suggested": Status(_("Suggested"), "bolt", Tone.INFO),
    "needs_you": Status(_("Needs you"), "flag", Tone.WARN),
    "parked": Status(_("Parked"), "player-pause", Tone.WARN),
    "asked": Status(_("Customer asked"), "mail", Tone.INFO),
    "answered": Status(_("Customer answered"), "message-2", Tone.WARN),
    "reversed": Status(_("Reversed"), "arrow-back-up", Tone.CALM),
    "posted": Status(_("Posted"), "check", Tone.GOOD),
    # What else has a state: approvals, periods, imports and the health of the system.
    "awaiting_approval": Status(_("Awaiting approval"), "clock", Tone.WARN),
    "approved": Status(_("Approved"), _FULL, Tone.GOOD),
    "accepted": Status(_("Accepted"), _FULL, Tone.GOOD),
    "discarded": Status(_("Discarded"), "ban", Tone.CALM),
    "withdrawn": Status(_("Withdrawn"), "ban", Tone.CALM),
    "refused": Status(_("Refused"), "circle-x", Tone.BAD),
    "locked": Status(_("Locked"), "lock", Tone.CALM),
    "preview": Status(_("Preview"), _DASHED, Tone.CALM),
    "done": Status(_("Done"), _FULL, Tone.GOOD),
    "interrupted": Status(_("Interrupted"), "alert-triangle", Tone.BAD),
    "partly_done": Status(_("Partly done"), _HALF, Tone.WARN),
    "undone": Status(_("Undone"), "arrow-back-up", Tone.CALM),
    "active": Status(_("Active"), _FULL, Tone.GOOD),
    "paused": Status(_("Paused"), "player-pause", Tone.WARN),
    "ok": Status(_("Working"), _FULL, Tone.GOOD),
    "warning": Status(_("Look at this"), "alert-triangle", Tone.WARN),
    "error": Status(_("Not working"), "circle-x", Tone.BAD),
}


def status(code: str) -> Status:
    """How that status is shown. A code that is not listed shows as its own words, neutral."""
    known = STATUSES.get(code)
    return known or Status(code.replace("_", " ").capitalize(), _RING, Tone.CALM)
