"""UBL 2.1 ApplicationResponse: the Peppol Invoice Response 3 and Message Level Response 3.

An application says what it does with a document (AB, IP, UQ, CA, RE, AP, PD), for which reason
(list OPStatusReason) and what it wants done (OPStatusAction), and which values it would like to
see. A gateway says whether a message could be taken, and where it is wrong, line by line.
"""

from __future__ import annotations

from acquit.core.codecs.ubl import trade
from acquit.core.codecs.ubl.parties import identifier, read_identifier
from acquit.core.codecs.ubl.trade import NOTHING, VERSIONS
from acquit.core.codecs.writing import CannotWrite, Written
from acquit.core.codecs.xml import Node, attributes, escape, tag, text_of, wrap
from acquit.core.documents.parties import Identifier
from acquit.core.documents.response import (
    Answer,
    Layer,
    Reason,
    Response,
    ResponseStatus,
    Subject,
    overall,
)
from acquit.core.documents.trade import TradeParty
from acquit.core.faults import Fault

__all__ = ["ACTIONS", "KIND", "LOSES", "REASONS", "VERSIONS", "build", "write"]

KIND = "ApplicationResponse"
REASONS, ACTIONS = "OPStatusReason", "OPStatusAction"
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "subject.interchange": "the answer names the message and the document",
    "subject.group": "the answer names the message and the document",
    "subject.document": "of a message level response, which names the message it answers",
    "subject.message": "of an invoice response, which names the document it answers",
    "status": "of several answers follows from theirs",
    "count": "every document that is answered is named",
    "answers": "of one answer comes back as the answer itself",
    "answers.subject.interchange": "the answer names the message and the document",
    "answers.subject.group": "the answer names the message and the document",
    "answers.subject.document": "of a message level response, which names the message",
    "answers.subject.message": "of an invoice response, which names the document",
    "reasons.list": "only written together with a code",
    "reasons.wanted": "of a message level response, which says the rule and the place",
    "subject": "of several answers, each of which names its own",
    "reasons": "of several answers, each of which has its own",
}
_PEPPOL = "urn:fdc:peppol.eu:poacc"
_IDS = {
    Layer.APPLICATION: (f"{_PEPPOL}:trns:invoice_response:3", f"{_PEPPOL}:bis:invoice_response:3"),
    Layer.SYNTAX: (f"{_PEPPOL}:trns:mlr:3", f"{_PEPPOL}:bis:mlr:3"),
}
# UNCL 4343 as Peppol restricts it.
_STATUSES = {
    ResponseStatus.RECEIVED: "AB",
    ResponseStatus.IN_PROCESS: "IP",
    ResponseStatus.UNDER_QUERY: "UQ",
    ResponseStatus.CONDITIONALLY_ACCEPTED: "CA",
    ResponseStatus.REJECTED: "RE",
    ResponseStatus.ACCEPTED: "AP",
    ResponseStatus.PAID: "PD",
}
_FROM_STATUS = {code: status for status, code in _STATUSES.items()}


def write(*, document: Response, version: str = VERSIONS[0]) -> Written:
    """The answer with what it loses. CannotWrite where it has no number, day or party, or says
    something that only EDIFACT and X12 know."""
    lacking = [
        Fault("ubl.missing", f"the answer has no {name}", name, fix=f"give it a {name}")
        for name in ("number", "issue_date", "sender", "receiver")
        if getattr(document, name) is None
    ]
    if lacking:
        raise CannotWrite(lacking)
    answers = document.answers or (Answer(document.subject, document.status, document.reasons),)
    content = (
        trade.head(document.number, document.issue_date, *_IDS[document.layer]),
        _write_party("cac:SenderParty", document.sender, document.sender_name),
        _write_party("cac:ReceiverParty", document.receiver, document.receiver_name),
        *(_write_answer(document, answer) for answer in answers),
    )
    return trade.write_message(
        document=document, kind=KIND, content=content, build=build, loses=LOSES
    )


def _write_party(name: str, party: Identifier | None, registered: str | None) -> str:
    return wrap(
        name,
        identifier("cbc:EndpointID", party),
        wrap("cac:PartyLegalEntity", tag("cbc:RegistrationName", registered)),
    )


def _write_answer(document: Response, answer: Answer) -> str:
    code = _STATUSES.get(answer.status)
    if code is None:
        message = f"an ApplicationResponse cannot say {answer.status.value!r}"
        fix = f"one of: {', '.join(_STATUSES)}"
        raise CannotWrite.because("ubl.status", message, fix=fix)
    syntax = document.layer is Layer.SYNTAX
    subject = answer.subject
    names = (subject.message, subject.document) if syntax else (subject.document, subject.message)
    since = document.effective_on or document.issue_date
    reasons = answer.reasons
    return wrap(
        "cac:DocumentResponse",
        wrap(
            "cac:Response",
            tag("cbc:ResponseCode", code),
            "" if syntax else trade.day("cbc:EffectiveDate", since),
            "" if syntax else _write_reasons(reasons),
        ),
        wrap(
            "cac:DocumentReference",
            tag("cbc:ID", names[0] or names[1] or NOTHING),
            trade.day("cbc:IssueDate", subject.document_date),
            tag("cbc:DocumentTypeCode", subject.document_type),
            tag("cbc:DocumentType", subject.message_type),
        ),
        "".join(_write_breach(reason) for reason in reasons) if syntax else "",
    )


def _write_code(reason: Reason) -> str:
    name = "cbc:StatusReasonCode"
    listed = attributes((("listID", reason.list),))
    return f"<{name}{listed}>{escape(reason.code)}</{name}>" if reason.code else ""


def _write_reasons(reasons: tuple[Reason, ...]) -> str:
    """One cac:Status per code or text; what has only a place belongs to the one before."""
    groups: list[list[Reason]] = []
    for reason in reasons:
        alone = reason.code or reason.text or not groups or groups[-1][0].list != reason.list
        if alone:
            groups.append([])
        groups[-1].append(reason)
    return "".join(
        wrap(
            "cac:Status",
            _write_code(group[0]),
            tag("cbc:StatusReason", group[0].text),
            *(_write_condition(reason) for reason in group),
        )
        for group in groups
    )


def _write_condition(reason: Reason) -> str:
    if not (reason.path or reason.wanted):
        return ""
    place = tag("cbc:AttributeID", reason.path or NOTHING)
    return wrap("cac:Condition", place, tag("cbc:Description", reason.wanted))


def _write_breach(reason: Reason) -> str:
    return wrap(
        "cac:LineResponse",
        wrap("cac:LineReference", tag("cbc:LineID", reason.path or NOTHING)),
        wrap(
            "cac:Response",
            tag("cbc:Description", reason.text),
            wrap("cac:Status", _write_code(reason)),
        ),
    )


def build(node: Node) -> Response:
    """The canonical answer of an ApplicationResponse element."""
    day = trade.need_day(node, "IssueDate")
    syntax = ":mlr:" in (node.text("CustomizationID") or "")
    answers, days = [], []
    for part in node.all("DocumentResponse"):
        days.append(part.date("Response", "EffectiveDate"))
        answers.append(_read_answer(part, syntax=syntax))
    if not answers:
        node.source.fault("missing", "DocumentResponse is missing", node.element)
    one = answers[0] if len(answers) == 1 else None
    sender, sender_name = _read_party(node.at("SenderParty"))
    receiver, receiver_name = _read_party(node.at("ReceiverParty"))
    return Response(
        layer=Layer.SYNTAX if syntax else Layer.APPLICATION,
        status=one.status if one else overall(answer.status for answer in answers),
        subject=one.subject if one else Subject(),
        number=node.need("ID"),
        issue_date=day,
        sender=sender,
        receiver=receiver,
        reasons=one.reasons if one else (),
        answers=() if one else tuple(answers),
        effective_on=next((found for found in days if found not in (None, day)), None),
        sender_name=sender_name,
        receiver_name=receiver_name,
    )


def _read_party(node: Node) -> tuple[Identifier | None, str | None]:
    """Where a party is reached, or by which number it is known; and its name."""
    endpoint = read_identifier(node, "EndpointID")
    party = trade.read_party(node) or TradeParty()
    known = party.identifiers[0] if party.identifiers else None
    return endpoint or known, party.name


def _read_answer(node: Node, *, syntax: bool) -> Answer:
    response, reference = node.at("Response"), node.at("DocumentReference")
    code = response.need("ResponseCode")
    status = _FROM_STATUS.get(code)
    if status is None:
        message = f"{code!r} is no status of a document"
        node.source.fault("status", message, response.element)
    number = reference.text("ID")
    number = None if number == NOTHING else number
    reasons = [reason for part in response.all("Status") for reason in _read_reasons(part)]
    for text in response.leaves("Description"):
        reasons.append(Reason(text=text_of(text)))
    for breach in node.all("LineResponse"):
        reasons += _read_breach(breach)
    return Answer(
        subject=Subject(
            message=number if syntax else None,
            message_type=reference.text("DocumentType"),
            document=None if syntax else number,
            document_type=reference.text("DocumentTypeCode"),
            document_date=reference.date("IssueDate"),
        ),
        status=status or ResponseStatus.RECEIVED,
        reasons=tuple(reasons),
    )


def _read_reasons(node: Node) -> list[Reason]:
    """The reason of a status; each further value it would like to see is one of its own."""
    element = node.leaf("StatusReasonCode")
    listed = None if element is None else element.get("listID") or None
    conditions = [_read_condition(part) for part in node.all("Condition")] or [(None, None)]
    text = node.text("StatusReason")
    (path, wanted), *more = conditions
    first = Reason(text_of(element), text, path, listed, wanted)
    return [first, *(Reason(None, None, place, listed, value) for place, value in more)]


def _read_condition(node: Node) -> tuple[str | None, str | None]:
    place = node.text("AttributeID")
    return (None if place == NOTHING else place), node.text("Description")


def _read_breach(node: Node) -> list[Reason]:
    place = node.text("LineReference", "LineID")
    place = None if place == NOTHING else place
    response = node.at("Response")
    response.text("ResponseCode")
    text = response.text("Description")
    codes = [part.leaf("StatusReasonCode") for part in response.all("Status")] or [None]
    return [
        Reason(text_of(code), text, place, None if code is None else code.get("listID") or None)
        for code in codes
    ]
