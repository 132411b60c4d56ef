"""Advices as customers send them: mails, pages and books, described once for each sender."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import typst
from PIL import Image

from acquit.core.codecs import formats, printed
from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.taking_in import take_in
from acquit.history import archive
from acquit.intake.models import ColumnMapping, ImportRun
from acquit.stages.masterdata.models import Customer
from acquit.stages.receipts import queries
from acquit.stages.receipts.models import Advice, AdvicePart, BankLine
from acquit.stages.receivables.models import OpenItem
from tests.core.documents.trade_samples import remittance_advice
from tests.support.mailed import attached, mail, page
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.pages import browser
from tests.support.spreadsheets import book
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db
FRAME = (0x4B, 0x2A, 0x91)
ROWS: list[tuple[str, ...]] = [
    ("Rechnung", "Datum", "Brutto", "Skonto", "Zahlbetrag"),
    ("RE-2026-001", "02.01.2026", "1.000,00", "20,00", "980,00"),
    ("RE-2026-002", "05.01.2026", "250,50", "", "250,50"),
    ("GS-2026-009", "07.01.2026", "-30,50", "", "-30,50"),
    ("Gesamt", "", "1.220,00", "20,00", "1.200,00"),
]


def bring(world: World, body: bytes, name: str = "avis.eml", **options: str) -> Outcome:
    return take_in(
        ctx=world.ctx(), kind="remittance", profile="", filename=name, content=body, options=options
    )


def parts(world: World) -> list[tuple[str, int, int]]:
    rows = AdvicePart.objects.of(world.company_id).order_by("position")
    return [(row.document, row.amount_minor, row.discount_minor) for row in rows]


EXPECTED = [
    ("RE-2026-001", 98_000, 2_000), ("RE-2026-002", 25_050, 0), ("GS-2026-009", -3_050, 0),
]  # fmt: skip


@pytest.mark.parametrize("form", ["html", "pdf", "csv", "text"])
def test_a_mail_is_described_once_for_its_sender(world: World, form: str) -> None:
    (payer,) = customers(world, 1)
    Customer.objects.filter(id=payer.id).update(email="ap@kunde.example")

    def made(rows: list[tuple[str, ...]]) -> bytes:
        if form == "html":
            cells = "".join(
                f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows
            )
            return mail(html=f"<p>Hallo</p><table>{cells}</table>").as_bytes()
        lines = "\n".join(";".join(row) for row in rows)
        if form == "text":
            return mail(text=f"Guten Tag,\n\n{lines}\n\nGruss").as_bytes()
        body = page(rows) if form == "pdf" else lines.encode("cp1252")
        return attached(mail(), body, f"avis.{form}")

    first = bring(world, made(ROWS))
    assert first.items[0].state is ItemState.REFUSED
    assert "document = Rechnung" in first.items[0].faults[0].message
    assert not Advice.objects.exists()
    assert bring(world, made(ROWS), map="auto").figures["accepted"] == 1
    assert parts(world) == EXPECTED
    advice = Advice.objects.get()
    assert (advice.payer_name, advice.payer_iban) == (payer.name, payer.iban)
    assert ColumnMapping.objects.get().sender == "ap@kunde.example"
    # What was said holds for the next one; a sum that differs is refused with its place.
    longer = [*ROWS[:4], ("RE-2026-003", "08.01.2026", "5,00", "", "5,00")]
    second = bring(world, made([*longer, ("Gesamt", "", "", "", "1.205,00")]))
    assert second.items[0].state is ItemState.DONE
    wrong = bring(world, made([*longer, ("Gesamt", "", "", "", "1.299,00")]))
    assert wrong.items[0].state is ItemState.REFUSED
    assert "it says 1299.00 EUR" in wrong.items[0].faults[0].message
    # Each value points at its place in what was read, and the mail is kept as it came.
    part = AdvicePart.objects.filter(document="RE-2026-002").earliest("id")
    source = Advice.objects.get(id=part.advice_id)
    text = archive.read(company_id=world.company_id, digest=source.archive_digest)
    assert text is not None
    assert b"RE-2026-002" in text.body[part.byte_start : part.byte_end]
    if form == "pdf":
        number, _mark, box = part.place.partition(":")
        left, bottom, right, top = map(int, box.split(","))
        assert number == "1"
        assert 0 < left < right < 596 and 0 < bottom < top < 397
    run = ImportRun.objects.of(world.company_id).earliest("started_at")
    whole = archive.read(company_id=world.company_id, digest=run.digest)
    assert whole is not None
    assert whole.body.startswith(b"From: Kreditoren")


def test_a_mail_that_lists_documents_in_words_is_a_table(world: World) -> None:
    (payer,) = customers(world, 1)
    Customer.objects.filter(id=payer.id).update(email="ap@kunde.example")
    listed = "RE-2026-001   1.980,00 EUR\n- Rechnung Nr. RE-2026-002: 250,50 €\n2026-03-02 1,00\n"

    def made(total: str) -> bytes:
        text = f"Guten Tag,\n\nwir zahlen heute:\n\n{listed}Gesamt: {total} EUR\n\nGruss  Kunde\n"
        return mail(text=text).as_bytes()

    assert "document = Document" in bring(world, made("2.230,50")).items[0].faults[0].message
    wrong = bring(world, made("2.230,40"), map="auto")
    assert "it says 2230.40 EUR" in wrong.items[0].faults[0].message
    assert bring(world, made("2.230,50"), map="auto").figures["accepted"] == 1
    assert parts(world) == [("RE-2026-001", 198_000, 0), ("RE-2026-002", 25_050, 0)]
    assert Advice.objects.get().payer_name == payer.name
    listed = listed.replace("RE-2026-001", "RE-2026-009")
    assert bring(world, made("2.230,50")).figures["accepted"] == 1, "the sender is known by now"


@pytest.mark.parametrize("money_first", [True, False])
def test_it_is_linked_to_its_money_whichever_comes_first(world: World, money_first: bool) -> None:
    money = statement_bytes(
        [Movement(120_000, "Sammelzahlung RE-2026-001 u.a."), Movement(120_000, "other")],
        on=world.today + timedelta(days=1),
    )
    rows = [[*row[:2], *(cell and Decimal(cell.replace(".", "").replace(",", "."))
             for cell in row[2:])] if n else list(row) for n, row in enumerate(ROWS)]  # fmt: skip
    sheet = book({"Avis": rows})
    for what in ("bank", "remittance") if money_first else ("remittance", "bank"):
        if what == "bank":
            take_in(
                ctx=world.ctx(), kind="bank", profile="", filename="m.xml", content=money,
                options={},
            )  # fmt: skip
        else:
            said = json.dumps({"document": "Rechnung", "amount": "Zahlbetrag"})
            assert bring(world, sheet, "avis.xlsx", map=said).figures["accepted"] == 1
    line = BankLine.objects.get(text__contains="Sammelzahlung")
    (advice,) = queries.advices(company_id=world.company_id, bank_line_ids=[line.id])
    assert [part.document for part in advice.parts] == [document for document, *_ in EXPECTED]
    assert AdvicePart.objects.earliest("position").place == "Avis!2"


@pytest.mark.parametrize(
    "line", ["a" * 195 + "1234", "a" * 200, "A1" * 99 + "x", "F1234" + " " * 150 + "x", "A/" * 98]
)
def test_a_line_of_a_mail_is_read_in_one_go(line: str) -> None:
    """Whoever writes to us writes the line: tried in every way, it would not end."""
    found = printed.of_text(f"{line}\nF2026-0042: 11,90 EUR")
    assert found.text.decode().splitlines()[-1] == "F2026-0042\t11,90\tEUR"


def test_a_message_inside_of_a_mail_needs_no_words(world: World) -> None:
    body = formats.write(document=remittance_advice(), to="edifact").data
    made = mail(html="<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    whole = attached(made, body, "remadv.edi")
    assert bring(world, whole).figures["accepted"] == 1
    assert bring(world, whole).items[0].state is ItemState.DUPLICATE
    nothing = bring(world, mail(text="Hallo, wir zahlen bald.").as_bytes())
    assert nothing.items[0].state is ItemState.REFUSED
    for name, value in (("colour", "red"), ("customer", "nobody"), ("date", "soon")):
        refused = bring(world, whole, **{name: value})
        assert refused.items[0].state is ItemState.REFUSED
        assert refused.items[0].faults[0].path == name


def test_the_page_shows_an_advice_its_money_and_the_place_of_each_value(world: World) -> None:
    client = browser(world, "cash_clerk")
    assert "No advice yet" in client.get("/remittances").content.decode()
    bring(world, attached(mail(), page(ROWS), "avis.pdf"), map="auto")
    assert client.get("/remittances?state=linked").context["list"].body == ""
    rows = client.get("/remittances?state=waiting").context["list"].body
    (url,) = re.findall('class="row-open" href="([^"]+)"', rows)
    shown = client.get(url)
    text = shown.content.decode()
    assert "Its money has not come yet" in text and "980.00" in text and "Page 1" in text
    (first, *_others) = shown.context["parts"]
    part = client.get(first["url"])
    assert "RE-2026-001\t02.01.2026\t1.000,00\t20,00\t980,00" in part.content.decode()
    picture = client.get(part.context["picture_url"])
    assert picture["Content-Type"] == "image/png"
    image = Image.open(BytesIO(picture.content)).convert("RGB")
    framed = [at for at in range(image.height) if image.getpixel((image.width // 2, at)) == FRAME]
    assert framed and image.width > 800
    money = statement_bytes([Movement(120_000, "RE-2026-001 und andere")], on=world.today)
    take_in(ctx=world.ctx(), kind="bank", profile="", filename="m.xml", content=money, options={})
    linked = client.get(url).content.decode()
    assert "Its money has not come yet" not in linked and "Open in Apply" in linked
    assert client.get(f"{url}/parts/9").status_code == 404
    stranger = browser(new_world(seed="other", slug="other", on=world.today), "owner", name="Bo")
    assert stranger.get(url).status_code == 404


def test_what_stands_above_a_table_names_the_advice(world: World) -> None:
    """The number and the day of the payment; its payer is the customer whose documents it has."""
    (payer,) = customers(world, 1)
    items = issue(world, [Doc(payer.id, 10_000), Doc(payer.id, 25_000)])
    day = world.today - timedelta(days=20)

    def advice(*paid: OpenItem) -> bytes:
        rows = [[item.number, Decimal(item.open_minor) / 100] for item in paid]
        head = [["Avis de paiement n° 7781"], ["Date de paiement", f"{day:%d/%m/%Y}"], []]
        return book({"Avis": [*head, ["Facture", "Net payé"], *rows]})

    moves = [Movement(10_000, "VIR avis 7781", payer="Holding SA")]
    take_in(
        ctx=world.ctx(), kind="bank", profile="", filename="s", options={},
        content=statement_bytes(moves, on=day),
    ).or_refuse()  # fmt: skip
    taken = bring(world, advice(items[0]), "avis.xlsx", map="auto")
    assert taken.figures["created"]["links"] == 1
    kept = Advice.objects.get()
    assert (kept.number, kept.paid_on, kept.payer_name) == ("7781", day, payer.name)
    assert bring(world, advice(items[0]), "again.xlsx").figures["duplicate"] == 1
    # Who prints the same number on each says with it nothing of the next one, which is kept.
    assert bring(world, advice(items[1]), "avis.xlsx").figures["accepted"] == 1
    assert Advice.objects.exclude(number="7781").get().number.startswith("avis ")


@pytest.mark.parametrize(("said", "currency"), [({}, "USD"), ({"currency": "CHF"}, "CHF")])
def test_a_table_without_a_currency_is_in_that_of_its_documents(
    world: World, said: dict[str, str], currency: str
) -> None:
    (payer,) = customers(world, 1)
    docs = [Doc(payer.id, 10_000, currency="USD"), Doc(payer.id, 25_000, currency="USD")]
    rows = [[item.number, Decimal(item.open_minor) / 100] for item in issue(world, docs)]
    body = book({"Avis": [["Facture", "Net payé"], *rows]})
    assert bring(world, body, "avis.xlsx", map="auto", **said).figures["accepted"] == 1
    kept = Advice.objects.get()
    assert (kept.currency, kept.amount_minor) == (currency, 35_000)


def test_the_name_of_a_payer_is_known_as_banks_write_it(world: World) -> None:
    (payer,) = customers(world, 1)
    Customer.objects.filter(id=payer.id).update(name="Möbel & Söhne GmbH", iban="")
    (item,) = issue(world, [Doc(payer.id, 10_000)])
    body = book({"Avis": [["Facture", "Net payé"], [item.number, Decimal(100)]]})
    day = f"{world.today}"
    assert bring(world, body, "avis.xlsx", map="auto", date=day).figures["created"]["links"] == 0
    moves = [
        Movement(10_000, "siehe Avis", payer="Moebel Stein"),
        Movement(10_000, "siehe Avis", payer="MOEBEL U. SOEHNE"),
    ]
    take_in(
        ctx=world.ctx(), kind="bank", profile="", filename="s", options={},
        content=statement_bytes(moves, on=world.today),
    ).or_refuse()  # fmt: skip
    kept = Advice.objects.get()
    assert kept.bank_line_id == BankLine.objects.get(payer_name="MOEBEL U. SOEHNE").id


def test_columns_that_stand_close_are_columns(world: World) -> None:
    """As programs print them that leave little more than a letter between."""
    rows = [
        ("RE-2026-001", "02.01.2026", "1 000,00", "980,00"),
        ("RE-2026-002", "05.01.2026", "250,50", "250,50"),
    ]
    cells = "\n".join(
        f"[{cell}]," for row in [("Beleg", "Vom", "Brutto", "Zahlung"), *rows] for cell in row
    )
    source = (
        "#set page(width: 21cm, height: 14cm)\n#set text(12pt)\n"
        "#table(columns: 4, stroke: none, inset: 4.5pt, column-gutter: 0pt,"
        f" align: (left, left, right, right),\n{cells}\n)"
    )
    bring(world, typst.compile(source.encode()), "avis.pdf", map="auto").or_refuse()
    assert [amount for _document, amount, _discount in parts(world)] == [98_000, 25_050]
