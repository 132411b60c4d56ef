"""What rules applied with undo is looked at; what each test of the policy said is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from acquit.core.ids import to_public
from acquit.core.tables import Row
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.stages.matching.commands import propose
from acquit.stages.matching.models import Proposal
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receipts.models import Receipt
from tests.entrypoints.ui_figures.conftest import Scene
from tests.support.money import Doc, Movement, issue, statement_bytes
from tests.support.pages import browser

pytestmark = pytest.mark.django_db


def _limited(scene: Scene, action: str, limit: str) -> None:
    rows = (
        Row((">= 0.9", f"<= {limit}"), (action,), "Sure, and little is at risk."),
        Row((">= 0.05", ""), ("suggest",), "A person chooses."),
        Row(("", ""), ("leave",)),
    )
    inputs = ("proposal.probability", "day.at_risk")
    table = replace(shipped("matching"), inputs=inputs, rows=rows)
    version = NewVersion(name="matching", table=table.to_dict(), valid_from=scene.world.today)
    save(ctx=scene.world.ctx(), items=[version]).or_refuse()


def _pay(scene: Scene, *amounts: int) -> None:
    customer = scene.customers[0]
    claims = issue(scene.world, [Doc(customer.id, amount) for amount in amounts])
    moves = [
        Movement(claim.original_minor, claim.number, payer=customer.name, iban=customer.iban)
        for claim in claims
    ]
    body = statement_bytes(moves, on=scene.world.today, reference="S2", opening_minor=17_338)
    file = StatementFile(key="S2.xml", body=body)
    import_statement(ctx=scene.world.ctx(), items=[file]).or_refuse()
    propose(ctx=scene.world.ctx(), items=[])


def _key(scene: Scene, minor: int) -> str:
    receipt = Receipt.objects.of(scene.world.company_id).get(amount_minor=minor)
    row = Proposal.objects.filter(receipt_id=receipt.id, rank=1).exclude(state="superseded").get()
    return to_public("proposal", row.id)


def test_what_was_applied_with_undo_is_looked_at_and_then_leaves_the_list(scene: Scene) -> None:
    _limited(scene, "post_undo", "1000")
    _pay(scene, 41_000, 52_000, 63_000)
    clerk = browser(scene.world, "cash_clerk")
    assert "want a look" in clerk.get(reverse("apply")).content.decode()
    page = clerk.get(reverse("posted"))
    assert [row["amount"].minor for row in page.context["rows"]] == [41_000, 52_000, 63_000]
    right = {"proposal": [_key(scene, 41_000)]}
    assert clerk.post(reverse("posted_confirmations"), right).status_code == 302
    assert clerk.post(reverse("posted_undo", args=[_key(scene, 52_000)])).status_code == 302
    page = clerk.get(reverse("posted"))
    assert [row["amount"].minor for row in page.context["rows"]] == [63_000]
    states = dict(Proposal.objects.filter(action="post_undo").values_list("total_minor", "state"))
    assert states == {41_000: "accepted", 52_000: "undone", 63_000: "accepted"}
    answer = clerk.post(reverse("posted_confirmations"), {"proposal": [_key(scene, 52_000)]})
    assert (answer.status_code, b"only what was posted with undo" in answer.content) == (422, True)
    auditor = browser(scene.world, "auditor", name="Eva")
    assert auditor.post(reverse("posted_confirmations"), right).status_code == 403
    assert b"posted/confirmations" not in auditor.get(reverse("posted")).content


def test_each_test_of_the_policy_says_what_it_wanted_and_what_it_found(scene: Scene) -> None:
    _limited(scene, "post", "0.000001")
    _pay(scene, 41_000)
    clerk = browser(scene.world, "cash_clerk")
    receipt = scene.receipt(41_000)
    url = reverse("proposal_tests", args=[_key(scene, 41_000)])
    assert url in clerk.get(reverse("apply_receipt", args=[receipt])).content.decode()
    page = clerk.get(url)
    first, second = page.context["rows"]
    told = Proposal.objects.get(receipt__amount_minor=41_000, rank=1, state="proposed")
    assert [(test["wanted"], test["holds"]) for test in first["tests"]] == [
        (">= 0.9", True),
        ("<= 0.000001", False),
    ]
    assert [test["found"] for test in first["tests"]] == [
        str(told.probability.normalize()),
        str(told.day_at_risk.normalize()),
    ]
    assert (first["is_hit"], second["is_hit"], second["outcome"]) == (False, True, "Suggest")
    foreign = reverse("proposal_tests", args=[to_public("proposal", told.receipt_id)])
    assert clerk.get(foreign).status_code == 404
