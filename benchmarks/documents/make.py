"""Invoices as a wholesaler sends them: lines of several kinds, no two alike, some at fault."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any

from acquit.core.codecs import cii, pdf, ubl
from acquit.core.codecs.pdf.display import display_for
from acquit.core.codecs.pdf.invoice import invoice_data
from acquit.core.documents.amounts import AllowanceCharge, Price, Vat, VatCategory
from acquit.core.documents.invoice import (
    CreditTransfer,
    Invoice,
    Item,
    Line,
    Note,
    PaymentInstructions,
)
from acquit.core.documents.parties import Address, Contact, Identifier, Party
from acquit.core.documents.totals import compute, line_net
from acquit.core.money import Money

SYNTAXES: dict[str, ModuleType] = {"ubl": ubl, "cii": cii}
_UNITS = ("C62", "KGM", "MTR", "HUR", "LTR", "XPK", "MTK", "SET")
_GOODS = ("Hinge", 'Bracket 24"', "Screws & plugs", "Lamp Écume", "Cable", "Panel", "Rail", "Glue")
_BUYERS = ("Holzwerk & Co", "Pont Neuf SA", "Halle 3 SAS", "Menuiserie Écureuil")
_RATES = tuple(Vat(VatCategory.STANDARD, Decimal(rate)) for rate in ("20", "10", "5.5"))


def invoice(*, lines: int, seed: int) -> Invoice:
    """The invoice of a seed. Its totals are right but in every fifth, or a line has no name."""
    dice = random.Random(seed)
    made = [_line(number + 1, dice) for number in range(lines)]
    if seed % 10 == 9:
        made[-1] = replace(made[-1], item=replace(made[-1].item, name=" "))
    found = compute(
        currency="EUR", lines=made, allowances_charges=(), exemptions=(), prepaid=None,
        rounding=None, accounting_rate=None, fixed_tax=None,
    )  # fmt: skip
    totals = found.totals
    if seed % 10 == 4:
        totals = replace(totals, due=totals.due + Money.of("0.01", "EUR"))
    number = f"W-2026-{seed:06d}"
    return Invoice(
        number=number,
        issue_date=date(2026, 11, 1 + seed % 28),
        type_code="380",
        currency="EUR",
        seller=_party("Atelier Lumière SARL", "FR44732829320", "Lyon", dice),
        buyer=_party(dice.choice(_BUYERS), "FR27552100554", "Paris", dice),
        lines=tuple(made),
        breakdown=found.breakdown,
        totals=totals,
        due_date=date(2026, 12, 15),
        buyer_reference=f"PO-{dice.randrange(10**6)}",
        notes=(Note("Delivered as ordered"),),
        payment=PaymentInstructions(
            "58", None, number, (CreditTransfer("FR1420041010050500013M02606"),)
        ),
    )


def file(*, syntax: str, lines: int, seed: int) -> bytes:
    """The same as UBL or as CII."""
    data: bytes = SYNTAXES[syntax].write(document=invoice(lines=lines, seed=seed))
    return data


def paper(*, lines: int, seed: int) -> dict[str, Any]:
    """What our template prints of the invoice, and the XML inside, for a peer to do the same."""
    document = invoice(lines=lines, seed=seed)
    data = invoice_data(
        document=document, branding=pdf.Branding(), display=display_for("fr"), mentions=(),
        words=pdf.NOTHING,
    )  # fmt: skip
    return {"data": data, "xml": cii.write(document=document).decode()}


def _party(name: str, vat_id: str, city: str, dice: random.Random) -> Party:
    street = f"{dice.randint(1, 99)} rue des Tanneurs"
    return Party(
        name=name,
        address=Address("FR", street, None, None, city, f"{dice.randint(10, 95)}002"),
        legal_registration=Identifier(vat_id[4:], "0002"),
        vat_id=vat_id,
        electronic_address=Identifier(vat_id[4:], "0225"),
        contact=Contact("Inès Moreau", "+33 4 72 00 00 00", "factures@example.com"),
    )


def _line(number: int, dice: random.Random) -> Line:
    """One in ten has an allowance of its own, one in two a description, one in thirty a note."""
    quantity = Decimal(dice.randint(-2 if dice.random() < 0.02 else 1, 40) or 1)
    price = Price(net=Decimal(dice.randint(50, 90_000)) / 100)
    parts: tuple[AllowanceCharge, ...] = ()
    if quantity > 0 and dice.random() < 0.1:
        base = line_net(quantity=quantity, price=price, allowances_charges=(), currency="EUR")
        percent = Decimal(dice.choice((5, 10, 15)))
        amount = base.times(percent / 100)
        parts = (AllowanceCharge(False, amount, base, percent, "Quantity", "95"),)
    goods = dice.choice(_GOODS)
    described = f"{goods}, galvanised, size {number}" if dice.random() < 0.5 else None
    return Line(
        id=str(number),
        quantity=quantity,
        unit=dice.choice(_UNITS),
        net=line_net(quantity=quantity, price=price, allowances_charges=parts, currency="EUR"),
        price=price,
        vat=dice.choice(_RATES),
        item=Item(f"{goods} no {dice.randrange(10**5)}", described, f"A-{dice.randrange(10**6)}"),
        note="Back order" if dice.random() < 0.03 else None,
        order_line=str(number),
        allowances_charges=parts,
    )
