"""Lists of the French rules, and the notes that steer them."""

from __future__ import annotations

from acquit.core.judges.record import Record
from acquit.core.judges.steps import groups

# The rates of VAT as they may be written, mainland, Corsica and overseas, past ones too.
RATES = frozenset(
    (
        "0 0.0 0.00 10 10.0 10.00 13 13.0 13.00 20 20.0 20.00 8.5 8.50 19.6 19.60 2.1 2.10 5.5 "
        "5.50 7 7.0 7.00 20.6 20.60 1.05 0.9 0.90 1.75 9.2 9.20 9.6 9.60"
    ).split()
)
ATTACHMENTS = frozenset(
    (
        "RIB LISIBLE FEUILLE_DE_STYLE PJA BORDEREAU_SUIVI DOCUMENT_ANNEXE BON_LIVRAISON "
        "BON_COMMANDE BORDEREAU_SUIVI_VALIDATION ETAT_ACOMPTE FACTURE_PAIEMENT_DIRECT "
        "RECAPITULATIF_COTRAITANCE"
    ).split()
)


def joined(record: Record) -> str:
    """All notes of a UBL document in one, as the rules read them: ``#CODE#text#...``."""
    return "#".join(record.root.values("Note"))


def subject(record: Record, code: str) -> list[str]:
    """The texts of the notes with this subject code (BT-21)."""
    if record.syntax == "ubl":
        _, found, rest = joined(record).partition(f"#{code}#")
        return [rest.split("#")[0]] if found else []
    return [
        text
        for note in groups(record.root, ("ExchangedDocument", "IncludedNote"))
        if code in note.values("SubjectCode")
        for text in note.values("Content")
    ]


def count(record: Record, code: str) -> int:
    """How many notes have this subject code."""
    if record.syntax == "ubl":
        return len(joined(record).split(f"#{code}#")) - 1
    notes = groups(record.root, ("ExchangedDocument", "IncludedNote"))
    return sum(code in note.values("SubjectCode") for note in notes)


def treatments(record: Record) -> list[str]:
    """How the invoice is to be handled (note BAR): B2B, B2C and so on."""
    if record.syntax == "cii":
        return subject(record, "BAR")
    parts = joined(record).split("#BAR#")[1:]
    return [part.split("#")[0] for part in parts]
