"""Whatever bytes come, each codec answers with a document or with named reasons."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zlib
from functools import cache
from pathlib import Path

import pikepdf
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.codecs import cii, facturx, formats, pdf, ubl
from acquit.core.codecs.reading import File
from acquit.core.judges import native
from tests.core.documents.samples import many_lines, two_rates

_EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "documents"
# What breaks one syntax or another: signs, ends, marks, numbers and days that there are not.
_SIGNS = (
    b"", b"<", b">", b"&", b"'", b"+", b":", b"?", b"~", b"*", b"\x00", b"\x1c", b"\xff", b"\r\n",
    b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x?>", b"&#0;", b"&#x110000;", b"&amp;", b"<a/>",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3\x28", b"\xe2\x80\xae", b"xmlns=''", b"UNZ+1+1'",
    b"UNA:+.? '", b"IEA*1*000000001~", b"-0.00", b"1e999", b"NaN", b"9" * 400, b"2026-02-32",
    b"20260230", b"endobj", b"stream\r\n", b"/Length 999999999", b"<!DOCTYPE a>",
)  # fmt: skip


@cache
def _seeds() -> list[bytes]:
    """Our own documents in every syntax there is, a PDF with the invoice inside among them."""
    paths = sorted(p for p in _EXAMPLES.rglob("*") if p.suffix in (".xml", ".edi", ".x12"))
    printed = pdf.render(document=two_rates(), branding=pdf.Branding(), locale="fr", mentions=())
    return [p.read_bytes() for p in paths] + [facturx.write(document=two_rates(), pdf=printed)]


@st.composite
def _bent(draw: st.DrawFn) -> bytes:
    """One of our documents after a few cuts, copies, insertions and changed bytes."""
    data = bytearray(draw(st.sampled_from(_seeds())))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(("sign", "byte", "cut", "copy", "graft", "end")))
        length = draw(st.sampled_from((1, 4, 30, 300)))
        if kind == "sign":
            data[at:at] = draw(st.sampled_from(_SIGNS))
        elif kind == "byte":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
        elif kind == "cut":
            del data[at : at + length]
        elif kind == "copy":
            start = draw(st.integers(0, len(data)))
            data[at:at] = data[start : start + length]
        elif kind == "graft":
            other = draw(st.sampled_from(_seeds()))
            start = draw(st.integers(0, len(other)))
            data[at : at + length] = other[start : start + length]
        else:
            del data[max(at, len(data) // 2) :]
    return bytes(data)


@settings(max_examples=300, deadline=None)
@given(data=_bent() | st.binary(max_size=200))
def test_bytes_are_read_or_refused_by_name(data: bytes) -> None:
    found = formats.read(data=data)
    assert isinstance(found, File)
    reasons = [*found.faults, *(fault for part in found.parts for fault in part.reading.faults)]
    if not found.documents:
        assert reasons
    assert all(fault.code and fault.message for fault in reasons)
    for codec in formats.CODECS:
        assert isinstance(codec.sniff(data), bool)
    verdict = native.judge(data)
    assert verdict.syntax != "unknown" or verdict.faults


def test_a_currency_that_is_none_is_a_reason() -> None:
    """In an attribute, in an element, in both, or nowhere at all."""
    named, alone = rb'(\s(?:currencyID|CurrencyCode)=)"[^"]*"', rb"<[\w:]*CurrencyCode>[^<]*<[^>]*>"
    for data in _seeds():
        for attribute in (rb'\1"euro"', b""):
            for bent in (data, re.sub(alone, b"", data)):
                found = formats.read(data=re.sub(named, attribute, bent))
                assert found.documents or found.faults or found.parts[0].reading.faults


_UBL_HEAD = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">'


def _holding(data: bytes) -> bytes:
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        spec = pikepdf.AttachedFileSpec(document, data, filename="factur-x.xml")
        document.attachments["factur-x.xml"] = spec
        document.save(target)
    return target.getvalue()


def _bomb() -> bytes:
    """A hundred megabytes of invoice, packed into a hundred kilobytes of PDF."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(_holding(b"<a/>"))) as document:
        stream = document.attachments["factur-x.xml"].get_file().obj
        packed = zlib.compress(b"<a>" + b" " * 100_000_000, 9)
        stream.write(packed, filter=pikepdf.Name.FlateDecode)
        document.save(target, compress_streams=False)
    return target.getvalue()


def _entities(depth: int) -> bytes:
    more = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, depth))
    return f'<!DOCTYPE a [<!ENTITY e0 "ha">{more}]><a>&e{depth - 1};</a>'.encode()


def _wide(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new + old, 1)


# Each file, and the reason that its reader or the judge has to name.
_BOMBS = {
    "entity bomb": (lambda: _entities(10), "xml.doctype"),
    "hidden entity bomb": (lambda: _entities(10).decode().encode("utf-16-le"), "xml.doctype"),
    "deep": (lambda: _UBL_HEAD + b"<a>" * 700_000, "xml.depth"),
    "wide": (lambda: _UBL_HEAD + b"<a/>" * 3_000_000 + b"</Invoice>", "xml.size"),
    "many attributes": (
        lambda: _UBL_HEAD[:-1] + b"".join(b' a%d=""' % i for i in range(1_600_000)) + b"/>",
        "xml.size",
    ),
    "long value": (lambda: _UBL_HEAD + b"<a>" + b"x" * 11_000_000, "xml.size"),
    "large": (lambda: _UBL_HEAD + b" " * 60_000_000, "xml.size"),
    "wrong encoding": (lambda: _UBL_HEAD + b"<a>\xe9</a></Invoice>", "xml.encoding"),
    "unknown encoding": (
        lambda: b'<?xml version="1.0" encoding="klingon"?>' + _UBL_HEAD + b"</Invoice>",
        "xml.encoding",
    ),
    "packed bomb": (_bomb, "pdf.size"),
    "PDF in PDF": (lambda: _holding(_holding(ubl.write(document=two_rates()))), "xml.syntax"),
    "very many notes": (
        lambda: _wide(ubl.write(document=two_rates()), b"<cbc:DueDate>", b"<cbc:Note/>" * 300_000),
        "",
    ),
    "every number wrong": (
        lambda: cii.write(document=many_lines(1_500)).replace(b"ChargeAmount>1", b"ChargeAmount>x"),
        "cii.more",
    ),
}  # fmt: skip
_CHILD = """
import json, resource, sys
from pathlib import Path
from acquit.core.codecs import formats
from acquit.core.judges import native
import pikepdf
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
for path in sorted(Path(sys.argv[1]).iterdir()):
    print(path.name, file=sys.stderr)
    data = path.read_bytes()
    found = formats.read(data=data)
    faults = [*found.faults, *(f for p in found.parts for f in p.reading.faults)]
    faults += native.judge(data).faults
    print(json.dumps([path.name, sorted({f.code for f in faults})]))
"""


def test_bombs_are_defused_within_limits(tmp_path: Path) -> None:
    """A child with limits reads and judges them: what costs too much would end the child."""
    for name, (make, _) in _BOMBS.items():
        (tmp_path / name).write_bytes(make())
    child = [sys.executable, "-c", _CHILD, str(tmp_path)]
    done = subprocess.run(child, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    told = dict(json.loads(line) for line in done.stdout.splitlines())
    assert told.keys() == _BOMBS.keys()
    for name, (_, code) in _BOMBS.items():
        assert not code or code in told[name], (name, told[name])
