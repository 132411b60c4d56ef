"""Texts: listed, tried on a real document, refused with the place, kept as a version."""

from __future__ import annotations

from acquit.access.models import Company
from acquit.entrypoints import papers
from acquit.policy.models import PolicyVersion
from tests.support.pages import browser
from tests.support.printed import texts as printed
from tests.support.shop import Shop

FORM = {
    "place": "closing",
    "document": "invoice",
    "language": "de",
    "segment": "",
    "number": "",
    "sample": "",
}


def test_a_text_is_tried_saved_and_printed(shop: Shop) -> None:
    (document,) = shop.issue()
    client = browser(shop.world, "administrator")
    form = FORM | {
        "valid_from": shop.world.today.isoformat(),
        "text": 'Danke, {{ customer.name }}!\r\n\r\nBis {{ document.due_date }}, "bitte".',
    }
    tried = client.post("/texts/text", form | {"do": "try"}).content.decode()
    assert f"As {document.number} would say it" in tried
    assert "<p>Danke, Kunde C-1!</p>" in tried
    assert not PolicyVersion.objects.of(shop.company_id).exists()
    assert client.post("/texts/text", form | {"do": "save"})["Location"] == "/texts"
    page = client.get("/texts").content.decode()
    assert "Danke, {{ customer.name }}!" in page
    company = Company.objects.get(id=shop.company_id)
    body = papers.invoice(company=company, number=document.number).body
    assert "Danke, Kunde C-1!" in " ".join(printed(body))
    # The same place again replaces the text instead of hiding it below.
    client.post("/texts/text", form | {"do": "save", "text": "Kurz."})
    latest = PolicyVersion.objects.of(shop.company_id).order_by("-version")[0]
    assert (latest.version, latest.table["rows"][0]["then"]) == (2, ["Kurz."])
    assert "Danke" not in str(latest.table)
    assert 'rows="9"' in client.get("/texts/text?row=1").content.decode()


def test_what_is_wrong_is_said_at_its_place(shop: Shop) -> None:
    client = browser(shop.world, "administrator")
    form = FORM | {"valid_from": shop.world.today.isoformat(), "do": "save"}
    answer = client.post("/texts/text", form | {"text": "ok\n{{ customer.nam }}"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "line 2, column 1" in page and "write customer.name" in page
    missing = client.post("/texts/text", form | {"text": "x", "do": "try", "sample": "none"})
    assert missing.status_code == 422 and b"no document of that number" in missing.content
    assert not PolicyVersion.objects.of(shop.company_id).exists()
    clerk = browser(shop.world, "billing_clerk", name="Ion")
    assert clerk.get("/texts").status_code == 200
    assert clerk.get("/texts/text").status_code == 403


def test_a_pale_accent_is_refused_with_a_darker_one(shop: Shop) -> None:
    client = browser(shop.world, "administrator")
    page = client.get("/settings")
    values = {**page.context["look"].initial, **page.context["address"].initial}
    form = {name: value for name, value in values.items() if value is not None}
    answer = client.post("/settings", form | {"accent": "#ffcc00", "design": "classic"})
    assert answer.status_code == 422 and b"#8e7200" in answer.content
    assert client.post("/settings", form | {"design": "compact"}).status_code == 302
    assert Company.objects.get(id=shop.company_id).design == "compact"
