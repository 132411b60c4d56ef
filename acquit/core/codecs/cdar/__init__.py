"""CDAR D22B, the French life-cycle status of invoices (XP Z12-012 V1.4, flux 6).

Read as platforms send it, several invoices to a message; written by the rules BR-FR-CDV, one
invoice to a message. Times are written in format 204, days in 102 (UNTDID 2379).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from lxml import etree

from acquit.core.codecs import xml
from acquit.core.codecs.cdar.rules import PORTAL, breaches
from acquit.core.codecs.moments import DAY, NO_TIME, TIME, day_text, read_time, time_text
from acquit.core.codecs.numbers import decimal_text, money_text
from acquit.core.codecs.reading import File, Part, Reading
from acquit.core.codecs.writing import CannotWrite, Written, checked
from acquit.core.codecs.xml import Node, Source, tag, tag_with, text_of, wrap
from acquit.core.documents.lifecycle import (
    STATUSES,
    Characteristic,
    LifecycleParty,
    LifecycleStatus,
    Phase,
    StatusDetail,
)
from acquit.core.documents.parties import Identifier

__all__ = ["LOSES", "NAME", "VERSIONS", "read_file", "sniff", "write"]

NAME = "cdar"
VERSIONS = ("D22B",)
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "process": "a message to the public portal alone names no process",
}
NAMESPACE = "urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100"
_ROOT = "rsm:CrossDomainAcknowledgementAndResponse"
_DATA = "urn:un:unece:uncefact:data:standard"
_NAMESPACES = (
    f'xmlns:rsm="{NAMESPACE}" '
    f'xmlns:ram="{_DATA}:ReusableAggregateBusinessInformationEntity:100" '
    f'xmlns:qdt="{_DATA}:QualifiedDataType:100" xmlns:udt="{_DATA}:UnqualifiedDataType:100"'
)
_GUIDELINE = "urn.cpro.gouv.fr:1p0:CDV:invoice"
_GUIDELINE_PORTAL = "urn.cpro.gouv.fr:1p0:CDV:einvoicingF2"
_UNREAD_MAX = 50


def sniff(data: bytes) -> bool:
    """Whether the bytes look like a life-cycle message, from their beginning."""
    return NAMESPACE.encode() in data[:4096].replace(b"\x00", b"")


def write(*, document: LifecycleStatus, version: str = VERSIONS[0]) -> Written:
    """The message; CannotWrite with every rule (BR-FR-CDV) that it would break."""
    if faults := breaches(document):
        raise CannotWrite(faults)
    to_portal = [party.role for party in document.recipients] == [PORTAL]
    process = wrap(
        "ram:BusinessProcessSpecifiedDocumentContextParameter",
        tag("ram:ID", None if to_portal else document.process),
    )
    guideline = tag("ram:ID", _GUIDELINE_PORTAL if to_portal else _GUIDELINE)
    content = (
        "<rsm:ExchangedDocumentContext>",
        process,
        wrap("ram:GuidelineSpecifiedDocumentContextParameter", guideline),
        "</rsm:ExchangedDocumentContext>",
        wrap(
            "rsm:ExchangedDocument",
            tag("ram:ID", document.number),
            tag("ram:Name", document.name),
            _write_time("ram:IssueDateTime", document.issued_at),
            _write_party("ram:SenderTradeParty", document.sender),
            _write_party("ram:IssuerTradeParty", document.issuer),
            *(_write_party("ram:RecipientTradeParty", party) for party in document.recipients),
        ),
        _write_acknowledgement(document),
    )
    try:
        data = xml.encode(f"<{_ROOT} {_NAMESPACES}>{''.join(content)}</{_ROOT}>")
    except xml.NotXml as refusal:
        raise CannotWrite(refusal.faults) from None
    (part,) = read_file(data=data).parts
    return checked(name=NAME, document=document, data=data, reading=part.reading, loses=LOSES)


def _write_acknowledgement(document: LifecycleStatus) -> str:
    seller = document.seller
    number = tag_with("ram:GlobalID", "schemeID", seller.scheme, seller.value) if seller else ""
    role = tag("ram:RoleCode", "SE") if number else ""
    day = document.document_date
    formatted = tag_with("qdt:DateTimeString", "format", DAY, day_text(day)) if day else ""
    return wrap(
        "rsm:AcknowledgementDocument",
        "<ram:MultipleReferencesIndicator><udt:Indicator>false</udt:Indicator>"
        "</ram:MultipleReferencesIndicator>",
        tag("ram:TypeCode", document.phase.value),
        _write_time("ram:IssueDateTime", document.effective_at),
        wrap(
            "ram:ReferenceReferencedDocument",
            tag("ram:IssuerAssignedID", document.document),
            tag("ram:TypeCode", document.document_type),
            _write_time("ram:ReceiptDateTime", document.received_at),
            wrap("ram:FormattedIssueDateTime", formatted),
            tag("ram:ProcessConditionCode", document.status),
            tag("ram:ProcessCondition", STATUSES.get(document.status)),
            wrap("ram:IssuerTradeParty", number, role),
            *(_write_detail(detail, i) for i, detail in enumerate(document.details, 1)),
        ),
    )


def _write_detail(detail: StatusDetail, index: int) -> str:
    return wrap(
        "ram:SpecifiedDocumentStatus",
        tag("ram:ReasonCode", detail.reason_code),
        tag("ram:Reason", detail.reason),
        tag("ram:RequestedActionCode", detail.action_code),
        tag("ram:RequestedAction", detail.action),
        tag("ram:SequenceNumeric", str(index)),
        *(wrap("ram:IncludedNote", tag("ram:Content", note)) for note in detail.notes),
        *(_write_characteristic(part) for part in detail.characteristics),
    )


def _write_characteristic(part: Characteristic) -> str:
    amount, percent = part.amount, part.percent
    value = ""
    if amount is not None:
        value = tag_with("ram:ValueAmount", "currencyID", amount.currency, money_text(amount))
    return wrap(
        "ram:SpecifiedDocumentCharacteristic",
        tag("ram:ID", part.term),
        tag("ram:TypeCode", part.kind),
        tag("ram:Name", part.name),
        tag("ram:Location", part.place),
        tag("ram:Value", part.value),
        value,
        tag("ram:ValuePercent", None if percent is None else decimal_text(percent)),
    )


def _write_party(name: str, party: LifecycleParty) -> str:
    number, address = party.identifier, party.address
    reached = tag_with("ram:URIID", "schemeID", address.scheme, address.value) if address else ""
    return wrap(
        name,
        tag_with("ram:GlobalID", "schemeID", number.scheme, number.value) if number else "",
        tag("ram:Name", party.name),
        tag("ram:RoleCode", party.role),
        wrap("ram:URIUniversalCommunication", reached),
    )


def _write_time(name: str, moment: datetime | None) -> str:
    if moment is None:
        return ""
    text = time_text(moment)
    return f'<{name}><udt:DateTimeString format="{TIME}">{text}</udt:DateTimeString></{name}>'


def read_file(*, data: bytes) -> File[Any]:
    """One status per invoice that the message is about; never raises for bad bytes."""
    try:
        root = xml.parse(data=data, size_max=xml.BYTES_MAX)
    except xml.NotXml as refusal:
        return File(NAME, (), refusal.faults)
    source = Source(NAME)
    if xml.namespace(root) != NAMESPACE:
        source.fault("root", f"{root.tag} is no life-cycle message", root)
        return File(NAME, (), tuple(source.faults))
    node = Node(root, source)
    message = _read_message(node)
    found = [
        _read_status(message, answer, reference)
        for answer in node.all("AcknowledgementDocument")
        for reference in answer.all("ReferenceReferencedDocument")
    ]
    if not found:
        source.fault("missing", "the message is about no invoice", root)
        return File(NAME, (), tuple(source.faults))
    fatal = source.fatal
    source.report_unread(_UNREAD_MAX)
    faults = tuple(source.faults)
    return File(
        NAME,
        tuple(
            Part(f"{NAME} {status.status}", Reading(None if fatal else status, faults))
            for status in found
        ),
    )


def _read_message(node: Node) -> LifecycleStatus:
    """What all statuses of the message have in common; status and invoice are still to come."""
    context, head = node.at("ExchangedDocumentContext"), node.at("ExchangedDocument")
    context.text("GuidelineSpecifiedDocumentContextParameter", "ID")
    issued_at = _read_time(head.at("IssueDateTime"))
    if issued_at is None:
        node.source.fault("missing", "IssueDateTime is missing", head.element)
    return LifecycleStatus(
        number=head.need("ID"),
        issued_at=issued_at or NO_TIME,
        sender=_read_party(head.at("SenderTradeParty")),
        issuer=_read_party(head.at("IssuerTradeParty")),
        recipients=tuple(_read_party(part) for part in head.all("RecipientTradeParty")),
        phase=Phase.TREATMENT,
        status="",
        document="",
        process=context.text("BusinessProcessSpecifiedDocumentContextParameter", "ID"),
        name=head.text("Name"),
    )


def _read_status(message: LifecycleStatus, answer: Node, node: Node) -> LifecycleStatus:
    """The status of one invoice. Its StatusCode and its name follow from the code of the status,
    and what the profile is from the recipients: they are taken without keeping them."""
    answer.text("MultipleReferencesIndicator", "Indicator")
    for name in ("StatusCode", "ReferenceTypeCode", "ProcessCondition"):
        node.text(name)
    seller = _read_party(node.at("IssuerTradeParty"), needs_role=False)
    day = _read_time(node.at("FormattedIssueDateTime"))
    return replace(
        message,
        phase=_read_phase(answer),
        status=node.need("ProcessConditionCode"),
        document=node.need("IssuerAssignedID"),
        document_type=node.text("TypeCode") or "380",
        document_date=day.date() if day else None,
        seller=seller.identifier,
        effective_at=_read_time(answer.at("IssueDateTime")),
        received_at=_read_time(node.at("ReceiptDateTime")),
        details=tuple(_read_detail(part) for part in node.all("SpecifiedDocumentStatus")),
    )


def _read_phase(answer: Node) -> Phase:
    """Who speaks, which stands once for all invoices of an answer."""
    element = None if answer.element is None else answer.element.find("{*}TypeCode")
    code = text_of(element)
    answer.text("TypeCode")
    if code in (Phase.TRANSMISSION, Phase.TREATMENT):
        return Phase(code)
    answer.source.fault("phase", f"{code!r} is neither 23 nor 305", element)
    return Phase.TREATMENT


def _read_detail(node: Node) -> StatusDetail:
    node.text("SequenceNumeric")
    notes = (note.text("Content") for note in node.all("IncludedNote"))
    return StatusDetail(
        reason_code=node.text("ReasonCode"),
        reason=node.text("Reason"),
        action_code=node.text("RequestedActionCode"),
        action=node.text("RequestedAction"),
        notes=tuple(note for note in notes if note),
        characteristics=tuple(
            _read_characteristic(part) for part in node.all("SpecifiedDocumentCharacteristic")
        ),
    )


def _read_characteristic(node: Node) -> Characteristic:
    element = node.leaf("ValueAmount")
    amount = None
    if element is not None:
        amount = node.money_of(element, element.get("currencyID") or "EUR")
    indicator = node.at("ValueChangedIndicator")
    indicator.text("IndicatorString")
    return Characteristic(
        kind=node.text("TypeCode") or "",
        term=node.text("ID"),
        name=node.text("Name") or node.text("Description"),
        place=node.text("Location"),
        value=node.text("Value"),
        amount=amount,
        percent=node.decimal("ValuePercent"),
    )


def _read_party(node: Node, *, needs_role: bool = True) -> LifecycleParty:
    role = node.text("RoleCode")
    if role is None and needs_role:
        node.source.fault("missing", "a party has no RoleCode", node.element)
    return LifecycleParty(
        role=role or "",
        identifier=_read_number(node.leaf("GlobalID")) or _read_number(node.leaf("ID")),
        name=node.text("Name"),
        address=_read_number(node.leaf("URIUniversalCommunication", "URIID")),
    )


def _read_number(element: etree._Element | None) -> Identifier | None:
    text = text_of(element)
    if element is None or text is None:
        return None
    return Identifier(text, element.get("schemeID") or None)


def _read_time(node: Node) -> datetime | None:
    """A moment in format 204, or a day in 102; a fault for anything else."""
    text = node.text("DateTimeString") if node else None
    if text is None:
        return None
    moment = read_time(text)
    if moment is None:
        message = f"{text[:40]!r} is no time as YYYYMMDDHHMMSS"
        node.source.fault("date", message, node.element)
    return moment
