"""The 997 Functional Acknowledgment and TA1, the acknowledgement of an interchange (X12.20)."""

from __future__ import annotations

from collections.abc import Sequence

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.places import Place, place_of
from acquit.core.codecs.edi.segments import (
    Node,
    Segment,
    Trouble,
    arrange,
    read_day,
    report_unread,
)
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written, checked
from acquit.core.codecs.x12 import syntax
from acquit.core.codecs.x12.parts import Draft
from acquit.core.codecs.x12.syntax import TransactionSet
from acquit.core.codecs.x12.tables import ACKNOWLEDGEMENT, LENGTHS
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

KIND = "997"
FUNCTIONAL = "FA"
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "number": "a 997 is numbered by its interchange",
    "issue_date": "a 997 is dated by its interchange",
    "sender": "the parties are those of the interchange",
    "receiver": "the parties are those of the interchange",
    "subject.interchange": "a 997 answers a functional group",
    "answers.subject.document": "a 997 names sets, not the documents in them",
    "answers.subject.document_type": "a 997 names sets, not the documents in them",
    "answers.subject.document_date": "a 997 names sets, not the documents in them",
    "answers.reasons": "AK3 to AK5 have codes and places, no text; they come back by place",
    "reasons": "AK9 has codes, no text",
    "effective_on": "a 997 says when it was made",
    "sender_name": "a 997 has numbers of the parties, not their names",
    "receiver_name": "a 997 has numbers of the parties, not their names",
    "status": "follows from the sets where they are named",
}
# Elements 717 and 715.
_STATUSES = {
    ResponseStatus.ACCEPTED: "A",
    ResponseStatus.ACCEPTED_WITH_ERRORS: "E",
    ResponseStatus.PARTLY_ACCEPTED: "P",
    ResponseStatus.REJECTED: "R",
}
_FROM_STATUS = {code: status for status, code in _STATUSES.items()}
_SET_CODES, _SEGMENT_CODES, _ELEMENT_CODES = "X12 718", "X12 720", "X12 723"
_GROUP_CODES, _INTERCHANGE_CODES = "X12 716", "X12 I18"
_DATA_ERRORS, _SEGMENTS_IN_ERROR = "8", "5"
# I18 for what is said of the envelope, by our own fault codes.
_NOTES = {"reference": "001", "count": "021", "no_trailer": "023"}
_CONTENT = "024"
# 718 for what is said of the whole set, 723 for an element, by our own fault codes.
_OF_SET = {"truncated": "2", "reference": "3", "count": "4"}
_OF_ELEMENT = {"missing": "1", "too_long": "5", "number": "6", "date": "8"}


def respond(
    *,
    group: str,
    functional: str,
    readings: Sequence[tuple[TransactionSet, Sequence[Fault]]],
) -> Response:
    """The acknowledgement of one functional group that was read."""
    answers = []
    for found, faults in readings:
        fatal = [fault for fault in faults if fault.severity is Severity.FATAL]
        answers.append(
            Answer(
                Subject(message=found.reference, message_type=found.kind),
                ResponseStatus.REJECTED if fatal else ResponseStatus.ACCEPTED,
                tuple(_reason(fault) for fault in fatal),
            )
        )
    return Response(
        layer=Layer.SYNTAX,
        status=overall(answer.status for answer in answers),
        subject=Subject(group=group, message_type=functional),
        answers=tuple(answers),
        count=len(answers),
    )


def _reason(fault: Fault) -> Reason:
    word = fault.code.rpartition(".")[2]
    place = place_of(fault.path)
    if word in _OF_SET or not place.segment:
        return Reason(_OF_SET.get(word, _SEGMENTS_IN_ERROR), fault.message, None, _SET_CODES)
    if place.element:
        code = _OF_ELEMENT.get(word, "7")
        return Reason(code, fault.message, str(place), _ELEMENT_CODES)
    return Reason(_DATA_ERRORS, fault.message, str(place), _SEGMENT_CODES)


def write(*, document: Response, envelope: Envelope, version: str = "4010") -> Written:
    """One interchange with the 997 of one functional group."""
    return write_all(documents=[document], envelope=envelope, version=version)


def write_all(
    *,
    documents: Sequence[Response],
    envelope: Envelope,
    version: str = "4010",
    interchanges: Sequence[syntax.Body] = (),
) -> Written:
    """One interchange with the 997 of each functional group, and TA1 made by ``of_interchange``."""
    data = syntax.write(
        functional=FUNCTIONAL,
        kind=KIND,
        version=version,
        sets=[_body(document, version) for document in documents],
        envelope=envelope,
        lengths=LENGTHS[version],
        acknowledgements=interchanges,
    )
    losses: list[Fault] = []
    for document, found in zip(documents, syntax.read(data=data).sets, strict=True):
        reading = read_set(found)
        losses += checked(
            name=syntax.NAME, document=document, data=data, reading=reading, loses=LOSES
        ).losses
    return Written(data, tuple(losses))


def _body(document: Response, version: str) -> syntax.Body:
    draft = Draft(version)
    draft.add("AK1", document.subject.message_type, document.subject.group)
    for answer in document.answers:
        draft.add("AK2", answer.subject.message_type, answer.subject.message)
        whole = [r.code for r in answer.reasons if not place_of(r.path).segment]
        placed = [(place_of(r.path), r) for r in answer.reasons if place_of(r.path).segment]
        last = 0
        for place, reason in sorted(placed, key=lambda pair: (pair[0].segment, pair[0].element)):
            if place.segment != last:
                code = _DATA_ERRORS if place.element else reason.code
                draft.add("AK3", place.tag or "ZZZ", str(place.segment), "", code)
                last = place.segment
            if place.element:
                draft.add("AK4", str(place.element), "", reason.code)
        if placed and not whole:
            whole = [_SEGMENTS_IN_ERROR]
        draft.add("AK5", _STATUSES.get(answer.status, "A"), *whole[:5])
    taken = [a for a in document.answers if a.status is not ResponseStatus.REJECTED]
    count = document.count if document.count is not None else len(document.answers)
    accepted = len(taken) if document.answers else count * (document.status != "rejected")
    codes = [reason.code for reason in document.reasons[:5]]
    status = _STATUSES.get(document.status, "A")
    draft.add("AK9", status, str(count), str(count), str(accepted), *codes)
    return draft.finish()


def read_set(found: TransactionSet) -> Reading[Response]:
    """The canonical response of one 997; never raises, the faults say what is wrong."""
    source = Trouble(syntax.NAME, ".", list(found.faults), found.version)
    root = arrange(found.segments, ACKNOWLEDGEMENT, source)
    root.skip(1, 2, 3)
    for trailer in root.all("SE"):
        trailer.skip(1, 2)
    begin, end = root.first("AK1"), root.first("AK9")
    if begin is None or end is None:
        root.fault("missing", "there is no AK1 or no AK9")
        return Reading(None, source.result())
    answers = tuple(_read_answer(node) for node in root.all("AK2"))
    count = end.decimal(2)
    end.skip(3, 4)
    code = end.need(1)
    codes = [end.get(i) for i in range(5, 10)]
    begin.get(3)
    document = Response(
        layer=Layer.SYNTAX,
        status=_FROM_STATUS.get(code) or _unknown(end, code),
        subject=Subject(group=begin.need(2), message_type=begin.need(1)),
        reasons=tuple(Reason(c, list=_GROUP_CODES) for c in codes if c),
        answers=answers,
        count=None if count is None else int(count),
    )
    if not source.fatal:
        report_unread(root)
    return Reading(None if source.fatal else document, source.result())


def _unknown(node: Node, code: str) -> ResponseStatus:
    """M, W and X speak of encryption: the set could not be used, so it was rejected."""
    if code not in ("M", "W", "X"):
        node.fault("status", f"{code[:10]!r} is no acknowledgement code")
    return ResponseStatus.REJECTED


def _read_answer(node: Node) -> Answer:
    reasons: list[Reason] = []
    end = node.first("AK5")
    for segment in node.all("AK3"):
        tag = segment.get(1) or ""
        number = int(segment.decimal(2) or 0)
        segment.get(3)
        code = segment.get(4)
        elements = segment.all("AK4")
        if code and not (elements and code == _DATA_ERRORS):
            place = Place(number, "" if tag == "ZZZ" else tag)
            reasons.append(Reason(code, None, str(place) or None, _SEGMENT_CODES))
        for element in elements:
            position = int(element.decimal(1) or 0)
            component = int(element.decimal(1, 2) or 0)
            place = Place(number, "" if tag == "ZZZ" else tag, position, component)
            element.get(2)
            text = element.get(4)
            reasons.append(Reason(element.get(3), text, str(place) or None, _ELEMENT_CODES))
    if end is None:
        node.fault("missing", "there is no AK5")
        return Answer(Subject(), ResponseStatus.REJECTED)
    code = end.need(1)
    codes = [c for i in range(2, 7) if (c := end.get(i))]
    whole = [c for c in codes if not (reasons and c == _SEGMENTS_IN_ERROR)]
    reasons = [*(Reason(c, list=_SET_CODES) for c in whole), *reasons]
    status = _FROM_STATUS.get(code) or _unknown(end, code)
    subject = Subject(message=node.need(2), message_type=node.need(1))
    return Answer(subject, status, tuple(reasons))


def read_interchange_answer(segment: Segment) -> Reading[Response]:
    """The canonical response of a TA1, which stands between ISA and the groups."""
    source = Trouble(syntax.NAME)
    node = Node(segment, source)
    code = node.need(4)
    status = _FROM_STATUS.get(code) or _unknown(node, code)
    note = node.get(5)
    day = node.get(2)
    node.get(3)
    document = Response(
        layer=Layer.SYNTAX,
        status=status,
        subject=Subject(interchange=node.need(1), document_date=read_day(day) if day else None),
        reasons=(Reason(note, list=_INTERCHANGE_CODES),) if note and note != "000" else (),
    )
    return Reading(None if source.fatal else document, source.result())


def of_interchange(found: syntax.Interchange) -> syntax.Body:
    """The TA1 of an interchange that has a header: whether its envelope is in order."""
    header = found.header or Segment("ISA", ())
    notes = [
        _NOTES.get(fault.code.rpartition(".")[2], _CONTENT)
        for fault in found.faults
        if " GE " not in fault.path  # what is said of a group stands in its 997
    ]
    fatal = any(fault.severity is Severity.FATAL for fault in found.faults)
    status = "R" if fatal else "E" if notes else "A"
    values = (header.get(13), header.get(9), header.get(10), status, notes[0] if notes else "000")
    return [("TA1", values)]
