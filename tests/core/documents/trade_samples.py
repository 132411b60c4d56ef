"""Orders and what follows them, of invented companies: used by tests and as golden files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from acquit.core.documents.amounts import Price
from acquit.core.documents.despatch import DespatchAdvice, DespatchLine
from acquit.core.documents.invoice import Item, Note
from acquit.core.documents.order import (
    LineStatus,
    Order,
    OrderLine,
    OrderResponse,
    OrderResponseLine,
    OrderStatus,
)
from acquit.core.documents.parties import Address, Contact, Identifier
from acquit.core.documents.remittance import Adjustment, RemittanceAdvice, RemittanceLine
from acquit.core.documents.response import (
    Layer,
    Reason,
    Response,
    ResponseStatus,
    Subject,
)
from acquit.core.documents.trade import TradeParty
from acquit.core.money import Money

BUYER = TradeParty(
    "Nordmarkt eG",
    (Identifier("4012345000009", "0088"),),
    Address("DE", "Hafenstr. 12", None, None, "Kiel", "24103"),
    "DE129273398",
    Contact("Frau Petersen", "+49 431 000000", "einkauf@nordmarkt.example"),
)
SELLER = TradeParty("Atelier Lumiere SARL", (Identifier("3012345678906", "0088"),))
STORE = TradeParty(None, (Identifier("4012345000016", "0088"),))
LAMP = Item("Lampe Orion", seller_id="LUM-4411", standard_id=Identifier("4012345678901", "0160"))
CABLE = Item("Textilkabel", seller_id="KAB-1", buyer_id="N-778")
DAY = date(2026, 11, 3)


def eur(text: str) -> Money:
    return Money.of(text, "EUR")


def order() -> Order:
    return Order(
        number="4500123",
        issue_date=DAY,
        buyer=BUYER,
        seller=SELLER,
        lines=(
            OrderLine("10", LAMP, Decimal(12), "H87", Price(Decimal("84.9")), eur("1018.80")),
            OrderLine(
                "20",
                CABLE,
                Decimal("150.5"),
                "MTR",
                Price(Decimal("118.75"), base_quantity=Decimal(100)),
                requested_on=date(2026, 11, 20),
                note="auf Rollen zu 50 m",
            ),
        ),
        currency="EUR",
        deliver_to=STORE,
        invoicee=BUYER,
        requested_on=date(2026, 11, 10),
        contract="C-2025-17",
        notes=(Note("Anlieferung nur vormittags"),),
        total=eur("1197.52"),
    )


def order_response() -> OrderResponse:
    return OrderResponse(
        number="AB-9",
        issue_date=date(2026, 11, 4),
        status=OrderStatus.CHANGED,
        order_number="4500123",
        buyer=BUYER,
        seller=SELLER,
        lines=(
            OrderResponseLine(
                "1",
                LineStatus.ACCEPTED,
                LAMP,
                Decimal(12),
                Decimal(12),
                "H87",
                Price(Decimal("84.9")),
                date(2026, 11, 10),
                "10",
            ),
            OrderResponseLine(
                "2",
                LineStatus.CHANGED,
                CABLE,
                Decimal(100),
                Decimal("150.5"),
                "MTR",
                order_line="20",
                note="Rest folgt",
            ),
            OrderResponseLine(
                "3", LineStatus.BACKORDERED, CABLE, Decimal("50.5"), None, "MTR", order_line="20"
            ),
            OrderResponseLine("4", LineStatus.REJECTED, Item("Halo"), None, Decimal(1), "H87"),
        ),
        order_date=DAY,
        currency="EUR",
        promised_on=date(2026, 11, 10),
        notes=(Note("Danke"),),
    )


def despatch_advice() -> DespatchAdvice:
    first, second = "340123450000000012", "340123450000000029"
    return DespatchAdvice(
        number="LS-77",
        issue_date=date(2026, 11, 9),
        buyer=BUYER,
        seller=SELLER,
        lines=(
            DespatchLine("1", LAMP, Decimal(8), "H87", "4500123", "10", first),
            DespatchLine("2", LAMP, Decimal(4), "H87", "4500123", "10", second),
            DespatchLine("3", CABLE, Decimal("100.5"), "MTR", "4500123", "20", second),
        ),
        despatched_on=date(2026, 11, 9),
        expected_on=date(2026, 11, 10),
        order_number="4500123",
        deliver_to=STORE,
        carrier="Nordspedition",
        transport_document="CMR-5",
        packages=2,
    )


def remittance_advice() -> RemittanceAdvice:
    return RemittanceAdvice(
        number="ZA-31",
        issue_date=date(2026, 12, 1),
        payer=BUYER,
        payee=SELLER,
        payments=eur("1745.10"),
        lines=(
            RemittanceLine(
                "F-2026-0042", eur("1801.45"), "380", DAY, eur("1842.30"), eur("36.85"), "4500123"
            ),
            RemittanceLine(
                "F-2026-0043",
                eur("40.00"),
                "380",
                DAY,
                eur("50.00"),
                adjustments=(Adjustment(eur("-10.00"), "01", "2 Lampen fehlten"),),
            ),
            RemittanceLine("A-2026-0007", eur("-96.35"), "381"),
        ),
        paid_on=date(2026, 12, 2),
        means="ACH",
        payer_account="4012345",
        payee_account="3012345",
    )


SAMPLES: dict[str, Callable[[], Any]] = {
    "order": order,
    "order-response": order_response,
    "despatch-advice": despatch_advice,
    "remittance-advice": remittance_advice,
}


def invoice_response() -> Response:
    reasons, actions = "OPStatusReason", "OPStatusAction"
    return Response(
        layer=Layer.APPLICATION,
        status=ResponseStatus.UNDER_QUERY,
        subject=Subject(document="F-2026-0042", document_type="380", document_date=DAY),
        number="IR-5",
        issue_date=date(2026, 11, 6),
        sender=Identifier("4012345000009", "0088"),
        receiver=Identifier("3012345678906", "0088"),
        reasons=(
            Reason("REF", "Bestellnummer unbekannt", "BT-13", reasons, "4500123"),
            Reason(None, None, "BT-10", reasons, "0204:991-12345"),
            Reason("PIN", "Rechnung mit Bestellnummer senden", None, actions),
        ),
        effective_on=date(2026, 11, 5),
        sender_name="Nordmarkt eG",
        receiver_name="Atelier Lumiere SARL",
    )


def message_response() -> Response:
    return Response(
        layer=Layer.SYNTAX,
        status=ResponseStatus.REJECTED,
        subject=Subject(message="b0f1-77"),
        number="MLR-1",
        issue_date=date(2026, 11, 4),
        sender=Identifier("4012345000009", "0088"),
        receiver=Identifier("3012345678906", "0088"),
        reasons=(
            Reason("BV", "BR-CO-15: total with VAT", "/Invoice/LegalMonetaryTotal"),
            Reason("BW", "PEPPOL-EN16931-R120: line net amount", "/Invoice/InvoiceLine[1]"),
        ),
    )


RESPONSES: dict[str, Callable[[], Response]] = {
    "invoice-response": invoice_response,
    "message-response": message_response,
}
