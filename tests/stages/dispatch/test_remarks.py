"""Answers that change nothing: what they say is told, and that it changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from acquit.core.codecs import ubl
from acquit.core.codecs.ubl import application_response
from acquit.core.documents.lifecycle import StatusDetail
from acquit.core.documents.response import ResponseStatus
from acquit.core.faults import Refused
from acquit.stages.dispatch.rules.remarks import remarks
from acquit.stages.invoices.models import Document
from acquit.stages.invoices.queries import canonical
from tests.stages.dispatch.test_rejections import french, peppol
from tests.stages.dispatch.test_returned import bring, came_back, sent
from tests.support.pages import browser
from tests.support.world import World

ASKED = "held back with a question by Metro AG: wrong order number"


def test_a_question_is_told_and_counted(world: World) -> None:
    (number,) = sent(world)
    asks = peppol(number, ResponseStatus.UNDER_QUERY)
    data = application_response.write(document=asks).data
    told = bring(world, data, "answer.xml")
    assert told.figures["created"] == {"exceptions": 0}
    assert [told.figures[name] for name in ("rows", "accepted", "rejected")] == [1, 1, 0]
    assert told.figures["answers"] == [{"document": number, "text": ASKED, "does": "noted"}]
    assert came_back(world) == {}
    again = bring(world, data, "answer.xml")
    assert (again.figures["answers"][0]["does"], again.figures["duplicate"]) == ("known", 1)
    strange = peppol("NO-1", ResponseStatus.UNDER_QUERY)
    other = bring(world, application_response.write(document=strange).data, "other.xml")
    assert [fault["code"] for fault in other.figures["faults"]] == ["remark.unknown"]


def test_the_preview_says_what_each_answer_does(world: World) -> None:
    (number,) = sent(world)
    asks = peppol(number, ResponseStatus.UNDER_QUERY)
    file = SimpleUploadedFile("answer.xml", application_response.write(document=asks).data)
    client = browser(world, "billing_clerk")
    page = client.post("/imports/previews", {"kind": "responses", "file": file}).content.decode()
    assert ASKED in page
    assert "Nothing changes by it; where it asks, answer it" in page


def test_each_status_has_its_words() -> None:
    said = {
        status: [one.text for one in remarks([peppol("F-1", status)])] for status in ResponseStatus
    }
    assert said.pop(ResponseStatus.REJECTED) == []
    assert all(len(texts) == 1 and "Metro AG: wrong" in texts[0] for texts in said.values())


def test_a_french_status_that_refuses_nothing_is_a_remark() -> None:
    details = (StatusDetail(reason="commande inconnue", action="Compléter"),)
    waits = replace(french("F-1", "208"), name="Suspendue", details=details)
    (found,) = remarks([waits])
    assert (
        found.text == f"status 208 Suspendue by {waits.issuer.name}: commande inconnue; Compléter"
    )
    assert remarks([french("F-1", "207"), french("F-1", "210")]) == ()


def test_a_file_that_answers_nothing_is_refused(world: World) -> None:
    (number,) = sent(world)
    row = Document.objects.of(world.company_id).get(number=number)
    (invoice,) = canonical(company_id=world.company_id, document_ids=[row.id])
    with pytest.raises(Refused) as refusal:
        bring(world, ubl.write(document=invoice), "invoice.xml")
    assert refusal.value.faults[0].code == "response.none"
