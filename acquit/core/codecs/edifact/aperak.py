"""APERAK, the answer of an application: accepted, or rejected with errors (D.96A and D.01B)."""

from __future__ import annotations

from acquit.core.codecs.edi.envelope import GLN, Envelope, envelope_for
from acquit.core.codecs.edi.segments import Node, Trouble, arrange, report_unread
from acquit.core.codecs.edifact import syntax
from acquit.core.codecs.edifact.parts import (
    ISSUED,
    OTHER,
    REFERENCE_DAY,
    Directory,
    Draft,
    read_days,
)
from acquit.core.codecs.edifact.syntax import Message
from acquit.core.codecs.edifact.tables import APERAK
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import CannotWrite, Written, checked
from acquit.core.documents.parties import Identifier
from acquit.core.documents.response import Layer, Reason, Response, ResponseStatus, Subject

KIND = "APERAK"
VERSIONS = {
    "D96A": Directory("D96A", "EAN000", "EN"),
    "D01B": Directory("D01B", "EAN003", "SRV"),
}
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "layer": "an APERAK speaks for the application",
    "subject.group": "an APERAK names the message and the document",
    "subject.message_type": "an APERAK names the message and the document",
    "answers": "an APERAK answers one document",
    "count": "an APERAK answers one document",
    "effective_on": "an APERAK says when it was made",
    "sender_name": "an APERAK has numbers of the parties, not their names",
    "receiver_name": "an APERAK has numbers of the parties, not their names",
    "reasons.wanted": "an APERAK says what is wrong, not what is wanted",
    "reasons.list": "ERC names the agency of its list, not the list",
    "sender.scheme": "of schemes NAD knows the GLN",
    "receiver.scheme": "of schemes NAD knows the GLN",
}
_NAME = "313"  # UNCL 1001: application error message
# UNCL 1225.
_STATUSES = {
    ResponseStatus.ACCEPTED: "29",
    ResponseStatus.ACCEPTED_WITH_ERRORS: "4",
    ResponseStatus.REJECTED: "27",
}
_FROM_STATUS = {code: status for status, code in _STATUSES.items()}
# UNCL 1153 by UNCL 1001: which reference names a document of this type.
_DOCUMENTS = {"380": "IV", "381": "CD", "383": "DL", "220": "ON", "351": "AAK"}
_MESSAGE, _INTERCHANGE = "ACW", "AGO"
_ERROR_TEXT = "AAO"
_SENDER, _RECEIVER = "MS", "MR"


def write(
    *, document: Response, envelope: Envelope | None = None, version: str = "D96A"
) -> Written:
    """One interchange with the APERAK. CannotWrite for a status that only a gateway can give, and
    for an answer without a day where no ``envelope`` says when it is sent."""
    directory = VERSIONS[version]
    data = syntax.write(
        kind=f"{KIND}:D:{directory.name[1:]}:UN",
        association=directory.association,
        messages=[_body(document, directory)],
        envelope=envelope or _default_envelope(document),
        lengths=directory.lengths,
    )
    reading = read_message(syntax.read(data=data).messages[0], ".")
    return checked(name=syntax.NAME, document=document, data=data, reading=reading, loses=LOSES)


def _default_envelope(document: Response) -> Envelope:
    if document.issue_date is None:
        raise CannotWrite.because("edifact.missing", "the answer has no date", path="issue_date")
    return envelope_for(
        sender=(document.sender,) if document.sender else (),
        receiver=(document.receiver,) if document.receiver else (),
        reference=(document.number or "1")[-14:],
        day=document.issue_date,
        charset="UNOC",
        gln_qualifier="14",
    )


def _body(document: Response, directory: Directory) -> syntax.Body:
    status = _STATUSES.get(document.status)
    if status is None:
        message = f"an APERAK cannot say {document.status.value!r}"
        raise CannotWrite.because("edifact.status", message, fix="send a CONTRL")
    draft = Draft(directory)
    draft.add("BGM", _NAME, document.number, status)
    draft.day(ISSUED, document.issue_date)
    subject = document.subject
    draft.reference(_DOCUMENTS.get(subject.document_type or "", OTHER), subject.document)
    if subject.document:
        draft.day(REFERENCE_DAY, subject.document_date)
    draft.reference(_MESSAGE, subject.message)
    draft.reference(_INTERCHANGE, subject.interchange)
    for role, party in ((_SENDER, document.sender), (_RECEIVER, document.receiver)):
        if party:
            draft.add("NAD", role, (party.value, "", "9" if party.scheme == GLN else ""))
    for reason in document.reasons:
        draft.add("ERC", reason.code or "ZZZ")
        if reason.text:
            draft.text(_ERROR_TEXT, reason.text)
        draft.reference(OTHER, reason.path)
    return draft.finish()


def read_message(message: Message, decimal_mark: str) -> Reading[Response]:
    """The canonical response of one APERAK; never raises, the faults say what is wrong."""
    source = Trouble(syntax.NAME, decimal_mark, list(message.faults))
    root = arrange(message.segments, APERAK, source)
    root.skip(1, 2)
    for trailer in root.all("UNT"):
        trailer.skip(1, 2)
    begin = root.first("BGM")
    if begin is None:
        root.fault("missing", "there is no BGM")
        return Reading(None, source.result())
    begin.get(1)
    reasons = tuple(_read_reason(node) for node in root.all("ERC"))
    status = _FROM_STATUS.get(begin.get(3) or "")
    if status is None:
        status = ResponseStatus.REJECTED if reasons else ResponseStatus.ACCEPTED
    document = Response(
        layer=Layer.APPLICATION,
        status=status,
        subject=_read_subject(root),
        number=begin.get(2),
        issue_date=read_days(root, ISSUED),
        sender=_read_party(root, _SENDER, "SU", "FR"),
        receiver=_read_party(root, _RECEIVER, "BY", "DO"),
        reasons=reasons,
    )
    if not source.fatal:
        report_unread(root)
    return Reading(None if source.fatal else document, source.result())


def _read_subject(root: Node) -> Subject:
    found: dict[str, str | None] = {}
    day = None
    for kind, code in (*_DOCUMENTS.items(), ("", OTHER)):
        node = root.first("RFF", code)
        if node is not None and (value := node.get(1, 2)):
            found = {"document": value, "document_type": kind or None}
            day = read_days(node, REFERENCE_DAY)
            break
    message, interchange = root.first("RFF", _MESSAGE), root.first("RFF", _INTERCHANGE)
    return Subject(
        interchange=interchange.get(1, 2) if interchange else None,
        message=message.get(1, 2) if message else None,
        document_date=day,
        **found,
    )


def _read_party(root: Node, *roles: str) -> Identifier | None:
    for role in roles:
        node = root.first("NAD", role)
        if node is not None and (value := node.get(2)):
            return Identifier(value, GLN if node.get(2, 3) == "9" else None)
    return None


def _read_reason(node: Node) -> Reason:
    code = node.get(1)
    node.skip(1)
    words: list[str] = []
    for text in node.all("FTX"):
        text.get(1)
        words += text.texts(4)
    place = node.first("RFF")
    if place:
        place.skip(1)
    path = place.segment.get(1, 2) or None if place else None
    return Reason(None if code == "ZZZ" else code, " ".join(words) or None, path)
