"""Finding out what a file is; and that no bytes whatever make a reader or the judge crash."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.codecs import cii, edifact, facturx, formats, invoices, pdf, ubl, x12
from acquit.core.codecs.writing import CannotWrite
from acquit.core.judges.official import judge
from tests.core.documents.samples import two_rates

UBL = ubl.write(document=two_rates())
CII = cii.write(document=two_rates())
PDF = facturx.write(
    document=two_rates(),
    pdf=pdf.render(document=two_rates(), branding=pdf.Branding(), locale="fr", mentions=()),
)


EDIFACT = edifact.write(document=two_rates()).data
X12 = x12.write(document=two_rates()).data


@pytest.mark.parametrize(
    ("data", "codec"),
    [(UBL, ubl), (CII, cii), (PDF, facturx), (EDIFACT, edifact), (X12, x12)],
)
def test_the_syntax_is_found_and_read(data: bytes, codec: ModuleType) -> None:
    assert formats.sniff(data=data) is codec
    reading = invoices.read(data=data)
    assert reading.document is not None
    assert reading.document.totals == two_rates().totals


@pytest.mark.parametrize("data", [b"", b" \n", b"hello", b"<a/>", b"\x00" * 50])
def test_what_is_no_invoice_is_said_to_be_none(data: bytes) -> None:
    assert formats.sniff(data=data) is None
    (fault,) = invoices.read(data=data).faults
    known = "known: ubl, cii, orderx, cdar, flux10, facturx, edifact, x12, efactura"
    empty = ("document.empty", "send it again")
    assert (fault.code, fault.fix) == (("document.syntax", known) if data.strip() else empty)


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"\x1f\x8b\x08", b"7z\xbc\xaf\x27", b"Rar!\x1a"])
def test_an_archive_is_never_unpacked(head: bytes) -> None:
    (fault,) = formats.read(data=head + bytes(100)).faults
    assert (fault.code, fault.fix) == ("document.packed", "unpack it first")


def test_several_documents_in_one_file_are_not_one_invoice() -> None:
    one = EDIFACT[EDIFACT.index(b"UNH") : EDIFACT.index(b"UNZ")]
    data = EDIFACT.replace(b"UNZ+1", one.replace(b"F-2026-0042", b"F-2026-0043") + b"UNZ+2")
    assert [p.name for p in formats.read(data=data).parts] == ["INVOIC D96A", "INVOIC D96A"]
    reading = invoices.read(data=data)
    assert reading.document is None
    assert [f.code for f in reading.fatal] == ["invoice.documents"]


@pytest.mark.parametrize("to", formats.WRITES)
def test_every_syntax_writes_what_every_syntax_reads(to: str) -> None:
    for data in (UBL, CII, EDIFACT, X12):
        document = invoices.read(data=data).document
        written = formats.write(document=document, to=to)
        if to != formats.JSON:
            assert invoices.read(data=written.data).document.totals == two_rates().totals


@pytest.mark.parametrize(("to", "version"), [("pdf", ""), ("x12", "3010"), ("edifact", "4010")])
def test_what_cannot_be_written_is_refused_with_what_can(to: str, version: str) -> None:
    with pytest.raises(CannotWrite) as refused:
        formats.write(document=two_rates(), to=to, version=version)
    assert refused.value.faults[0].fix.startswith("one of: ")


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Pieces cut out, doubled, swapped for noise or for text that is legal but wrong."""
    data = whole
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        piece = draw(
            st.sampled_from([b"", data[start:end] * 2, b"<x/>", b"-", b"9" * 50, b"&amp;"])
            | st.binary(max_size=8)
        )
        data = data[:start] + piece + data[end:]
    return data


@pytest.mark.parametrize("whole", [EDIFACT, X12], ids=["edifact", "x12"])
@settings(max_examples=60, deadline=None)
@given(picks=st.data())
def test_damaged_messages_have_a_document_or_a_reason(whole: bytes, picks: st.DataObject) -> None:
    data = picks.draw(damaged(whole))
    for reading in (invoices.read(data=data), edifact.read(data=data), x12.read(data=data)):
        assert (reading.document is None) == bool(reading.fatal)


@pytest.mark.parametrize("whole", [UBL, CII, PDF], ids=["ubl", "cii", "pdf"])
@settings(max_examples=60, deadline=None)
@given(picks=st.data())
def test_damage_gives_faults_and_never_a_crash(whole: bytes, picks: st.DataObject) -> None:
    data = picks.draw(damaged(whole))
    reading = invoices.read(data=data)
    assert (reading.document is None) == bool(reading.fatal)
    for codec in (ubl, cii, facturx):
        reading = codec.read(data=data)
        assert (reading.document is None) == bool(reading.fatal)
    verdict = judge(data)
    assert verdict.valid or verdict.faults
    assert verdict.to_dict()["valid"] is verdict.valid
