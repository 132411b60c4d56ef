"""The customer's page of a question: reading answers nothing, a button answers once."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from acquit.core.ids import to_public
from acquit.history.models import FactRecord
from acquit.stages.matching.commands import QuestionNamed, propose, withdraw_question
from acquit.stages.matching.models import Question
from tests.stages.matching.test_questions import Case, mail_text
from tests.support.pages import browser
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world: World) -> Case:
    made = Case(world)
    propose(ctx=world.ctx(), items=[])
    return made


def links(case: Case) -> list[str]:
    """The addresses in the mail, as the customer gets it."""
    return re.findall(r"http://[^/]+(/p/q/[\w-]{43}/\d)", mail_text(case))


def test_the_clerk_asks_the_customer_answers_and_it_is_applied(case: Case) -> None:
    clerk = browser(case.world, "cash_clerk")
    receipt = to_public("receipt", case.receipt.receipt_id)  # type: ignore[arg-type]
    assert "Ask the customer" in clerk.get(f"/apply/{receipt}").content.decode()
    assert clerk.post(reverse("apply_question", args=[receipt])).status_code == 302
    page = clerk.get(f"/apply/{receipt}").content.decode()
    assert case.kunde.email in page and 'data-key="q"' not in page
    (first, *_others, words) = links(case)
    before = FactRecord.objects.count()
    guest = Client()
    for path in (first, words, first.rpartition("/")[0]):
        page = guest.get(path).content.decode()
        assert all(claim.number in page for claim in case.claims[:2])
        assert case.claims[2].number not in page  # another customer's
        assert '<html lang="de"' in page and "77,00" in page
        assert guest.head(path).status_code == 200
    assert FactRecord.objects.count() == before  # opening a link answers nothing
    assert case.open()[2] == 7_700
    answer_path = first.rpartition("/")[0] + "/answer"
    assert guest.get(answer_path).status_code == 405
    assert Client(enforce_csrf_checks=True).post(answer_path, {"choice": 1}).status_code == 403
    assert guest.post(answer_path, {"choice": "9"}).status_code == 422
    for text, status in ((" ", 422), ("\x00", 400)):
        sent = guest.post(answer_path, {"choice": "0", "text": text})
        assert sent.status_code == status
    sent = guest.post(answer_path, {"choice": "1"})
    assert (sent.status_code, case.open()[2]) == (302, 0)
    thanks = guest.get(sent["Location"]).content.decode()
    assert "<form method" not in thanks.split("<main")[1].split("</main")[0]
    assert guest.post(answer_path, {"choice": "1"}).status_code == 302
    assert guest.post(answer_path, {"choice": "2"}).status_code == 422
    fact = FactRecord.objects.get(kind="matching.QuestionAnswered")
    assert (fact.actor_kind, fact.actor_name) == ("customer", case.kunde.name)
    page = clerk.get(f"/apply/{receipt}").content.decode()
    assert "Customer asked" in page and "Customer answered" in page
    case.holds()


def test_words_land_beside_the_receipt_and_are_put_away(case: Case) -> None:
    case.ask()
    path = links(case)[-1].rpartition("/")[0] + "/answer"
    said = {"choice": "0", "text": "for <b>order</b> 4711"}
    assert Client().post(path, said).status_code == 302
    clerk = browser(case.world, "cash_clerk")
    receipt = to_public("receipt", case.receipt.receipt_id)  # type: ignore[arg-type]
    page = clerk.get(f"/apply/{receipt}").content.decode()
    assert "for &lt;b&gt;order&lt;/b&gt; 4711" in page and "Customer answered" in page
    assert "1 question to a customer needs you" in page
    listed = clerk.get(reverse("questions"))
    assert "order&lt;/b&gt; 4711" in listed.content.decode()
    key = to_public("question", case.question.id)
    auditor = browser(case.world, "auditor", name="Audit")
    assert auditor.post(reverse("question_withdrawal", args=[key])).status_code == 403
    foreign = new_world(slug="fremd", seed="fremd", on=case.world.today)
    owner = browser(foreign, "owner", name="Fremd")
    assert owner.post(reverse("question_withdrawal", args=[key])).status_code == 404
    assert owner.post(reverse("apply_question", args=[receipt])).status_code == 404
    done = clerk.post(reverse("question_withdrawal", args=[key]), {"from": "receipt"})
    assert done["Location"] == f"/apply/{receipt}"
    assert case.question.state == "closed"
    assert "needs you" not in clerk.get(f"/apply/{receipt}").content.decode()


def test_a_question_taken_back_opens_nothing(case: Case) -> None:
    case.ask()
    path = links(case)[0]
    withdraw_question(ctx=case.world.ctx(), items=[QuestionNamed(id=case.question.id)])
    base = path.rpartition("/")[0]
    for one in (path, base, f"{base}/brand.css", "/p/q/" + "x" * 43):
        answer = Client().get(one)
        assert (answer.status_code, case.kunde.name in answer.content.decode()) == (404, False)
    assert Client().post(f"{base}/answer", {"choice": "1"}).status_code == 404
    # A token of a question is none of a document.
    assert Client().get(base.replace("/p/q/", "/p/")).status_code == 404
    assert Question.objects.get().choice is None
