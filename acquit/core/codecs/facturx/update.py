"""A file attached to a PDF by an incremental update behind it (ISO 32000-1 section 7.5.6).

What is there stays byte for byte. Saving the whole PDF anew reads and writes its every object,
and a tagged one has some ten for each line of an invoice.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pikepdf

_LAST_TABLE = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")


def appended(
    *, pdf: bytes, document: pikepdf.Pdf, xml: bytes, file_name: str, packet: bytes
) -> bytes | None:
    """``pdf`` with the XML attached to it as a whole and ``packet`` as its metadata.

    ``document`` is the same PDF, opened; it is changed. None where the PDF has other attachments,
    or keeps its table of objects in a stream, which no plain table may follow.
    """
    import pikepdf

    found = _LAST_TABLE.search(pdf, max(0, len(pdf) - 1024))
    before = int(found[1]) if found else len(pdf)
    root, trailer = document.Root, document.trailer
    has_files = {"/AF", "/Names"} & set(root.keys())
    if has_files or not pdf.startswith(b"xref", before) or "/ID" not in trailer:
        return None
    # ISO 19005-3 6.8 wants a date of modification; the document's own is the right one.
    created = document.docinfo.get("/CreationDate")
    dated = b"/ModDate" + created.unparse() if created is not None else b""
    first = int(trailer["/Size"])
    name = b"(" + file_name.encode("ascii") + b")"
    del root["/Metadata"]
    parts = {
        root.objgen[0]: root.unparse(resolved=True).removesuffix(b">>")
        + b"/Metadata %d 0 R/AF[%d 0 R]" % (first, first + 2)
        + b"/Names<</EmbeddedFiles<</Names[%b %d 0 R]>>>>>>" % (name, first + 2),
        # Not compressed, for programs that look for it in the bytes.
        first: _stream(b"/Type/Metadata/Subtype/XML", packet),
        first + 1: _stream(
            b"/Type/EmbeddedFile/Subtype/text#2Fxml/Filter/FlateDecode"
            b"/Params<</Size %d%b>>" % (len(xml), dated),
            zlib.compress(xml),
        ),
        first + 2: b"<</Type/Filespec/F%b/UF%b/Desc(Factur-X invoice)/AFRelationship/Alternative"
        b"/EF<</F %d 0 R/UF %d 0 R>>>>" % (name, name, first + 1, first + 1),
    }
    trailer["/Size"] = first + 3
    trailer["/Prev"] = before
    # The first half of the ID stays for good, the second is new: a hash, so that the same input
    # gives the same bytes (section 14.4).
    written = hashlib.sha256(b"".join((pdf, *parts.values()))).digest()[:16]
    trailer["/ID"] = pikepdf.Array([trailer["/ID"][0], pikepdf.String(written)])
    return _joined(pdf, parts, trailer.unparse())


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (entries, len(data), data)


def _joined(pdf: bytes, parts: dict[int, bytes], trailer: bytes) -> bytes:
    """The PDF, then the objects by their numbers, the table of where they are, the trailer."""
    result = bytearray(pdf)
    table = b""
    for number, part in parts.items():
        result += b"\n"
        table += b"%d 1\n%010d 00000 n \n" % (number, len(result))
        result += b"%d 0 obj\n%b\nendobj" % (number, part)
    result += b"\n"
    ending = b"\nstartxref\n%d\n%%%%EOF\n" % len(result)
    return bytes(result + b"xref\n" + table + b"trailer\n" + trailer + ending)
