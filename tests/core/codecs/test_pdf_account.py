"""Statement, reminder, quittance and delivery note: what they say, in every design."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from acquit.core.codecs import pdf
from acquit.core.codecs.pdf.display import LANGUAGES, display_for
from acquit.core.documents.account import (
    LEVELS,
    Movement,
    MovementKind,
    PaymentMeans,
    Quittance,
    QuittanceItem,
    Reminder,
    Statement,
    StatementItem,
)
from acquit.core.documents.despatch import DespatchAdvice, DespatchLine
from acquit.core.documents.invoice import CreditTransfer, Item
from acquit.core.documents.parties import Identifier, Party
from acquit.core.documents.trade import TradeParty
from acquit.core.money import Money
from tests.core.documents.samples import HOLZWERK, IBAN_FR, IBAN_RO, PADURENI
from tests.support.printed import boxes, codes, inside_the_margins, nothing_lies_on_another, texts

PLAIN = pdf.Branding()
LONG = replace(HOLZWERK, name="Gesellschaft für " + "Oberflächenbearbeitung und " * 4)


def ron(text: str) -> Money:
    return Money.of(text, "RON")


def statement() -> Statement:
    day = date(2026, 10, 5)
    return Statement(
        number="EC-2026-10",
        issuer=PADURENI,
        customer=HOLZWERK,
        currency="RON",
        start=date(2026, 10, 1),
        end=date(2026, 10, 31),
        opening=ron("1520.40"),
        movements=(
            Movement(day, MovementKind.INVOICE, "PD-000101", ron("1210.55")),
            Movement(day, MovementKind.RECEIPT, "OP 71", ron("-1530.95"), "plată parțială"),
        ),
        closing=ron("1200.00"),
        items=(
            StatementItem("PD-000099", date(2026, 8, 1), date(2026, 9, 1), ron("900"), ron("200")),
            StatementItem("PD-000101", day, None, ron("1210.55"), ron("1000")),
        ),
        pay_to=CreditTransfer(IBAN_RO),
    )


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_statement_shows_the_way_from_opening_to_closing(locale: str) -> None:
    data = pdf.render_statement(statement=statement(), branding=PLAIN, locale=locale, mentions=())
    (printed,) = texts(data)
    display = display_for(locale)
    for amount in ("1520.40", "2730.95", "1200.00", "200.00"):
        assert display.figure(ron(amount)) in printed
    assert "60" in printed  # days overdue on 31 October
    assert "RO49" in printed
    assert all(right <= 192.5 for _, _, right, _ in boxes(data))


def test_a_statement_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="opening and movements make"):
        replace(statement(), closing=ron("1200.01"))
    with pytest.raises(ValueError, match="the open items make"):
        replace(statement(), items=statement().items[:1])


def quittance() -> Quittance:
    return Quittance(
        number="CH-2026-00017",
        issue_date=date(2026, 11, 3),
        issuer=PADURENI,
        payer=HOLZWERK,
        amount=ron("2121.50"),
        means=PaymentMeans.CASH,
        received_by="Ștefan Ionescu",
        items=(QuittanceItem("PD-000101", date(2026, 10, 5), ron("2121.50")),),
        place="București",
    )


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("ro", "două mii o sută douăzeci și unu de lei și cincizeci de bani"),
        ("fr", "deux mille cent vingt et un lei roumains et cinquante bani"),
        ("de", "zweitausendeinhunderteinundzwanzig rumänische Lei und fünfzig Bani"),
        ("en", "two thousand one hundred and twenty-one lei and fifty bani"),
    ],
)
def test_the_quittance_says_the_amount_in_words(locale: str, words: str) -> None:
    data = pdf.render_quittance(quittance=quittance(), branding=PLAIN, locale=locale, mentions=())
    (printed,) = texts(data)
    assert words in printed
    assert "CH-2026-00017" in printed
    assert display_for(locale).label("cancelled") not in printed


def test_a_cancelled_quittance_says_so() -> None:
    void = replace(quittance(), cancelled=True)
    data = pdf.render_quittance(quittance=void, branding=PLAIN, locale="ro", mentions=())
    assert "ANULAT" in texts(data)[0]


def late(number: str, amount: str) -> StatementItem:
    money = Money.of(amount, "EUR")
    return StatementItem(number, date(2026, 9, 1), date(2026, 10, 1), money, money)


def reminder(level: int) -> Reminder:
    return Reminder(
        number="MA-2026-0007",
        level=level,
        issue_date=date(2026, 11, 3),
        pay_by=date(2026, 11, 13),
        issuer=PADURENI,
        customer=LONG,
        items=(late("9" * 30, "1210.55"), late("PD-000101", "90.00"), late("ST-7", "-100.55")),
        pay_to=CreditTransfer(IBAN_FR),
        reference="RF18539007547034",
    )


@pytest.mark.parametrize("design", pdf.DESIGNS)
@pytest.mark.parametrize(("locale", "level"), zip(LANGUAGES, (*LEVELS, 3), strict=True))
def test_a_reminder_lists_what_is_late_and_how_to_pay_it(
    level: int, locale: str, design: str
) -> None:
    """The credit lowers the sum, the code asks for exactly that sum."""
    words = pdf.Words(("Erste Zeile,\nzweite Zeile.",), ("Zum Schluss.",))
    branding = pdf.Branding(design=design)
    data = pdf.render_reminder(
        reminder=reminder(level), branding=branding, locale=locale, mentions=(), words=words
    )
    display = display_for(locale)
    printed = " ".join(texts(data)).replace("\r\n", " ")
    for said in (f"reminder_{level}", "late_total"):
        assert display.label(said) in printed
    for said in ("Erste Zeile,", "zweite Zeile.", "Zum Schluss.", "33", "RF18 5390 0754 7034"):
        assert said in printed
    assert display.figure(Money.of("1200.00", "EUR")) in printed
    epc = codes(data)["QR Code"].split("\n")
    assert (epc[7], epc[9]) == ("EUR1200", "RF18539007547034")
    inside_the_margins(data, design)
    nothing_lies_on_another(data)


def test_a_reminder_holds_only_what_is_late() -> None:
    early = StatementItem("F-9", date(2026, 11, 1), date(2026, 11, 3), ron("1"), ron("1"))
    with pytest.raises(ValueError, match="F-9 is not late on 2026-11-03"):
        replace(reminder(1), items=(early,))
    with pytest.raises(ValueError, match="nothing to remind of"):
        replace(reminder(1), items=(late("F-1", "5"), late("A-1", "-5")))
    with pytest.raises(ValueError, match="level 1, 2 or 3"):
        replace(reminder(1), level=4)


def traded(party: Party) -> TradeParty:
    return TradeParty(party.name, (Identifier("C-1042"),), party.address)


@pytest.mark.parametrize("design", pdf.DESIGNS)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_delivery_note_names_goods_and_no_price(locale: str, design: str) -> None:
    item = Item(
        name="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        seller_id="ART-" + "0123456789" * 8,
        buyer_id="B-77",
    )
    advice = DespatchAdvice(
        number="BL-2026-00088",
        issue_date=date(2026, 11, 2),
        buyer=traded(LONG),
        seller=traded(PADURENI),
        lines=(DespatchLine("1", item, Decimal("1234567.5"), "KGM", order_line="10"),),
        order_number="9" * 30,
    )
    data = pdf.render_delivery_note(
        advice=advice, branding=pdf.Branding(design=design), locale=locale, mentions=()
    )
    display = display_for(locale)
    printed = " ".join(texts(data))
    for said in (display.label("delivery_note"), display.quantity(Decimal("1234567.5")), "B-77"):
        assert said in printed
    assert codes(data) == {"Code 128": "BL-2026-00088"}
    inside_the_margins(data, design)
    nothing_lies_on_another(data)
