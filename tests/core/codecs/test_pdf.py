"""The papers: right figures, code points and codes, inside their margins, in four languages."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.resources import files
from io import BytesIO
from itertools import pairwise

import pypdfium2
import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from acquit.core.codecs import pdf
from acquit.core.codecs.pdf import logo
from acquit.core.codecs.pdf.branding import NotPrintable
from acquit.core.codecs.pdf.codes import epc_qr
from acquit.core.codecs.pdf.display import LANGUAGES, display_for
from acquit.core.codecs.pdf.engine import breakable
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.parties import Address
from acquit.core.money import Money
from tests.core.documents.samples import (
    HOLZWERK,
    IBAN_FR,
    SAMPLES,
    credit_note,
    german_lines,
    many_lines,
    romanian_in_euro,
    two_rates,
    yen,
)
from tests.support.printed import (
    MM,
    boxes,
    codes,
    inside_the_margins,
    nothing_lies_on_another,
    texts,
)

PLAIN = pdf.Branding()


def render(
    document: Invoice, locale: str = "fr", mentions: tuple[str, ...] = (), design: str = "modern"
) -> bytes:
    branding = pdf.Branding(design=design)
    return pdf.render(document=document, branding=branding, locale=locale, mentions=mentions)


def test_the_labels_of_all_languages_are_the_same_keys() -> None:
    folder = files("acquit.core.codecs.pdf") / "labels"
    labels = {name: json.loads((folder / f"{name}.json").read_text()) for name in LANGUAGES}
    for name in LANGUAGES:
        assert labels[name].keys() == labels["en"].keys()
        assert labels[name]["units"].keys() == labels["en"]["units"].keys()
        for key, text in labels["en"].items():
            if isinstance(text, str) and "{" in text:
                places = {
                    word
                    for word in ("{amount}", "{date}", "{page}", "{pages}", "{currency}")
                    if word in text
                }
                assert all(word in labels[name][key] for word in places), (name, key)


def test_romanian_labels_use_the_comma_below() -> None:
    text = (files("acquit.core.codecs.pdf") / "labels" / "ro.json").read_text(encoding="utf-8")
    assert not set(text) & set("şţŞŢ")
    assert "ț" in text


@pytest.mark.parametrize(
    ("locale", "total", "day"),
    [
        ("fr", "1\u202f842,30\u00a0€", "03/11/2026"),
        ("de", "1.842,30\u00a0€", "03.11.2026"),
        ("ro", "1.842,30\u00a0EUR", "03.11.2026"),
        ("en", "€1,842.30", "3 Nov 2026"),
        ("de-CH", "EUR\u00a01’842.30", "03.11.2026"),
        ("xx", "€1,842.30", "3 Nov 2026"),
    ],
)
def test_figures_and_dates_have_the_right_code_points(locale: str, total: str, day: str) -> None:
    display = display_for(locale)
    assert display.money(Money(184230, "EUR")) == total
    assert display.date(date(2026, 11, 3)) == day


@given(
    st.sampled_from(["fr", "de", "ro", "en", "fr-CH", "de-AT", "en-US"]),
    st.integers(-(10**11), 10**11),
    st.sampled_from(["EUR", "RON", "GBP", "USD", "CHF"]),
)
def test_money_is_written_as_babel_writes_it(locale: str, minor: int, currency: str) -> None:
    display = display_for(locale)
    amount = Money(minor, currency)
    expected = format_currency(amount.decimal, currency, locale=display.locale)
    assert display.money(amount) == expected


@given(st.sampled_from(["fr", "de", "ro", "en"]), st.decimals(-99999, 99999, places=6))
def test_quantities_are_written_as_babel_writes_them(locale: str, value: Decimal) -> None:
    display = display_for(locale)
    expected = format_decimal(value, format="#,##0.######", locale=display.locale)
    assert display.quantity(value) == expected


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_prints_its_figures(name: str, locale: str) -> None:
    document = SAMPLES[name]()
    printed = "".join(texts(render(document, locale)))
    display = display_for(locale)
    for amount in (document.totals.due, document.totals.net, document.totals.gross):
        assert display.money(amount).replace("\u00a0", " ") in printed.replace("\u00a0", " ")
    assert document.number in printed


def test_the_thin_space_reaches_the_paper() -> None:
    assert "1\u202f842,30" in "".join(texts(render(two_rates())))


def test_comma_below_reaches_the_paper() -> None:
    printed = "".join(texts(render(romanian_in_euro(), "ro")))
    assert "Pădureni Distribuție" in printed
    assert "Țăranilor" in printed


@pytest.mark.parametrize("design", pdf.DESIGNS)
def test_the_codes_can_be_scanned(design: str) -> None:
    found = codes(render(two_rates(), design=design))
    assert found["Code 128"] == "F-2026-0042"
    epc = found["QR Code"].split("\n")
    assert epc[0] == "BCD"
    assert [epc[5], epc[6], epc[7]] == ["Atelier Lumière SARL", IBAN_FR, "EUR1842.3"]
    assert "F-2026-0042" in epc


@pytest.mark.parametrize("make", [credit_note, german_lines, yen])
def test_no_transfer_code_where_none_is_due(make) -> None:  # type: ignore[no-untyped-def]
    """A credit note asks for nothing, a direct debit collects, the EPC code knows euro only."""
    document = make()
    assert codes(render(document)) == {"Code 128": document.number}


@pytest.mark.parametrize("number", ["1", "2026/11-000123456789.ABC", "RE-" + "9" * 26])
def test_any_number_can_be_scanned(number: str) -> None:
    document = replace(credit_note(), number=number)
    assert codes(render(document)) == {"Code 128": number}


@pytest.mark.parametrize(
    ("amount", "remittance", "there"),
    [
        (Money(1, "EUR"), "F-1", True),
        (Money(0, "EUR"), "F-1", False),
        (Money(100_000_000_000, "EUR"), "F-1", False),
        (Money(100, "RON"), "F-1", False),
        (Money(100, "EUR"), "x" * 500, True),
        (Money(100, "EUR"), "RF18 5390 0754 7034", True),
    ],
)
def test_the_limits_of_the_epc_code(amount: Money, remittance: str, there: bool) -> None:
    code = epc_qr(amount=amount, iban=IBAN_FR, bic=None, name="A" * 90, remittance=remittance)
    assert (code is not None) is there


@pytest.mark.parametrize("design", pdf.DESIGNS)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_nothing_leaves_the_margins(locale: str, design: str) -> None:
    """Long words, long names and large amounts, in each language."""
    base = german_lines()
    item = replace(
        base.lines[0].item,
        name="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft 9",
        description="Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung " * 3,
    )
    long = replace(
        base.lines[0], item=item, net=Money(12_345_678_999, "EUR"), quantity=Decimal("123456.789")
    )
    buyer = replace(HOLZWERK, name="Gesellschaft für " + "Oberflächenbearbeitung und " * 4)
    document = replace(
        base, lines=(long, base.lines[1]), buyer=buyer, payment_terms="Langer Satz. " * 60
    )
    inside_the_margins(render(document, locale, ("Hinweis " * 200,), design), design)


@pytest.mark.parametrize("design", pdf.DESIGNS)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_text_lies_on_another(locale: str, design: str) -> None:
    base = german_lines()
    item = replace(
        base.lines[0].item,
        name="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        seller_id="ART-" + "0123456789" * 8,
    )
    long = replace(
        base.lines[0], item=item, net=Money(12_345_678_999, "EUR"), quantity=Decimal("123456.789")
    )
    buyer = replace(HOLZWERK, name="Gesellschaft für " + "Oberflächenbearbeitung und " * 4)
    document = replace(base, lines=(long,), buyer_reference="9" * 30, buyer=buyer)
    nothing_lies_on_another(render(document, locale, (), design))


def test_a_payment_reference_can_be_copied() -> None:
    document = two_rates()
    assert document.payment is not None
    reference = "RF18539007547034000000001"
    payment = replace(document.payment, remittance=reference)
    printed = "".join(texts(render(replace(document, payment=payment))))
    assert reference in printed


def test_a_long_table_repeats_its_head_and_counts_its_pages() -> None:
    document = many_lines(75)
    pages = texts(render(document))
    assert len(pages) == 3
    for number, page in enumerate(pages, 1):
        assert f"Page {number} sur 3" in page
        assert ("DÉSIGNATION" in page) == ("série" in page)
    for line in document.lines:
        assert any(line.item.name in page for page in pages)


@pytest.mark.parametrize("design", pdf.DESIGNS)
def test_a_page_says_the_sum_it_carries_and_the_next_one_brings_it(design: str) -> None:
    """The sum at each edge is that of the lines above it, on both sides of the edge."""
    document = many_lines(200)
    display = display_for("de")
    sums, total = {}, Money.zero("EUR")
    for line in document.lines:
        total = total + line.net
        sums[line.id] = display.figure(total)
    pages = texts(render(document, "de", design=design))
    for page, following in pairwise(pages):
        above = [line for line in document.lines if line.item.name in page]
        carried = sums[above[-1].id] if above else display.figure(total)
        for side in (page, following):
            assert any("Übertrag" in row and carried in row for row in rows(side)), carried
    assert pages[0].count("Übertrag") == 1  # nothing is brought onto the first page
    assert "Übertrag" not in "".join(texts(render(many_lines(11), "de", design=design)))


def rows(page: str) -> list[str]:
    """Pieces of text with what follows each: a column and its figure are two pieces."""
    pieces = page.replace("\r", "").split("\n")
    return [f"{one} {other}" for one, other in zip(pieces, [*pieces[1:], ""], strict=True)]


@pytest.mark.parametrize("design", pdf.DESIGNS)
def test_a_row_stays_on_one_page_unless_it_fills_more(design: str) -> None:
    document = many_lines(40)
    lines = [
        replace(
            line,
            item=replace(line.item, name=f"Ware{line.id}.", description=f"Wort{line.id}. " * 25),
        )
        for line in document.lines
    ]
    sides = texts(render(replace(document, lines=tuple(lines)), "de", design=design))
    assert len(sides) > 2
    for line in lines:
        on = [side.count(f"Wort{line.id}.") for side in sides]
        assert (sum(on), max(on)) == (25, 25), line.id
    # One that is longer than a page goes on overleaf, whole.
    words = [f"Wort{number}." for number in range(2_000)]
    tall = replace(lines[0], item=replace(lines[0].item, description=" ".join(words)))
    printed = "".join(texts(render(replace(document, lines=(tall,)), "de", design=design)))
    assert [word for word in words if word not in printed] == []


@pytest.mark.parametrize(
    ("word", "broken"),
    [
        ("Rechnung", "Rechnung"),
        (
            "Kapitänsmützenhalterungsschraube",
            "Kapi|täns|müt|zen|hal|te|rungs|schraube",
        ),
        ("Grandvilliers-Montpellier", "Grandvilliers-Montpellier"),
        ("rechnung@nordmarkt-holzwerk.example", "rechnung@/nordmarkt-holzwerk./example"),
        ("04011000123451234506040110001234", "04011000/12345123/45060401/10001234"),
        ("x" * 30, "xxxxxxxxxxxx|xxxxxxxxxxxx|xxxxxx"),
    ],
)
def test_long_words_break_where_a_reader_would_break_them(word: str, broken: str) -> None:
    found = breakable(word, longest=24)
    assert found.replace("\u00ad", "|").replace("\u200b", "/") == broken


def test_papers_of_american_companies_are_letters_and_speak_of_sales_tax() -> None:
    base = two_rates()
    seller = replace(base.seller, address=Address("US", "1 Main St", city="Troy", postcode="48083"))
    branding = pdf.Branding(paper="us-letter")
    document = replace(base, seller=seller)
    data = pdf.render(document=document, branding=branding, locale="en-US", mentions=())
    assert pypdfium2.PdfDocument(data)[0].get_size() == (612, 792)
    printed = "".join(texts(data))
    assert "Sales tax" in printed
    assert "VAT" not in printed
    assert "Nov 3, 2026" in printed
    assert all(bottom >= 5 and top <= 275 for _left, bottom, _right, top in boxes(data))


def test_an_accent_is_darkened_until_it_can_be_read() -> None:
    assert pdf.Branding(accent="#0f5c4d").ink == "#0f5c4d"
    assert pdf.Branding(accent="#ffffff").ink == "#757575"  # #767676 is the lightest grey


def test_it_is_pdf_a_3_and_the_same_every_time() -> None:
    data = render(two_rates())
    assert b"<pdfaid:part>3</pdfaid:part>" in data
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in data
    assert render(two_rates()) == data


def test_data_is_never_markup() -> None:
    item = replace(two_rates().lines[0].item, name='#read("/etc/passwd") *bold* $x$ @ref \\')
    line = replace(two_rates().lines[0], item=item)
    printed = "".join(texts(render(replace(two_rates(), lines=(line,)))))
    assert '#read("/etc/passwd") *bold* $x$ @ref \\' in printed.replace("\r\n", " ")


def test_a_character_without_a_glyph_is_named() -> None:
    line = replace(two_rates().lines[0], item=replace(two_rates().lines[0].item, name="灯"))
    with pytest.raises(NotPrintable, match="灯"):
        render(replace(two_rates(), lines=(line,)))


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        tail = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + tail

    rows = b"".join(b"\x00" + b"\x1f\x4e\x79" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_logo_takes_the_place_of_the_name() -> None:
    branding = pdf.Branding(accent="#aa3311", logo=png(60, 20), footer=("shop.example",))
    data = pdf.render(document=two_rates(), branding=branding, locale="fr", mentions=())
    page = pypdfium2.PdfDocument(data)[0]
    assert "shop.example" in texts(data)[0]
    pixel = page.render(scale=2).to_pil().getpixel((int(25 * MM * 2), int(18 * MM * 2)))
    assert pixel == (0x1F, 0x4E, 0x79)


@pytest.mark.parametrize(
    "logo", [b"", b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\x00\x04"]
)
def test_only_pictures_are_logos(logo: bytes) -> None:
    branding = pdf.Branding(logo=logo)
    with pytest.raises(NotPrintable, match="PNG nor a JPEG"):
        pdf.render(document=two_rates(), branding=branding, locale="fr", mentions=())


def drawn(mode: str, kind: str, *, turned: bool = False) -> bytes:
    picture = Image.new(mode, (60, 20), {"I;16": 40_000}.get(mode, 0))
    written = BytesIO()
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6  # the camera was held upright
    picture.save(written, kind, exif=exif.tobytes() if turned else b"")
    return written.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("P", "PNG"), ("L", "PNG"), ("CMYK", "JPEG"), ("L", "JPEG")]
)
def test_every_picture_becomes_one_that_prints(mode: str, kind: str) -> None:
    body = logo.clean(data=drawn(mode, kind))
    assert logo.measure(body) == (kind.lower(), 60, 20)
    with Image.open(BytesIO(body)) as picture:
        assert picture.mode == ("RGBA" if mode == "RGBA" else "RGB")
    branding = pdf.Branding(logo=body)
    assert pdf.render(document=two_rates(), branding=branding, locale="fr", mentions=())


def test_a_picture_is_turned_upright_before_its_notes_are_dropped() -> None:
    assert logo.measure(logo.clean(data=drawn("RGB", "JPEG", turned=True))) == ("jpeg", 20, 60)


def test_greys_of_sixteen_bits_are_no_logo() -> None:
    with pytest.raises(logo.NoLogo, match="16 bits"):
        logo.clean(data=drawn("I;16", "PNG"))


def test_an_accent_is_a_colour() -> None:
    with pytest.raises(NotPrintable, match="not a colour"):
        pdf.Branding(accent="red")


def test_mentions_are_printed_once() -> None:
    text = "Pas d’escompte pour paiement anticipé"
    printed = "".join(texts(render(two_rates(), "fr", (text, "Autofacturation"))))
    assert printed.count(text) == 1
    assert "Autofacturation" in printed
