"""What the law of each country wants said stands on its papers, once, while its day is on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from acquit.core import packs
from acquit.core.codecs import pdf
from acquit.core.documents.amounts import Vat, VatBreakdown, VatCategory
from acquit.core.documents.invoice import Invoice, Note
from acquit.core.money import Money
from acquit.core.packs import Pack
from tests.core.documents.samples import two_rates
from tests.support.printed import texts
from tools.reference import TARGET

DAY = date(2026, 11, 3)


def paper_of(pack: Pack) -> Invoice:
    """An invoice of a seller of the country, with every exemption it knows, and its mentions."""
    told = pack.mentions_for(kind="invoice", on=DAY, supply=packs.ASKABLE)
    base = two_rates()
    nothing = Money.zero("EUR")
    exempt = [
        VatBreakdown(
            Vat(VatCategory(tax.category), None if tax.category == "O" else tax.rate),
            Money.of("10.00", "EUR"),
            nothing,
            tax.exemption_reason,
            tax.exemption_code,
        )
        for tax in pack.taxes
        if tax.exemption_reason and tax.valid_from <= DAY and not tax.valid_to
    ]
    seller = replace(
        base.seller,
        address=replace(base.seller.address, country=pack.country),
        legal_information="Sitz Köln, HRB 4711",
    )
    return replace(
        base,
        seller=seller,
        notes=tuple(Note(one.said(language=pack.locale[:2]), one.subject or None) for one in told),
        breakdown=tuple(exempt),
    )


@pytest.mark.parametrize("country", packs.COUNTRIES)
def test_papers_say_what_the_pack_says(country: str) -> None:
    pack = packs.get(country)
    document = paper_of(pack)
    locale = pack.locale.replace("_", "-")
    body = pdf.render(document=document, branding=pdf.Branding(), locale=locale, mentions=())
    said = " ".join(" ".join(texts(body)).replace("\u00a0", " ").split()).lower()
    reasons = {str(row.exemption_reason) for row in document.breakdown}
    assert len(reasons) >= 3
    for text in (*reasons, *(note.text for note in document.notes)):
        assert said.count(" ".join(text.replace("\u00a0", " ").split()).lower()) == 1, text
    assert "sitz köln, hrb 4711" in said


@pytest.mark.parametrize("country", packs.COUNTRIES)
def test_a_mention_begins_on_its_day_and_is_listed_with_its_source(country: str) -> None:
    pack = packs.get(country)
    listed = (
        (TARGET / "mentions.md")
        .read_text("utf-8")
        .partition(f"## {pack.name}\n")[2]
        .partition("\n## ")[0]
    )
    for one in pack.mentions:
        (kind, *_) = one.kinds
        before = one.valid_from - timedelta(days=1)
        assert one in pack.mentions_for(kind=kind, on=one.valid_from, supply=one.when)
        assert one not in pack.mentions_for(kind=kind, on=before, supply=one.when)
        for word in one.when:
            without = one.when - {word}
            assert one not in pack.mentions_for(kind=kind, on=one.valid_from, supply=without)
        for word in one.unless:
            also = one.when | {word}
            assert one not in pack.mentions_for(kind=kind, on=one.valid_from, supply=also)
    told = [(one.valid_from, one.source) for one in pack.mentions]
    told += [(tax.valid_from, tax.source) for tax in pack.taxes if tax.exemption_reason]
    for valid_from, source in told:
        assert f"| {valid_from} |" in listed and source in listed
