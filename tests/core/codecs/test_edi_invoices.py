"""INVOIC and 810: the same invoice through every syntax, golden files, and damaged files."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.codecs import cii, ubl
from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edifact import invoic
from acquit.core.codecs.edifact import syntax as edifact_syntax
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import CannotWrite, Written
from acquit.core.codecs.x12 import invoice810
from acquit.core.codecs.x12 import syntax as x12_syntax
from acquit.core.documents.amounts import Price, VatCategory
from acquit.core.documents.invoice import DocumentKind, Invoice
from acquit.core.documents.totals import compute
from acquit.core.faults import Severity
from acquit.core.money import Money
from acquit.core.text import canonical_json
from tests.core.documents.samples import SAMPLES, credit_note, german_lines, two_rates
from tests.core.documents.strategies import FEW, invoices

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"
REWRITE = os.environ.get("ACQUIT_REWRITE_GOLDEN") == "1"
WAYS = [("edifact", "D96A"), ("edifact", "D01B"), ("x12", "4010"), ("x12", "5010")]
IDS = [f"{name}-{version}" for name, version in WAYS]
CODECS = {"edifact": invoic, "x12": invoice810}
NOON = datetime(2026, 11, 3, 12, 0)
WIDE = {"edifact": "UNOY", "x12": "utf-8"}
each_way = pytest.mark.parametrize(("name", "version"), WAYS, ids=IDS)


def envelope(name: str) -> Envelope:
    return Envelope(sender="S", receiver="R", reference="42", prepared_at=NOON, charset=WIDE[name])


def write(name: str, version: str, document: Invoice, wide: bool = True) -> Written:
    chosen = envelope(name) if wide else None
    return CODECS[name].write(document=document, envelope=chosen, version=version)


def read(name: str, data: bytes) -> Reading[Invoice]:
    if name == "edifact":
        found = edifact_syntax.read(data=data)
        assert found.faults == []
        return invoic.read_message(found.messages[0], found.separators.decimal)
    sets = x12_syntax.read(data=data)
    assert sets.faults == []
    return invoice810.read_set(sets.sets[0])


@each_way
@pytest.mark.parametrize("sample", SAMPLES)
def test_figures_and_references_come_back(sample: str, name: str, version: str) -> None:
    document = SAMPLES[sample]()
    reading = read(name, write(name, version, document).data)
    assert reading.faults == ()
    found = reading.document
    assert found is not None
    assert found.totals == document.totals
    assert [(p.vat, p.taxable, p.tax) for p in found.breakdown] == [
        (p.vat, p.taxable, p.tax) for p in document.breakdown
    ]
    assert [p.exemption_reason for p in found.breakdown] == [
        p.exemption_reason for p in document.breakdown
    ]
    assert found.references == document.references
    assert found.preceding_invoices == document.preceding_invoices
    assert (found.number, found.type_code) == (document.number, document.type_code)
    assert (found.issue_date, found.due_date) == (document.issue_date, document.due_date)
    assert (found.seller.vat_id, found.buyer.name) == (document.seller.vat_id, document.buyer.name)
    assert [line.net for line in found.lines] == [line.net for line in document.lines]


@each_way
@pytest.mark.parametrize("sample", ["invoice-two-rates", "credit-note", "invoice-vat-in-lei"])
def test_the_same_invoice_through_all_syntaxes(sample: str, name: str, version: str) -> None:
    """UBL -> CII -> this syntax -> UBL: totals, tax and references are those of the first."""
    document = SAMPLES[sample]()
    first = ubl.read(data=ubl.write(document=document)).document
    second = cii.read(data=cii.write(document=first)).document
    third = read(name, write(name, version, second).data).document
    last = ubl.read(data=ubl.write(document=third)).document
    assert last.totals == document.totals
    assert [p.tax for p in last.breakdown] == [p.tax for p in document.breakdown]
    assert last.references == document.references
    assert last.kind is document.kind


@each_way
@pytest.mark.parametrize("sample", SAMPLES)
def test_golden_files(sample: str, name: str, version: str) -> None:
    """ACQUIT_REWRITE_GOLDEN=1 writes them anew; the diff is what a reviewer reads."""
    folder = EXAMPLES / name / version
    path, out = folder / f"{sample}.edi", folder / "out" / f"{sample}.json"
    data = write(name, version, SAMPLES[sample](), wide=False).data
    document = read(name, data).document
    assert document is not None
    text = canonical_json(document.to_dict()) + b"\n"
    if REWRITE:
        out.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        out.write_bytes(text)
    assert path.read_bytes() == data
    assert out.read_bytes() == text


@each_way
@FEW
@given(document=invoices())
def test_any_document_comes_back_or_is_refused(name: str, version: str, document: Invoice) -> None:
    """Every difference is reported by the writer, and each is one that LOSES or the syntax has."""
    try:
        written = write(name, version, document)
    except CannotWrite as refusal:
        refused = {f.code for f in refusal.faults}
    else:
        refused = set()
    assert refused <= REFUSALS
    if refused:
        return
    reading = read(name, written.data)
    assert reading.faults == ()
    found = reading.document
    assert found is not None
    assert found.totals == document.totals
    assert [line.net for line in found.lines] == [line.net for line in document.lines]
    lost = {fault.path.split("[")[0].split(".")[0] for fault in written.losses}
    declared = {key.split("[")[0].split(".")[0] for key in CODECS[name].LOSES}
    assert lost <= declared | TEXTS, written.losses


REFUSALS = {"edifact.too_long", "edifact.not_exact"} | {
    f"x12.{code}" for code in ("too_long", "price", "decimals", "not_exact")
}
# Texts of any kind may change where separators or blanks stand in them.
TEXTS = {
    "seller",
    "buyer",
    "notes",
    "lines",
    "references",
    "allowances_charges",
    "breakdown",
    "payment",
    "payment_terms",
    "buyer_reference",
}


@each_way
def test_losses_are_reported_with_place_and_reason(name: str, version: str) -> None:
    losses = {f.path: f for f in write(name, version, two_rates()).losses}
    assert losses["attachments"].severity is Severity.WARNING
    assert "BG-24" in losses["attachments"].message
    assert losses["lines[0].item.attributes"].code == f"{name}.lost"
    narrow = {f.path: f for f in write(name, version, two_rates(), wide=False).losses}
    assert narrow["notes[2].text"].code == f"{name}.changed"


def test_accounts_fit_the_newer_directory_only() -> None:
    lost = {f.path for f in write("edifact", "D96A", two_rates()).losses}
    assert "payment.transfers" in lost
    reading = read("edifact", write("edifact", "D01B", two_rates()).data)
    assert reading.document.payment.transfers == two_rates().payment.transfers


@each_way
def test_credit_notes_and_corrections(name: str, version: str) -> None:
    found = read(name, write(name, version, credit_note()).data).document
    assert found.kind is DocumentKind.CREDIT_NOTE
    assert found.preceding_invoices[0].issue_date == date(2026, 11, 3)
    corrected = replace(credit_note(), type_code="384")
    assert read(name, write(name, version, corrected).data).document.type_code == "384"


@each_way
def test_a_number_that_is_too_long_is_refused_with_its_place(name: str, version: str) -> None:
    with pytest.raises(CannotWrite) as refused:
        write(name, version, replace(two_rates(), number="N" * 36))
    (fault,) = refused.value.faults
    assert fault.code == f"{name}.too_long"
    assert "36 characters" in fault.message


@each_way
def test_long_texts_go_on_in_further_segments(name: str, version: str) -> None:
    document = german_lines()
    words = " ".join(f"Wort{i}" for i in range(40))
    item = replace(document.lines[0].item, name=words[:100].strip(), description=words)
    long = replace(
        document,
        payment_terms=words[:300].strip(),
        lines=(replace(document.lines[0], item=item), *document.lines[1:]),
    )
    found = read(name, write(name, version, long).data).document
    assert found.payment_terms == long.payment_terms
    assert found.lines[0].item.name == item.name
    assert found.lines[0].item.description == item.description


@each_way
def test_long_names_and_notes_are_no_reason_to_refuse(name: str, version: str) -> None:
    """A name of 109 characters, a city of 45 and notes of some lines: real invoices have them.
    What INVOIC has no room for, the region, is told."""
    words = " ".join(f"Wort{i}" for i in range(30))
    long = "HEP-Operator distribucijskog sustava d.o.o. za distribuciju i opskrbu električne " * 2
    document = two_rates()
    address = replace(document.seller.address, city="Saint-Rémy en Bouzemont Saint-Genest et Isson")
    seller = replace(
        document.seller, name=long[:120].strip(), legal_information=words, address=address
    )
    seller = replace(seller, address=replace(address, subdivision="Overijssel"))
    first = replace(document.lines[0], note=words)
    long_one = replace(document, seller=seller, lines=(first, *document.lines[1:]))
    if name == "edifact":
        city = replace(seller.address, city="Saint-Rémy")
        long_one = replace(long_one, seller=replace(seller, address=city))
    written = write(name, version, long_one)
    found = read(name, written.data)
    assert found.faults == ()
    assert found.document.seller.name == seller.name
    assert found.document.seller.address.city == long_one.seller.address.city
    assert found.document.seller.legal_information == words
    assert found.document.lines[0].note == words
    lost = {fault.path for fault in written.losses}
    assert ("seller.address.subdivision" in lost) is (name == "edifact")


@each_way
def test_a_charge_that_is_taken_back_stays_one(name: str, version: str) -> None:
    """The negative charge of an invoice that corrects another one with its own figures."""
    document = two_rates()
    back = tuple(
        replace(part, amount=-part.amount) if part.is_charge else part
        for part in document.allowances_charges
    )
    made = compute(
        currency=document.currency,
        lines=document.lines,
        allowances_charges=back,
        exemptions=[],
        prepaid=document.totals.prepaid,
        rounding=None,
        accounting_rate=None,
        fixed_tax=None,
    )
    changed = replace(
        document, allowances_charges=back, breakdown=made.breakdown, totals=made.totals
    )
    found = read(name, write(name, version, changed).data).document
    assert any(part.is_charge and part.amount.minor < 0 for part in back)
    assert (found.totals, found.breakdown) == (made.totals, made.breakdown)
    assert [part.amount for part in found.allowances_charges] == [part.amount for part in back]


def test_implied_decimals_of_x12() -> None:
    data = write("x12", "4010", SAMPLES["invoice-yen"]()).data
    assert b"TDS*4073900~" in data  # 40 739 yen: N2 implies two decimals in every currency
    found = read("x12", data.replace(b"TDS*4073900", b"TDS*40739.00")).document
    assert found.totals.gross == Money(40739, "JPY")
    with pytest.raises(CannotWrite) as refused:
        write("x12", "4010", _in_dinars())
    assert {f.code for f in refused.value.faults} == {"x12.decimals"}


def _in_dinars() -> Invoice:
    from tests.core.documents.samples import invoice, line

    return invoice("D-1", [line(1, "a", "1", "0.005", currency="KWD")], currency="KWD")


def test_percentages_of_both_releases() -> None:
    assert b"TXI*VA**5.5*VD*S~" in write("x12", "4010", two_rates()).data
    assert b"TXI*VA**0.055*VD*S~" in write("x12", "5010", two_rates()).data


def test_x12_units_and_prices() -> None:
    document = german_lines()
    articles = replace(document.lines[0], unit="NAR")  # of which X12 knows nothing
    data = write("x12", "4010", replace(document, lines=(articles, *document.lines[1:]))).data
    assert b"*ZZ*" in data
    found = read("x12", data).document
    assert [line.unit for line in found.lines[:2]] == ["NAR", document.lines[1].unit]
    third = replace(document.lines[0], price=Price(Decimal(10), base_quantity=Decimal(3)))
    with pytest.raises(CannotWrite) as refused:
        write("x12", "4010", replace(document, lines=(third,)))
    assert "x12.price" in {f.code for f in refused.value.faults}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"BGM+380+F-2026-0042", b"BGM+380+", "edifact.missing"),
        (b"DTM+137:20261103", b"DTM+137:20261399", "edifact.date"),
        (b"CUX+2:EUR", b"CUX+2:euro", "edifact.currency"),
        (b"MOA+203:967.86", b"MOA+203:9E2", "edifact.number"),
        (b"MOA+203:967.86", b"MOA+203:967.861", "edifact.amount"),
        (b"MOA+203:967.86'", b"", "edifact.missing"),
        (b":::20+S", b":::20+Q", "edifact.vat_category"),
        (b"NAD+SU", b"NAD+XX", "edifact.missing"),
        (b"QTY+47:12:C62", b"QTY+47:twelve:C62", "edifact.number"),
    ],
)
def test_bad_values_in_invoic(old: bytes, new: bytes, code: str) -> None:
    data = write("edifact", "D96A", two_rates()).data
    assert old in data
    message = edifact_syntax.read(data=data.replace(old, new, 1)).messages[0]
    reading = invoic.read_message(message, ".")
    assert reading.document is None
    assert any(f.code == code and f.path.startswith("segment ") for f in reading.fatal)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"BIG*20261103*F-2026-0042", b"BIG*20261103*", "x12.missing"),
        (b"BIG*20261103", b"BIG*20261399", "x12.date"),
        (b"CUR*SE*EUR", b"CUR*SE*euro", "x12.currency"),
        (b"PAM****1*967.86", b"PAM****1*x", "x12.number"),
        (b"TDS*204230", b"TDS*", "x12.missing"),
        (b"IT1*1*12*UN*84.9", b"IT1*1**UN*84.9", "x12.missing"),
    ],
)
def test_bad_values_in_an_810(old: bytes, new: bytes, code: str) -> None:
    data = write("x12", "4010", two_rates()).data
    assert old in data
    reading = invoice810.read_set(x12_syntax.read(data=data.replace(old, new, 1)).sets[0])
    assert reading.document is None
    assert any(f.code == code and f.path.startswith("segment ") for f in reading.fatal)


def test_decimal_commas_and_derived_totals() -> None:
    text = write("edifact", "D96A", two_rates()).data.decode()
    comma = text.replace("UNA:+.?", "UNA:+,?").replace("MOA+203:967.86", "MOA+203:967,86")
    assert read("edifact", comma.encode()).document.totals == two_rates().totals
    head, _, _ = text.partition("CNT+2")
    bare = f"{head}MOA+77:2042.30'MOA+113:200'UNT+9+1'UNZ+1+42'"
    found = edifact_syntax.read(data=bare.encode())
    reading = invoic.read_message(found.messages[0], ".")
    assert reading.document is not None
    assert reading.document.totals == two_rates().totals
    assert [(p.vat, p.tax) for p in reading.document.breakdown] == [
        (p.vat, p.tax) for p in two_rates().breakdown
    ]
    assert {f.code for f in reading.faults} == {"edifact.derived", "edifact.count"}


def test_what_is_not_carried_is_reported_by_segment() -> None:
    data = write("edifact", "D96A", two_rates()).data.replace(b"RFF+ON", b"RFF+ABC:77'RFF+ON", 1)
    reading = invoic.read_message(edifact_syntax.read(data=data).messages[0], ".")
    assert reading.document is not None
    (fault,) = [f for f in reading.faults if f.code == "edifact.not_carried"]
    assert "'ABC' in 1.1, '77' in 1.2" in fault.message
    assert fault.severity is Severity.WARNING


def test_lines_of_several_orders_are_reported() -> None:
    data = write("edifact", "D96A", two_rates()).data
    data = data.replace(b"RFF+ON:45001234'", b"", 1).replace(
        b"PRI+AAA:31.25'", b"PRI+AAA:31.25'RFF+ON:77:3'"
    )
    reading = invoic.read_message(edifact_syntax.read(data=data).messages[0], ".")
    document = reading.document
    assert document is not None
    assert document.references.purchase_order is None
    assert [line.order_line for line in document.lines] == [None, "3", None, "40"]
    unread = [f.message for f in reading.faults if f.code == "edifact.not_carried"]
    assert unread == ["not read: '77' in 1.2", "not read: '45001234' in 1.2"]
    same = data.replace(b"RFF+ON:77:3", b"RFF+ON:45001234:3")
    reading = invoic.read_message(edifact_syntax.read(data=same).messages[0], ".")
    assert reading.document.references.purchase_order == "45001234"
    assert reading.faults == ()


def test_an_allowance_without_amount_is_left_out_with_a_warning() -> None:
    data = write("edifact", "D96A", two_rates()).data.replace(
        b"MOA+8:50.94'\r\nMOA+25:1018.80'", b""
    )
    reading = invoic.read_message(edifact_syntax.read(data=data).messages[0], ".")
    assert reading.document is not None
    assert reading.document.lines[0].allowances_charges == ()
    assert reading.document.totals == two_rates().totals
    codes = [f.code for f in reading.faults]
    assert codes.count("edifact.left_out") == 1
    assert codes.count("edifact.not_carried") == 2


def test_an_american_invoice_without_vat() -> None:
    lines = [
        "ISA*00* *00* *ZZ*A *ZZ*B *030910*1059*U*00401*000000001*0*T*>~",
        "GS*IN*A*B*20030910*1059*1*X*004010~",
        "ST*810*0001~",
        "BIG*20030310*INV-1*20030301*PO-9~",
        "N1*RI*Acme~",
        "N1*BT*Buyer~",
        "ITD*01*3*2**10*20030410*30~",
        "IT1*1*2*EA*99.995**VP*ID1~",
        "TDS*20029~",
        "AMT*1*199.99~",
        "SAC*C*D240***30*********freight~",
        "CTT*1~",
        "SE*11*0001~",
        "GE*1*1~",
        "IEA*1*000000001~",
    ]
    found = x12_syntax.read(data="\r\n\t".join(lines).encode())
    assert found.faults == []
    reading = invoice810.read_set(found.sets[0])
    document = reading.document
    assert document is not None
    assert document.currency == "USD"
    assert document.lines[0].net == Money(19999, "USD")
    assert document.totals.gross == Money(20029, "USD")
    assert document.totals.charges == Money(30, "USD")
    assert document.due_date == date(2003, 4, 10)
    assert document.references.purchase_order == "PO-9"
    assert document.breakdown[0].vat.category is VatCategory.ZERO
    codes = {f.code for f in reading.faults}
    assert codes == {"x12.currency", "x12.derived", "x12.not_carried"}


def _damage(data: bytes, draw: Callable[..., object]) -> bytes:
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        kinds = [b"", data[start:end] * 2, b"'", b"~", b"+", b"*", b"?", b"9" * 50, b"\x00\xff"]
        data = data[:start] + draw(st.sampled_from(kinds) | st.binary(max_size=8)) + data[end:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


SOUND = {way: write(*way, two_rates()).data for way in WAYS}


def test_a_line_of_figures_too_long_to_multiply_is_a_fault() -> None:
    """Each figure is one the syntax allows, what they come to is none."""
    long = b"9" * 35
    sold = SOUND["x12", "5010"].replace(b"*84.9*", b"*" + long + b"*")
    sets = x12_syntax.read(data=sold.replace(b"PAM****1*967.86~", b"")).sets
    assert "x12.amount" in {fault.code for fault in invoice810.read_set(sets[0]).fatal}
    dear = SOUND["edifact", "D96A"].replace(b"MOA+203:967.86'", b"MOA+203:" + long[:29] + b"'")
    dear = dear.replace(b"PRI+AAA:84.9'", b"").replace(b"+47:12:", b"+47:0.0000001:")
    found = edifact_syntax.read(data=dear)
    reading = invoic.read_message(found.messages[0], found.separators.decimal)
    said = [fault.message for fault in reading.fatal if fault.code == "edifact.amount"]
    assert any("is no price an invoice can say" in message for message in said)


@each_way
@settings(max_examples=120, deadline=None)
@given(picks=st.data())
def test_damage_gives_faults_and_never_a_crash(
    name: str, version: str, picks: st.DataObject
) -> None:
    data = _damage(SOUND[name, version], picks.draw)
    found = edifact_syntax.read(data=data)
    for message in found.messages:
        reading = invoic.read_message(message, found.separators.decimal)
        assert (reading.document is None) == bool(reading.fatal)
    sets = x12_syntax.read(data=data)
    for each in sets.sets:
        reading = invoice810.read_set(each)
        assert (reading.document is None) == bool(reading.fatal)
    assert found.messages or any(f.severity is Severity.FATAL for f in found.faults)
    assert sets.sets or any(f.severity is Severity.FATAL for f in sets.faults)
