"""Hypothesis strategies for canonical documents: any trade that EN 16931 allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st

from acquit.core.documents.amounts import AllowanceCharge, Period, Price, Vat, VatCategory
from acquit.core.documents.invoice import (
    Attachment,
    Attribute,
    Classification,
    CreditTransfer,
    Invoice,
    Item,
    Line,
    Note,
    PaymentInstructions,
    PrecedingInvoice,
    References,
)
from acquit.core.documents.parties import Address, Contact, Identifier, Party
from acquit.core.documents.totals import Exemption, compute, line_net
from acquit.core.money import Money

# Documents are large: fewer of them, and no stopwatch on a busy machine.
FEW = settings(max_examples=40, deadline=None)
# No line breaks and no blanks at the ends: XML readers give back stripped texts.
TEXTS = (
    st.text(
        st.characters(exclude_categories=("C", "Z"), include_characters=" "),
        min_size=1,
        max_size=20,
    )
    .map(str.strip)
    .filter(bool)
)
CODES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=12)
MAYBE = st.none() | TEXTS
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
VATS = st.sampled_from(
    [
        Vat(VatCategory.STANDARD, Decimal("19")),
        Vat(VatCategory.STANDARD, Decimal("5.5")),
        Vat(VatCategory.STANDARD, Decimal("8.1")),
        Vat(VatCategory.ZERO),
        Vat(VatCategory.EXEMPT),
    ]
)
CURRENCIES = st.sampled_from(["EUR", "RON", "JPY", "GBP", "KWD"])
IDENTIFIERS = st.builds(Identifier, CODES, st.sampled_from(["0088", "0002", "0160"]))
ADDRESSES = st.builds(
    Address, st.sampled_from(["DE", "FR", "RO"]), MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE
)
PARTIES = st.builds(
    Party,
    name=TEXTS,
    address=ADDRESSES,
    trading_name=MAYBE,
    identifiers=st.lists(IDENTIFIERS, max_size=1).map(tuple),
    legal_registration=st.none() | IDENTIFIERS,
    vat_id=MAYBE,
    electronic_address=st.none() | IDENTIFIERS,
    contact=st.none() | st.builds(Contact, TEXTS, MAYBE, MAYBE),
)


def decimals(places: int, low: str, high: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places, allow_nan=False)


def monies(currency: str, high: int = 100_000) -> st.SearchStrategy[Money]:
    return st.integers(0, high).map(lambda minor: Money(minor, currency))


@st.composite
def allowances(draw: st.DrawFn, currency: str, *, of_document: bool) -> AllowanceCharge:
    return AllowanceCharge(
        is_charge=draw(st.booleans()),
        amount=draw(monies(currency, 500)),
        base=draw(st.none() | monies(currency)),
        percentage=draw(st.none() | decimals(2, "0", "100")),
        reason=draw(TEXTS),
        reason_code=None,
        vat=draw(VATS) if of_document else None,
    )


@st.composite
def lines(draw: st.DrawFn, number: int, currency: str) -> Line:
    net = draw(decimals(4, "0", "5000"))
    discount = draw(st.none() | decimals(4, "0", "100"))
    price = Price(
        net=net,
        discount=discount,
        gross=None if discount is None else net + discount,
        base_quantity=draw(st.none() | st.sampled_from([Decimal(1), Decimal(100)])),
    )
    quantity = draw(decimals(3, "-50", "500"))
    parts = tuple(draw(st.lists(allowances(currency, of_document=False), max_size=2)))
    return Line(
        id=str(number),
        quantity=quantity,
        unit=draw(st.sampled_from(["C62", "KGM", "HUR"])),
        net=line_net(quantity=quantity, price=price, allowances_charges=parts, currency=currency),
        price=price,
        vat=draw(VATS),
        item=Item(
            name=draw(TEXTS),
            description=draw(MAYBE),
            seller_id=draw(MAYBE),
            standard_id=draw(st.none() | IDENTIFIERS),
            classifications=tuple(
                draw(st.lists(st.builds(Classification, CODES, st.just("STI")), max_size=2))
            ),
            attributes=tuple(draw(st.lists(st.builds(Attribute, TEXTS, TEXTS), max_size=2))),
        ),
        note=draw(MAYBE),
        order_line=draw(MAYBE),
        buyer_accounting=draw(MAYBE),
        period=draw(st.none() | st.builds(Period, DAYS, DAYS)),
        allowances_charges=parts,
    )


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    currency = draw(CURRENCIES)
    count = draw(st.integers(1, 4))
    made = tuple(draw(lines(i + 1, currency)) for i in range(count))
    parts = tuple(draw(st.lists(allowances(currency, of_document=True), max_size=2)))
    found = compute(
        currency=currency,
        lines=made,
        allowances_charges=parts,
        exemptions=[Exemption(VatCategory.EXEMPT, "exempt by law")],
        prepaid=draw(st.none() | monies(currency)),
        rounding=None,
        accounting_rate=None,
        fixed_tax=None,
    )
    document = Invoice(
        number=draw(CODES),
        issue_date=draw(DAYS),
        type_code=draw(st.sampled_from(["380", "381", "383", "384"])),
        currency=currency,
        seller=draw(PARTIES),
        buyer=draw(PARTIES),
        lines=made,
        breakdown=found.breakdown,
        totals=found.totals,
        due_date=draw(st.none() | DAYS),
        buyer_reference=draw(MAYBE),
        allowances_charges=parts,
    )
    return draw(_detailed(document))


@st.composite
def _detailed(draw: st.DrawFn, document: Invoice) -> Invoice:
    return replace(
        document,
        references=draw(
            st.builds(
                References,
                project=MAYBE,
                contract=MAYBE,
                purchase_order=MAYBE,
                sales_order=MAYBE,
                despatch_advice=MAYBE,
                tender_or_lot=MAYBE,
                buyer_accounting=MAYBE,
            )
        ),
        notes=tuple(
            draw(st.lists(st.builds(Note, TEXTS, st.sampled_from([None, "AAB"])), max_size=2))
        ),
        preceding_invoices=tuple(
            draw(st.lists(st.builds(PrecedingInvoice, CODES, st.none() | DAYS), max_size=2))
        ),
        payment=draw(
            st.none()
            | st.builds(
                PaymentInstructions,
                st.just("30"),
                MAYBE,
                MAYBE,
                st.lists(st.builds(CreditTransfer, CODES, MAYBE, MAYBE), max_size=2).map(tuple),
            )
        ),
        attachments=tuple(
            draw(
                st.lists(
                    st.builds(
                        Attachment,
                        CODES,
                        MAYBE,
                        st.none(),
                        st.binary(min_size=1, max_size=40),
                        st.just("text/csv"),
                        st.just("a.csv"),
                    ),
                    max_size=1,
                )
            )
        ),
    )
