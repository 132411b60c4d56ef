"""Rows to the canonical document, and the digest that proves the rows (invariant I25)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple
from uuid import UUID

from acquit.core.documents import plain
from acquit.core.documents.amounts import Period, Price, Totals, Vat, VatBreakdown, VatCategory
from acquit.core.documents.invoice import (
    CreditTransfer,
    Invoice,
    Item,
    Line,
    Note,
    PaymentInstructions,
    PrecedingInvoice,
    References,
)
from acquit.core.documents.parties import Address, DeliveryInformation, Party
from acquit.core.documents.profiles import Skonto, for_profile
from acquit.core.money import Money, Rate
from acquit.core.text import sha256
from acquit.stages.invoices.rules import amounts
from acquit.stages.invoices.rules.invoicing import PLACE
from acquit.stages.invoices.rules.plan import PlannedLine, PlannedTax
from acquit.stages.invoices.rules.tax_point import tax_point_of
from acquit.stages.orders.rules.places import NOWHERE, Place

VERSION = 1
TYPE_CODES = {"invoice": "380", "credit_note": "381", "debit_note": "383"}
# What a line says in its note (BT-127), which has no term for it.
_DESCRIBED = ("order", "delivery", "delivered_on", "contract", "project", PLACE)
SEPA_TRANSFER, CREDIT_TRANSFER = "58", "30"  # UNCL 4461


class Head(NamedTuple):
    """The columns of a document that its digest covers, beside lines, taxes and parties."""

    id: UUID
    kind: str
    number: str
    issued_on: date
    due_on: date
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    seller_digest: str
    buyer_digest: str
    header: dict[str, Any]
    tax_shares: list[int]  # the rounding plan: tax of each line, in line order
    corrects: UUID | None


class LineRow(NamedTuple):
    """A line as it is stored; quantity and price in millionths."""

    line_no: int
    item_code: str
    description: str
    quantity: int
    unit: str
    unit_price: int
    net_minor: int
    tax_code: str
    category: str
    rate: int
    details: dict[str, str]
    corrects: UUID | None
    delivery_line: UUID | None


class TaxLineRow(NamedTuple):
    tax_code: str
    category: str
    rate: int
    taxable_minor: int
    tax_minor: int
    exemption_code: str
    exemption_reason: str


def line_row(line_no: int, line: PlannedLine) -> LineRow:
    """A planned line as it will be stored."""
    return LineRow(
        line_no,
        line.item_code,
        line.description,
        line.quantity,
        line.unit,
        line.unit_price,
        line.net_minor,
        line.tax_code,
        line.category,
        line.rate,
        line.details,
        line.corrects,
        line.delivery_line,
    )


def tax_row(tax: PlannedTax) -> TaxLineRow:
    """A planned row of the VAT breakdown as it will be stored."""
    return TaxLineRow(
        tax.tax_code,
        tax.category,
        tax.rate,
        tax.taxable_minor,
        tax.tax_minor,
        tax.exemption_code,
        tax.exemption_reason,
    )


encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
).encode


def digest(
    *, company_id: UUID, head: Head, lines: Sequence[LineRow], taxes: Sequence[TaxLineRow]
) -> str:
    """SHA-256 over the canonical JSON of everything the document says, its company included.

    Lists in column order; ids and dates as text, quantities and prices in millionths, rates in
    ten-thousandths of a percent, money in minor units. Taxes are ordered by category and rate.
    """
    content = [VERSION, str(company_id), head, lines, sorted(taxes)]
    return sha256(encode(content).encode())


def digest_of_texts(
    *, company: str, head: str, lines: Sequence[str], taxes: Sequence[tuple[TaxLineRow, str]]
) -> str:
    """The same digest from the canonical JSON of its parts, for runs of many documents."""
    ordered = ",".join([text for _, text in sorted(taxes)])
    content = f'[{VERSION},"{company}",{head},[{",".join(lines)}],[{ordered}]]'
    return sha256(content.encode())


def head_text(head: Head, *, header: str, tax_shares: str) -> str:
    """The canonical JSON of a head whose last two parts are encoded already."""
    return (
        f'["{head.id}","{head.kind}",{quoted(head.number)},"{head.issued_on}","{head.due_on}",'
        f'"{head.currency}",{head.net_minor},{head.tax_minor},{head.gross_minor},'
        f'"{head.seller_digest}","{head.buyer_digest}",{header},{tax_shares},{_id(head.corrects)}]'
    )


def line_text(line_no: int, line: PlannedLine, *, details: str) -> str:
    """The canonical JSON of :func:`line_row`."""
    return (
        f"[{line_no},{quoted(line.item_code)},{quoted(line.description)},{line.quantity},"
        f"{quoted(line.unit)},{line.unit_price},{line.net_minor},{quoted(line.tax_code)},"
        f'"{line.category}",{line.rate},{details},{_id(line.corrects)},{_id(line.delivery_line)}]'
    )


def tax_text(row: TaxLineRow) -> str:
    """The canonical JSON of a row of the VAT breakdown."""
    return (
        f'[{quoted(row.tax_code)},"{row.category}",{row.rate},{row.taxable_minor},{row.tax_minor},'
        f"{quoted(row.exemption_code)},{quoted(row.exemption_reason)}]"
    )


def _id(value: UUID | None) -> str:
    return f'"{value}"' if value is not None else "null"


def snapshot_digest(value: Mapping[str, Any]) -> str:
    """The name of a party snapshot: SHA-256 of its canonical JSON."""
    return sha256(encode(value).encode())


def seller_snapshot(
    *,
    party: Party,
    iban: str,
    bic: str,
    bank_name: str,
    notes: Sequence[tuple[str, str]],
    tax_point_code: str,
) -> dict[str, Any]:
    """Everything the seller prints: the party (BG-4), the account (BG-17), the mentions (BG-1), and
    when his VAT is due (BT-8)."""
    snapshot: dict[str, Any] = {"party": plain.to_plain(party), "notes": [list(n) for n in notes]}
    if tax_point_code:
        snapshot["tax_point_code"] = tax_point_code
    if iban:
        snapshot["account"] = {"iban": iban, "bic": bic, "name": bank_name}
    return snapshot


def buyer_snapshot(*, party: Party, locale: str) -> dict[str, Any]:
    """The buyer as printed (BG-7), and the language he is written to."""
    return {"party": plain.to_plain(party), "locale": locale}


def build(
    *,
    head: Head,
    lines: Sequence[LineRow],
    taxes: Sequence[TaxLineRow],
    seller: Mapping[str, Any],
    buyer: Mapping[str, Any],
) -> Invoice:
    """The canonical document of stored rows. It repeats stored figures and computes none."""
    currency = head.currency
    out_of_scope = any(tax.category == "O" for tax in taxes)
    sold_by = _party(seller["party"], without_vat_id=out_of_scope)
    bought_by = _party(buyer["party"], without_vat_id=out_of_scope)
    header = head.header
    preceding, tax_point = header.get("preceding"), tax_point_of(header)
    made = Invoice(
        number=head.number,
        issue_date=head.issued_on,
        type_code=TYPE_CODES[head.kind],
        currency=currency,
        seller=sold_by,
        buyer=bought_by,
        lines=tuple(_line(row, currency) for row in lines),
        breakdown=tuple(_breakdown(row, currency) for row in taxes),
        totals=_totals(head),
        due_date=head.due_on,
        tax_point_date=tax_point,
        tax_point_code=None if tax_point else seller.get("tax_point_code"),  # never both: BR-CO-03
        buyer_reference=header.get("buyer_reference"),
        references=_references(header),
        payment_terms=header.get("terms"),
        notes=_notes(seller, header),
        preceding_invoices=(_preceding(preceding),) if preceding else (),
        delivery=_delivery(header, lines, bought_by.address),
        period=_period(header),
        payment=_payment(head, seller.get("account")),
    )
    profile = header.get("profile")
    return _dressed(made, header, profile, buyer["locale"][:2]) if profile else made


def _dressed(document: Invoice, header: Mapping[str, Any], profile: str, language: str) -> Invoice:
    rate = header.get("vat_rate")
    return for_profile(
        document=document,
        profile=profile,
        language=language,
        discounts=[Skonto(days, Decimal(percent)) for days, percent in header.get("skonto", ())],
        rate=Rate(Decimal(rate["value"]), document.currency, rate["target"]) if rate else None,
    )


def _party(data: Mapping[str, Any], *, without_vat_id: bool) -> Party:
    # Outside the scope of VAT neither side may show its VAT id (BR-O-02).
    kept = {k: v for k, v in data.items() if k != "vat_id"} if without_vat_id else data
    return plain.from_plain(Party, kept)


def _line(row: LineRow, currency: str) -> Line:
    details = row.details
    described = [details[name] for name in _DESCRIBED if name in details]
    return Line(
        id=str(row.line_no),
        quantity=amounts.from_micro(row.quantity),
        unit=row.unit,
        net=Money(row.net_minor, currency),
        price=Price(net=amounts.from_micro(row.unit_price)),
        vat=_vat(row.category, row.rate),
        item=Item(name=row.description, seller_id=row.item_code or None),
        note=" · ".join(described) or None,
        order_line=details.get("order_line"),
        buyer_accounting=details.get("buyer_accounting"),
    )


def _vat(category: str, rate: int) -> Vat:
    if category == "O":
        return Vat(VatCategory.OUT_OF_SCOPE, None)
    return Vat(VatCategory(category), amounts.from_rate_units(rate))


def _breakdown(row: TaxLineRow, currency: str) -> VatBreakdown:
    return VatBreakdown(
        vat=_vat(row.category, row.rate),
        taxable=Money(row.taxable_minor, currency),
        tax=Money(row.tax_minor, currency),
        exemption_reason=row.exemption_reason or None,
        exemption_code=row.exemption_code or None,
    )


def _totals(head: Head) -> Totals:
    nothing = Money.zero(head.currency)
    net, gross = Money(head.net_minor, head.currency), Money(head.gross_minor, head.currency)
    return Totals(
        lines_net=net,
        allowances=nothing,
        charges=nothing,
        net=net,
        vat=Money(head.tax_minor, head.currency),
        gross=gross,
        prepaid=nothing,
        rounding=nothing,
        due=gross,
    )


def _references(header: Mapping[str, Any]) -> References:
    return References(
        project=header.get("project"),
        contract=header.get("contract"),
        purchase_order=header.get("purchase_order"),
        sales_order=header.get("sales_order"),
        despatch_advice=header.get("despatch_advice"),
        buyer_accounting=header.get("buyer_accounting"),
    )


def _notes(seller: Mapping[str, Any], header: Mapping[str, Any]) -> tuple[Note, ...]:
    mentions = tuple(Note(text, subject or None) for subject, text in seller.get("notes", ()))
    reason = header.get("reason")
    return (*mentions, Note(reason)) if reason else mentions


def _preceding(data: Mapping[str, str]) -> PrecedingInvoice:
    return PrecedingInvoice(data["number"], date.fromisoformat(data["issued_on"]))


def _delivery(
    header: Mapping[str, Any], lines: Sequence[LineRow], buyer: Address
) -> DeliveryInformation | None:
    """Where all went: to the place that was named, to none where lines went to several, else to the
    buyer."""
    place = Place.of(header)
    day = date.fromisoformat(header["delivered_on"]) if "delivered_on" in header else None
    if place != NOWHERE:
        return replace(place.delivery(), delivered_on=day)
    if day is None:
        return None
    is_one = not any(PLACE in row.details for row in lines)
    return DeliveryInformation(delivered_on=day, address=buyer if is_one else None)


def _period(header: Mapping[str, Any]) -> Period | None:
    if "period_start" not in header:
        return None
    start, end = header["period_start"], header["delivered_on"]
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def _payment(head: Head, account: Mapping[str, str] | None) -> PaymentInstructions | None:
    if not account or head.kind == "credit_note":
        return None
    transfer = CreditTransfer(account["iban"], account["name"] or None, account["bic"] or None)
    code = SEPA_TRANSFER if head.currency == "EUR" else CREDIT_TRANSFER
    remittance = head.header.get("payment_reference", head.number)
    return PaymentInstructions(code, remittance=remittance, transfers=(transfer,))
