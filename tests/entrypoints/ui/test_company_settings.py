"""The settings page: the logo as customers see it, the grace time, and what is refused."""

from __future__ import annotations

import re
import secrets
from io import BytesIO
from uuid import UUID

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, PngImagePlugin

from acquit.access.models import Company
from acquit.history import archive
from acquit.history.models import FactRecord
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.dispatch.commands.link import NewLink, link
from acquit.stages.dispatch.commands.render import render
from tests.support.pages import browser
from tests.support.shop import Shop

BLUE = (31, 78, 121)
MM = 72 / 25.4


def drawn(kind: str = "PNG", size: tuple[int, int] = (120, 40), secret: str = "") -> bytes:
    written = BytesIO()
    notes = PngImagePlugin.PngInfo()
    if secret:
        notes.add_text("Comment", secret)
    extra = {"pnginfo": notes} if kind == "PNG" else {"comment": secret}
    Image.new("RGB", size, BLUE).save(written, kind, **extra)
    return written.getvalue()


def typed(client: Client, **changes: object) -> dict[str, object]:
    """The form as it is shown, with the changes of the reader."""
    context = client.get("/settings").context
    values = {
        field.name: field.value()
        for form in (context["look"], context["address"])
        for field in form
        if field.value() is not None and field.name not in ("logo", "remove_logo")
    }
    return {**values, "key": secrets.token_hex(4), **changes}


def upload(body: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body, content_type="text/html")  # what it says is not read


def company(shop: Shop) -> Company:
    return Company.objects.get(id=shop.company_id)


def linked(shop: Shop, document_id: UUID) -> str:
    token = secrets.token_urlsafe(32)
    items = [NewLink(document_id=document_id, token=token)]
    link(ctx=shop.world.ctx(), items=items).or_refuse()
    return f"/p/{token}"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_drawn_anew_and_kept_by_its_hash(shop: Shop, kind: str) -> None:
    client = browser(shop.world, "administrator")
    body = drawn(kind, secret="taken at home")
    assert b"taken at home" in body
    client.post("/settings", typed(client, logo=upload(body, "../x.svg")))
    digest = company(shop).logo
    piece = archive.read(company_id=shop.company_id, digest=digest)
    assert piece is not None
    assert piece.media_type == f"image/{kind.lower()}"
    assert b"taken at home" not in piece.body
    with Image.open(BytesIO(piece.body)) as image:
        assert (image.format, image.size) == (kind, (120, 40))
    shown = client.get("/settings/logo")
    assert shown.content == piece.body
    assert shown["Content-Type"] == piece.media_type
    assert shown["X-Content-Type-Options"] == "nosniff"
    policy = {part.strip() for part in shown["Content-Security-Policy"].split(";")}
    assert policy == {"default-src 'none'", "frame-ancestors 'none'", "sandbox"}
    fact = FactRecord.objects.of(shop.company_id).filter(kind="masterdata.SettingsSaved").last()
    assert fact is not None
    assert fact.payload["fields"] == ["logo"]


def test_new_papers_and_the_page_carry_it_until_it_is_removed(shop: Shop) -> None:
    client = browser(shop.world, "administrator")
    client.post("/settings", typed(client, logo=upload(drawn())))
    (before,) = shop.issue()
    render(ctx=shop.world.ctx(), items=[before.id]).or_refuse()
    path = linked(shop, before.id)
    guest = Client()
    assert f'<img src="{path}/logo"' in guest.get(path).content.decode()
    picture = guest.get(f"{path}/logo")
    with Image.open(BytesIO(picture.content)) as image:
        assert image.getpixel((5, 5)) == BLUE
    assert picture["Cache-Control"] == "private, no-store"
    assert "sandbox" in picture["Content-Security-Policy"]
    client.post("/settings", typed(client, remove_logo="on"))
    assert company(shop).logo == ""
    assert f"{path}/logo" not in guest.get(path).content.decode()
    assert guest.get(f"{path}/logo").status_code == 404
    assert client.get("/settings/logo").status_code == 404
    assert corner(shop, before.id) == BLUE  # the very bytes that were sent stay
    after = shop.issue()[-1]
    render(ctx=shop.world.ctx(), items=[after.id]).or_refuse()
    assert corner(shop, after.id) != BLUE


def corner(shop: Shop, document_id: UUID) -> object:
    """A pixel of the first page where the logo stands."""
    paper = dispatch.rendition(company_id=shop.company_id, document_id=document_id, form="pdf")
    assert paper is not None
    page = pypdfium2.PdfDocument(paper.body)[0]
    return page.render(scale=2).to_pil().getpixel((int(25 * MM * 2), int(18 * MM * 2)))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<svg onload='alert(1)'/>", "neither a PNG nor a JPEG"),
        (b"GIF89a" + b"\0" * 40, "neither a PNG nor a JPEG"),
        (drawn()[:-30], "damaged or cut off"),
        (drawn("JPEG", (300, 300))[:400], "damaged or cut off"),
        (drawn(size=(2001, 4)), "2001 x 4 pixels"),
        (drawn() + b"\0" * 512 * 1024, "larger than 512 kB"),
    ],
)
def test_what_is_no_logo_is_named_and_changes_nothing(shop: Shop, body: bytes, why: str) -> None:
    client = browser(shop.world, "administrator")
    answer = client.post("/settings", typed(client, logo=upload(body), footer="new"))
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert (company(shop).logo, company(shop).footer) == ("", "")


def test_the_grace_time_is_a_setting(shop: Shop) -> None:
    client = browser(shop.world, "administrator")
    client.post("/settings", typed(client, grace_minutes="45", accent="#aa3311"))
    assert (company(shop).grace_minutes, company(shop).accent) == (45, "#aa3311")
    for wrong in ("61", "-1", "soon", ""):
        answer = client.post("/settings", typed(client, grace_minutes=wrong))
        assert answer.status_code == 422
        assert answer.context["look"].errors["grace_minutes"]
    assert company(shop).grace_minutes == 45


def test_what_the_command_refuses_stands_at_its_field(shop: Shop) -> None:
    client = browser(shop.world, "administrator")
    answer = client.post("/settings", typed(client, email="nobody", accent="red"))
    assert answer.status_code == 422
    assert answer.context["look"].errors["accent"]
    assert answer.context["address"].errors["email"]
    assert "nobody" in answer.content.decode()


def test_a_long_legal_form_is_shown_whole_and_kept_in_one_line(shop: Shop) -> None:
    long = "société à responsabilité limitée au capital de 12 000 euros, RCS Paris 552 100 554"
    client = browser(shop.world, "administrator")
    client.post("/settings", typed(client, legal_form=long.replace("au capital", "\r\nau capital")))
    assert company(shop).legal_form == long
    page = client.get("/settings").content.decode()
    assert re.search(rf'<textarea name="legal_form"[^>]*rows="3"[^>]*>\s*{long}</textarea>', page)


def test_a_clerk_neither_sees_nor_saves_it(shop: Shop) -> None:
    client = browser(shop.world, "billing_clerk")
    assert client.get("/settings").status_code == 403
    assert client.post("/settings", {"accent": "#000000"}).status_code == 403
    assert 'href="/settings"' not in client.get("/").content.decode()


@pytest.mark.django_db
def test_what_letters_must_name_is_asked_for_until_it_is_there(shop: Shop) -> None:
    client = browser(shop.world, "administrator")
    answer = client.get("/settings")
    assert [fault.path for fault in answer.context["missing"]] == ["legal_form"]
    page = answer.content.decode()
    for text in (
        "GmbHG § 35a",
        'href="#id_legal_form"',
        'id="id_legal_form"',
        "write such as GmbH",
    ):
        assert text in page
    named = {"legal_form": "GmbH, Sitz Berlin, HRB 4711", "registration_id": "HRB 4711"}
    assert client.post("/settings", typed(client, vat_due="payment", **named)).status_code == 302
    assert client.get("/settings").context["missing"] == ()
    kept = company(shop)
    assert (kept.legal_form, kept.registration_id, kept.vat_due) == (*named.values(), "payment")
    answer = client.post("/settings", typed(client, vat_due="never"))
    assert answer.status_code == 422 and company(shop).vat_due == "payment"
