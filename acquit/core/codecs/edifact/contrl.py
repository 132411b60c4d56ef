"""CONTRL, the acknowledgement of syntax (ISO 9735-4, version D release 3; EANCOM EAN004)."""

from __future__ import annotations

from collections.abc import Sequence

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.places import Place, place_of
from acquit.core.codecs.edi.segments import Node, Trouble, arrange, report_unread
from acquit.core.codecs.edifact import syntax
from acquit.core.codecs.edifact.syntax import Body, Interchange, Message, Value
from acquit.core.codecs.edifact.tables import CONTRL, LENGTHS
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written, checked
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
from acquit.core.faults import Fault, Severity

KIND = "CONTRL"
ERRORS = "UNCL 0085"
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "number": "a CONTRL is numbered by its interchange",
    "issue_date": "a CONTRL is dated by its interchange",
    "reasons": "UCI has one code and no text",
    "answers.status": "CONTRL knows accepted and rejected",
    "answers.subject.document": "CONTRL names messages, not the documents in them",
    "answers.subject.document_type": "CONTRL names messages, not the documents in them",
    "answers.subject.document_date": "CONTRL names messages, not the documents in them",
    "answers.subject.interchange": "is that of the whole",
    "answers.reasons": "UCS and UCD have codes and places, no text",
    "count": "CONTRL has no count",
    "effective_on": "CONTRL says when it was made",
    "sender_name": "CONTRL has numbers of the parties, not their names",
    "receiver_name": "CONTRL has numbers of the parties, not their names",
    "status": "CONTRL knows received, accepted and rejected; the messages say the rest",
}
_REJECTED, _ACKNOWLEDGED, _RECEIVED = "4", "7", "8"  # UNCL 0083
# UNCL 0085 by the last word of our own fault codes.
_CODES = {
    "missing": "13",
    "truncated": "13",
    "number": "37",
    "amount": "12",
    "date": "12",
    "currency": "12",
    "vat_category": "12",
    "segment": "15",
    "charset": "21",
    "count": "29",
    "reference": "28",
    "too_large": "18",
}
_UNSPECIFIED = "18"


def respond(
    *, interchange: Interchange, readings: Sequence[tuple[Message, Sequence[Fault]]]
) -> Response:
    """The acknowledgement of an interchange that was read: each message with its fatal faults."""
    answers = []
    for message, faults in readings:
        fatal = [fault for fault in faults if fault.severity is Severity.FATAL]
        segment = message.segments[0]
        release = ":".join(segment.get(2, i) for i in range(1, 6)).rstrip(":")
        answers.append(
            Answer(
                Subject(message=message.reference, message_type=release),
                ResponseStatus.REJECTED if fatal else ResponseStatus.ACCEPTED,
                tuple(_reason(fault) for fault in fatal),
            )
        )
    broken = [f for f in interchange.faults if f.severity is Severity.FATAL]
    header = interchange.header
    return Response(
        layer=Layer.SYNTAX,
        status=ResponseStatus.REJECTED if broken and not answers else overall(_statuses(answers)),
        subject=Subject(interchange=header.get(5) if header else None),
        sender=_party(header.get(3), header.get(3, 2)) if header else None,
        receiver=_party(header.get(2), header.get(2, 2)) if header else None,
        reasons=tuple(_reason(fault) for fault in broken),
        answers=tuple(answers),
    )


def _statuses(answers: Sequence[Answer]) -> list[ResponseStatus]:
    return [answer.status for answer in answers]


def _reason(fault: Fault) -> Reason:
    code = _CODES.get(fault.code.rpartition(".")[2], _UNSPECIFIED)
    place = str(place_of(fault.path))
    return Reason(code, fault.message, place or None, ERRORS)


def _party(value: str | None, qualifier: str | None) -> Identifier | None:
    return Identifier(value, qualifier or None) if value else None


def write(*, document: Response, envelope: Envelope, version: str = "D96A") -> Written:
    """One interchange with the CONTRL; its parties are those of the envelope."""
    data = syntax.write(
        kind="CONTRL:D:3:UN",
        association="EAN004",
        messages=[_body(document)],
        envelope=envelope,
        lengths=LENGTHS[version],
    )
    reading = read_message(syntax.read(data=data).messages[0], ".")
    return checked(name=syntax.NAME, document=document, data=data, reading=reading, loses=LOSES)


def _body(document: Response) -> Body:
    action = {
        ResponseStatus.REJECTED: _REJECTED,
        ResponseStatus.RECEIVED: _RECEIVED,
    }.get(document.status, _ACKNOWLEDGED)
    first = document.reasons[0].code if document.reasons else None
    body: Body = [
        (
            "UCI",
            (
                document.subject.interchange,
                _address(document.receiver),
                _address(document.sender),
                action,
                first,
            ),
        )
    ]
    for answer in document.answers:
        rejected = answer.status is ResponseStatus.REJECTED
        kind = tuple((answer.subject.message_type or "").split(":"))
        places = [(reason, place_of(reason.path)) for reason in answer.reasons]
        whole = next((r.code for r, place in places if not place.segment), None)
        verdict = _REJECTED if rejected else _ACKNOWLEDGED
        body.append(("UCM", (answer.subject.message, kind, verdict, whole)))
        last = 0
        for reason, place in sorted(
            (pair for pair in places if pair[1].segment), key=lambda pair: pair[1].segment
        ):
            if place.segment != last:
                code = None if place.element else reason.code
                body.append(("UCS", (str(place.segment), code)))
                last = place.segment
            if place.element:
                # ISO 9735 counts the tag of the segment as its first element.
                position = (str(place.element + 1), str(place.component or ""))
                body.append(("UCD", (reason.code, position)))
    return body


def _address(party: Identifier | None) -> Value:
    return (party.value, party.scheme or "") if party else ""


def read_message(message: Message, decimal_mark: str) -> Reading[Response]:
    """The canonical response of one CONTRL; never raises, the faults say what is wrong."""
    source = Trouble(syntax.NAME, decimal_mark, list(message.faults))
    root = arrange(message.segments, CONTRL, source)
    root.skip(1, 2)
    for trailer in root.all("UNT"):
        trailer.skip(1, 2)
    whole = root.first("UCI")
    if whole is None:
        root.fault("missing", "there is no UCI")
        return Reading(None, source.result())
    answers = tuple(_read_answer(node) for node in whole.all("UCM"))
    action = whole.need(4)
    statuses = {_REJECTED: ResponseStatus.REJECTED, _RECEIVED: ResponseStatus.RECEIVED}
    code = whole.get(5)
    status = statuses.get(action) or overall(_statuses(answers))
    document = Response(
        layer=Layer.SYNTAX,
        status=status,
        subject=Subject(interchange=whole.get(1)),
        sender=_party(whole.get(3), whole.get(3, 2)),
        receiver=_party(whole.get(2), whole.get(2, 2)),
        reasons=(Reason(code, list=ERRORS),) if code else (),
        answers=answers,
    )
    if not source.fatal:
        report_unread(root)
    return Reading(None if source.fatal else document, source.result())


def _read_answer(node: Node) -> Answer:
    kind = ":".join(node.get(2, i) or "" for i in range(1, 6)).rstrip(":")
    rejected = node.need(3) == _REJECTED
    reasons: list[Reason] = []
    code = node.get(4)
    if code:
        reasons.append(Reason(code, list=ERRORS))
    for segment in node.all("UCS"):
        number = int(segment.decimal(1) or 0)
        code = segment.get(2)
        if code:
            reasons.append(Reason(code, None, str(Place(number)), ERRORS))
        for element in segment.all("UCD"):
            position = int(element.decimal(2, 1) or 1) - 1
            component = int(element.decimal(2, 2) or 0)
            place = Place(number, "", max(position, 0), component)
            reasons.append(Reason(element.get(1), None, str(place) or None, ERRORS))
    status = ResponseStatus.REJECTED if rejected else ResponseStatus.ACCEPTED
    return Answer(Subject(message=node.get(1), message_type=kind or None), status, tuple(reasons))
