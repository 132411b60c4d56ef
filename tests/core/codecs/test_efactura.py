"""What ANAF answers to an upload: five forms, one Response."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from acquit.core.codecs import efactura, formats, ubl
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.response import Response, ResponseStatus
from tests.core.documents.samples import two_rates

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
UPLOAD = "mfp:anaf:dgti:spv:respUploadFisier:v1"
STATE = "mfp:anaf:dgti:efactura:stareMesajFactura:v1"
ERRORS = "mfp:anaf:dgti:efactura:mesajEroriFactuta:v1"
RULE = (
    "E: validari globale  eroare regula: [BR-RO-120]-Daca cumparatorul este inregistrat (BT-47),"
    "&#10; se da codul de TVA (BT-48).  #The VAT identifier of the buyer shall be given."
)
FIELDS = (
    "tipAssert=FailedAssert; codEroare=BR-RO-110; localizareEroare=/Invoice[1]/cac:Party[1];"
    " textEroare=[BR-RO-110]-Judetul (BT-39) este un cod. #The county is a code.;"
    " expresieValidata=a or b || tipAssert=E; codEroare=ERRIdentif; textEroare=CUI vanzator"
)


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in members.items():
            package.writestr(f"{name}.xml", body)
    return target.getvalue()


def errors(*messages: str) -> bytes:
    inside = "".join(f'<Error errorMessage="{one}"/>' for one in messages)
    return (
        f'{HEAD}<header xmlns="{ERRORS}" Index_incarcare="5001" Cif_emitent="99">{inside}</header>'
    ).encode()


def header(space: str, rest: str) -> bytes:
    return f'{HEAD}<header xmlns="{space}" {rest}</header>'.encode()


def response(data: bytes) -> Response:
    assert formats.sniff(data=data) is efactura
    (document,) = formats.read(data=data).documents
    assert isinstance(document, Response)
    return document


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (header(UPLOAD, 'ExecutionStatus="0" index_incarcare="5001">'), ResponseStatus.RECEIVED),
        (header(STATE, 'stare="in prelucrare">'), ResponseStatus.IN_PROCESS),
        (header(STATE, 'stare="ok" id_descarcare="7">'), ResponseStatus.ACCEPTED),
        (header(STATE, 'stare="nok" id_descarcare="7">'), ResponseStatus.REJECTED),
        (header(STATE, 'stare="XML cu erori nepreluat de sistem">'), ResponseStatus.REJECTED),
        (b'{"stare": "ok", "trace_id": "1"}', ResponseStatus.ACCEPTED),
    ],
)
def test_each_state_is_known(data: bytes, status: ResponseStatus) -> None:
    assert response(data).status is status


def test_an_upload_that_is_refused_says_why_and_when() -> None:
    data = header(
        UPLOAD,
        'dateResponse="202603051140" ExecutionStatus="1"><Errors errorMessage="Nu aveti drept"/>',
    )
    found = response(data)
    assert (found.status, found.issue_date) == (ResponseStatus.REJECTED, date(2026, 3, 5))
    assert [reason.text for reason in found.reasons] == ["Nu aveti drept"]


def test_a_question_that_is_refused_says_nothing_of_the_invoice() -> None:
    data = header(STATE, '><Errors errorMessage="Limita zilnica"/>')
    (part,) = formats.read(data=data).parts
    assert part.reading.document is None
    assert "Limita zilnica" in part.reading.faults[0].message


@pytest.mark.parametrize("is_zipped", [False, True])
def test_errors_have_rule_words_and_upload(is_zipped: bool) -> None:
    data = errors(RULE, "Factura a mai fost transmisa")
    if is_zipped:
        data = zipped(**{"5001": data, "semnatura_5001": b"<Signature/>"})
    found = response(data)
    assert (found.status, found.subject.interchange) == (ResponseStatus.REJECTED, "5001")
    first, second = found.reasons
    assert first.code == "BR-RO-120"
    assert first.text == ("Daca cumparatorul este inregistrat (BT-47), se da codul de TVA (BT-48).")
    assert (second.code, second.text) == (None, "Factura a mai fost transmisa")


@pytest.mark.parametrize(
    "data",
    [
        b'\xef\xbb\xbf{"stare":"nok","Messages":[{"message":"%s"}]}' % FIELDS.encode(),
        f"factura.xml are erori.\n\t- {FIELDS}\n-------\n".encode(),
    ],
)
def test_fields_are_taken_apart(data: bytes) -> None:
    first, second = response(data).reasons
    assert (first.code, first.text) == ("BR-RO-110", "Judetul (BT-39) este un cod.")
    assert first.path == "/Invoice[1]/cac:Party[1]"
    assert (second.code, second.text) == ("ERRIdentif", "CUI vanzator")


def test_a_zip_of_an_invoice_that_was_taken_holds_the_invoice() -> None:
    body = ubl.write(document=two_rates())
    data = zipped(**{"5001": body, "semnatura_5001": b"<Signature/>"})
    (invoice,) = formats.read(data=data).documents
    assert isinstance(invoice, Invoice)
    assert invoice.number == two_rates().number


def test_a_zip_that_holds_too_much_or_nothing_is_refused_by_name() -> None:
    signature = {"semnatura_1": b"<Signature/>"}
    for members, code in (
        ({}, "efactura.empty"),
        ({"1": b"<a/>"}, "efactura.empty"),
        ({"1": b" " * 60_000_000}, "efactura.size"),
        ({str(n): b"<a/>" for n in range(30)}, "efactura.size"),
    ):
        assert formats.read(data=zipped(**members, **signature)).faults[0].code == code
    cut = zipped(**{"1": errors("x")}, **signature)[:-30]
    assert formats.read(data=cut).faults[0].code == "efactura.zip"
