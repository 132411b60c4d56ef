"""Papers are seen before they are saved: by page, API and console, of a sample or a document."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader
from typer.testing import CliRunner

from acquit.core.faults import Refused
from acquit.entrypoints.console.main import app
from acquit.entrypoints.paper_trials import Trial, tried
from acquit.history.models import FactRecord
from acquit.policy.models import PolicyVersion
from acquit.policy.texts import OwnText
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document
from acquit.stages.masterdata.commands.settings import Settings
from tests.support.api import Api, new_key
from tests.support.invoices import customer, deliver
from tests.support.pages import browser
from tests.support.world import World, living_today

HELLO = "Thank you, {{ customer.name }}.\n\n{{ document.number }} is due."


@pytest.fixture
def world(db: None) -> World:
    return living_today()


def words(body: bytes) -> str:
    pages = PdfReader(io.BytesIO(body)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def own(text: str = HELLO, **more: str) -> OwnText:
    said = {"place": "opening", "document": "invoice", "language": "en", **more}
    return OwnText(text=text, **said)


def facts(world: World) -> int:
    return FactRecord.objects.of(world.company_id).count()


def test_before_the_first_document_a_sample_shows_it_and_nothing_stays(world: World) -> None:
    before = facts(world)
    wanted = Settings(design="classic", accent="#7a1f2b", footer="Open Mon-Fri, 8-17")
    file = tried(ctx=world.ctx(), trial=Trial(settings=wanted, text=own(), language="en"))
    said = words(file.body)
    assert "SAMPLE is due." in said
    assert "Open Mon-Fri, 8-17" in said and world.company.name in said
    world.company.refresh_from_db()
    assert (world.company.design, world.company.footer) == ("modern", "")
    assert facts(world) == before and not PolicyVersion.objects.of(world.company_id).exists()
    for document in ("credit_note", "debit_note"):
        assert tried(ctx=world.ctx(), trial=Trial(document=document)).body.startswith(b"%PDF-")


def test_a_real_document_says_what_it_would_say(world: World) -> None:
    deliver(world, customer(world, "C-1", locale="en_GB", segment="retail"))
    bill(ctx=world.ctx(), as_of=world.today)
    number = Document.objects.get().number
    latest = tried(ctx=world.ctx(), trial=Trial(text=own(segment="retail")))
    assert f"{number} is due." in words(latest.body)
    others = tried(ctx=world.ctx(), trial=Trial(text=own(segment="public"), number=number))
    assert "is due." not in words(others.body)


@pytest.mark.parametrize(
    ("trial", "code"),
    [
        (Trial(settings=Settings(design="baroque")), "settings.design"),
        (Trial(settings=Settings(accent="#ffffaa")), "settings.pale"),
        (Trial(text=own("{{ customer.iban }}")), "text.unknown"),
        (Trial(number="NO-1"), "paper.missing"),
        (Trial(document="quittance"), "paper.missing"),
    ],
)
def test_what_saving_would_refuse_is_refused(world: World, trial: Trial, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        tried(ctx=world.ctx(), trial=trial)
    assert refusal.value.faults[0].code.startswith(code)


def test_pages_hand_out_the_trial(world: World) -> None:
    client = browser(world, "administrator")
    form = {
        "design": "compact", "accent": "#0f5c4d", "footer": "Bonjour", "locale": "fr_FR",
        "grace_minutes": "0", "street": "Weg 1", "do": "try", "key": "one",
    }  # fmt: skip
    answer = client.post("/settings", form)
    assert answer["Content-Type"] == "application/pdf" and "Bonjour" in words(answer.content)
    assert client.post("/settings", {**form, "accent": "#ffffaa"}).status_code == 422
    text = {
        "place": "closing", "document": "invoice", "language": "de", "text": "Bis bald!",
        "valid_from": world.today.isoformat(), "do": "paper", "key": "two",
    }  # fmt: skip
    answer = client.post("/texts/text", text)
    assert answer["Content-Type"] == "application/pdf" and "Bis bald!" in words(answer.content)
    assert client.post("/texts/text", {**text, "place": "mail_body"}).status_code == 422
    world.company.refresh_from_db()
    assert world.company.footer == ""


def test_the_api_tries_then_saves(world: World) -> None:
    rights = ("masterdata.save_settings", "policy.save", "read.invoices", "read.masterdata")
    api = Api(new_key(world, *rights))
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "#0f5c4d").save(picture, "PNG")
    look = {"design": "compact", "logo": base64.b64encode(picture.getvalue()).decode()}
    text = {"place": "opening", "document": "invoice", "language": "en", "text": HELLO}
    asked = {"settings": look, "text": text, "language": "en"}
    assert "SAMPLE is due." in words(api.post("/paper-trials", asked))
    assert api.get("/settings")["design"] == "modern"
    api.send("PATCH", "/settings", look)
    kept = api.get("/settings")
    assert kept["design"] == "compact" and len(kept["logo"]) == 64
    api.post("/texts", text)
    api.send("PATCH", "/settings", {"logo": "no picture"}, status=422)
    reader = Api(new_key(world, "read.invoices"))
    assert "SAMPLE is due." in words(reader.post("/paper-trials", {"language": "en"}))
    reader.send("POST", "/paper-trials", asked, status=403)


def test_the_console_tries_then_saves(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "the connection of this process is used")
    monkeypatch.setenv("ACQUIT_DATA", str(tmp_path / "data"))
    file = tmp_path / "sample.pdf"

    def typed(*words: str) -> int:
        return CliRunner().invoke(app, list(words), catch_exceptions=False).exit_code

    said = ("text", "opening", "invoice", "en", HELLO)
    assert typed(*said, "--try", str(file)) == 0
    assert "SAMPLE is due." in words(file.read_bytes())
    assert not PolicyVersion.objects.of(world.company_id).exists()
    assert typed(*said) == 0
    assert PolicyVersion.objects.of(world.company_id).get().name == "texts"
    assert typed("text", "opening", "invoice", "en", "{{ nobody }}") != 0
    assert typed("settings", "--footer", "Bonjour", "--try", str(file)) == 0
    assert "Bonjour" in words(file.read_bytes())
    world.company.refresh_from_db()
    assert world.company.footer == ""
