"""Apply offers to ask the customer where there is one who can be written to, and says else what is
missing: the page says what the command would."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from acquit.core.ids import from_public
from acquit.core.outcome import ItemState
from acquit.stages.masterdata.models import Customer
from acquit.stages.matching.commands import AskCustomer, ask
from acquit.stages.matching.models import Proposal
from acquit.stages.receivables.commands import Identification, identify
from tests.entrypoints.ui_figures.conftest import Scene
from tests.support.pages import browser

pytestmark = pytest.mark.django_db


def offered(clerk: Client, scene: Scene, minor: int) -> tuple[bool, str]:
    """Whether the page has the button, and its code of what is missing."""
    receipt = scene.receipt(minor)
    page = clerk.get(f"/apply/{receipt}")
    fault = page.context["work"]["asking"]["fault"]
    body = page.content.decode()
    has_button = reverse("apply_question", args=[receipt]) in body
    assert ("Nobody can be asked:" in body) is not has_button
    return has_button, fault.code if fault else ""


def refused(scene: Scene, minor: int) -> str:
    """What the command says to it; nothing where it asks."""
    wish = AskCustomer(receipt_id=from_public("receipt", scene.receipt(minor)))
    outcome = ask(ctx=scene.world.ctx(), items=[wish])
    assert outcome.faults or outcome.of(ItemState.DONE)
    return "".join(fault.code for fault in outcome.faults)


def test_asking_is_offered_where_somebody_can_be_asked(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    first, other = scene.customers
    Customer.objects.update(email="")
    assert offered(clerk, scene, 3_000) == (False, "question.recipient")
    assert f"{first.name} has no e-mail address" in _text(clerk, scene, 3_000)
    assert offered(clerk, scene, 999) == (False, "question.customer")
    assert "nobody knows whose money this is; say who paid" in _text(clerk, scene, 999)
    Customer.objects.filter(id=first.id).update(email="kasse@kunde.example")
    named = from_public("receipt", scene.receipt(999))
    wish = Identification(receipt_id=named, customer_id=first.id)
    identify(ctx=scene.world.ctx(), items=[wish]).or_refuse()
    # Two answers that are about two customers: nobody says whose money it is.
    doubtful = Proposal.objects.get(total_minor=2_500, state="proposed", rank=1)
    items = [{**doubtful.items[0], "open_item": str(scene.items[1].id)}]
    doubtful.items, doubtful.rank, doubtful.id = items, 2, scene.world.ids.new()
    doubtful.save(force_insert=True)
    found = {minor: offered(clerk, scene, minor) for minor in (3_000, 2_500, 999, 888)}
    assert found == {
        3_000: (True, ""),
        2_500: (False, "question.customer"),
        999: (True, ""),
        888: (False, "question.customer"),
    }
    assert {minor: refused(scene, minor) for minor in found} == {
        minor: code for minor, (_button, code) in found.items()
    }
    Customer.objects.filter(id=other.id).update(email="a b@kunde.example")
    Proposal.objects.filter(id=doubtful.id).delete()
    assert offered(clerk, scene, 2_500) == (False, "question.recipient")


def test_where_a_credit_note_is_anothers_nobody_is_asked(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    Customer.objects.update(email="kasse@kunde.example")
    row = Proposal.objects.get(total_minor=3_000, state="proposed", rank=1)
    row.items = [{**row.items[0], "credit_item": str(scene.items[2].id), "credit_number": "X"}]
    row.save()
    assert offered(clerk, scene, 3_000) == (False, refused(scene, 3_000))


def test_who_may_not_ask_reads_nothing_of_it(scene: Scene) -> None:
    auditor = browser(scene.world, "auditor")
    assert "Nobody can be asked:" not in _text(auditor, scene, 999)


def _text(clerk: Client, scene: Scene, minor: int) -> str:
    page = clerk.get(f"/apply/{scene.receipt(minor)}").content.decode()
    return page.replace("</a>", "").replace("&#x27;", "'")
