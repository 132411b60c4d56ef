"""Orders, their answers, despatch and remittance advices, answers to invoices in UBL 2.1."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from acquit.core.codecs import formats
from acquit.core.codecs.writing import CannotWrite
from acquit.core.documents.order import LineStatus, OrderResponse
from acquit.core.documents.response import Answer, Layer, Response, ResponseStatus, Subject
from acquit.core.faults import Severity
from acquit.core.text import canonical_json
from tests.core.codecs.damage import damaged
from tests.core.codecs.ubl_schema import schema_of
from tests.core.documents import trade_samples
from tests.core.documents.trade_samples import RESPONSES, invoice_response
from tests.core.documents.trade_strategies import TRADE

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents" / "ubl"
REWRITE = os.environ.get("ACQUIT_REWRITE_GOLDEN") == "1"
SAMPLES = {**trade_samples.SAMPLES, **RESPONSES}
# What an order response has no place for, and what goes with it.
ALLOWED = {"order-response": {"lines[0].ordered", "lines[1].ordered", "lines[3].ordered"}}
ALLOWED["order-response"].add("lines[3].unit")


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    return schema_of(tmp_path_factory.mktemp("ubl"))


def checked(schema: etree.XMLSchema, data: bytes) -> None:
    schema.validate(etree.fromstring(data))
    assert [str(error) for error in schema.error_log] == []


def back(data: bytes) -> Any:
    (part,) = formats.read(data=data).parts
    assert part.reading.faults == (), data
    return part.reading.document


@pytest.mark.parametrize("sample", SAMPLES)
def test_samples_are_valid_and_come_back(sample: str, schema: etree.XMLSchema) -> None:
    document = SAMPLES[sample]()
    written = formats.write(document=document, to="ubl")
    checked(schema, written.data)
    assert {fault.path for fault in written.losses} == ALLOWED.get(sample, set())
    found = back(written.data)
    assert type(found).from_dict(found.to_dict()) == found
    if not written.losses:
        assert found == document


@pytest.mark.parametrize("sample", SAMPLES)
def test_golden_files(sample: str) -> None:
    """ACQUIT_REWRITE_GOLDEN=1 writes them anew; the diff is what a reviewer reads."""
    path, out = EXAMPLES / f"{sample}.xml", EXAMPLES / "out" / f"{sample}.json"
    data = formats.write(document=SAMPLES[sample](), to="ubl").data
    text = canonical_json(back(data).to_dict()) + b"\n"
    if REWRITE:
        path.write_bytes(data)
        out.write_bytes(text)
    assert path.read_bytes() == data
    assert out.read_bytes() == text


def carried(document: Any) -> Any:
    """The document without what UBL declares as lost."""
    if not isinstance(document, OrderResponse):
        return document
    return replace(document, lines=tuple(replace(line, ordered=None) for line in document.lines))


@settings(max_examples=50, deadline=None)
@given(document=TRADE)
def test_any_document_is_valid_and_comes_back(document: Any, schema: etree.XMLSchema) -> None:
    written = formats.write(document=document, to="ubl")
    if getattr(document, "lines", ()):
        checked(schema, written.data)
    assert back(written.data) == carried(document)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AB", "received"),
        ("IP", "in_process"),
        ("UQ", "under_query"),
        ("CA", "conditionally_accepted"),
        ("RE", "rejected"),
        ("AP", "accepted"),
        ("PD", "paid"),
    ],
)
def test_the_seven_answers_to_an_invoice(code: str, status: str) -> None:
    document = replace(invoice_response(), status=ResponseStatus(status))
    data = formats.write(document=document, to="ubl").data
    assert f"<cbc:ResponseCode>{code}</cbc:ResponseCode>".encode() in data
    assert back(data) == document


def test_several_documents_are_answered_in_one_message(schema: etree.XMLSchema) -> None:
    one = invoice_response()
    answers = (
        Answer(Subject(document="F-1"), ResponseStatus.ACCEPTED),
        Answer(Subject(document="F-2"), ResponseStatus.REJECTED, one.reasons),
    )
    status = ResponseStatus.PARTLY_ACCEPTED
    document = replace(one, status=status, subject=Subject(), reasons=(), answers=answers)
    written = formats.write(document=document, to="ubl")
    checked(schema, written.data)
    assert written.losses == ()
    assert back(written.data) == document


def test_who_answers_is_known_by_where_he_is_reached() -> None:
    data = formats.write(document=invoice_response(), to="ubl").data.decode()
    known = "<cac:PartyIdentification><cbc:ID>77</cbc:ID></cac:PartyIdentification>"
    both = data.replace("</cbc:EndpointID>", f"</cbc:EndpointID>{known}", 1)
    assert formats.read(data=both.encode()).documents == (invoice_response(),)
    start, end = data.index("<cbc:EndpointID"), data.index("</cbc:EndpointID>")
    bare = data[:start] + known + data[end + len("</cbc:EndpointID>") :]
    (found,) = formats.read(data=bare.encode()).documents
    assert found.sender.value == "77"


def test_an_answer_that_nobody_could_place_is_not_written() -> None:
    bare = Response(Layer.APPLICATION, ResponseStatus.ACCEPTED, Subject(document="F-1"))
    with pytest.raises(CannotWrite) as refused:
        formats.write(document=bare, to="ubl")
    paths = {fault.path for fault in refused.value.faults}
    assert paths == {"number", "issue_date", "sender", "receiver"}
    other = replace(invoice_response(), status=ResponseStatus.ACCEPTED_WITH_ERRORS)
    with pytest.raises(CannotWrite):
        formats.write(document=other, to="ubl")


@pytest.mark.parametrize(
    ("sample", "old", "new", "code"),
    [
        ("order", '<cbc:Quantity unitCode="H87">12</cbc:Quantity>', "", "ubl.missing"),
        ("order", ">2026-11-03<", ">3/11/26<", "ubl.date"),
        ("order", ">EUR</cbc:Doc", ">euro</cbc:Doc", "ubl.currency"),
        ("order", 'currencyID="EUR">84.9', 'currencyID="EUR">84,9', "ubl.number"),
        ("order-response", ">CA</cbc:OrderR", ">ZZ</cbc:OrderR", "ubl.status"),
        ("order-response", ">5</cbc:LineS", ">99</cbc:LineS", "ubl.status"),
        ("despatch-advice", ">LS-77<", "><", "ubl.missing"),
        ("despatch-advice", ">2</cbc:Total", ">two</cbc:Total", "ubl.number"),
        ("remittance-advice", '<cbc:DebitLineAmount currencyID="EUR">', "<x>", "xml.syntax"),
        ("remittance-advice", ">1801.45<", ">1801.455<", "ubl.amount"),
        ("invoice-response", ">UQ<", ">QU<", "ubl.status"),
        ("message-response", ">2026-11-04<", "><", "ubl.missing"),
    ],
)
def test_what_is_wrong_is_a_fault(sample: str, old: str, new: str, code: str) -> None:
    text = formats.write(document=SAMPLES[sample](), to="ubl").data.decode()
    assert old in text
    (part,) = formats.read(data=text.replace(old, new, 1).encode()).parts
    assert part.reading.document is None
    assert code in [fault.code for fault in part.reading.fatal]


def test_orders_as_partners_send_them() -> None:
    """Currency at the amounts only, an endpoint only, a period, and what is not carried."""
    ubl = "urn:oasis:names:specification:ubl:schema:xsd"
    data = f"""\ufeff<?xml version="1.0"?>
    <Order xmlns="{ubl}:Order-2" xmlns:c="{ubl}:CommonBasicComponents-2"
        xmlns:a="{ubl}:CommonAggregateComponents-2">\r
      <c:UBLVersionID>2.1</c:UBLVersionID> <c:ID> 77 </c:ID> <c:IssueDate>2026-11-03Z</c:IssueDate>
      <a:ValidityPeriod><c:EndDate>2026-12-31</c:EndDate></a:ValidityPeriod>
      <a:BuyerCustomerParty><a:Party><c:EndpointID schemeID="0088">40</c:EndpointID>
        <a:PartyLegalEntity><c:RegistrationName>Nord</c:RegistrationName></a:PartyLegalEntity>
      </a:Party></a:BuyerCustomerParty>
      <a:SellerSupplierParty/>
      <a:Delivery><a:DeliveryLocation><c:ID schemeID="0088">41</c:ID></a:DeliveryLocation>
        <a:RequestedDeliveryPeriod><c:StartDate>2026-11-05</c:StartDate>
          <c:EndDate>2026-11-10</c:EndDate></a:RequestedDeliveryPeriod></a:Delivery>
      <a:OrderLine><a:LineItem><c:ID>1</c:ID><c:Quantity>3</c:Quantity>
        <a:Price><c:PriceAmount currencyID="SEK">9.5</c:PriceAmount></a:Price>
        <a:Item><c:Name>Lamp</c:Name></a:Item></a:LineItem></a:OrderLine>
    </Order>""".encode()
    (part,) = formats.read(data=data).parts
    order = part.reading.document
    assert (order.number, order.currency, order.lines[0].unit) == ("77", "SEK", "C62")
    assert (order.buyer.name, order.buyer.identifier("0088")) == ("Nord", "40")
    assert order.deliver_to.identifier("0088") == "41"
    assert order.requested_on.isoformat() == "2026-11-10"
    warned = {fault.path.rpartition("/")[2]: fault.severity for fault in part.reading.faults}
    assert warned == dict.fromkeys(["ValidityPeriod", "StartDate"], Severity.WARNING)


def test_a_backorder_is_told_from_a_change() -> None:
    answer = trade_samples.order_response()
    found = back(formats.write(document=answer, to="ubl").data)
    assert [line.status for line in found.lines] == [line.status for line in answer.lines]
    assert LineStatus.BACKORDERED in [line.status for line in found.lines]


@pytest.mark.parametrize("sample", SAMPLES)
@settings(max_examples=15, deadline=None)
@given(picks=st.data())
def test_damage_gives_faults_and_never_a_crash(sample: str, picks: st.DataObject) -> None:
    data = formats.write(document=SAMPLES[sample](), to="ubl").data
    broken = picks.draw(damaged(data, after=400))
    for part in formats.read(data=broken).parts:
        assert (part.reading.document is None) == bool(part.reading.fatal)
