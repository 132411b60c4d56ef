"""The syntax of UN/EDIFACT (ISO 9735, versions 1 to 4): interchanges to segments and back.

Own code, because the one maintained library refuses what partners really send: white space
before a tag, messages without an interchange, syntax identifiers it does not know; and it has no
character sets. The layer is small. Lenient in: what is odd is reported with its place and read
all the same. Strict out: counts and references are made here, and a value that is too long or
has a character outside the character set is found before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from acquit.core.codecs.edi.characters import transliterate
from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Elements, Segment
from acquit.core.codecs.writing import CannotWrite
from acquit.core.faults import Fault, Severity
from acquit.core.text import unpadded

NAME = "edifact"
BYTES_MAX = 50_000_000
SEGMENTS_MAX = 500_000  # about half a gigabyte when read
Value = str | Sequence[str | None] | None
Body = list[tuple[str, tuple[Value, ...]]]  # segments to write: tag and elements

# ISO 9735 annex: level A and B name their characters, the others an ISO 8859 part.
_LEVEL_A = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-()/=!\"%&*;<>'+:?")
_LEVEL_B = _LEVEL_A | frozenset("abcdefghijklmnopqrstuvwxyz@")
ENCODINGS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
    "UNOW": "utf-8",
    "UNOX": "iso2022_jp",
    "UNOY": "utf-8",
}
_BOM = b"\xef\xbb\xbf"
_LINE_ENDS = re.compile(r"[\r\n]+")
_TAG = re.compile(r"[A-Z0-9]{3}")


@dataclass(frozen=True, slots=True)
class Separators:
    """The service characters in force: those of UNA, else the default ones."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    terminator: str = "'"

    @property
    def special(self) -> str:
        return self.component + self.element + self.release + self.terminator


@dataclass(slots=True)
class Message:
    """One message as it stands: its segments from UNH to UNT, and what is odd about them."""

    segments: list[Segment]
    faults: list[Fault] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return self.segments[0].get(1)

    @property
    def kind(self) -> str:
        """The message type, such as INVOIC."""
        return self.segments[0].get(2)

    @property
    def version(self) -> str:
        """Directory and release, such as D96A."""
        return self.segments[0].get(2, 2) + self.segments[0].get(2, 3)


@dataclass(slots=True)
class Interchange:
    """A file: header, messages, and the faults of the envelope. ``header`` is None in a file of
    bare messages; then nobody says from whom it comes."""

    separators: Separators
    charset: str
    header: Segment | None
    messages: list[Message]
    faults: list[Fault]


def sniff(data: bytes) -> bool:
    """Whether the bytes begin like an interchange or a bare message."""
    head = data[:200].removeprefix(_BOM).replace(b"\x00", b"").lstrip()
    return head.startswith((b"UNA", b"UNB", b"UNH")) and not head[3:4].isalnum()


def read(*, data: bytes) -> Interchange:
    """The interchange of the bytes; never raises for bad bytes, the faults say what is wrong."""
    faults: list[Fault] = []
    if len(data) > BYTES_MAX:
        message = f"{len(data)} bytes are more than the {BYTES_MAX} that are read"
        faults.append(Fault("edifact.too_large", message, fix="split the interchange"))
        return Interchange(Separators(), "", None, [], faults)
    data = unpadded(data)
    separators, start = _service_string(data, faults)
    charset, text = _decode(data, start, separators, faults)
    segments = _segments(text, separators, start, faults)
    return _messages(segments, separators, charset, faults)


def _warn(faults: list[Fault], code: str, message: str, path: str = "") -> None:
    faults.append(Fault(f"edifact.{code}", message, path, severity=Severity.WARNING))


def _service_string(data: bytes, faults: list[Fault]) -> tuple[Separators, int]:
    """The separators, and where the segments begin."""
    start = 3 if data.startswith(_BOM) else 0
    start += len(data[start:]) - len(data[start:].lstrip())
    if data[start : start + 3] != b"UNA":
        return Separators(), start
    marks = data[start + 3 : start + 9].decode("latin-1")
    if len(marks) < 6:
        faults.append(Fault("edifact.truncated", "the file ends inside UNA", f"byte {start}"))
        return Separators(), len(data)
    component, element, decimal, release, _, terminator = tuple(marks)
    chosen = Separators(component, element, decimal, release, terminator)
    active = [m for m in (component, element, release, terminator) if m != " "]
    if len(set(active)) != len(active) or any(mark.isalnum() for mark in active):
        message = f"UNA gives separators that cannot be told apart: {marks!r}"
        faults.append(Fault("edifact.separators", message, f"byte {start}"))
        return Separators(), len(data)
    if decimal not in ".,":
        _warn(faults, "decimal_mark", f"UNA gives {decimal!r} as decimal mark", f"byte {start}")
    return chosen, start + 9


def _decode(data: bytes, start: int, marks: Separators, faults: list[Fault]) -> tuple[str, str]:
    """The character set that UNB names, and the text from the first segment on."""
    body = data[start:]
    head = body[:40].decode("latin-1").lstrip()
    charset = ""
    if head.startswith("UNB" + marks.element):
        charset = re.split(r"\W", head[4:], maxsplit=1)[0]
    encoding = ENCODINGS.get(charset, "iso8859-1")
    if charset not in ENCODINGS and charset:
        _warn(faults, "charset", f"the syntax identifier {charset!r} is unknown, read as UNOC")
    if encoding != "utf-8" and encoding != "iso2022_jp" and not body.isascii():
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            _warn(
                faults, "charset", f"the file says {charset or 'nothing'} but its bytes are UTF-8"
            )
            return charset, text
        if encoding == "ascii":
            _warn(faults, "charset", f"{charset} has no such characters; they are read as UNOC")
            encoding = "iso8859-1"
    try:
        return charset, body.decode(encoding)
    except UnicodeDecodeError as bad:
        message = f"byte {start + bad.start} is no character of {charset} ({encoding})"
        _warn(faults, "charset", f"{message}; read as latin-1", f"byte {start + bad.start}")
        return charset, body.decode("latin-1")


def _segments(text: str, marks: Separators, start: int, faults: list[Fault]) -> list[Segment]:
    """The text cut at terminators; line ends between and inside segments are no data."""
    end = re.escape(marks.terminator)
    if marks.release == " ":
        pattern = re.compile(f"([^{end}]*)({end}|\\Z)")
    else:
        release = re.escape(marks.release)
        one = f"(?:[^{end}{release}]++|{release}.)*+{release}?"
        pattern = re.compile(f"({one})({end}|\\Z)", re.DOTALL)
    found: list[Segment] = []
    drop_lines = marks.terminator not in "\r\n"
    for match in pattern.finditer(text):
        raw, closing = match.group(1), match.group(2)
        body = raw.lstrip("\r\n\t \x00\x1a\ufeff")
        if not body.strip("\x00\x1a \r\n\t"):
            if match.end() >= len(text):
                break
            continue
        offset = start + match.start() + len(raw) - len(body)
        if len(found) >= SEGMENTS_MAX:
            message = f"more than {SEGMENTS_MAX} segments"
            faults.append(Fault("edifact.too_large", message, fix="split the interchange"))
            break
        if drop_lines:
            body = _LINE_ENDS.sub("", body)
        elements = _elements(body, marks)
        tag = elements[0][0].strip()
        found.append(Segment(tag, elements[1:], len(found) + 1, offset))
        if not closing:
            message = f"the file ends inside segment {tag[:10]!r}"
            faults.append(
                Fault("edifact.truncated", message, f"segment {len(found)} (at {offset})")
            )
    return found


def _elements(body: str, marks: Separators) -> Elements:
    if marks.release == " " or marks.release not in body:
        return tuple(tuple(part.split(marks.component)) for part in body.split(marks.element))
    elements: list[tuple[str, ...]] = []
    components: list[str] = []
    current: list[str] = []
    characters = iter(body)
    for character in characters:
        if character == marks.release:
            current.append(next(characters, ""))
        elif character == marks.component:
            components.append("".join(current))
            current = []
        elif character == marks.element:
            components.append("".join(current))
            elements.append(tuple(components))
            current, components = [], []
        else:
            current.append(character)
    components.append("".join(current))
    return (*elements, tuple(components))


def _messages(
    segments: list[Segment], marks: Separators, charset: str, faults: list[Fault]
) -> Interchange:
    """The segments sorted into messages, with the counts and references of the trailers."""
    header: Segment | None = None
    trailer: Segment | None = None
    messages: list[Message] = []
    current: list[Segment] | None = None
    outside = False
    for segment in segments:
        place = f"segment {segment.number} {segment.tag[:10]} (at {segment.offset})"
        if segment.tag == "UNH":
            if current is not None:
                messages.append(_cut_off(current, place))
            current = []
            outside = False
        if current is not None:
            number = len(current) + 1
            current.append(Segment(segment.tag, segment.elements, number, segment.offset))
            if segment.tag == "UNT":
                messages.append(_closed(current, place))
                current = None
                continue
            if segment.tag not in ("UNZ", "UNE"):
                continue
            messages.append(_cut_off(current[:-1], place))
            current = None
        if segment.tag == "UNB":
            header = header or segment
        elif segment.tag == "UNZ":
            trailer = segment
        elif segment.tag not in ("UNG", "UNE"):
            if not _TAG.fullmatch(segment.tag):
                message = f"{segment.tag[:20]!r} is no segment tag"
                faults.append(Fault("edifact.tag", message, place))
                break
            if not outside:
                message = f"{segment.tag} and what follows stands outside of a message"
                _warn(faults, "segment", message, place)
            outside = True
    if current is not None:
        messages.append(_cut_off(current, "the end of the file"))
    _check_envelope(header, trailer, messages, faults)
    return Interchange(marks, charset, header, messages, faults)


def _cut_off(segments: list[Segment], place: str) -> Message:
    last = segments[-1]
    message = f"the message has no UNT; its last segment is {last.tag[:10]!r}"
    path = f"segment {last.number} (at {last.offset}), before {place}"
    return Message(segments, [Fault("edifact.truncated", message, path)])


def _closed(segments: list[Segment], place: str) -> Message:
    made = Message(segments)
    trailer = segments[-1]
    if trailer.get(1) != str(len(segments)):
        counted = trailer.get(1)[:20] or "nothing"
        text = f"UNT counts {counted}, the message has {len(segments)} segments"
        _warn(made.faults, "count", text, place)
    if trailer.get(2) != made.reference:
        text = f"UNT has the reference {trailer.get(2)[:20]!r}, UNH {made.reference[:20]!r}"
        _warn(made.faults, "reference", text, place)
    return made


def _check_envelope(
    header: Segment | None, trailer: Segment | None, messages: list[Message], faults: list[Fault]
) -> None:
    if not messages and not any(f.severity is Severity.FATAL for f in faults):
        faults.append(Fault("edifact.empty", "there is no message (UNH) in the file"))
    if header is None:
        _warn(faults, "no_interchange", "there is no UNB: the sender is not known")
    if trailer is None:
        if header is not None:
            _warn(faults, "no_trailer", "there is no UNZ: the file may be cut off")
        return
    if trailer.get(1) != str(len(messages)):
        text = f"UNZ counts {trailer.get(1)[:20] or 'nothing'}, there are {len(messages)} messages"
        _warn(faults, "count", text, f"segment {trailer.number} UNZ")
    if header is not None and trailer.get(2) != header.get(5):
        text = f"UNZ has the reference {trailer.get(2)[:20]!r}, UNB {header.get(5)[:20]!r}"
        _warn(faults, "reference", text, f"segment {trailer.number} UNZ")


def write(
    *,
    kind: str,
    association: str,
    messages: Sequence[Body],
    envelope: Envelope,
    lengths: dict[str, tuple[tuple[int, ...], ...]],
) -> bytes:
    """The interchange with these messages of one kind, such as ``INVOIC:D:96A:UN``.

    ``lengths`` gives the longest value of each component by segment. Raises CannotWrite with all
    values that are too long, and where the envelope is not complete.
    """
    charset = envelope.charset or "UNOC"
    if charset not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise CannotWrite.because("edifact.charset", f"no character set {charset!r}", fix=known)
    has = _repertoire(charset)
    faults: list[Fault] = []
    lines = ["UNA:+.? '"]
    syntax = "4" if charset in ("UNOW", "UNOY", "UNOL") else "3"
    day = envelope.prepared_at.strftime("%Y%m%d" if syntax == "4" else "%y%m%d")
    test = ("", "", "", "1" if envelope.wants_answer else "", "", "1" if envelope.is_test else "")
    header: tuple[Value, ...] = (
        (charset, syntax),
        (envelope.sender, envelope.sender_qualifier),
        (envelope.receiver, envelope.receiver_qualifier),
        (day, envelope.prepared_at.strftime("%H%M")),
        envelope.reference,
        *test,
    )
    lines.append(_line("UNB", header, has, faults, _UNB, "UNB"))
    identifier = (*kind.split(":"), association)
    for number, body in enumerate(messages, 1):
        reference = str(number)
        whole: Body = [("UNH", (reference, identifier)), *body]
        whole.append(("UNT", (str(len(whole) + 1), reference)))
        for place, (tag, values) in enumerate(whole, 1):
            where = f"message {number} segment {place} {tag}"
            lines.append(_line(tag, values, has, faults, lengths.get(tag, ()), where))
    trailer: tuple[Value, ...] = (str(len(messages)), envelope.reference)
    lines.append(_line("UNZ", trailer, has, faults, ((6,), (14,)), "UNZ"))
    if faults:
        raise CannotWrite(faults)
    return "\r\n".join(lines).encode(ENCODINGS[charset]) + b"\r\n"


_UNB = ((4, 1), (35, 4, 14), (35, 4, 14), (8, 4), (14,))


def _repertoire(charset: str) -> Callable[[str], bool]:
    """Whether a character may stand in data of this set; control characters never may."""
    if charset in ("UNOA", "UNOB"):
        level = _LEVEL_A if charset == "UNOA" else _LEVEL_B
        return level.__contains__
    encoding = ENCODINGS[charset]

    def has(character: str) -> bool:
        if character < " " or "\x7f" <= character <= "\x9f":
            return False
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            return False
        return True

    return has


def _line(
    tag: str,
    values: tuple[Value, ...],
    has: Callable[[str], bool],
    faults: list[Fault],
    lengths: tuple[tuple[int, ...], ...],
    where: str,
) -> str:
    """One segment with its terminator; empty ends are left out."""
    elements: list[str] = []
    for i, value in enumerate(values):
        parts = (value,) if isinstance(value, str) or value is None else tuple(value)
        written: list[str] = []
        for j, part in enumerate(parts):
            text = transliterate(part or "", has)
            most = lengths[i][j] if i < len(lengths) and j < len(lengths[i]) else 0
            if most and len(text) > most:
                message = f"{text[:60]!r} has {len(text)} characters, {most} fit"
                path = f"{where} element {i + 1}.{j + 1}"
                faults.append(Fault("edifact.too_long", message, path, fix="shorten it"))
            written.append(_released(text))
        while written and not written[-1]:
            written.pop()
        elements.append(":".join(written))
    while elements and not elements[-1]:
        elements.pop()
    return "+".join((tag, *elements)) + "'"


def _released(text: str) -> str:
    if not any(c in text for c in "?+:'"):
        return text
    return "".join(f"?{c}" if c in "?+:'" else c for c in text)
