"""CIUS-RO: one valid invoice and credit note, and for each rule a change that breaks only it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from acquit.core.codecs import ubl
from acquit.core.documents.invoice import Invoice, PrecedingInvoice
from acquit.core.documents.parties import Address, Identifier, Party
from acquit.core.judges import ro
from acquit.core.judges.native import judge
from tests.core.documents.samples import PADURENI, S21, invoice, line
from tests.core.judges.bending import Change, bent, broken

BUYER = Party(
    name="Morărit Apuseni S.A.",
    address=Address("RO", "Calea Moților 9", None, None, "Cluj-Napoca", "400001", "RO-CJ"),
    legal_registration=Identifier("J12/77/2004"),
    vat_id="RO16341004",
)


def lei() -> Invoice:
    made = invoice(
        "F2026-000412",
        [line(1, "Făină albă tip 650", "40", "61.20", vat=S21, unit="KGM", currency="RON")],
        seller=PADURENI,
        buyer=BUYER,
        currency="RON",
    )
    return replace(made, specification=ro.SPECIFICATION)


def credit() -> Invoice:
    return replace(
        lei(),
        number="C2026-000007",
        type_code="381",
        preceding_invoices=(PrecedingInvoice("F2026-000412", date(2026, 11, 3)),),
    )


VALID = ubl.write(document=lei())
CREDIT = ubl.write(document=credit())

SELLER, BUYER_AT = "AccountingSupplierParty/Party", "AccountingCustomerParty/Party"
PLACE = "Delivery/DeliveryLocation/Address"
AGENT = "TaxRepresentativeParty"
# A tax representative and a place of delivery that obey every rule, to be bent in turn.
WITH_AGENT: tuple[Change, ...] = (
    (f"{AGENT}/PartyName/Name", "Fiscal Rep SRL"),
    (f"{AGENT}/PostalAddress/StreetName", "Str. Lungă 1"),
    (f"{AGENT}/PostalAddress/CityName", "Brașov"),
    (f"{AGENT}/PostalAddress/CountrySubentity", "RO-BV"),
    (f"{AGENT}/PostalAddress/Country/IdentificationCode", "RO"),
)
WITH_PLACE: tuple[Change, ...] = (
    (f"{PLACE}/StreetName", "Str. Gării 2"),
    (f"{PLACE}/CityName", "Deva"),
    (f"{PLACE}/CountrySubentity", "RO-HD"),
    (f"{PLACE}/Country/IdentificationCode", "RO"),
)
LONG = {rule.id: rule for rule in ro.rules() if rule.text == "too-long"}
MUTANTS: dict[str, tuple[Change, ...]] = {
    "BR-RO-001": (("CustomizationID", "urn:cen.eu:en16931:2017"),),
    "BR-RO-010": (("ID", "FACTURA"),),
    "BR-RO-020_1": (("InvoiceTypeCode", "386"),),
    "BR-RO-030": (("DocumentCurrencyCode", "EUR"),),
    "BR-RO-040": (("InvoicePeriod/DescriptionCode", "4"),),
    "BR-RO-065": ((f"{SELLER}/PartyTaxScheme", None),),
    "BR-RO-120": (
        (f"{BUYER_AT}/PartyTaxScheme", None),
        (f"{BUYER_AT}/PartyLegalEntity/CompanyID", None),
    ),
    "BR-RO-A020": tuple(("Note+", "n") for _ in range(21)),
    "BR-RO-A051": tuple(("AdditionalDocumentReference+/ID", "a") for _ in range(51)),
    "BR-RO-A052": tuple(
        ("InvoiceLine/Item/AdditionalItemProperty+/Name", "a") for _ in range(51)
    ),
    "BR-RO-A500": tuple(
        ("BillingReference/InvoiceDocumentReference+/ID", "F1") for _ in range(501)
    ),
    "BR-RO-081": ((f"{SELLER}/PostalAddress/StreetName", None),),
    "BR-RO-082": ((f"{BUYER_AT}/PostalAddress/StreetName", ""),),
    "BR-RO-091": ((f"{BUYER_AT}/PostalAddress/CityName", "Cluj"),
                  (f"{SELLER}/PostalAddress/CountrySubentity", "RO-CJ"),
                  (f"{SELLER}/PostalAddress/CityName", None)),
    "BR-RO-092": ((f"{BUYER_AT}/PostalAddress/CityName", None),),
    "BR-RO-140": (*WITH_AGENT, (f"{AGENT}/PostalAddress/StreetName", None)),
    "BR-RO-150": (*WITH_AGENT, (f"{AGENT}/PostalAddress/CityName", None)),
    "BR-RO-160": (*WITH_AGENT, (f"{AGENT}/PostalAddress/CountrySubentity", "RO-B")),
    "BR-RO-170": (*WITH_AGENT, (f"{AGENT}/PostalAddress/CountrySubentity", "BV")),
    "BR-RO-180": (*WITH_PLACE, (f"{PLACE}/StreetName", None)),
    "BR-RO-201": (*WITH_PLACE, (f"{PLACE}/CityName", None)),
    "BR-RO-202": (*WITH_PLACE, (f"{PLACE}/CountrySubentity", "RO-B")),
    "BR-RO-211": (*WITH_PLACE, (f"{PLACE}/CountrySubentity", None),
                  (f"{PLACE}/Country/IdentificationCode", "HU")),
    "BR-RO-212": (*WITH_PLACE, (f"{PLACE}/CountrySubentity", "Deva")),
    "BR-RO-100": ((f"{SELLER}/PostalAddress/CityName", "București"),),
    "BR-RO-101": ((f"{BUYER_AT}/PostalAddress/CountrySubentity", "RO-B"),),
    "BR-RO-110": ((f"{SELLER}/PostalAddress/CountrySubentity", "Bucharest"),),
    "BR-RO-111": ((f"{BUYER_AT}/PostalAddress/CountrySubentity", None),),
    "BR-RO-DT001": (("IssueDate", "2026-02-30"),),
    "BR-RO-DT002": (("TaxPointDate", "2026-11-03Z"),),
    "BR-RO-DT003": (("DueDate", "3.12.2026"),),
    "BR-RO-DT003_CN": (("PaymentMeans/PaymentDueDate", "20261203"),),
    "BR-RO-DT004": (("Delivery/ActualDeliveryDate", "2026-11-2"),),
    "BR-RO-DT005": (("InvoicePeriod/StartDate", "2026-13-01"),),
    "BR-RO-DT006": (("InvoicePeriod/EndDate", "2026"),),
    "BR-RO-L1016": (("PaymentMeans/PaymentMeansCode@name", "x" * 101),),
    "BR-RO-L211": (
        ("AdditionalDocumentReference/Attachment/EmbeddedDocumentBinaryObject", "AA=="),
        ("AdditionalDocumentReference/Attachment/EmbeddedDocumentBinaryObject@filename",
         "x" * 201),
    ),
    **{
        rule.id: ((f"LegalMonetaryTotal/{rule.value[0]}", "1.001"),)
        for rule in ro.rules()
        if rule.on == ("LegalMonetaryTotal",)
    },
    "BR-DEC-RO-1009": (("TaxTotal/TaxSubtotal/TaxableAmount", "1.001"),),
    "BR-DEC-RO-1010": (("TaxTotal/TaxSubtotal/TaxAmount", "1.001"),),
    **{
        f"BR-{number}": ((f"{at}AllowanceCharge+/ChargeIndicator", sign),
                         (f"{at}AllowanceCharge/{name}", text))
        for at, sign, amount, base, reason, code in (
            ("", "false", "DEC-RO-01", "DEC-RO-02", "RO-L1017", "Code"),
            ("", "true", "DEC-RO-05", "DEC-RO-06", "RO-L1018", "Code"),
            ("InvoiceLine/", "false", "DEC-RO-24", "DEC-RO-25", "RO-L1022", ""),
            ("InvoiceLine/", "true", "DEC-RO-27", "DEC-RO-28", "RO-L1023", ""),
        )
        for number, name, text in (
            (amount, "Amount", "1.001"),
            (base, "BaseAmount", "1.001"),
            (reason, f"AllowanceChargeReason{code}", "x" * 101),
        )
    },
}  # fmt: skip


def _too_long(number: str) -> tuple[Change, ...]:
    """The text of a rule on lengths, one character too long, where the rule looks for it."""
    (path,) = [path for key, _, _, path in ro.LENGTHS if f"BR-RO-{key}" == number]
    steps = [step if isinstance(step, str) else step[0] for step in path if step != "*"]
    count = int(LONG[number].facts["max"])
    text = "1" * (count + 1)
    context: tuple[Change, ...] = ()
    if steps[0] == AGENT:
        context = WITH_AGENT
    elif "DeliveryLocation" in steps:
        context = WITH_PLACE
    if number == "BR-RO-L0501":  # a sector of Bucharest has no long name
        context = ((f"{SELLER}/PostalAddress/CountrySubentity", "RO-CJ"),)
    return (*context, ("/".join(steps), text))


CASES = {**{key: _too_long(key) for key in LONG if key not in MUTANTS}, **MUTANTS}
# A long note is long as a note of any kind too.
ALSO = {"BR-RO-L301": {"BR-RO-L302"}, "BR-RO-L303": {"BR-RO-L302"}}


@pytest.mark.parametrize("data", [VALID, CREDIT], ids=["invoice", "credit note"])
def test_what_we_write_obeys(data: bytes) -> None:
    verdict = judge(data, profile="cius-ro")
    assert verdict.faults == ()


@pytest.mark.parametrize("number", CASES)
def test_each_rule_is_broken_alone(number: str) -> None:
    found = broken("cius-ro", bent(VALID, *CASES[number]))
    assert set(found) == {number} | ALSO.get(number, set())


def test_a_credit_note_is_asked_for_its_own_code() -> None:
    assert broken("cius-ro", bent(CREDIT, ("CreditNoteTypeCode", "396"))) == {"BR-RO-020_2": 1}


def test_every_rule_has_its_case() -> None:
    assert set(CASES) | {"BR-RO-020_2"} == {rule.id for rule in ro.rules()}
    assert not {number for number, _ in ro.UNCOVERED} & set(CASES)


def test_a_fault_points_at_the_place() -> None:
    data = bent(VALID, (f"{SELLER}/PostalAddress/StreetName", None))
    (fault,) = judge(data, profile="cius-ro", language="ro").faults
    assert fault.path == "/Invoice/AccountingSupplierParty/Party/PostalAddress"
    assert "BT-35" in fault.message


def test_euro_with_the_vat_in_lei_is_fine() -> None:
    changes = (("DocumentCurrencyCode", "EUR"), ("TaxCurrencyCode", "RON"))
    assert broken("cius-ro", bent(VALID, *changes)) == {}
