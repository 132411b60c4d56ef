"""Documents of three invented companies, used by the tests and as golden files in examples/."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from acquit.core.documents.amounts import AllowanceCharge, Period, Price, Vat, VatCategory
from acquit.core.documents.invoice import (
    Attachment,
    Attribute,
    Classification,
    CreditTransfer,
    DirectDebit,
    Invoice,
    Item,
    Line,
    Note,
    PaymentInstructions,
    PrecedingInvoice,
    References,
)
from acquit.core.documents.parties import (
    Address,
    Contact,
    DeliveryInformation,
    Identifier,
    Party,
    Payee,
    TaxRepresentative,
)
from acquit.core.documents.totals import Exemption, compute, line_net
from acquit.core.money import Money, Rate

S19 = Vat(VatCategory.STANDARD, Decimal(19))
S20 = Vat(VatCategory.STANDARD, Decimal(20))
S55 = Vat(VatCategory.STANDARD, Decimal("5.5"))
S21 = Vat(VatCategory.STANDARD, Decimal(21))

ATELIER = Party(
    name="Atelier Lumière SARL",
    trading_name="Atelier Lumière",
    address=Address("FR", "14 rue des Tanneurs", None, None, "Lyon", "69002"),
    identifiers=(Identifier("3012345678906", "0088"),),
    legal_registration=Identifier("732829320", "0002"),
    vat_id="FR44732829320",
    legal_information="SARL au capital de 20 000 €, RCS Lyon",
    electronic_address=Identifier("732829320", "0225"),
    contact=Contact("Inès Moreau", "+33 4 72 00 00 00", "factures@atelier-lumiere.example"),
)
HOLZWERK = Party(
    name="Holzwerk Grünau GmbH & Co. KG",
    address=Address("DE", "Mühlenstraße 7", "Halle 3", None, "Grünau", "24988"),
    identifiers=(Identifier("K-20417"),),
    legal_registration=Identifier("HRA 4711"),
    vat_id="DE123456788",
    tax_registration="15/123/45678",
    electronic_address=Identifier("DE123456788", "9930"),
    contact=Contact("Jörg Weiß", "+49 461 000000", "buchhaltung@holzwerk.example"),
)
PADURENI = Party(
    name="Pădureni Distribuție S.R.L.",
    address=Address("RO", "Str. Țăranilor nr. 21", None, None, "SECTOR3", "030167", "RO-B"),
    legal_registration=Identifier("J40/1234/2019"),
    vat_id="RO18547290",
    legal_information="Capital social 200 lei",
    electronic_address=Identifier("RO18547290", "9947"),
    contact=Contact("Ștefan Ionescu", "+40 21 000 0000", "facturi@padureni.example"),
)
HARBOUR = Party(
    name="Harbour & Finch Ltd",
    address=Address("GB", "3 Quay Street", None, None, "Bristol", "BS1 4QA"),
    identifiers=(Identifier("C-1007"),),
    vat_id="GB999999973",
    electronic_address=Identifier("GB999999973", "9932"),
)
LAKESIDE = Party(
    name="Lakeside Instruments Inc.",
    address=Address("US", "500 Pine Ave", None, None, "Madison", "53703", "WI"),
    electronic_address=Identifier("ap@lakeside.example", "0130"),
)
IBAN_FR = "FR1420041010050500013M02606"
IBAN_DE = "DE89370400440532013000"
IBAN_RO = "RO49AAAA1B31007593840000"


def line(
    number: int,
    name: str,
    quantity: str,
    price: str,
    *,
    vat: Vat = S20,
    unit: str = "C62",
    currency: str = "EUR",
    parts: Sequence[AllowanceCharge] = (),
    item: Item | None = None,
    priced: Price | None = None,
) -> Line:
    cost = priced or Price(net=Decimal(price))
    net = line_net(
        quantity=Decimal(quantity), price=cost, allowances_charges=parts, currency=currency
    )
    return Line(
        id=str(number),
        quantity=Decimal(quantity),
        unit=unit,
        net=net,
        price=cost,
        vat=vat,
        item=item or Item(name),
        allowances_charges=tuple(parts),
    )


def invoice(
    number: str,
    lines: Sequence[Line],
    *,
    seller: Party = ATELIER,
    buyer: Party = HOLZWERK,
    currency: str = "EUR",
    type_code: str = "380",
    parts: Sequence[AllowanceCharge] = (),
    exemptions: Sequence[Exemption] = (),
    prepaid: Money | None = None,
    rounding: Money | None = None,
    accounting_rate: Rate | None = None,
) -> Invoice:
    found = compute(
        currency=currency,
        lines=lines,
        allowances_charges=parts,
        exemptions=exemptions,
        prepaid=prepaid,
        rounding=rounding,
        accounting_rate=accounting_rate,
        fixed_tax=None,
    )
    return Invoice(
        number=number,
        issue_date=date(2026, 11, 3),
        type_code=type_code,
        currency=currency,
        seller=seller,
        buyer=buyer,
        lines=tuple(lines),
        breakdown=found.breakdown,
        totals=found.totals,
        vat_accounting_currency=accounting_rate.target if accounting_rate else None,
        due_date=date(2026, 12, 3),
        buyer_reference="04011000-12345-34",
        delivery=DeliveryInformation(delivered_on=date(2026, 11, 2)),
        allowances_charges=tuple(parts),
    )


def eur(text: str) -> Money:
    return Money.of(text, "EUR")


def _lines_of_two_rates() -> list[Line]:
    lines = [
        line(
            1,
            "Lampe de bureau Orion",
            "12",
            "84.90",
            item=Item(
                name="Lampe de bureau Orion",
                description="Bras articulé, laiton brossé, LED 8 W",
                seller_id="LUM-4411",
                buyer_id="HW-99",
                standard_id=Identifier("4012345678901", "0160"),
                classifications=(Classification("39111500", "STI", "1"),),
                origin_country="FR",
                attributes=(Attribute("Couleur", "laiton"),),
            ),
            parts=[
                AllowanceCharge(
                    False, eur("50.94"), eur("1018.80"), Decimal(5), "Remise quantité", "95"
                )
            ],
        ),
        line(2, "Livre « La lumière »", "3", "31.25", vat=S55, unit="H87"),
        line(
            3,
            "Câble textile, rouleau",
            "150",
            "",
            unit="MTR",
            priced=Price(Decimal("118.75"), Decimal("6.25"), Decimal(125), Decimal(100), "MTR"),
        ),
        line(4, "Installation sur site", "7.5", "64", unit="HUR"),
    ]
    lines[3] = replace(
        lines[3],
        note="Équipe de deux personnes",
        object=Identifier("CHANTIER-7", "AAA"),
        order_line="40",
        buyer_accounting="6155",
        period=Period(date(2026, 10, 28), date(2026, 10, 30)),
    )
    return lines


def _all_references() -> References:
    return References(
        project="PRJ-9",
        contract="C-2025-17",
        purchase_order="45001234",
        sales_order="SO-881",
        receiving_advice="WE-55",
        despatch_advice="BL-7781",
        tender_or_lot="LOT-2",
        invoiced_object=Identifier("COMPTEUR-12", "AAA"),
        buyer_accounting="KST 4100",
    )


def _two_accounts() -> PaymentInstructions:
    return PaymentInstructions(
        "58",
        "Virement SEPA",
        "F-2026-0042",
        (
            CreditTransfer(IBAN_FR, "Atelier Lumière SARL", "PSSTFRPPLYO"),
            CreditTransfer(IBAN_DE),
        ),
    )


def two_rates() -> Invoice:
    """Two VAT rates, discounts on lines and document, every reference, notes, attachment."""
    parts = [
        AllowanceCharge(False, eur("25.00"), None, None, "Geste commercial", "95", S20),
        AllowanceCharge(True, eur("18.50"), None, None, "Transport", "FC", S20),
    ]
    document = invoice("F-2026-0042", _lines_of_two_rates(), parts=parts, prepaid=eur("200.00"))
    return replace(
        document,
        references=_all_references(),
        payment_terms="30 jours date de facture",
        notes=(
            Note("Indemnité forfaitaire pour frais de recouvrement : 40 €", "PMT"),
            Note("Pénalités de retard : taux BCE majoré de 10 points", "PMD"),
            Note("Pas d’escompte pour paiement anticipé", "AAB"),
            Note("Merci de votre confiance"),
        ),
        business_process="urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
        delivery=DeliveryInformation(
            "Holzwerk, Lager Nord",
            Identifier("4012345000009", "0088"),
            date(2026, 11, 2),
            Address("DE", "Am Hafen 2", None, None, "Flensburg", "24937"),
        ),
        period=Period(date(2026, 10, 1), date(2026, 10, 31)),
        payment=_two_accounts(),
        attachments=(
            Attachment("ZN-1", "Relevé d’heures", None, b"%PDF-1.7 a", "application/pdf", "h.pdf"),
            Attachment("DOC-2", "Conditions", "https://atelier-lumiere.example/cgv"),
        ),
    )


def credit_note() -> Invoice:
    document = invoice(
        "A-2026-0007",
        [line(1, "Lampe de bureau Orion, retour", "2", "80.655")],
        type_code="381",
    )
    return replace(
        document,
        preceding_invoices=(PrecedingInvoice("F-2026-0042", date(2026, 11, 3)),),
        references=References(project="PRJ-9", purchase_order="45001234"),
    )


def debit_note() -> Invoice:
    return invoice("ND-2026-0001", [line(1, "Frais de port", "1", "15")], type_code="383")


def german_lines() -> Invoice:
    document = invoice(
        "RE/2026-118",
        [
            line(1, "Eichenbohle, 50 mm", "4.25", "1185.50", vat=S19, unit="MTQ"),
            line(2, "Zuschnitt nach Maß", "6", "58", vat=S19, unit="HUR"),
        ],
        seller=HOLZWERK,
        buyer=replace(ATELIER, legal_information=None),
    )
    return replace(
        document,
        payment_terms="2 % Skonto bei Zahlung innerhalb von 14 Tagen",
        payment=PaymentInstructions(
            "59",
            None,
            "RE/2026-118",
            (),
            None,
            DirectDebit("MND-2024-5", "DE98ZZZ09999999999", IBAN_FR),
        ),
    )


def intra_community() -> Invoice:
    vat = Vat(VatCategory.INTRA_COMMUNITY)
    document = invoice(
        "F-2026-0043",
        [line(1, "Suspension Halo", "5", "240", vat=vat)],
        exemptions=[
            Exemption(
                VatCategory.INTRA_COMMUNITY,
                "Exonération de TVA, art. 262 ter I du CGI",
                "VATEX-EU-IC",
            )
        ],
    )
    place = DeliveryInformation(delivered_on=date(2026, 11, 2), address=HOLZWERK.address)
    return replace(document, delivery=place)


def reverse_charge() -> Invoice:
    vat = Vat(VatCategory.REVERSE_CHARGE)
    return invoice(
        "F-2026-0044",
        [line(1, "Étude d’éclairage", "3", "450", vat=vat, unit="DAY")],
        exemptions=[Exemption(VatCategory.REVERSE_CHARGE, "Autoliquidation", "VATEX-EU-AE")],
    )


def export_in_dollars() -> Invoice:
    vat = Vat(VatCategory.EXPORT)
    document = invoice(
        "F-2026-0045",
        [line(1, "Desk lamp Orion", "20", "92.375", vat=vat, currency="USD")],
        buyer=LAKESIDE,
        currency="USD",
        exemptions=[Exemption(VatCategory.EXPORT, "Export outside the EU", "VATEX-EU-G")],
    )
    return replace(
        document, payment=PaymentInstructions("30", None, None, (CreditTransfer(IBAN_FR),))
    )


def exempt() -> Invoice:
    vat = Vat(VatCategory.EXEMPT)
    return invoice(
        "F-2026-0046",
        [line(1, "Formation", "2", "300", vat=vat, unit="DAY"), line(2, "Support", "1", "90")],
        exemptions=[Exemption(VatCategory.EXEMPT, "Art. 261-4-4° du CGI")],
    )


def zero_rated() -> Invoice:
    vat = Vat(VatCategory.ZERO)
    document = invoice(
        "INV-2026-31",
        [
            line(1, "Children's book", "40", "3.99", vat=vat, currency="GBP"),
            line(2, "Gift wrap", "40", "0.45", vat=S20, currency="GBP"),
        ],
        seller=HARBOUR,
        buyer=replace(HARBOUR, name="Finch & Co", vat_id=None, identifiers=()),
        currency="GBP",
    )
    return replace(document, payee=Payee("Factor One Ltd", Identifier("F-1"), Identifier("0123")))


def out_of_scope() -> Invoice:
    vat = Vat(VatCategory.OUT_OF_SCOPE, None)
    return invoice(
        "F-2026-0047",
        [line(1, "Dédommagement", "1", "500", vat=vat)],
        seller=replace(ATELIER, vat_id=None),
        buyer=replace(HOLZWERK, vat_id=None, tax_registration=None),
        exemptions=[Exemption(VatCategory.OUT_OF_SCOPE, "Hors champ de la TVA", "VATEX-EU-O")],
    )


def romanian_in_euro() -> Invoice:
    """Euro invoice with the VAT also in lei, as Romanian law wants it."""
    document = invoice(
        "PD-000123",
        [
            line(1, "Făină albă tip 000", "250", "2.4875", vat=S21, unit="KGM"),
            line(2, "Ambalaj reciclabil cu țiplă", "12", "8.33", vat=S21),
        ],
        seller=PADURENI,
        buyer=HOLZWERK,
        accounting_rate=Rate(Decimal("5.0871"), "EUR", "RON"),
    )
    return replace(
        document,
        payment=PaymentInstructions(
            "30", None, "PD-000123", (CreditTransfer(IBAN_RO, None, "AAAAROBU"),)
        ),
        tax_representative=TaxRepresentative(
            "Steuerbüro Nord", "DE129273398", Address("DE", "Markt 1", None, None, "Kiel", "24103")
        ),
    )


def yen() -> Invoice:
    vat = Vat(VatCategory.STANDARD, Decimal(10))
    return invoice(
        "F-2026-0048",
        [line(1, "Orion lamp", "3", "12345", vat=vat, currency="JPY")],
        currency="JPY",
    )


def many_lines(count: int) -> Invoice:
    names = ("Lampe de bureau Orion", "Suspension Halo", "Applique murale Écume", "Câble textile")
    lines = [
        line(i + 1, f"{names[i % 4]}, série {i + 1}", str(1 + i % 7), f"{19 + i}.9")
        for i in range(count)
    ]
    document = invoice("F-2026-0099", lines)
    return replace(
        document,
        payment=PaymentInstructions("58", None, "F-2026-0099", (CreditTransfer(IBAN_FR),)),
    )


SAMPLES: dict[str, Callable[[], Invoice]] = {
    "invoice-two-rates": two_rates,
    "credit-note": credit_note,
    "debit-note": debit_note,
    "invoice-direct-debit": german_lines,
    "invoice-intra-community": intra_community,
    "invoice-reverse-charge": reverse_charge,
    "invoice-export-usd": export_in_dollars,
    "invoice-exempt": exempt,
    "invoice-zero-rated-gbp": zero_rated,
    "invoice-out-of-scope": out_of_scope,
    "invoice-vat-in-lei": romanian_in_euro,
    "invoice-yen": yen,
}
