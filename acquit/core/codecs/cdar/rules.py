"""What the French rules ask of a life-cycle status before it leaves (BR-FR-CDV, V1.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from acquit.core.documents.lifecycle import (
    COLLECTED,
    COLLECTED_AMOUNT,
    STATUSES,
    LifecycleStatus,
    Phase,
    StatusDetail,
)
from acquit.core.faults import Fault

PLATFORM, PORTAL = "WK", "DFH"
SIREN = "0002"
_LATER = frozenset("214 220 221 224 225 226 227 228 250 251 300 301 400 401 500 601".split())
_PARTIES = frozenset("BY AB DL SE SR PE PR II IV".split())
_ACTIONS = frozenset("NOA PIN NIN CNF CNP CNA OTH".split())
KINDS = frozenset("MEN MPA RAP ESC RAB REM MAP MAPTTC MNA MNATTC CBB DIV DVA MAJ".split())
_WHY = frozenset({"206", "207", "208", "210", "213", "501"})
_REFERENCES = "CMD_ERR SIRET_ERR CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR"
_DELIVERY = "PU_ERR REM_ERR QTE_ERR ART_ERR MODPAI_ERR QUALITE_ERR LIVR_INCOMP"
_REFUSED = (
    "TX_TVA_ERR MONTANTTOTAL_ERR CALCUL_ERR NON_CONFORME DOUBLON DEST_ERR TRANSAC_INC EMMET_INC"
    " CONTRAT_TERM DOUBLE_FACT CMD_ERR ADR_ERR REF_CT_ABSENT"
)
# MDT-113 by the status it may go with (BR-FR-CDV-CL-09).
REASONS: dict[str, frozenset[str]] = {
    status: frozenset(codes.split())
    for status, codes in {
        "200": "NON_TRANSMISE",
        "206": f"AUTRE {_REFERENCES} {_DELIVERY}",
        "207": f"AUTRE COORD_BANC_ERR DEST_INC {_REFUSED} {_REFERENCES} {_DELIVERY}",
        "208": f"JUSTIF_ABS COORD_BANC_ERR {_REFERENCES}",
        "210": _REFUSED,
        "213": "MONTANTTOTAL_ERR CALCUL_ERR DOUBLON DEST_INC ADR_ERR REJ_SEMAN REJ_UNI REJ_COH"
        " REJ_ADR REJ_CONT_B2G REJ_REF_PJ REJ_ASS_PJ",
        "221": "ROUTAGE_ERR",
        "501": "IRR_VIDE_F IRR_TYPE_F IRR_SYNTAX IRR_TAILLE_PJ IRR_NOM_PJ IRR_VID_PJ IRR_EXT_DOC"
        " IRR_TAILLE_F IRR_ANTIVIRUS IRR_NOM_F",
    }.items()
}


def breaches(document: LifecycleStatus) -> list[Fault]:
    """Every rule that the status breaks, by its official id."""
    return [*_of_message(document), *_of_roles(document), *_of_details(document)]


def _fault(rule: str, message: str, path: str, fix: str = "") -> Fault:
    return Fault("cdar.rule", message, path, rule=f"BR-FR-{rule}", fix=fix)


def _of_message(document: LifecycleStatus) -> Iterator[Fault]:
    status = document.status
    if status not in STATUSES and status not in _LATER:
        yield _fault("CDV-CL-06", f"{status!r} is no status of an invoice", "status")
    if not document.document:
        yield _fault("CDV-10", "the invoice has no number", "document")
    if not document.recipients:
        yield _fault("CDV-08", "the message has no recipient", "recipients")
    if status == "501":
        return
    if document.document_date is None:
        yield _fault("CDV-11", "the day of the invoice is missing", "document_date")
    seller = document.seller
    if seller is None or seller.scheme != SIREN or not re.fullmatch(r"\d{9}", seller.value):
        yield _fault("CDV-13", "the seller's SIREN is missing", "seller", "nine digits, 0002")


def _of_roles(document: LifecycleStatus) -> Iterator[Fault]:
    sender, issuer = document.sender.role, document.issuer.role
    if document.phase is Phase.TRANSMISSION:
        if sender != PLATFORM:
            yield _fault("CDV-CL-02", f"a platform speaks here, not {sender}", "sender.role")
        if issuer != PLATFORM:
            yield _fault("CDV-CL-03", f"a platform speaks here, not {issuer}", "issuer.role")
    else:
        if sender not in _PARTIES | {PLATFORM}:
            yield _fault("CDV-CL-02", f"{sender} cannot send this", "sender.role")
        if issuer not in _PARTIES:
            yield _fault("CDV-CL-03", f"{issuer} cannot say this", "issuer.role")
        if issuer in _PARTIES and document.issuer.identifier is None:
            yield _fault("CDV-07", "who says it has no number", "issuer.identifier")
    for index, party in enumerate(document.recipients):
        path = f"recipients[{index}]"
        if party.role not in _PARTIES | {PLATFORM, PORTAL}:
            yield _fault("CDV-CL-04", f"{party.role} cannot receive this", f"{path}.role")
        if party.role not in (PLATFORM, PORTAL) and party.address is None:
            message = "the recipient has no electronic address"
            yield _fault("CDV-08", message, f"{path}.address")


def _of_details(document: LifecycleStatus) -> Iterator[Fault]:
    details = document.details
    if document.status in _WHY and not any(detail.reason_code for detail in details):
        known = " ".join(sorted(REASONS[document.status]))
        yield _fault("CDV-15", f"{document.status} needs a reason", "details", known)
    parts = [part for detail in details for part in detail.characteristics]
    if document.status == COLLECTED:
        collected = [part for part in parts if part.kind == COLLECTED_AMOUNT]
        if not collected or any(part.amount is None or part.percent is None for part in collected):
            message = "what was collected is told per VAT rate, each with its amount"
            yield _fault("CDV-14", message, "details")
    for index, detail in enumerate(details):
        yield from _of_detail(document.status, detail, f"details[{index}]")


def _of_detail(status: str, detail: StatusDetail, path: str) -> Iterator[Fault]:
    allowed = REASONS.get(status)
    code = detail.reason_code
    known = allowed or frozenset().union(*REASONS.values())
    if code and code not in known:
        message = f"{code} is no reason for {status}"
        yield _fault("CDV-CL-09", message, f"{path}.reason_code", " ".join(sorted(known)))
    if detail.action_code and detail.action_code not in _ACTIONS:
        message = f"{detail.action_code} is no action"
        fix = " ".join(sorted(_ACTIONS))
        yield _fault("CDV-CL-10", message, f"{path}.action_code", fix)
    for part in detail.characteristics:
        if part.kind not in KINDS:
            message = f"{part.kind} is no kind of value"
            fix = " ".join(sorted(KINDS))
            yield _fault("CDV-CL-11", message, f"{path}.characteristics", fix)
