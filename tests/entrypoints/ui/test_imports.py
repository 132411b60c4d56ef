"""Imports: preview writes nothing, commit once, rejected rows to correct, undo of the whole."""

from __future__ import annotations

import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from acquit.core.ids import to_public
from acquit.intake.models import ImportRun
from acquit.stages.masterdata.models import Customer
from tests.support.money import Movement, statement_bytes
from tests.support.pages import browser
from tests.support.world import World, new_world

ROWS = "number,name,country,email\nK-1,Eins,DE,a@eins.example\nK-2,=1+1,XX,\nK-3,Drei,FR,\n"


def preview(client: Client, text: str = ROWS, **more: str) -> str:
    file = SimpleUploadedFile("kunden.csv", text.encode())
    form = {"kind": "customers", "profile": "auto", "file": file, **more}
    answer = client.post("/imports/previews", form)
    assert answer.status_code == 200, answer.content.decode()[-800:]
    return answer.content.decode()


def hidden(page: str) -> dict[str, str]:
    form = page[page.index('name="digest"') - 200 :]
    return dict(re.findall(r'name="([a-z]+)" value="([^"]*)"', form))


def test_a_preview_tells_all_and_writes_nothing(world: World) -> None:
    page = preview(browser(world, "administrator"))
    assert "Import 2 rows" in page and "not a country" in page and "Drei" in page
    assert not Customer.objects.of(world.company_id).exists()
    assert not ImportRun.objects.of(world.company_id).exists()


def test_a_previewed_file_is_taken_in_once_and_taken_back(world: World) -> None:
    client = browser(world, "administrator")
    form = hidden(preview(client))
    first = client.post("/imports", form)
    assert client.post("/imports", form)["Location"] == first["Location"]
    run = ImportRun.objects.of(world.company_id).get()
    assert (run.rows, run.accepted, run.rejected) == (3, 2, 1)
    assert "Partly done" in client.get("/imports").content.decode()
    page = client.get(first["Location"]).content.decode()
    assert "K-2,=1+1,XX," in page and "kunden.csv" in page
    rejected = client.get(f"{first['Location']}/rejected.csv").getvalue().decode("utf-8-sig")
    assert rejected.splitlines()[1].startswith("3,")
    client.post(f"{first['Location']}/reversal", {"key": "u"})
    assert not Customer.objects.of(world.company_id).exists()
    assert "Undone" in client.get("/imports").content.decode()


def test_a_parked_bank_file_is_shown_as_parked_however_often_it_comes(world: World) -> None:
    client = browser(world, "cash_clerk")
    movements = [Movement(10_000, "RE 1")]
    body = statement_bytes(movements, on=world.today, closing_minor=9_999)
    for _time in range(2):
        file = SimpleUploadedFile("week.xml", body)
        shown = client.post("/imports/previews", {"kind": "bank", "file": file})
        preview = shown.content.decode()
        assert "Would be parked" in preview and "ould be rejected" not in preview
        answer = client.post("/imports", hidden(shown.content.decode()), follow=True)
        assert answer.redirect_chain == [("/statements?state=parked", 302)]
        text = answer.content.decode()
        assert "Parked, nothing of it is booked: statement" in text and "99.99" in text
    run = ImportRun.objects.of(world.company_id).get()
    assert client.get("/imports").context["list"].body.count("Parked") == 1
    page = client.get(f"/imports/{to_public('import', run.id)}")
    assert page.context["is_parked"] and "Parked statements" in page.content.decode()


def test_a_bank_file_of_another_account_is_refused_with_the_reason(world: World) -> None:
    client = browser(world, "cash_clerk")
    body = statement_bytes([Movement(1)], on=world.today, iban="DE02120300000000202051")
    answer = client.post(
        "/imports/previews", {"kind": "bank", "file": SimpleUploadedFile("other.xml", body)}
    )
    assert answer.status_code == 422
    assert "DE02120300000000202051" in answer.content.decode()


def test_what_cannot_be_read_is_said_at_the_form(world: World) -> None:
    client = browser(world, "administrator")
    for content, said in ((b"", "Choose a file"), (b"colour,shape\nred,round\n", "no column")):
        file = SimpleUploadedFile("x.csv", content)
        form = {"kind": "customers", "profile": "auto", "file": file}
        answer = client.post("/imports/previews", form)
        assert answer.status_code == 422 and said in answer.content.decode()
    gone = {"kind": "customers", "digest": "0" * 64, "key": "k"}
    assert client.post("/imports", gone).status_code == 422


def test_only_who_may_imports(world: World) -> None:
    client = browser(world, "auditor")
    assert b"Import a file" not in client.get("/imports").content
    file = SimpleUploadedFile("kunden.csv", ROWS.encode())
    form = {"kind": "customers", "profile": "auto", "file": file}
    assert client.post("/imports/previews", form).status_code in (403, 422)
    admin = browser(world, "administrator", name="Bo")
    made = admin.post("/imports", hidden(preview(admin)))
    assert client.post(f"{made['Location']}/reversal", {"key": "u"}).status_code == 403
    assert Customer.objects.of(world.company_id).count() == 2
    other = new_world(seed="other", slug="other", on=world.today)
    stranger = browser(other, "owner")
    assert stranger.get(made["Location"]).status_code == 404
    assert stranger.post(f"{made['Location']}/reversal").status_code == 404
