"""Files with a reader of their own: shown first without a trace, taken in, and taken back."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from acquit.core.codecs import formats
from acquit.core.codecs.ubl import application_response
from acquit.core.ids import to_public
from acquit.database.copy import fetch_rows
from acquit.intake.models import ImportRun
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.matching.commands.propose_later import JOB
from acquit.stages.matching.jobs import match
from acquit.stages.receipts import queries
from acquit.stages.receipts.models import Advice, BankLine
from tests.core.documents.trade_samples import remittance_advice
from tests.stages.dispatch.test_rejections import peppol, sent
from tests.support.api import Api, a_file, new_key
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.pages import browser
from tests.support.world import World


def shown(client: Client, kind: str, body: bytes, name: str) -> str:
    file = SimpleUploadedFile(name, body)
    answer = client.post("/imports/previews", {"kind": kind, "file": file})
    assert answer.status_code == 200, answer.content.decode()[-500:]
    return answer.content.decode()


def hidden(page: str) -> dict[str, str]:
    form = page[page.index('name="digest"') - 200 :]
    return dict(re.findall(r'name="([a-z]+)" value="([^"]*)"', form))


def test_an_advice_is_shown_taken_in_and_taken_back(world: World) -> None:
    advised = remittance_advice()
    body = formats.write(document=advised, to="edifact").data
    client = browser(world, "owner")
    page = shown(client, "remittance", body, "avis.edi")
    assert "Import 1 row" in page and not Advice.objects.of(world.company_id).exists()
    made = client.post("/imports", hidden(page))
    run = ImportRun.objects.of(world.company_id).get()
    assert made["Location"] == f"/imports/{to_public('import', run.id)}"
    assert (run.kind, run.rows, run.accepted) == ("remittance", 1, 1)
    client.post(f"{made['Location']}/reversal", {"key": "u"})
    assert queries.advices(company_id=world.company_id, bank_line_ids=None) == []
    # The money that comes now explains nothing by it, and the file may come again.
    paid = Movement(advised.payments.minor, f"AVIS {advised.number}")
    on, currency = advised.paid_on or advised.issue_date, advised.currency
    money = statement_bytes([paid], on=on, currency=currency)
    client.post("/imports", hidden(shown(client, "bank", money, "week.xml")))
    assert queries.advices(company_id=world.company_id, bank_line_ids=None) == []
    again = hidden(shown(client, "remittance", body, "avis.edi"))
    client.post("/imports", {**again, "key": "again"})
    (line,) = BankLine.objects.of(world.company_id)
    found = queries.advices(company_id=world.company_id, bank_line_ids=[line.id])
    assert [advice.number for advice in found] == [advised.number]


def test_answers_are_shown_taken_in_and_taken_back_unless_the_sending_went_on(
    world: World,
) -> None:
    number = sent(world)
    before = Dispatch.objects.get().state
    body = application_response.write(document=peppol(number)).data
    client = browser(world, "owner")
    page = shown(client, "responses", body, "answer.xml")
    assert Dispatch.objects.get().state == before
    made = client.post("/imports", hidden(page))
    assert Dispatch.objects.get().state == "failed"
    client.post(f"{made['Location']}/reversal", {"key": "u"})
    sending = Dispatch.objects.get()
    assert (sending.state, sending.rejection, sending.last_error) == (before, None, "")
    once_more = client.post("/imports", {**hidden(page), "key": "once-more"})
    Dispatch.objects.update(state="queued")
    refused = client.post(f"{once_more['Location']}/reversal", {"key": "v"})
    assert refused.status_code == 422 and b"has gone on since" in refused.content
    assert Dispatch.objects.get().rejection is not None


@pytest.mark.parametrize("kind", ["bank", "remittance"])
def test_programs_bring_the_same_kinds(world: World, kind: str) -> None:
    advice = formats.write(document=remittance_advice(), to="edifact").data
    money = statement_bytes([Movement(5, "x")], on=world.today)
    body = advice if kind == "remittance" else money
    right = "receipts.take_advice" if kind == "remittance" else "receipts.import_statement"
    api = Api(new_key(world, "intake.import", right))
    for path, runs in (("/imports/preview", 0), ("/imports", 1)):
        answer = api.post(path, {"kind": kind, "file": a_file(body, "f")})
        assert answer["figures"]["accepted"] == 1
        assert ImportRun.objects.of(world.company_id).count() == runs
    without = Api(new_key(world, "intake.import", name="other"))
    without.post("/imports", {"kind": kind, "file": a_file(body, "f")}, status=403)


def test_columns_are_said_once_on_the_page(world: World) -> None:
    rows = ["Ziua;Ordonator;Detalii;Valoare;Sold", "01/02/2026;SC Unu;fact 7;1.250,00;1.250,00"]
    body = "\n".join(rows).encode()
    client = browser(world, "owner")
    page = shown(client, "bank", body, "extras.csv")
    assert "What the columns are" in page and "Import the statement" in page
    # It took the first column for nothing; a person says it is the day, and what is the amount.
    said = dict(re.findall(r'name="(digest|kind|filename)" value="([^"]*)"', page))
    chosen = {"column_date": "Ziua", "column_amount": "Valoare", "column_balance": "Sold",
              "column_name": "Ordonator", "column_text": "Detalii",
              "column_decimal_mark": ",", "column_dates": "%d/%m/%Y"}  # fmt: skip
    wrong = client.post("/imports/previews", {**said, **chosen, "column_amount": "Ordonator"})
    assert wrong.status_code in (200, 422)
    assert not BankLine.objects.exists() and not ImportRun.objects.exists()
    again = client.post("/imports/previews", {**said, **chosen})
    assert again.status_code == 200
    fields = {name: html.unescape(value) for name, value in hidden(again.content.decode()).items()}
    client.post("/imports", fields)
    assert [line.amount_minor for line in BankLine.objects.all()] == [125_000]
    later = shown(client, "bank", body.replace(b"01/02", b"03/02"), "extras2.csv")
    assert "What the columns are" not in later


def test_a_bank_file_is_matched_without_being_asked(world: World) -> None:
    (payer,) = customers(world, 1)
    (item,) = issue(world, [Doc(payer.id, 10_000)])
    client = browser(world, "owner")

    body = statement_bytes([Movement(10_000, item.number)], on=world.today)

    def bring(key: str) -> str:
        form = {**hidden(shown(client, "bank", body, "week.xml")), "key": key}
        return client.post("/imports", form, follow=True).content.decode()

    assert "What the money settles is being looked for" in bring("a")
    _run_jobs(world)
    item.refresh_from_db()
    assert item.open_minor == 0
    assert "looked for" not in bring("b"), "nothing new came"


def _run_jobs(world: World) -> None:
    rows = fetch_rows(
        "DELETE FROM procrastinate_jobs WHERE task_name = %s AND args->>'company_id' = %s"
        " RETURNING args::text",
        [JOB, str(world.company_id)],
    )
    assert rows
    for (args,) in rows:
        match(**json.loads(args))
