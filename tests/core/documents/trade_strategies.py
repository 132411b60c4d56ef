"""Hypothesis strategies for orders, their answers, despatch and remittance advices."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from acquit.core.documents.amounts import Price
from acquit.core.documents.despatch import DespatchAdvice, DespatchLine
from acquit.core.documents.invoice import Item
from acquit.core.documents.order import (
    LineStatus,
    Order,
    OrderLine,
    OrderResponse,
    OrderResponseLine,
    OrderStatus,
)
from acquit.core.documents.parties import Identifier
from acquit.core.documents.remittance import Adjustment, RemittanceAdvice, RemittanceLine
from acquit.core.documents.trade import TradeParty
from acquit.core.money import Money
from tests.core.documents.strategies import DAYS, TEXTS

CODES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=2, max_size=12)
MAYBE_DAY = st.none() | DAYS
QUANTITIES = st.decimals(Decimal("0.001"), Decimal(99999), places=3)
WORDS = TEXTS.filter(lambda text: len(text) > 1)
PARTIES = st.builds(
    TradeParty,
    name=st.none() | WORDS,
    identifiers=st.builds(Identifier, CODES, st.just("0088")).map(lambda i: (i,)),
    vat_id=st.none() | CODES,
)
ITEMS = st.builds(
    Item,
    name=WORDS,
    seller_id=CODES,
    buyer_id=st.none() | CODES,
    standard_id=st.none() | st.builds(Identifier, st.just("4012345678901"), st.just("0160")),
)
PRICES = st.none() | st.builds(
    Price,
    net=st.decimals(Decimal(0), Decimal(9999), places=4),
    base_quantity=st.sampled_from([None, Decimal(100), Decimal(1000)]),
)
UNITS = st.sampled_from(["H87", "KGM", "MTR", "C62"])
MONEY = st.integers(0, 10**7).map(lambda minor: Money(minor, "EUR"))
IDS = st.integers(1, 99999).map(str)
NUMBERS = CODES.filter(lambda text: text.strip("0"))
ORDERS = st.builds(
    Order,
    number=NUMBERS,
    issue_date=DAYS,
    buyer=PARTIES,
    seller=PARTIES,
    lines=st.lists(
        st.builds(
            OrderLine,
            id=IDS,
            item=ITEMS,
            quantity=QUANTITIES,
            unit=UNITS,
            price=PRICES,
            net=st.none() | MONEY,
            requested_on=MAYBE_DAY,
            note=st.none() | WORDS,
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    currency=st.just("EUR"),
    deliver_to=st.none() | PARTIES,
    requested_on=MAYBE_DAY,
    contract=st.none() | CODES,
    total=st.none() | MONEY,
)
ANSWERS = st.builds(
    OrderResponse,
    number=NUMBERS,
    issue_date=DAYS,
    status=st.sampled_from(OrderStatus),
    order_number=NUMBERS,
    buyer=PARTIES,
    seller=PARTIES,
    lines=st.lists(
        st.builds(
            OrderResponseLine,
            id=IDS,
            status=st.sampled_from(LineStatus),
            item=ITEMS,
            quantity=QUANTITIES,
            ordered=st.none() | QUANTITIES,
            unit=UNITS,
            price=PRICES,
            promised_on=MAYBE_DAY,
            order_line=st.none() | IDS,
            note=st.none() | WORDS,
        ),
        max_size=3,
    ).map(tuple),
    order_date=DAYS,
    currency=st.just("EUR"),
    promised_on=MAYBE_DAY,
)
ADVICES = st.builds(
    DespatchAdvice,
    number=NUMBERS,
    issue_date=DAYS,
    buyer=PARTIES,
    seller=PARTIES,
    lines=st.lists(
        st.builds(
            DespatchLine,
            id=IDS,
            item=ITEMS,
            quantity=QUANTITIES,
            unit=UNITS,
            order_number=st.sampled_from(["PO1", "PO2"]),
            order_line=st.none() | IDS,
            package=st.sampled_from([None, "340123450000000012", "340123450000000029"]),
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    despatched_on=MAYBE_DAY,
    expected_on=MAYBE_DAY,
    deliver_to=st.none() | PARTIES,
    carrier=st.none() | WORDS,
    transport_document=st.none() | CODES,
    packages=st.none() | st.integers(0, 999),
)
REMITTANCES = st.builds(
    RemittanceAdvice,
    number=NUMBERS,
    issue_date=DAYS,
    payer=PARTIES,
    payee=PARTIES,
    payments=MONEY,
    lines=st.lists(
        st.builds(
            RemittanceLine,
            document=NUMBERS,
            paid=MONEY | MONEY.map(lambda m: -m),
            document_type=st.sampled_from(["380", "381", "383"]),
            issue_date=MAYBE_DAY,
            due=st.none() | MONEY,
            discount=st.none() | MONEY,
            order_number=st.none() | CODES,
            adjustments=st.lists(
                st.builds(
                    Adjustment, MONEY.map(lambda m: -m), st.sampled_from(["01", "59"]), WORDS
                ),
                max_size=2,
            ).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    paid_on=MAYBE_DAY,
    means=st.none() | st.sampled_from(["ACH", "CHK"]),
)
TRADE = ORDERS | ANSWERS | ADVICES | REMITTANCES
