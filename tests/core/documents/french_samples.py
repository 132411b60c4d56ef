"""Statuses and reports of invented French companies: used by tests and as golden files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from acquit.core.documents.amounts import Period, Vat, VatBreakdown, VatCategory
from acquit.core.documents.ereport import (
    Category,
    DayPayments,
    DaySales,
    EReport,
    InvoicePayment,
    RatePayment,
    RateTotal,
    ReportedInvoice,
    ReportedParty,
    Transmission,
)
from acquit.core.documents.invoice import PrecedingInvoice
from acquit.core.documents.lifecycle import (
    Characteristic,
    LifecycleParty,
    LifecycleStatus,
    Phase,
    StatusDetail,
)
from acquit.core.documents.parties import Identifier
from acquit.core.money import Money

SELLER = LifecycleParty(
    "SE",
    Identifier("100000009", "0002"),
    "Atelier Lumiere SARL",
    Identifier("100000009_STATUTS", "0225"),
)
BUYER = LifecycleParty(
    "BY", Identifier("200000008", "0002"), "Nord Marche SAS", Identifier("200000008", "0225")
)
PLATFORM = LifecycleParty("WK", Identifier("1234", "0238"))
PORTAL = LifecycleParty("DFH", Identifier("0000", "0238"), "PPF")
INVOICED = date(2026, 11, 3)


def time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def euro(text: str) -> Money:
    return Money.of(text, "EUR")


def collected() -> LifecycleStatus:
    return LifecycleStatus(
        number="F-2026-0042_212_20261202",
        issued_at=time("2026-12-02T10:15:30"),
        sender=PLATFORM,
        issuer=SELLER,
        recipients=(BUYER, PORTAL),
        phase=Phase.TREATMENT,
        status="212",
        document="F-2026-0042",
        document_date=INVOICED,
        seller=Identifier("100000009", "0002"),
        effective_at=time("2026-12-02T09:00:00"),
        name="Encaissement F-2026-0042",
        details=(
            StatusDetail(
                characteristics=(
                    Characteristic("MEN", amount=euro("1200.00"), percent=Decimal(20)),
                    Characteristic("MEN", amount=euro("52.75"), percent=Decimal("5.5")),
                    Characteristic("RAP", amount=euro("100.00")),
                )
            ),
        ),
    )


def in_dispute() -> LifecycleStatus:
    return LifecycleStatus(
        number="F-2026-0042_207_20261110",
        issued_at=time("2026-11-10T08:00:00"),
        sender=PLATFORM,
        issuer=BUYER,
        recipients=(SELLER,),
        phase=Phase.TREATMENT,
        status="207",
        document="F-2026-0042",
        document_date=INVOICED,
        seller=Identifier("100000009", "0002"),
        received_at=time("2026-11-04T07:30:00"),
        details=(
            StatusDetail(
                "TX_TVA_ERR",
                "Taux de TVA faux en ligne 2",
                "NIN",
                "Emettre une facture rectificative",
                ("Voir contrat C-2025-17",),
                (
                    Characteristic("DIV", "BT-152", "Taux", "/Invoice/InvoiceLine[2]", "20"),
                    Characteristic("DVA", "BT-152", "Taux", "/Invoice/InvoiceLine[2]", "5.5"),
                ),
            ),
            StatusDetail("QTE_ERR", "Quantite livree : 8"),
        ),
    )


def made_available() -> LifecycleStatus:
    return LifecycleStatus(
        number="F-2026-0042_203",
        issued_at=time("2026-11-04T07:31:00"),
        sender=PLATFORM,
        issuer=LifecycleParty("WK"),
        recipients=(PORTAL,),
        phase=Phase.TRANSMISSION,
        status="203",
        document="F-2026-0042",
        document_date=INVOICED,
        seller=Identifier("100000009", "0002"),
        process=None,
    )


def sales() -> EReport:
    rows = (
        VatBreakdown(Vat(VatCategory.INTRA_COMMUNITY, Decimal(0)), euro("850.00"), euro("0.00")),
    )
    return EReport(
        number="ER-2026-11-1",
        issued_at=time("2026-11-12T06:00:00"),
        platform="1234",
        declarant="100000009",
        period=Period(date(2026, 11, 1), date(2026, 11, 10)),
        platform_name="Plateforme",
        declarant_name="Atelier Lumiere SARL",
        invoices=(
            ReportedInvoice(
                number="F-2026-0050",
                issue_date=date(2026, 11, 4),
                type_code="381",
                currency="EUR",
                frame="B1",
                seller=ReportedParty(Identifier("100000009", "0002"), "FR88100000009", "FR"),
                buyer=ReportedParty(Identifier("DE129273398", "0223"), "DE129273398", "DE"),
                net=euro("850.00"),
                vat=euro("0.00"),
                breakdown=rows,
                due_date=date(2026, 12, 4),
                preceding=(PrecedingInvoice("F-2026-0031", date(2026, 10, 2)),),
                delivered_on=date(2026, 11, 5),
                delivered_to="DE",
                period=Period(date(2026, 10, 1), date(2026, 10, 31)),
            ),
        ),
        transactions=(
            DaySales(
                date(2026, 11, 5),
                Category.GOODS,
                euro("300.00"),
                euro("51.00"),
                (
                    RateTotal(Decimal(20), euro("200.00"), euro("40.00")),
                    RateTotal(Decimal("5.5"), euro("200.00"), euro("11.00")),
                    RateTotal(Decimal(0), euro("-100.00"), euro("0.00")),
                ),
                "5",
                17,
            ),
        ),
    )


def payments() -> EReport:
    return EReport(
        number="ER-2026-11-2",
        issued_at=time("2026-12-10T06:00:00"),
        platform="1234",
        declarant="100000009",
        period=Period(date(2026, 11, 1), date(2026, 11, 30)),
        kind=Transmission.RECTIFIED,
        payments=(
            InvoicePayment(
                "F-2026-0042",
                INVOICED,
                date(2026, 11, 28),
                (
                    RatePayment(Decimal(20), euro("1200.00")),
                    RatePayment(Decimal("5.5"), euro("52.75")),
                ),
            ),
        ),
        collections=(DayPayments(date(2026, 11, 29), (RatePayment(Decimal(10), euro("77.00")),)),),
    )


SAMPLES: dict[str, tuple[str, Callable[[], Any]]] = {
    "collected": ("cdar", collected),
    "in-dispute": ("cdar", in_dispute),
    "made-available": ("cdar", made_available),
    "sales": ("flux10", sales),
    "payments": ("flux10", payments),
}
