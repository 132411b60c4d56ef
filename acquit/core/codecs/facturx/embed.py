"""Putting the invoice XML into a PDF/A-3 the way Factur-X 1.09 section 6 asks for."""

from __future__ import annotations

import io
from enum import StrEnum
from typing import TYPE_CHECKING

from lxml import etree

from acquit.core.codecs.facturx.extract import FILE_NAMES
from acquit.core.codecs.facturx.update import appended
from acquit.core.codecs.xml import parse
from acquit.core.faults import Refused

if TYPE_CHECKING:
    import pikepdf

_XMP_BYTES_MAX = 1_000_000
_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PDFAID = "http://www.aiim.org/pdfa/ns/id/"
_EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
_PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
# The description of the fx schema, which PDF/A wants for every namespace it does not know.
_PROPERTIES = (
    ("DocumentFileName", "name of the embedded XML invoice file"),
    ("DocumentType", "INVOICE"),
    ("Version", "version of the XML schema used"),
    ("ConformanceLevel", "profile of the XML invoice"),
)


class Profile(StrEnum):
    """The conformance level as it is written into the XMP metadata."""

    EN16931 = "EN 16931"
    EXTENDED = "EXTENDED"
    XRECHNUNG = "XRECHNUNG"

    @property
    def file_name(self) -> str:
        """The name of the XML inside the PDF (Factur-X 1.09 section 6.2.2)."""
        return "xrechnung.xml" if self is Profile.XRECHNUNG else "factur-x.xml"


def profile_of(specification: str) -> Profile:
    """The level that a document declares by its specification (BT-24).

    >>> profile_of("urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr").value
    'EXTENDED'
    """
    if "#conformant#" in specification and "extended" in specification:
        return Profile.EXTENDED
    return Profile.XRECHNUNG if "xrechnung" in specification else Profile.EN16931


class NotArchivable(Refused):
    """The PDF is not PDF/A-3, so a file may not be attached to it as an invoice."""


def embed(*, pdf: bytes, xml: bytes, profile: Profile) -> bytes:
    """The PDF with the XML attached and declared; NotArchivable when it is not PDF/A-3.

    An invoice that is already attached (typst does it) is replaced, under whichever name.
    """
    import pikepdf  # large and native: loaded when the first PDF is written

    with pikepdf.open(io.BytesIO(pdf)) as document:
        packet = _declared(document, profile)
        result = appended(
            pdf=pdf, document=document, xml=xml, file_name=profile.file_name, packet=packet
        )
        if result is not None:
            return result
        _attach(document, xml, profile.file_name)
        document.Root.Metadata = document.make_stream(
            packet, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
        )
        target = io.BytesIO()
        # The same input gives the same bytes: the archive is addressed by their hash.
        document.save(target, deterministic_id=True)
    return target.getvalue()


def _attach(document: pikepdf.Pdf, xml: bytes, file_name: str) -> None:
    import pikepdf

    for name in list(document.attachments):
        if name.lower() in FILE_NAMES:
            del document.attachments[name]
    spec = pikepdf.AttachedFileSpec(
        document,
        xml,
        filename=file_name,
        description="Factur-X invoice",
        mime_type="text/xml",
        creation_date="",
        mod_date="",
    )
    spec.relationship = pikepdf.Name.Alternative
    parameters = spec.get_file().obj.get("/Params")
    if parameters is not None:
        for key in ("/CreationDate", "/ModDate"):
            if key in parameters:
                del parameters[key]
        # ISO 19005-3 6.8 wants a date of modification; the document's own is the right one.
        created = document.docinfo.get("/CreationDate")
        if created is not None:
            parameters["/ModDate"] = created
    document.attachments[file_name] = spec
    document.Root.AF = document.make_indirect(pikepdf.Array([spec.obj]))


def _declared(document: pikepdf.Pdf, profile: Profile) -> bytes:
    """The metadata of the PDF with what they have to say of the invoice inside."""
    stream = document.Root.get("/Metadata")
    tree = None
    if stream is not None:
        tree = parse(data=stream.read_bytes(), size_max=_XMP_BYTES_MAX)
    rdf = None if tree is None else tree.find(f".//{{{_RDF}}}RDF")
    if rdf is None or not _is_pdfa3(rdf):
        raise NotArchivable.because(
            "facturx.pdfa", "the PDF does not declare PDF/A-3", fix="render it as PDF/A-3 first"
        )
    for old in rdf.findall(f"{{{_RDF}}}Description"):
        if old.find(f"{{{_FX}}}DocumentType") is not None:
            rdf.remove(old)
    rdf.append(_values(profile))
    _describe_schema(rdf)
    assert tree is not None
    packet = etree.tostring(tree, encoding="unicode")
    head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    return f'{head}\n{packet}\n<?xpacket end="w"?>'.encode()


def _is_pdfa3(rdf: etree._Element) -> bool:
    part = rdf.find(f".//{{{_PDFAID}}}part")
    attribute = next((d.get(f"{{{_PDFAID}}}part") for d in rdf if d.get(f"{{{_PDFAID}}}part")), "")
    return "3" in ((part.text or "") if part is not None else "", attribute)


def _values(profile: Profile) -> etree._Element:
    description = etree.Element(f"{{{_RDF}}}Description", nsmap={"fx": _FX})
    description.set(f"{{{_RDF}}}about", "")
    values = (profile.file_name, "INVOICE", "1.0", profile.value)
    for (name, _), value in zip(_PROPERTIES, values, strict=True):
        etree.SubElement(description, f"{{{_FX}}}{name}").text = value
    return description


def _describe_schema(rdf: etree._Element) -> None:
    """Adds the fx schema to the extension schemas, beside those the PDF has already."""
    bag = rdf.find(f".//{{{_EXTENSION}}}schemas/{{{_RDF}}}Bag")
    if bag is None:
        names = {"pdfaExtension": _EXTENSION, "pdfaSchema": _SCHEMA, "pdfaProperty": _PROPERTY}
        description = etree.SubElement(rdf, f"{{{_RDF}}}Description", nsmap=names)
        description.set(f"{{{_RDF}}}about", "")
        schemas = etree.SubElement(description, f"{{{_EXTENSION}}}schemas")
        bag = etree.SubElement(schemas, f"{{{_RDF}}}Bag")
    if any(uri.text == _FX for uri in bag.iter(f"{{{_SCHEMA}}}namespaceURI")):
        return
    item = etree.SubElement(bag, f"{{{_RDF}}}li")
    item.set(f"{{{_RDF}}}parseType", "Resource")
    for name, value in (
        ("schema", "Factur-X PDFA Extension Schema"),
        ("namespaceURI", _FX),
        ("prefix", "fx"),
    ):
        etree.SubElement(item, f"{{{_SCHEMA}}}{name}").text = value
    sequence = etree.SubElement(etree.SubElement(item, f"{{{_SCHEMA}}}property"), f"{{{_RDF}}}Seq")
    for name, description_text in _PROPERTIES:
        entry = etree.SubElement(sequence, f"{{{_RDF}}}li")
        entry.set(f"{{{_RDF}}}parseType", "Resource")
        for key, value in (
            ("name", name),
            ("valueType", "Text"),
            ("category", "external"),
            ("description", description_text),
        ):
            etree.SubElement(entry, f"{{{_PROPERTY}}}{key}").text = value
