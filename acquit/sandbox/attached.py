"""Inside the sandbox: the files that a PDF carries."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf

from acquit.sandbox.child import Refusal

_OPEN = "save it without a password"
_DEFLATE = "use FlateDecode"


def files(data: bytes, *, names: list[str], most: int) -> tuple[list[str], list[bytes]]:
    """Those with one of the names, of ``most`` bytes together; names count in lower case."""
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            found = []
            for name, spec in _named(document, names):
                found.append((name, _bytes_of(spec, most)))
                most -= len(found[-1][1])
    except pikepdf.PasswordError:
        raise Refusal("pdf.encrypted", "the PDF is protected by a password", _OPEN) from None
    except pikepdf.PdfError as error:
        # The library begins with the Python object that it read from.
        reason = str(error).rpartition(">: ")[2]
        raise Refusal("pdf.damaged", f"the PDF is damaged: {reason}") from None
    return [name for name, _content in found], [content for _name, content in found]


def _named(document: pikepdf.Pdf, names: list[str]) -> Iterator[tuple[str, Any]]:
    for name, spec in document.attachments.items():
        if {name.lower(), (spec.filename or name).lower()} & set(names):
            yield name, spec


def _bytes_of(spec: pikepdf.AttachedFileSpec, most: int) -> bytes:
    """The attached bytes, unpacked no further than the limit (compression bombs)."""
    stream = spec.get_file().obj
    if not isinstance(stream, pikepdf.Stream):
        raise Refusal("pdf.packed", "the attachment has no content")
    raw: bytes = stream.read_raw_bytes()
    filters = stream.get("/Filter")
    packing = [str(filters)] if isinstance(filters, pikepdf.Name) else list(map(str, filters or ()))
    if packing == ["/FlateDecode"]:
        try:
            raw = zlib.decompressobj().decompress(raw, most + 1)
        except zlib.error as error:
            raise Refusal("pdf.packed", f"broken attachment: {error}") from None
    elif packing:
        raise Refusal("pdf.filter", f"the attachment is packed as {', '.join(packing)}", _DEFLATE)
    if len(raw) > most:
        raise Refusal("pdf.size", f"the attached XML is larger than {most} bytes")
    return raw
