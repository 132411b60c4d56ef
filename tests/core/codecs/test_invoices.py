"""Finding out what a file is; and that no bytes whatever make a reader or the judge crash."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.codecs import cii, facturx, invoices, pdf, ubl
from acquit.core.judges.official import judge
from tests.core.documents.samples import two_rates

UBL = ubl.write(document=two_rates())
CII = cii.write(document=two_rates())
PDF = facturx.write(
    document=two_rates(),
    pdf=pdf.render(document=two_rates(), branding=pdf.Branding(), locale="fr", mentions=()),
)


@pytest.mark.parametrize(("data", "codec"), [(UBL, ubl), (CII, cii), (PDF, facturx)])
def test_the_syntax_is_found_and_read(data: bytes, codec: ModuleType) -> None:
    assert invoices.sniff(data=data) is codec
    reading = invoices.read(data=data)
    assert reading.document is not None
    assert reading.document.totals == two_rates().totals


@pytest.mark.parametrize("data", [b"", b"hello", b"<a/>", b"\x00" * 50])
def test_what_is_no_invoice_is_said_to_be_none(data: bytes) -> None:
    assert invoices.sniff(data=data) is None
    (fault,) = invoices.read(data=data).faults
    assert (fault.code, fault.fix) == ("invoice.syntax", "known: ubl, cii, facturx")


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


@pytest.mark.parametrize("whole", [UBL, CII, PDF], ids=["ubl", "cii", "pdf"])
@settings(max_examples=60, deadline=None)
@given(picks=st.data())
def test_damage_gives_faults_and_never_a_crash(whole: bytes, picks: st.DataObject) -> None:
    data = picks.draw(damaged(whole))
    for codec in (ubl, cii, facturx):
        reading = codec.read(data=data)
        assert (reading.document is None) == bool(reading.fatal)
    verdict = judge(data)
    assert verdict.valid or verdict.faults
    assert verdict.to_dict()["valid"] is verdict.valid
