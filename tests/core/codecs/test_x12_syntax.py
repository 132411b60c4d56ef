"""The X12 syntax: separators by the header, odd files, counts, and the strict writer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.writing import CannotWrite
from acquit.core.codecs.x12 import syntax
from acquit.core.codecs.x12.tables import LENGTHS
from acquit.core.faults import Severity

ENVELOPE = Envelope(
    sender="4012345000009",
    receiver="ACME",
    reference="77",
    prepared_at=datetime(2026, 11, 3, 8, 5),
)
PLAIN = (
    b"ISA*00*          *00*          *ZZ*A              *ZZ*B              "
    b"*261103*0805*U*00401*000000077*0*P*>~GS*IN*A*B*20261103*0805*77*X*004010~"
    b"ST*810*0001~BIG*20261103*X~SE*3*0001~GE*1*77~IEA*1*000000077~"
)


def write(
    *segments: tuple[str, ...], version: str = "4010", envelope: Envelope = ENVELOPE
) -> bytes:
    return syntax.write(
        functional="IN",
        kind="810",
        version=version,
        sets=[[(tag, tuple(values)) for tag, *values in segments]],
        envelope=envelope,
        lengths=LENGTHS[version],
    )


def faults(found: syntax.Interchange) -> list[tuple[str, str]]:
    inner = [fault for each in found.sets for fault in each.faults]
    return [(fault.code, fault.path) for fault in (*found.faults, *inner)]


@pytest.mark.parametrize(("version", "header"), [("4010", b"*U*00401*"), ("5010", b"*^*00501*")])
def test_the_header_has_its_fixed_length(version: str, header: bytes) -> None:
    data = write(("BIG", "20261103", "X"), version=version)
    isa = data[: data.index(b"~") + 1]
    assert len(isa) == 106
    assert header in isa
    assert f"*X*00{version}~".encode() in data
    found = syntax.read(data=data)
    assert faults(found) == []
    (each,) = found.sets
    assert (each.kind, each.version, each.reference) == ("810", version, "0001")
    assert each.segments[-1].elements == (("3",), ("0001",))
    assert found.header is not None
    assert found.header.get(6) == "4012345000009"


def _short(data: bytes) -> bytes:
    head, rest = data[:106], data[106:]
    return b"*".join(part.strip(b" ") for part in head.split(b"*")) + rest


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN,
        b"\r\n  " + PLAIN,
        PLAIN.replace(b"~", b"~\r\n"),
        PLAIN.replace(b"~", b"~\n\t  "),
        PLAIN.replace(b"~", b"\n"),
        PLAIN.replace(b"~", b"\r\n"),
        PLAIN.replace(b"*", b"|").replace(b">", b":").replace(b"~", b"'"),
        PLAIN.replace(b"*", b"\x1d").replace(b">", b"\x1f").replace(b"~", b"\x1c"),
        _short(PLAIN),
        PLAIN.replace(b"ISA*00*          ", "ISA*00*\u00a0\u00a0".encode()),
    ],
    ids=[
        "plain",
        "bom",
        "blank",
        "crlf",
        "indent",
        "lf",
        "crlf-only",
        "own",
        "control",
        "short",
        "nbsp",
    ],
)
def test_odd_but_readable(data: bytes) -> None:
    assert syntax.sniff(data)
    found = syntax.read(data=data)
    assert faults(found) == []
    (each,) = found.sets
    assert [s.tag for s in each.segments] == ["ST", "BIG", "SE"]
    assert each.segments[1].elements == (("20261103",), ("X",))


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        (b"SE*3", b"SE*9", "x12.count", f"segment 5 SE (at {PLAIN.index(b'SE*')})"),
        (b"SE*3*0001", b"SE*3*0002", "x12.reference", f"segment 5 SE (at {PLAIN.index(b'SE*')})"),
        (b"GE*1*", b"GE*2*", "x12.count", f"segment 6 GE (at {PLAIN.index(b'GE*')})"),
        (b"GE*1*77", b"GE*1*78", "x12.reference", f"segment 6 GE (at {PLAIN.index(b'GE*')})"),
        (b"IEA*1*", b"IEA**", "x12.count", f"segment 7 IEA (at {PLAIN.index(b'IEA*')})"),
        (b"IEA*1*000000077~", b"", "x12.no_trailer", ""),
        (b"GE*1", b"XYZ*1~ABC~GE*1", "x12.segment", f"segment 6 XYZ (at {PLAIN.index(b'GE*')})"),
    ],
)
def test_wrong_counts_are_reported_not_fatal(old: bytes, new: bytes, code: str, place: str) -> None:
    found = syntax.read(data=PLAIN.replace(old, new))
    assert faults(found) == [(code, place)]
    assert all(f.severity is Severity.WARNING for f in (*found.faults, *found.sets[0].faults))


def test_a_cut_file_gives_what_was_read_and_the_place() -> None:
    two = PLAIN.replace(b"GE*1", b"ST*810*0002~BIG*20261103*Y~SE*3*0002~GE*2")
    found = syntax.read(data=two[: two.index(b"*Y~")])
    assert [s.reference for s in found.sets] == ["0001", "0002"]
    assert found.sets[0].faults == []
    (fault,) = found.sets[1].faults
    assert (fault.code, fault.severity) == ("x12.truncated", Severity.FATAL)
    assert fault.path.startswith("segment 2 (at ")
    without = PLAIN.replace(b"SE*3*0001~", b"")
    assert ("x12.truncated" in [code for code, _ in faults(syntax.read(data=without))]) is True


@pytest.mark.parametrize(
    "data",
    [b"", b"ISA", b"ISA*00*~", b"hello", b"ISA" + b"A" * 200, b"ISA****************>", PLAIN[:106]],
)
def test_what_is_no_interchange_is_a_fault(data: bytes) -> None:
    found = syntax.read(data=data)
    assert found.sets == []
    assert any(f.severity is Severity.FATAL for f in found.faults)


def test_separators_are_those_the_texts_do_not_have() -> None:
    data = write(("MSG", "a*b~c>d^e"))
    assert b"MSG|a*b~c>d^e\x1c" in data
    found = syntax.read(data=data)
    assert faults(found) == []
    assert found.sets[0].segments[1].get(1) == "a*b~c>d^e"


def test_characters_of_the_encoding() -> None:
    assert b"MSG*Grunau 5 EUR~" in write(("MSG", "Grünau 5 €"))
    wide = replace(ENVELOPE, charset="utf-8")
    data = write(("MSG", "Grünau 5 €"), envelope=wide)
    assert syntax.read(data=data).sets[0].segments[1].get(1) == "Grünau 5 €"
    latin = replace(ENVELOPE, charset="latin-1")
    data = write(("MSG", "Grünau"), envelope=latin)
    assert syntax.read(data=data).sets[0].segments[1].get(1) == "Grünau"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("reference", "A1", "x12.control_number"),
        ("reference", "1234567890", "x12.control_number"),
        ("sender", "S" * 16, "x12.too_long"),
        ("receiver", "", "x12.too_long"),
    ],
)
def test_an_envelope_that_does_not_fit(field: str, value: str, code: str) -> None:
    with pytest.raises(CannotWrite) as refused:
        write(("BIG", "20261103", "X"), envelope=replace(ENVELOPE, **{field: value}))
    assert (refused.value.faults[0].code, refused.value.faults[0].path) == (
        code,
        f"envelope.{field}",
    )


def test_nothing_is_cut_in_silence() -> None:
    with pytest.raises(CannotWrite) as refused:
        write(("BIG", "20261103", "N" * 23), ("N4", "K"), ("IT1", "1", "-1234567890.5", "EA"))
    found = [(f.code, f.path) for f in refused.value.faults]
    assert found == [
        ("x12.too_long", "set 1 segment 2 BIG element 2"),
        ("x12.too_long", "set 1 segment 3 N4 element 1"),  # two characters at least
        ("x12.too_long", "set 1 segment 4 IT1 element 2"),  # eleven digits; signs do not count
    ]


def test_too_large_a_file_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "BYTES_MAX", 10)
    assert faults(syntax.read(data=PLAIN)) == [("x12.too_large", "")]
    monkeypatch.setattr(syntax, "BYTES_MAX", 1000)
    monkeypatch.setattr(syntax, "SEGMENTS_MAX", 4)
    assert ("x12.too_large", "") in faults(syntax.read(data=PLAIN))


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=12)


@given(st.lists(st.lists(TEXT, min_size=1, max_size=4), min_size=1, max_size=5))
def test_any_text_survives_the_syntax(rows: list[list[str]]) -> None:
    data = write(*(("XXX", *row) for row in rows), envelope=replace(ENVELOPE, charset="utf-8"))
    found = syntax.read(data=data)
    assert faults(found) == []
    read = [[s.get(i + 1) for i in range(4)] for s in found.sets[0].segments[1:-1]]
    assert read == [[*row, "", "", ""][:4] for row in rows]
