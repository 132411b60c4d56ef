"""What the Romanian tax office (ANAF, RO e-Factura) answers to an invoice that was uploaded.

It answers in five forms: XML to an upload and to the question how an upload stands; a zip with the
errors, or with the invoice as it was taken, beside its signature; JSON of the public check; and the
text of its own checking program. They are read only, since nobody but ANAF writes them. None names
the invoice: what is told is the number of the upload.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from acquit.core.codecs import cii, ubl, xml
from acquit.core.codecs.reading import File, Part, Reading
from acquit.core.documents.response import Layer, Reason, Response, ResponseStatus, Subject
from acquit.core.faults import Fault

__all__ = ["NAME", "OFFICE", "read_file", "sniff"]

NAME = "efactura"
OFFICE = "ANAF"
_SPACE = b"mfp:anaf:dgti:"  # how the namespaces of all its answers begin
_ANSWER = "answer"
_ZIP = b"PK\x03\x04"
_SIGNATURE = "semnatura_"
_MEMBERS_MAX = 20
_REFUSED = frozenset({"nok", "xml cu erori nepreluat de sistem"})
_STATES = {"ok": ResponseStatus.ACCEPTED, "in prelucrare": ResponseStatus.IN_PROCESS}
_RULE = re.compile(r"\[([A-Z][A-Z0-9]*(?:-[A-Za-z0-9_]+)+)\]\s*-?\s*")
_FIELD = re.compile(r"(\w+)=(.*?)(?=;\s*\w+=|;?\s*$)", re.DOTALL)
_TEXT = "textEroare"


def sniff(data: bytes) -> bool:
    """Whether the bytes look like an answer of ANAF."""
    if data.startswith(_ZIP):
        return _SIGNATURE.encode() in data  # the names in a zip are not packed
    head = data[:4096].replace(b"\x00", b"")
    is_json = head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and b'"stare"' in head
    return _SPACE in head or is_json or f"{_TEXT}=".encode() in head


def read_file(*, data: bytes) -> File[Any]:
    """The answer as a Response, and of a zip the invoice that was taken; never raises for bad
    bytes."""
    if data.startswith(_ZIP):
        return _read_zip(data)
    if _SPACE in data[:4096].replace(b"\x00", b""):
        return _file(_read_xml(data))
    text = data.decode("utf-8-sig", "replace")
    return _file(_read_json(text) if text.lstrip().startswith("{") else _read_text(text))


def _file(*readings: Reading[Any]) -> File[Any]:
    return File(NAME, tuple(Part(_ANSWER, reading) for reading in readings))


def _read_zip(data: bytes) -> File[Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = [
                one
                for one in package.infolist()
                if one.filename.lower().endswith(".xml") and _SIGNATURE not in one.filename
            ]
            if len(members) > _MEMBERS_MAX or sum(m.file_size for m in members) > xml.BYTES_MAX:
                return _refused("size", "the zip holds more than an answer of ANAF does")
            bodies = [_unpacked(package, one) for one in members]
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as bad:
        return _refused("zip", f"the zip cannot be opened: {bad}", "download it again")
    parts = [part for body in bodies for part in _parts(body)]
    if not parts:
        return _refused("empty", "the zip holds neither errors nor an invoice")
    return File(NAME, tuple(parts))


def _unpacked(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Not more than the member says it holds: its word was judged before."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("it is packed in a way that ANAF does not use")
    with package.open(member) as stream:
        return stream.read(member.file_size)


def _parts(body: bytes) -> Iterable[Part[Any]]:
    if _SPACE in body[:4096]:
        return (Part(_ANSWER, _read_xml(body)),)
    if ubl.sniff(body):
        return ubl.read_file(data=body).parts
    return (Part(cii.NAME, cii.read(data=body)),) if cii.sniff(body) else ()


def _refused(code: str, message: str, fix: str = "") -> File[Any]:
    return File(NAME, (), (Fault(f"{NAME}.{code}", message, fix=fix),))


def _read_xml(data: bytes) -> Reading[Response]:
    try:
        root = xml.parse(data=data, size_max=xml.BYTES_MAX)
    except xml.NotXml as refusal:
        return Reading(None, refusal.faults)
    told = {str(name).lower(): str(value) for name, value in root.attrib.items()}
    errors = [
        str(one.get("errorMessage", ""))
        for one in root.iter()
        if isinstance(one.tag, str) and xml.local(one.tag) in ("Error", "Errors")
    ]
    is_question = "stareMesaj" in xml.namespace(root) and "stare" not in told
    return _answer(told, told.get("stare", ""), [] if is_question else errors, errors)


def _read_json(text: str) -> Reading[Response]:
    try:
        told = json.loads(text)
        errors = [str(one["message"]) for one in told.get("Messages", ())]
        state = str(told["stare"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as bad:
        return Reading(None, (Fault(f"{NAME}.json", f"the JSON is no answer of ANAF: {bad}"),))
    return _answer({}, state, errors, errors)


def _read_text(text: str) -> Reading[Response]:
    errors = [line.strip() for line in text.splitlines() if f"{_TEXT}=" in line]
    return _answer({}, "nok", errors, errors)


def _answer(
    told: Mapping[str, str], state: str, errors: list[str], said: list[str]
) -> Reading[Response]:
    """``errors`` are those of the invoice, ``said`` all that is told of anything."""
    if errors or state.lower() in _REFUSED or told.get("executionstatus") == "1":
        status = ResponseStatus.REJECTED
    elif told.get("executionstatus") == "0":
        status = ResponseStatus.RECEIVED
    elif state.lower() in _STATES:
        status = _STATES[state.lower()]
    else:
        message = f"ANAF did not answer: {'; '.join(said) or state or 'it gives no state'}"
        return Reading(None, (Fault(f"{NAME}.unanswered", message, fix="ask it again"),))
    message_id = told.get("id_descarcare")
    if status is ResponseStatus.REJECTED and not errors:
        what = f"the errors are in its message {message_id}" if message_id else "it gives no reason"
        errors = [f"{state or 'refused'}; {what}"]
    response = Response(
        layer=Layer.APPLICATION,
        status=status,
        subject=Subject(interchange=told.get("index_incarcare")),
        number=message_id,
        issue_date=_day(told.get("dateresponse", "")),
        sender_name=OFFICE,
        reasons=tuple(reason for error in errors for reason in _reasons(error)),
    )
    return Reading(response)


def _reasons(error: str) -> Iterator[Reason]:
    """An error is told in words, or in fields (``codEroare=...; textEroare=...``), several of which
    are parted by ``||``. The words are Romanian up to ``#``, English after it."""
    for one in error.split(" || "):
        fields = dict(_FIELD.findall(one)) if f"{_TEXT}=" in one else {}
        text = fields.get(_TEXT, one)
        rule = _RULE.search(text)
        words = " ".join((text[rule.end() :] if rule else text).partition("#")[0].split())
        yield Reason(
            code=fields.get("codEroare") or (rule[1] if rule else None),
            text=words or " ".join(one.split()),
            path=fields.get("localizareEroare"),
            list=OFFICE,
        )


def _day(text: str) -> date | None:
    """``202108051140`` of a computer in Bucharest."""
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        return None
