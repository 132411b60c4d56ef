"""Factur-X: the XML goes into a PDF/A-3 and comes out of any, and nothing hostile with it."""

from __future__ import annotations

import io
import zlib

import facturx as wheel
import pikepdf
import pytest

from acquit.core.codecs import cii, facturx, pdf, xml
from acquit.core.codecs.facturx.embed import NotArchivable, Profile, embed
from acquit.core.documents.invoice import Invoice
from acquit.core.judges.official import judge
from tests.core.documents.samples import credit_note, romanian_in_euro, two_rates


def page_of(document: Invoice) -> bytes:
    return pdf.render(document=document, branding=pdf.Branding(), locale="fr", mentions=())


def holding(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        for name, data in files.items():
            spec = pikepdf.AttachedFileSpec(document, data, filename=name)
            document.attachments[name] = spec
        document.save(target)
    return target.getvalue()


@pytest.mark.parametrize("make", [two_rates, credit_note, romanian_in_euro])
def test_the_xml_comes_back_byte_for_byte(make) -> None:  # type: ignore[no-untyped-def]
    document = make()
    data = facturx.write(document=document, pdf=page_of(document))
    assert facturx.extract(pdf=data).xml == cii.write(document=document)
    reading = facturx.read(data=data)
    assert reading.document is not None
    assert reading.document.totals == document.totals
    assert facturx.sniff(data)
    assert judge(data).valid


def test_another_implementation_finds_and_accepts_it() -> None:
    data = facturx.write(document=two_rates(), pdf=page_of(two_rates()))
    name, content = wheel.get_facturx_xml_from_pdf(data, check_xsd=True)
    assert (name, content) == ("factur-x.xml", cii.write(document=two_rates()))


def test_the_pdf_declares_what_it_holds() -> None:
    data = facturx.write(document=two_rates(), pdf=page_of(two_rates()))
    with pikepdf.open(io.BytesIO(data)) as document:
        (associated,) = document.Root.AF
        assert associated.AFRelationship == pikepdf.Name.Alternative
        assert associated.EF.F.Subtype == pikepdf.Name("/text/xml")
        packet = document.Root.Metadata.read_bytes().decode()
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            fx = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
            assert metadata[f"{fx}ConformanceLevel"] == "EN 16931"
            assert metadata[f"{fx}DocumentFileName"] == "factur-x.xml"
            assert metadata["pdfaid:part"] == "3"
    assert packet.count("urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</") == 1


def test_embedding_again_replaces_and_repeats_exactly() -> None:
    page = page_of(two_rates())
    first = facturx.write(document=two_rates(), pdf=page)
    assert facturx.write(document=two_rates(), pdf=page) == first
    second = facturx.write(document=credit_note(), pdf=first)
    assert facturx.extract(pdf=second).xml == cii.write(document=credit_note())
    with pikepdf.open(io.BytesIO(second)) as document:
        assert len(document.attachments) == 1
        assert document.Root.Metadata.read_bytes().count(b"<fx:ConformanceLevel>") == 1


def test_the_paper_stays_byte_for_byte_before_what_is_attached() -> None:
    page = page_of(two_rates())
    assert facturx.write(document=two_rates(), pdf=page).startswith(page)


def test_a_pdf_with_its_table_in_a_stream_is_saved_as_a_whole() -> None:
    packed_page = io.BytesIO()
    with pikepdf.open(io.BytesIO(page_of(two_rates()))) as document:
        document.save(packed_page, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    data = facturx.write(document=two_rates(), pdf=packed_page.getvalue())
    with pikepdf.open(io.BytesIO(data)) as document:
        assert document.Root.AF[0].AFRelationship == pikepdf.Name.Alternative
        assert not document.get_warnings()
    assert judge(data).valid
    assert facturx.extract(pdf=data).xml == cii.write(document=two_rates())


def test_a_plain_pdf_is_not_made_an_invoice() -> None:
    with pytest.raises(NotArchivable, match="does not declare PDF/A-3"):
        embed(pdf=holding({}), xml=b"<a/>", profile=Profile.EN16931)


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml"]
)
def test_every_known_name_is_found(name: str) -> None:
    content = cii.write(document=two_rates())
    assert facturx.extract(pdf=holding({name: content, "other.xml": b"<a/>"})).xml == content


def packed(raw: bytes, packing: str) -> bytes:
    """A PDF whose attachment is these raw bytes, said to be packed in this way."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(holding({"factur-x.xml": b"<a/>"}))) as document:
        stream = document.attachments["factur-x.xml"].get_file().obj
        stream.write(raw, filter=pikepdf.Name(packing))
        document.save(target, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not a pdf", "pdf.damaged"),
        (b"%PDF-1.7\n%%EOF", "pdf.damaged"),
        (holding({}), "facturx.missing"),
        (holding({"readme.xml": b"<a/>"}), "facturx.missing"),
        (holding({"factur-x.xml": b"<a/>", "xrechnung.xml": b"<b/>"}), "facturx.ambiguous"),
        (packed(b"not deflated", "/FlateDecode"), "pdf.packed"),
        (packed(b"x", "/DCTDecode"), "pdf.filter"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, code: str) -> None:
    reading = facturx.read(data=data)
    assert reading.document is None
    assert [fault.code for fault in reading.faults] == [code]
    assert not facturx.sniff(data)


def test_a_compression_bomb_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "BYTES_MAX", 100_000)
    bomb = packed(zlib.compress(b"\x00" * 5_000_000, 9), "/FlateDecode")
    assert len(bomb) < 20_000
    with pytest.raises(facturx.NoInvoiceInside, match="larger than"):
        facturx.extract(pdf=bomb)


def test_a_protected_pdf_is_named() -> None:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(holding({"factur-x.xml": b"<a/>"}))) as document:
        document.save(target, encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(facturx.NoInvoiceInside, match="password"):
        facturx.extract(pdf=target.getvalue())


def test_an_attachment_without_content_is_told() -> None:
    data = holding({"factur-x.xml": b"<a/>"})
    with pikepdf.open(io.BytesIO(data)) as document:
        file = document.attachments["factur-x.xml"].obj.EF
        file.F = pikepdf.Dictionary()
        file.UF = pikepdf.Dictionary()
        target = io.BytesIO()
        document.save(target)
    assert [fault.code for fault in facturx.read(data=target.getvalue()).faults] == ["pdf.packed"]
