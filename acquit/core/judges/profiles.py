"""Which pack a document asks for: by its specification (BT-24) and its business process (BT-23)."""

from __future__ import annotations

from datetime import date

from acquit.core.judges.facturx_levels import declared
from acquit.core.judges.fr import FRAMES
from acquit.core.judges.record import Record

BASE = "en16931"
# Part of the specification identifier, in small letters, and the pack; the first that fits.
_SPECIFICATIONS = (
    (":efactura.mfinante.ro:cius-ro:", "cius-ro"),
    (":kosit:xrechnung_", "xrechnung"),
    (":kosit:standard:xrechnung_", "xrechnung"),
    ("urn:fdc:peppol.eu:2017:poacc:billing:3.0", "peppol-bis-3"),
    ("extended-ctc-fr", "extended-ctc-fr"),
)


def specification(record: Record) -> str:
    """BT-24, empty where there is none."""
    root = record.root
    found = root.values("CustomizationID") or root.values(
        "ExchangedDocumentContext", "GuidelineSpecifiedDocumentContextParameter", "ID"
    )
    return found[0].strip() if found else ""


def process(record: Record) -> str:
    """BT-23, empty where there is none."""
    root = record.root
    found = root.values("ProfileID") or root.values(
        "ExchangedDocumentContext", "BusinessProcessSpecifiedDocumentContextParameter", "ID"
    )
    return found[0].strip() if found else ""


def issued_on(record: Record) -> date | None:
    """BT-2, by which the edition of a pack is chosen; None where it is no day."""
    if record.syntax == "ubl":
        found = record.root.values("IssueDate")
    else:
        found = record.root.values("ExchangedDocument", "IssueDateTime", "DateTimeString")
    try:
        return date.fromisoformat(found[0].strip()[:10]) if found else None
    except ValueError:
        return None


def named(wanted: str) -> str:
    """The pack that a specification in small letters names; EN 16931 where it names none."""
    return next((pack for part, pack in _SPECIFICATIONS if part in wanted), BASE)


def detect(record: Record) -> str:
    """The id of the pack; EN 16931 alone where nothing says more.

    A French invoice names EN 16931 and tells that it is one by its frame (cadre de facturation).
    """
    wanted = specification(record).lower()
    if (pack := named(wanted)) != BASE:
        return pack
    if (level := declared(wanted)) and record.syntax == "cii":
        return f"facturx-{level}"
    return "fr-flux2" if process(record) in FRAMES else BASE
