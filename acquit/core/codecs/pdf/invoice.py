"""The data of the invoice template: everything already in the reader's words and figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from acquit.core.codecs.pdf.branding import Branding
from acquit.core.codecs.pdf.codes import code_128
from acquit.core.codecs.pdf.display import Display
from acquit.core.codecs.pdf.layout import REGISTERS, address_lines, frame, is_tall, sums
from acquit.core.codecs.pdf.payment import Asked, payment_part
from acquit.core.documents.amounts import AllowanceCharge, Vat, VatBreakdown
from acquit.core.documents.invoice import DocumentKind, Invoice, Line
from acquit.core.looks import Words
from acquit.core.money import Money

_DEBIT_CODES = frozenset({"49", "59"})  # UNCL 4461: direct debit, SEPA direct debit


def invoice_data(
    *,
    document: Invoice,
    branding: Branding,
    display: Display,
    mentions: Sequence[str],
    words: Words,
) -> dict[str, Any]:
    """The template's data. ``mentions`` are the texts that the law of the country wants."""
    data = frame(
        display=display,
        branding=branding,
        title=display.label(document.kind.value),
        number=document.number,
        seller=document.seller,
        recipient=document.buyer,
        words=words,
    )
    credit = document.kind is DocumentKind.CREDIT_NOTE
    total_label = display.label("credited" if credit else "due")
    columns = ("position", "description", "quantity", "unit_price", "vat_rate")
    net_column = display.label("net_amount").replace("{currency}", document.currency)
    return {
        **data,
        "meta": _meta(document, display),
        "barcode": code_128(document.number),
        "intro": _intro(document, display),
        "columns": [*(display.label(key) for key in columns), net_column],
        "lines": [
            {**_line(line, document.currency, display), "running": running}
            for line, running in zip(
                document.lines, sums([line.net for line in document.lines], display), strict=True
            )
        ],
        "breakdown": [_breakdown(row, display) for row in document.breakdown],
        "totals": _totals(document, display),
        "due": [total_label, display.money(document.totals.due)],
        "payment": None if credit else _payment(document, display),
        "small": _small(document, display, mentions),
    }


def _meta(document: Invoice, display: Display) -> list[list[str]]:
    refs = document.references
    delivery = document.delivery
    number = document.buyer.identifiers[0].value if document.buyer.identifiers else None
    supplied = delivery.delivered_on if delivery else None
    tax_point, registered = document.tax_point_date, document.buyer.legal_registration
    pairs = [
        ("issue_date", display.date(document.issue_date)),
        ("delivered_on", display.date(supplied) if supplied else None),
        ("period", display.period(document.period) if document.period else None),
        ("tax_point", display.date(tax_point) if tax_point else None),
        ("due_date", display.date(document.due_date) if document.due_date else None),
        ("customer_number", number),
        ("buyer_reference", document.buyer_reference),
        ("purchase_order", refs.purchase_order),
        ("sales_order", refs.sales_order),
        ("despatch_advice", refs.despatch_advice),
        ("contract", refs.contract),
        ("project", refs.project),
        ("buyer_accounting", refs.buyer_accounting),
        ("buyer_vat_id", document.buyer.vat_id),
    ]
    shown = [[display.label(key), value] for key, value in pairs if value]
    if registered is not None and registered.scheme in REGISTERS:
        name = display.label("buyer_register").replace("{register}", REGISTERS[registered.scheme])
        shown.append([name, registered.value])
    return shown


def _intro(document: Invoice, display: Display) -> list[str]:
    """What is corrected, and where it was delivered when that is elsewhere."""
    parts = []
    colon = display.label("colon")
    for preceding in document.preceding_invoices:
        day = preceding.issue_date
        dated = display.label("of_date").replace("{date}", display.date(day)) if day else ""
        parts.append(f"{display.label('corrects')}{colon}{preceding.number} {dated}".rstrip())
    delivery = document.delivery
    if delivery and delivery.address and delivery.address != document.buyer.address:
        place = [delivery.name, *address_lines(delivery.address, "", display)]
        text = ", ".join(line.replace("\n", ", ") for line in place if line)
        parts.append(f"{display.label('delivery_address')}{colon}{text}")
    return parts


def _line(line: Line, currency: str, display: Display) -> dict[str, Any]:
    price = line.price
    per = None
    if price.base_quantity is not None and price.base_quantity != 1:
        unit = display.unit(price.base_unit or line.unit)
        per = f"{display.label('per')} {display.quantity(price.base_quantity)} {unit}"
    details = _details(line, currency, display)
    return {
        "position": line.id,
        "name": line.item.name,
        "details": details,
        "tall": is_tall((line.item.name, *details)),
        "quantity": f"{display.quantity(line.quantity)}\u00a0{display.unit(line.unit)}",
        "price": display.price(price.net, currency),
        "per": per,
        "rate": _rate(line.vat, display),
        "net": display.figure(line.net),
    }


def _details(line: Line, currency: str, display: Display) -> list[str]:
    item = line.item
    colon = display.label("colon")
    details = [item.description, line.note]
    if item.seller_id:
        details.append(f"{display.label('item_number')} {item.seller_id}")
    if line.buyer_accounting:
        details.append(f"{display.label('buyer_accounting')}{colon}{line.buyer_accounting}")
    if line.period:
        details.append(display.period(line.period))
    details.extend(f"{part.name}{colon}{part.value}" for part in item.attributes)
    for part in line.allowances_charges:
        details.append(f"{_reason(part, display)}{colon}{display.figure(part.signed)}")
    if line.price.gross is not None and line.price.gross != line.price.net:
        gross = display.price(line.price.gross, currency)
        off = display.price(line.price.net - line.price.gross, currency)
        allowance = display.label("allowance")
        # German nouns keep their capital inside a sentence.
        allowance = allowance if display.language == "de" else allowance.lower()
        details.append(f"{display.label('list_price')} {gross}, {allowance} {off}")
    return [detail for detail in details if detail]


def _reason(part: AllowanceCharge, display: Display) -> str:
    name = part.reason or display.label("charge" if part.is_charge else "allowance")
    return f"{name} {display.percent(part.percentage)}" if part.percentage is not None else name


def _rate(vat: Vat, display: Display) -> str:
    """The rate, or the category code where there is none to show."""
    if vat.rate is None or (vat.rate == 0 and vat.category.value != "S"):
        return "–" if vat.rate is None else display.percent(Decimal(0))
    return display.percent(vat.rate)


def _breakdown(row: VatBreakdown, display: Display) -> dict[str, Any]:
    key = f"category_{row.vat.category.value}"
    named = display.labels.get(key)
    rate = _rate(row.vat, display)
    return {
        "rate": f"{display.label('vat')} {rate}" + (f", {named}" if named else ""),
        "reason": display.beside(row.vat.category.value, row.exemption_reason or ""),
        "taxable": display.figure(row.taxable),
        "tax": display.figure(row.tax),
    }


def _totals(document: Invoice, display: Display) -> list[list[str]]:
    totals = document.totals
    rows: list[tuple[str, Money]] = []
    if document.allowances_charges:
        rows.append((display.label("lines_net"), totals.lines_net))
        rows += [(_reason(part, display), part.signed) for part in document.allowances_charges]
    rows.append((display.label("net"), totals.net))
    for row in document.breakdown:
        if row.tax:
            rows.append((f"{display.label('vat')} {_rate(row.vat, display)}", row.tax))
    if not any(row.tax for row in document.breakdown):
        rows.append((display.label("vat"), totals.vat))
    rows.append((display.label("gross"), totals.gross))
    if totals.prepaid:
        rows.append((display.label("prepaid"), -totals.prepaid))
    if totals.rounding:
        rows.append((display.label("rounding"), totals.rounding))
    result = [[key, display.money(value)] for key, value in rows]
    accounting = totals.vat_in_accounting_currency
    if accounting is not None:
        key = display.label("vat_in").replace("{currency}", accounting.currency)
        result.append([key, display.money(accounting)])
    return result


def _payment(document: Invoice, display: Display) -> dict[str, Any] | None:
    payment = document.payment
    due = document.totals.due
    if due.minor <= 0:
        return None
    by = document.due_date
    seller = document.seller
    payee = document.payee.name if document.payee else seller.name
    return payment_part(
        asked=Asked(
            amount=due,
            by=by,
            transfers=payment.transfers if payment else (),
            debit=payment.direct_debit if payment else None,
            is_collected=bool(payment and payment.means_code in _DEBIT_CODES and by),
            reference=(payment.remittance or document.number) if payment else "",
            payee=payee,
            seller=seller,
            buyer=document.buyer,
            message=document.number,
        ),
        display=display,
    )


def _small(document: Invoice, display: Display, mentions: Sequence[str]) -> list[str]:
    parts = []
    colon = display.label("colon")
    if document.payment_terms:
        parts.append(f"{display.label('terms')}{colon}{document.payment_terms}")
    parts += [note.text for note in document.notes]
    representative = document.tax_representative
    if representative:
        name = f"{representative.name}, {representative.vat_id}"
        parts.append(f"{display.label('tax_representative')}{colon}{name}")
    # A mention that is also a note of the document is printed once.
    return list(dict.fromkeys([*parts, *mentions]))
