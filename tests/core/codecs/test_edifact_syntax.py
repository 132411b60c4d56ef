"""The EDIFACT syntax: separators, character sets, odd files, and the strict writer."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.codecs.edi.characters import pieces, transliterate
from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Trouble, arrange, read_decimal, table
from acquit.core.codecs.edifact import syntax
from acquit.core.codecs.edifact.tables import LENGTHS
from acquit.core.codecs.writing import CannotWrite
from acquit.core.faults import Severity

ENVELOPE = Envelope(
    sender="4012345000009",
    sender_qualifier="14",
    receiver="3012345678906",
    receiver_qualifier="14",
    reference="77",
    prepared_at=datetime(2026, 11, 3, 8, 5),
)
PLAIN = b"UNB+UNOC:3+A+B+261103:0805+77'UNH+1+INVOIC:D:96A:UN'BGM+380+X'UNT+3+1'UNZ+1+77'"


def write(*segments: tuple[str, ...], charset: str = "UNOC") -> bytes:
    return syntax.write(
        kind="INVOIC:D:96A:UN",
        association="EAN008",
        messages=[[(tag, values) for tag, *values in segments]],
        envelope=Envelope(
            **{**{n: getattr(ENVELOPE, n) for n in ENVELOPE.__slots__}, "charset": charset}
        ),
        lengths=LENGTHS["D96A"],
    )


def codes(found: syntax.Interchange) -> list[str]:
    inner = [fault for message in found.messages for fault in message.faults]
    return [fault.code for fault in (*found.faults, *inner)]


def test_what_is_written_is_read_again() -> None:
    data = write(("BGM", "380", "a+b:c'd?e", "9"), ("FTX", "AAI", "", "", ("one", "two?")))
    assert b"BGM+380+a?+b?:c?'d??e+9'" in data
    assert b"UNB+UNOC:3+4012345000009:14+3012345678906:14+261103:0805+77'" in data
    found = syntax.read(data=data)
    assert codes(found) == []
    (message,) = found.messages
    assert (message.kind, message.version, message.reference) == ("INVOIC", "D96A", "1")
    assert message.segments[1].elements == (("380",), ("a+b:c'd?e",), ("9",))
    assert message.segments[2].get(4, 2) == "two?"
    assert message.segments[-1].elements == (("4",), ("1",))


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN,
        b"UNA:+.? '" + PLAIN,
        PLAIN.replace(b"'", b"'\r\n"),
        PLAIN.replace(b"'", b"'\n\t  "),
        PLAIN.replace(b"BGM+380", b"BGM+3\r\n80"),  # cut into lines of 80 by a mail gateway
        PLAIN.replace(b"+", b"*")
        .replace(b":", b">")
        .replace(b"'", b"~")
        .replace(b"UNB", b"UNA>*.? ~UNB", 1),
        PLAIN.replace(b"'", b"\n").replace(b"UNB", b"UNA:+.? \nUNB", 1),
        PLAIN.replace(b"?", b"").replace(b"UNB", b"UNA:+.  'UNB", 1),
        PLAIN + b"\x1a\x00\r\n",
    ],
    ids=["plain", "bom", "una", "crlf", "indent", "wrapped", "own", "lines", "no-release", "end"],
)
def test_odd_but_readable(data: bytes) -> None:
    assert syntax.sniff(data)
    found = syntax.read(data=data)
    assert codes(found) == []
    assert found.header is not None
    assert found.header.get(5) == "77"
    assert [s.tag for s in found.messages[0].segments] == ["UNH", "BGM", "UNT"]
    assert found.messages[0].segments[1].elements == (("380",), ("X",))


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        (b"UNT+3", b"UNT+9", "edifact.count", f"segment 4 UNT (at {PLAIN.index(b'UNT')})"),
        (b"UNT+3+1", b"UNT+3+2", "edifact.reference", f"segment 4 UNT (at {PLAIN.index(b'UNT')})"),
        (b"UNZ+1", b"UNZ+2", "edifact.count", "segment 5 UNZ"),
        (b"UNZ+1+77", b"UNZ+1+78", "edifact.reference", "segment 5 UNZ"),
        (b"UNZ+1+77'", b"", "edifact.no_trailer", ""),
        (b"UNOC", b"IATB", "edifact.charset", ""),
        (b"UNZ", b"XYZ+1'UNZ", "edifact.segment", f"segment 5 XYZ (at {PLAIN.index(b'UNZ')})"),
    ],
)
def test_wrong_counts_are_reported_not_fatal(old: bytes, new: bytes, code: str, place: str) -> None:
    found = syntax.read(data=PLAIN.replace(old, new))
    faults = [*found.faults, *(f for m in found.messages for f in m.faults)]
    assert (code, place) in [(f.code, f.path) for f in faults]
    assert all(f.severity is not Severity.FATAL for f in faults)
    assert len(found.messages) == 1


def test_a_cut_file_gives_what_was_read_and_the_place() -> None:
    two = PLAIN.replace(b"UNZ+1", b"UNH+2+INVOIC:D:96A:UN'BGM+380+Y'UNT+3+2'UNZ+2")
    cut = two[: two.index(b"+Y'")]
    found = syntax.read(data=cut)
    assert [m.reference for m in found.messages] == ["1", "2"]
    assert found.messages[0].faults == []
    (fault,) = found.messages[1].faults
    assert (fault.code, fault.severity) == ("edifact.truncated", Severity.FATAL)
    at = two.index(b"BGM+380+Y")
    assert f"segment 2 (at {at})" in fault.path
    assert ("edifact.truncated", f"segment 6 (at {at})") in [(f.code, f.path) for f in found.faults]


def test_bare_messages_and_messages_without_end() -> None:
    bare = PLAIN[PLAIN.index(b"UNH") : PLAIN.index(b"UNZ")]
    found = syntax.read(data=bare)
    assert codes(found) == ["edifact.no_interchange"]
    assert len(found.messages) == 1
    without = PLAIN.replace(b"UNT+3+1'", b"")
    assert codes(syntax.read(data=without)) == ["edifact.truncated"]


@pytest.mark.parametrize(
    "data", [b"", b"UNA", b"UNA+++'''", b"UNA::::::", b"hello", b"UNB+UNOC:3'"]
)
def test_what_is_no_interchange_is_a_fault(data: bytes) -> None:
    found = syntax.read(data=data)
    assert found.messages == []
    assert any(f.severity is Severity.FATAL for f in found.faults)


@pytest.mark.parametrize(
    ("charset", "text", "encoded"),
    [
        ("UNOC", "Grünau", "Grünau".encode("latin-1")),
        ("UNOD", "Ţăran", "Ţăran".encode("iso8859-2")),
        ("UNOE", "Москва", "Москва".encode("iso8859-5")),
        ("UNOF", "Αθήνα", "Αθήνα".encode("iso8859-7")),
        ("UNOL", "20 €", "20 €".encode("iso8859-15")),
        ("UNOY", "上海 €", "上海 €".encode()),
        ("UNOA", "GRUNAU STRASSE", b"GRUNAU STRASSE"),
    ],
)
def test_every_character_set_has_its_characters(charset: str, text: str, encoded: bytes) -> None:
    data = write(("FTX", "AAI", "", "", text), charset=charset)
    assert encoded in data
    found = syntax.read(data=data)
    assert found.messages[0].segments[1].get(4) == text


def test_characters_outside_the_set_are_written_with_others() -> None:
    data = write(("FTX", "AAI", "", "", "Größe 5 €, Țara – a\nb"), charset="UNOA")
    assert b"FTX+AAI+++GROSSE 5 EUR, TARA - A B'" in data
    data = write(("FTX", "AAI", "", "", "Größe 5 €, Țara 中"), charset="UNOC")
    assert "FTX+AAI+++Größe 5 EUR, Tara ??'".encode("latin-1") in data


def test_utf_8_under_a_wrong_name_is_read_and_reported() -> None:
    data = PLAIN.replace(b"380+X", "380+Grünau".encode())
    found = syntax.read(data=data)
    assert found.messages[0].segments[1].get(2) == "Grünau"
    assert codes(found) == ["edifact.charset"]


@pytest.mark.parametrize("mark", [":", "+", "'", "?", "::", "?:"])
def test_values_may_end_in_a_separator(mark: str) -> None:
    data = write(("BGM", "380", f"N{mark}"), ("FTX", "AAI", "", "", ("a", f"b{mark}", "")))
    segments = syntax.read(data=data).messages[0].segments
    assert segments[1].get(2) == f"N{mark}"
    assert segments[2].elements[3] == ("a", f"b{mark}")


def test_nothing_is_cut_in_silence() -> None:
    with pytest.raises(CannotWrite) as refused:
        write(("BGM", "380", "N" * 36, "9"), ("FTX", "AAI", "", "", "x" * 71))
    first, second = refused.value.faults
    assert (first.code, first.path) == ("edifact.too_long", "message 1 segment 2 BGM element 2.1")
    assert second.path == "message 1 segment 3 FTX element 4.1"
    with pytest.raises(CannotWrite):
        write(("BGM", "380"), charset="UNOZ")


def test_too_large_a_file_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "BYTES_MAX", 10)
    assert codes(syntax.read(data=PLAIN)) == ["edifact.too_large"]
    monkeypatch.setattr(syntax, "BYTES_MAX", 1000)
    monkeypatch.setattr(syntax, "SEGMENTS_MAX", 2)
    assert "edifact.too_large" in codes(syntax.read(data=PLAIN))


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=12)


@given(st.lists(st.lists(TEXT, min_size=1, max_size=4), min_size=1, max_size=5))
def test_any_text_survives_the_syntax(rows: list[list[str]]) -> None:
    data = write(*(("XXX", *row) for row in rows), charset="UNOY")
    found = syntax.read(data=data)
    assert codes(found) == []
    read = [[s.get(i + 1) for i in range(4)] for s in found.messages[0].segments[1:-1]]
    assert read == [[*row, "", "", ""][:4] for row in rows]


@given(st.text(max_size=300), st.integers(1, 40))
def test_pieces_join_to_the_text(text: str, size: int) -> None:
    found = pieces(text, size, 400)
    assert found is not None
    assert all(0 < len(piece) <= size for piece in found)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


@given(st.text(max_size=40))
def test_transliteration_leaves_only_what_is_allowed(text: str) -> None:
    assert transliterate(text, str.isascii).isascii()


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
    )
)
def test_figures_with_either_mark(value: object) -> None:
    text = str(value)
    assert read_decimal(text) == value
    assert read_decimal(text.replace(".", ",")) == value


@pytest.mark.parametrize("text", ["", "-", "1.2.3", "1e5", "٣", "--1", "1 000", "9" * 36, "NaN"])
def test_what_is_no_figure(text: str) -> None:
    assert read_decimal(text) is None


def test_the_tree_follows_the_table() -> None:
    group = table("UNH BGM [NAD [RFF DTM] CTA] [LIN QTY [RFF DTM]] UNS UNT")
    data = write(
        ("BGM", "1"),
        ("NAD", "A"),
        ("RFF", "x"),
        ("DTM", "1"),
        ("NAD", "B"),
        ("LIN", "1"),
        ("RFF", "y"),
        ("QTY", "5"),
        ("FOO", "1"),
        ("LIN", "2"),
        ("UNS", "S"),
    )
    source = Trouble("edifact")
    root = arrange(syntax.read(data=data).messages[0].segments, group, source)
    assert [n.get(1) for n in root.all("NAD")] == ["A", "B"]
    assert root.all("NAD")[0].all("RFF")[0].all("DTM")[0].get(1) == "1"
    first, _ = root.all("LIN")
    assert [child.tag for child in first.children] == ["RFF", "QTY"]
    assert [(f.code, f.severity) for f in source.result()] == [
        ("edifact.order", Severity.INFO),
        ("edifact.segment", Severity.WARNING),
    ]
