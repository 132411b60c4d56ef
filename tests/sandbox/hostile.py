"""PDFs that nobody sends by mistake, written byte by byte."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping

import pikepdf

NAME = "factur-x.xml"
_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Resources << %s >> %s >>"


def written(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1, the first of them its catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = trailer.replace(b"HERE", b"%d" % at)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % at)


def holding(files: Mapping[str, bytes]) -> bytes:
    """A sound PDF of one page with these files inside."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        for name, data in files.items():
            spec = pikepdf.AttachedFileSpec(document, data, filename=name)
            document.attachments[name] = spec
        document.save(target)
    return target.getvalue()


def saying(text: bytes) -> bytes:
    """A sound PDF with a line of text."""
    content = b"BT /F1 12 Tf 20 100 Td (%s) Tj ET" % text
    return _paged(content, b"/Font << /F1 4 0 R >>", _FONT)


def packed(megabytes: int) -> bytes:
    """So many millions of spaces, deflated; a block of them stands alone, so it is repeated."""
    squeeze = zlib.compressobj(9)
    start = squeeze.compress(b"") + squeeze.flush(zlib.Z_FULL_FLUSH)
    block = squeeze.compress(b" " * 1_000_000) + squeeze.flush(zlib.Z_FULL_FLUSH)
    count = megabytes * 1_000_000
    low = 1 + 32 * count
    high = count + 32 * count * (count + 1) // 2
    check = (high % 65521 << 16 | low % 65521).to_bytes(4, "big")
    return start + block * megabytes + squeeze.flush()[:-4] + check


_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def _stream(data: bytes, head: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), head, data)


def _paged(content: bytes, resources: bytes, *more: bytes, head: bytes = b"") -> bytes:
    """One page; its content is object 5 and what it uses is from object 6 on, the font is 4."""
    page = _PAGE % (resources, b"/Contents 5 0 R")
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return written(_CATALOG, pages, page, more[0], _stream(content, head), *more[1:])


def _names(tree: bytes, *more: bytes) -> bytes:
    """A catalogue whose tree of attached files is this one; ``more`` are objects 4 and on."""
    catalog = b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 3 0 R >> >>"
    return written(catalog, b"<< /Type /Pages /Kids [] /Count 0 >>", tree, *more)


def _million_pages() -> bytes:
    """Six levels of nodes that each name the next one ten times: ten lines of a million pages."""
    nodes = [
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b"%d 0 R " % (3 + level) * 10, 10 ** (6 - level))
        for level in range(6)
    ]
    return written(_CATALOG, *nodes, _PAGE % (b"", b""))


def _forms() -> bytes:
    """A drawing that draws another ten times, which draws another ten times ...: 10^12 lines."""
    forms = [
        _stream(
            b"/Next Do " * 10,
            b"/Type /XObject /Subtype /Form /BBox [0 0 200 200]"
            b" /Resources << /XObject << /Next %d 0 R >> >>" % (7 + level),
        )
        for level in range(12)
    ]
    last = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 4 0 R >> >>"
    text = _stream(b"BT /F1 9 Tf (x) Tj ET", last)
    return _paged(b"/Next Do", b"/XObject << /Next 6 0 R >>", _FONT, *forms, text)


def _computed() -> bytes:
    """Every pixel has a colour that a long program computes: much time in little memory."""
    steps = b"{ add %s dup dup }" % (b"dup mul sqrt " * 20_000)
    function = b"/FunctionType 4 /Domain [0 1 0 1] /Range [0 1 0 1 0 1]"
    shading = (
        b"<< /ShadingType 1 /ColorSpace /DeviceRGB /Domain [0 1 0 1] /Matrix [200 0 0 200 0 0]"
        b" /Function 7 0 R >>"
    )
    return _paged(b"/Sh sh", b"/Shading << /Sh 6 0 R >>", _FONT, shading, _stream(steps, function))


def _image() -> bytes:
    head = (
        b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB"
        b" /BitsPerComponent 16 /Filter /FlateDecode"
    )
    resources = b"/XObject << /Im 6 0 R >>"
    return _paged(b"200 0 0 200 0 0 cm /Im Do", resources, _FONT, _stream(packed(1_500), head))


def _xref_bomb() -> bytes:
    """The table of objects itself is packed: fifteen hundred megabytes of it."""
    body = bytearray(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n")
    at = len(body)
    head = b"/Type /XRef /W [1 4 1] /Size 250000000 /Root 1 0 R /Filter /FlateDecode"
    body += b"2 0 obj\n%s\nendobj\n" % _stream(packed(1_500), head)
    return bytes(body + b"startxref\n%d\n%%%%EOF\n" % at)


def _locked() -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(holding({NAME: b"<a/>"}))) as document:
        document.save(target, encryption=pikepdf.Encryption(owner="o", user="u"))
    return target.getvalue()


def _chain(links: int) -> bytes:
    kids = [b"<< /Kids [%d 0 R] >>" % (number + 5) for number in range(links)]
    return _names(b"<< /Kids [4 0 R] >>", *kids, b"<< /Names [] >>")


_SOUND = holding({NAME: b"<a/>"})
HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "deep": lambda: written(_CATALOG[:-2] + b"/A " + b"[" * 500_000 + b"]" * 500_000 + b">>"),
    "deep page": lambda: _paged(b"[" * 900_000, b"", _FONT),
    "names in a ring": lambda: _names(b"<< /Kids [3 0 R 3 0 R] /Limits [(a) (z)] >>"),
    "names in a chain": lambda: _chain(30_000),
    "pages in a ring": lambda: written(_CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 3 >>"),
    "table in a ring": lambda: written(_CATALOG, b"<< /Kids [] >>", trailer=b"/Prev HERE"),
    "million pages": _million_pages,
    "pages that are not there": lambda: written(
        _CATALOG, b"<< /Type /Pages /Kids [] /Count 2147483647 >>"
    ),
    "packed table": _xref_bomb,
    "packed page": lambda: _paged(packed(1_500), b"", _FONT, head=b"/Filter /FlateDecode"),
    "drawings of drawings": _forms,
    "computed colours": _computed,
    "huge picture": _image,
    "huge page": lambda: saying(b"x").replace(b"0 0 200 200", b"0 0 1 9e9"),
    "locked": _locked,
    "cut in the middle": lambda: _SOUND[: len(_SOUND) // 2],
    "cut at the end": lambda: _SOUND[:-40],
    "numbers": lambda: saying(b"x").replace(b"/Length ", b"/Length 99999999999999999999"),
    "no PDF": lambda: b"%PDF-",
}  # fmt: skip
