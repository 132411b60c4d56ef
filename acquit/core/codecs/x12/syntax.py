"""The syntax of ASC X12: interchanges (ISA), functional groups (GS), transaction sets (ST).

Own code: the libraries there are want an ISA of exactly 106 characters, which real files do not
have, or know only the health-care sets. X12 has no release character, so the writer chooses
separators that the texts do not contain. Lenient in, strict out, as with EDIFACT.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from acquit.core.codecs.edi.characters import transliterate
from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Segment
from acquit.core.codecs.writing import CannotWrite
from acquit.core.faults import Fault, Severity
from acquit.core.text import unpadded

NAME = "x12"
BYTES_MAX = 50_000_000
SEGMENTS_MAX = 500_000  # about half a gigabyte when read
Value = str | None
Body = list[tuple[str, tuple[Value, ...]]]
Lengths = dict[str, tuple[tuple[int, int], ...]]  # per segment the least and most characters

_BOM = b"\xef\xbb\xbf"
_ISA_ELEMENTS = 16
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
# The first that no text contains is taken. The last of each is a control character of the
# standard's own list, which no text can contain after transliteration.
_ELEMENT, _COMPONENT, _TERMINATOR, _REPEAT = "*|\x1d", ">:\x1f", "~\x1c", "^`\x1e"


@dataclass(frozen=True, slots=True)
class Separators:
    element: str = "*"
    component: str = ">"
    terminator: str = "~"
    repetition: str = "^"

    @property
    def special(self) -> str:
        return self.element + self.component + self.terminator + self.repetition


@dataclass(slots=True)
class TransactionSet:
    """One set as it stands, ST to SE. ``group`` is the GS it stands in, if it stands in one."""

    segments: list[Segment]
    group: Segment | None
    faults: list[Fault] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The identifier of the set, such as 810."""
        return self.segments[0].get(1)

    @property
    def reference(self) -> str:
        return self.segments[0].get(2)

    @property
    def version(self) -> str:
        """Version and release, such as 4010: GS08 without zeros and the partner's suffix."""
        text = self.group.get(8) if self.group else ""
        return text[:6].lstrip("0") or "4010"


@dataclass(slots=True)
class Interchange:
    """A file: header, sets, acknowledgements of interchanges (TA1), faults of the envelope."""

    separators: Separators
    header: Segment | None
    sets: list[TransactionSet]
    acknowledgements: list[Segment]
    faults: list[Fault]


def sniff(data: bytes) -> bool:
    """Whether the bytes begin like an ISA header."""
    head = data[:200].removeprefix(_BOM).lstrip()
    return head.startswith(b"ISA") and len(head) > 3 and not head[3:4].isalnum()


def read(*, data: bytes) -> Interchange:
    """The interchange of the bytes; never raises for bad bytes, the faults say what is wrong."""
    faults: list[Fault] = []
    empty = Interchange(Separators(), None, [], [], faults)
    if len(data) > BYTES_MAX:
        message = f"{len(data)} bytes are more than the {BYTES_MAX} that are read"
        faults.append(Fault("x12.too_large", message, fix="split the interchange"))
        return empty
    data = unpadded(data)
    body = data.removeprefix(_BOM)
    start = len(data) - len(body) + len(body) - len(body.lstrip())
    text = _decode(data[start:])
    marks = _separators(text)
    if marks is None:
        message = "there is no ISA header with its sixteen elements"
        faults.append(Fault("x12.header", message, f"byte {start}"))
        return empty
    return _sorted(list(_segments(text, marks, start, faults)), marks, faults)


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _separators(text: str) -> Separators | None:
    """The separators by the header: the fourth character, ISA16, and what follows ISA16. An ISA
    whose elements are not padded to their length is understood too."""
    if not text.startswith("ISA") or len(text) < 20:
        return None
    element = text[3]
    parts = text[:400].split(element, _ISA_ELEMENTS)
    if element.isalnum() or len(parts) <= _ISA_ELEMENTS or len(parts[-1]) < 2:
        return None
    component, terminator = parts[-1][0], parts[-1][1]
    if terminator == "\r" and parts[-1][2:3] == "\n":
        terminator = "\n"
    if len({element, component, terminator}) < 3 or terminator.isalnum() or component.isalnum():
        return None
    repetition = parts[11] if len(parts[11]) == 1 and not parts[11].isalnum() else ""
    return Separators(element, component, terminator, repetition)


def _segments(text: str, marks: Separators, start: int, faults: list[Fault]) -> Iterator[Segment]:
    position = number = 0
    component = marks.component
    while position < len(text):
        end = text.find(marks.terminator, position)
        closed = end >= 0
        raw = text[position : end if closed else len(text)]
        body = raw.lstrip("\r\n\t \x00\x1a").rstrip("\r\n")
        offset = start + position + len(raw) - len(raw.lstrip("\r\n\t \x00\x1a"))
        position = end + 1 if closed else len(text)
        if not body:
            continue
        number += 1
        if number > SEGMENTS_MAX:
            message = f"more than {SEGMENTS_MAX} segments"
            faults.append(Fault("x12.too_large", message, fix="split the interchange"))
            return
        tag, *values = body.split(marks.element)
        tag = tag.strip()
        # ISA16 is the component separator itself.
        elements = (
            tuple((v,) for v in values)
            if tag == "ISA"
            else tuple(tuple(v.split(component)) for v in values)
        )
        if not closed:
            message = f"the file ends inside segment {tag[:10]!r}"
            faults.append(Fault("x12.truncated", message, f"segment {number} (at {offset})"))
        yield Segment(tag, elements, number, offset)


def _warn(faults: list[Fault], code: str, message: str, path: str) -> None:
    faults.append(Fault(f"x12.{code}", message, path, severity=Severity.WARNING))


def _sorted(segments: list[Segment], marks: Separators, faults: list[Fault]) -> Interchange:
    found = Interchange(marks, None, [], [], faults)
    group: Segment | None = None
    in_group = groups = 0
    current: TransactionSet | None = None
    trailer: Segment | None = None
    outside = False
    for segment in segments:
        place = f"segment {segment.number} {segment.tag[:10]} (at {segment.offset})"
        tag = segment.tag
        if current is not None and tag in ("ST", "GE", "IEA", "GS", "ISA"):
            _cut_off(current, place)
            current = None
        if tag == "ST":
            current = TransactionSet([], group)
            found.sets.append(current)
            in_group += 1
            outside = False
        if current is not None:
            number = len(current.segments) + 1
            current.segments.append(Segment(tag, segment.elements, number, segment.offset))
            if tag == "SE":
                _check_set(current, place)
                current = None
        elif tag == "ISA" and found.header is None:
            found.header = segment
        elif tag == "GS":
            group, in_group, groups = segment, 0, groups + 1
        elif tag == "GE":
            _check_trailer(faults, group, 6, segment, in_group, place)
            group = None
        elif tag == "IEA":
            trailer = segment
            _check_trailer(faults, found.header, 13, segment, groups, place)
        elif tag == "TA1":
            found.acknowledgements.append(segment)
        elif not _TAG.fullmatch(tag):
            message = f"{tag[:20]!r} is no segment identifier"
            faults.append(Fault("x12.tag", message, place))
            break
        else:
            if not outside:
                message = f"{tag} and what follows stands outside of a transaction set"
                _warn(faults, "segment", message, place)
            outside = True
    if current is not None:
        _cut_off(current, "the end of the file")
    if trailer is None:
        _warn(faults, "no_trailer", "there is no IEA: the file may be cut off", "")
    if not found.sets and not found.acknowledgements:
        faults.append(Fault("x12.empty", "there is no transaction set (ST) in the file"))
    return found


def _cut_off(current: TransactionSet, place: str) -> None:
    last = current.segments[-1]
    message = f"the transaction set has no SE; its last segment is {last.tag[:10]!r}"
    path = f"segment {last.number} (at {last.offset}), before {place}"
    current.faults.append(Fault("x12.truncated", message, path))


def _check_set(current: TransactionSet, place: str) -> None:
    trailer = current.segments[-1]
    count = len(current.segments)
    if not _counts(trailer.get(1), count):
        counted = trailer.get(1)[:20] or "nothing"
        message = f"SE counts {counted}, the transaction set has {count} segments"
        _warn(current.faults, "count", message, place)
    if trailer.get(2) != current.reference:
        message = f"SE has the number {trailer.get(2)[:20]!r}, ST {current.reference[:20]!r}"
        _warn(current.faults, "reference", message, place)


def _counts(text: str, count: int) -> bool:
    return text.isascii() and text.isdigit() and text.lstrip("0") == str(count or "")


def _check_trailer(
    faults: list[Fault],
    header: Segment | None,
    element: int,
    trailer: Segment,
    count: int,
    place: str,
) -> None:
    """GE against its GS, IEA against its ISA."""
    if not _counts(trailer.get(1), count):
        counted = trailer.get(1)[:20] or "nothing"
        _warn(faults, "count", f"{trailer.tag} counts {counted}, there are {count}", place)
    opened = header.get(element) if header else ""
    if trailer.get(2).lstrip("0") != opened.lstrip("0"):
        message = (
            f"{trailer.tag} has the number {trailer.get(2)[:20]!r}, its header {opened[:20]!r}"
        )
        _warn(faults, "reference", message, place)


def write(
    *,
    functional: str,
    kind: str,
    version: str,
    sets: Sequence[Body],
    envelope: Envelope,
    lengths: Lengths,
    acknowledgements: Sequence[Body] = (),
) -> bytes:
    """One interchange with one functional group of these sets; none where ``sets`` is empty.

    ``version`` is 4010 or 5010. Raises CannotWrite with every value that does not fit.
    """
    encoding = envelope.charset or "ascii"
    texts = "".join(
        value or "" for body in (*sets, *acknowledgements) for _, vs in body for value in vs
    )
    marks = Separators(*(_free(c, texts) for c in (_ELEMENT, _COMPONENT, _TERMINATOR, _REPEAT)))
    has = _repertoire(encoding, marks)
    faults: list[Fault] = []
    number = envelope.reference
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        message = f"the control number {number[:40]!r} is not of up to nine digits"
        faults.append(Fault("x12.control_number", message, "envelope.reference"))
    for name, value in (("sender", envelope.sender), ("receiver", envelope.receiver)):
        if not 0 < len(value) <= 15:
            message = f"{value[:40]!r} is not of 1 to 15 characters"
            faults.append(Fault("x12.too_long", message, f"envelope.{name}"))
    lines = [_isa(envelope, version, marks, has)]
    for body in acknowledgements:
        lines += [_line(tag, vs, marks, has, faults, (), f"{tag}") for tag, vs in body]
    if sets:
        day, time = envelope.prepared_at.strftime("%Y%m%d"), envelope.prepared_at.strftime("%H%M")
        control = number.lstrip("0") or "0"
        gs: tuple[Value, ...] = (
            functional,
            envelope.sender,
            envelope.receiver,
            day,
            time,
            control,
            "X",
            f"00{version}",
        )
        lines.append(_line("GS", gs, marks, has, faults, (), "GS"))
        for place, body in enumerate(sets, 1):
            lines += _set(kind, place, body, marks, has, faults, lengths)
        lines.append(_line("GE", (str(len(sets)), control), marks, has, faults, (), "GE"))
    trailer: tuple[Value, ...] = ("1" if sets else "0", number.zfill(9))
    lines.append(_line("IEA", trailer, marks, has, faults, (), "IEA"))
    if faults:
        raise CannotWrite(faults)
    return "\n".join(lines).encode(encoding) + b"\n"


def _set(
    kind: str,
    place: int,
    body: Body,
    marks: Separators,
    has: Callable[[str], bool],
    faults: list[Fault],
    lengths: Lengths,
) -> Iterator[str]:
    control = f"{place:04d}"
    whole: Body = [("ST", (kind, control)), *body]
    whole.append(("SE", (str(len(whole) + 1), control)))
    for number, (tag, values) in enumerate(whole, 1):
        where = f"set {place} segment {number} {tag}"
        yield _line(tag, values, marks, has, faults, lengths.get(tag, ()), where)


def _free(candidates: str, texts: str) -> str:
    return next((c for c in candidates if c not in texts), candidates[-1])


def _repertoire(encoding: str, marks: Separators) -> Callable[[str], bool]:
    def has(character: str) -> bool:
        if character < " " or "\x7f" <= character <= "\x9f" or character in marks.special:
            return False
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            return False
        return True

    return has


def _isa(envelope: Envelope, version: str, marks: Separators, has: Callable[[str], bool]) -> str:
    """The header, 106 characters with its terminator."""
    parts = (
        "ISA",
        "00",
        " " * 10,
        "00",
        " " * 10,
        envelope.sender_qualifier or "ZZ",
        transliterate(envelope.sender, has).ljust(15),
        envelope.receiver_qualifier or "ZZ",
        transliterate(envelope.receiver, has).ljust(15),
        envelope.prepared_at.strftime("%y%m%d"),
        envelope.prepared_at.strftime("%H%M"),
        "U" if version == "4010" else marks.repetition,
        "00401" if version == "4010" else "00501",
        envelope.reference.zfill(9),
        "1" if envelope.wants_answer else "0",
        "T" if envelope.is_test else "P",
        marks.component,
    )
    return marks.element.join(parts) + marks.terminator


def _line(
    tag: str,
    values: tuple[Value, ...],
    marks: Separators,
    has: Callable[[str], bool],
    faults: list[Fault],
    lengths: tuple[tuple[int, int], ...],
    where: str,
) -> str:
    written: list[str] = []
    for index, value in enumerate(values):
        text = transliterate(value or "", has)
        if text and index < len(lengths):
            least, most = lengths[index]
            # A figure is measured by its digits alone (X12.6).
            size = len(text) if not _is_figure(text) else sum(c.isdigit() for c in text)
            if not least <= size <= most:
                message = f"{text[:60]!r} has {size} characters, {least} to {most} fit"
                path = f"{where} element {index + 1}"
                faults.append(Fault("x12.too_long", message, path, fix="change its length"))
        written.append(text)
    while written and not written[-1].strip():
        written.pop()
    return marks.element.join((tag, *written)) + marks.terminator


def _is_figure(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()
