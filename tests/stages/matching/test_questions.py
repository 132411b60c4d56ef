"""Asking the customer: his mail, his answer that applies itself, and why it may not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from acquit.access import actors
from acquit.access.command import Forbidden
from acquit.core.context import Context
from acquit.core.ids import IdSource, to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState, Outcome
from acquit.core.tables import Row
from acquit.entrypoints.console.work import match_text
from acquit.history import queries as history
from acquit.policy import texts
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped as shipped_policy
from acquit.stages.dispatch.commands.deliver import link_url
from acquit.stages.dispatch.rules.sending import ATTEMPTS_MAX
from acquit.stages.insight import verify
from acquit.stages.masterdata.models import Customer
from acquit.stages.matching import queries
from acquit.stages.matching.commands import (
    AskCustomer,
    CustomerAnswer,
    MatchReceipt,
    ProposalChoice,
    QuestionNamed,
    accept,
    answer,
    ask,
    propose,
    undo,
    withdraw_question,
)
from acquit.stages.matching.commands.send_questions import run_due
from acquit.stages.matching.models import Proposal, Question
from acquit.stages.matching.queries import waiting
from acquit.stages.matching.queries.questions import open_question
from acquit.stages.matching.rules import asking
from acquit.stages.matching.rules.plans import Share
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.pages import browser
from tests.support.smtp import smtp_server
from tests.support.world import World, someone

pytestmark = pytest.mark.django_db


class Case:
    """Two equal invoices, a larger one, and money that fits either of the two."""

    def __init__(self, world: World, locale: str = "de_DE") -> None:
        self.world = world
        self.kunde, self.other = customers(world, 2)
        for one in (self.kunde, self.other):
            one.email, one.locale = f"{one.number.lower()}@kunde.example", locale
            one.save()
        mine = self.kunde.id
        self.claims = issue(world, [Doc(mine, 7_700), Doc(mine, 7_700), Doc(self.other.id, 1)])
        self.bank(Movement(7_700, "merci", payer=self.kunde.name))
        self.receipt = OpenItem.objects.of(world.company_id).get(kind="receipt")

    def bank(self, *moves: Movement) -> None:
        body = statement_bytes(moves, on=self.world.today, reference=f"S{len(moves)}")
        file = StatementFile(key="s", body=body)
        import_statement(ctx=self.world.ctx(), items=[file]).or_refuse()

    def ask(self, **more: Any) -> Outcome:
        assert self.receipt.receipt_id
        wish = AskCustomer(receipt_id=self.receipt.receipt_id, **more)
        return ask(ctx=self.world.ctx(), items=[wish])

    @property
    def question(self) -> Question:
        found = Question.objects.of(self.world.company_id).order_by("-asked_at", "-id").first()
        assert found is not None
        return found

    def contact(self, *, key: str = "") -> Context:
        """The frame of the portal's POST."""
        actor = actors.customer_contact(customer_id=self.kunde.id, name=self.kunde.name)
        return self.world.ctx(actor=actor, key=key)

    def answer(self, choice: int, text: str = "") -> Outcome:
        item = CustomerAnswer(question_id=self.question.id, choice=choice, text=text)
        return answer(ctx=self.contact(), items=[item])

    def open(self) -> list[int]:
        for item in (*self.claims[:2], self.receipt):
            item.refresh_from_db()
        return [item.open_minor for item in (*self.claims[:2], self.receipt)]

    def facts(self) -> list[str]:
        subjects = [self.question.id]
        found = history.timeline(company_id=self.world.company_id, subject_ids=subjects)
        return [fact.kind.removeprefix("matching.Question") for fact in found]

    def holds(self) -> None:
        result = verify.run(company_id=self.world.company_id, now=self.world.ctx().now)
        # The documents of these tests have no lines, which is all that may be wrong with them.
        assert [x for x in result["broken"] if not x["record"].startswith("document ")] == []


@pytest.fixture
def case(world: World) -> Case:
    made = Case(world)
    propose(ctx=world.ctx(), items=[])
    return made


def test_the_answer_applies_itself_and_can_be_undone(case: Case) -> None:
    world = case.world
    outcome = case.ask()
    assert outcome.figures == {"asked": 1}
    assert case.ask().items[0].state is ItemState.DUPLICATE
    question = case.question
    assert [one["reason"] for one in question.options][-1] == asking.ACCOUNT
    assert 2 <= len(question.options) <= asking.ANSWERS_MAX
    with smtp_server() as server:
        assert run_due(ctx=world.ctx()).figures == {"sent": 1, "failed": 0, "waiting": 0}
        assert run_due(ctx=world.ctx()).figures["sent"] == 0
    (mail,) = server.messages
    assert (mail["To"], mail["Subject"]) == (
        case.kunde.email,
        "Ihre Zahlung von 77,00\u00a0€: Wofür ist sie?",
    )
    plain = mail.get_body(preferencelist=("plain",)).get_content()
    links = re.findall(re.escape(link_url("q/")) + r"([\w-]{43})/(\d)", plain)
    assert [place for _token, place in links] == [
        *(str(n) for n in range(1, len(question.options) + 1)),
        "0",
    ]
    assert len({token for token, _place in links}) == 1
    opened = open_question(token=links[0][0], now=world.ctx().now)
    assert opened is not None and opened.question_id == question.id
    assert "2. März 2026" in plain and "merci" in plain
    # What he answers is applied by what he chose, and by nothing else.
    second = next(
        place
        for place, one in enumerate(question.options, start=1)
        if [share["number"] for share in one["items"]] == [case.claims[1].number]
    )
    assert case.answer(second).figures == {"applied": 1}
    assert case.open() == [7_700, 0, 0]
    assert (case.question.state, case.question.why) == ("applied", "")
    assert case.answer(second).items[0].state is ItemState.DUPLICATE
    (fault,) = case.answer(1 if second != 1 else 2).faults
    assert fault.code == "question.answered"
    assert case.facts() == ["Asked", "Sent", "Answered"]
    proposal = Proposal.objects.get(id=case.question.proposal_id)
    assert (proposal.state, proposal.action, proposal.evidence[0]["kind"]) == (
        "accepted",
        "ask",
        "answer",
    )
    (moved,) = Allocation.objects.of(world.company_id)
    assert (moved.proposal_id, moved.reason) == (proposal.id, "the customer chose this answer")
    case.holds()
    undo(ctx=world.ctx(), items=[ProposalChoice(id=proposal.id)]).or_refuse()
    assert case.open() == [7_700, 7_700, 7_700]
    case.holds()


def test_what_changed_meanwhile_is_said_and_waits_for_a_person(case: Case) -> None:
    """The document was paid otherwise: nothing of the answer is applied."""
    case.ask()
    first = case.question.options[0]["items"][0]["number"]
    paid = next(one for one in case.claims if one.number == first)
    case.bank(Movement(7_700, f"invoice {first}"), Movement(1, "x"))
    newest = OpenItem.objects.filter(kind="receipt", original_minor=7_700).order_by("-id")[0]
    assert newest.receipt_id
    propose(ctx=case.world.ctx(), items=[MatchReceipt(receipt_id=newest.receipt_id)])
    paid.refresh_from_db()
    assert paid.open_minor == 0
    outcome = case.answer(1)
    assert (outcome.items[0].state, outcome.figures) == (ItemState.DONE, {"applied": 0})
    question = case.question
    assert (question.state, question.proposal_id) == ("answered", None)
    assert first in question.why or "open" in question.why
    assert case.open()[2] == 7_700
    numbers = waiting.key_numbers(
        company_id=case.world.company_id, since=case.world.ctx().now, today=case.world.today
    )
    assert numbers.answers == 1
    # A person applies the money: with that the answer is done with.
    (left,) = [one for one in case.claims[:2] if one.number != first]
    propose(ctx=case.world.ctx(), items=[])
    best = Proposal.objects.get(receipt_id=case.receipt.receipt_id, state="proposed", rank=1)
    accept(ctx=case.world.ctx(), items=[ProposalChoice(id=best.id)]).or_refuse()
    left.refresh_from_db()
    assert (left.open_minor, case.question.state) == (0, "closed")
    case.holds()


def test_money_that_is_applied_ends_the_question(case: Case) -> None:
    case.ask()
    best = Proposal.objects.filter(
        state="proposed", rank=1, receipt_id=case.receipt.receipt_id
    ).get()
    accept(ctx=case.world.ctx(), items=[ProposalChoice(id=best.id)]).or_refuse()
    assert (case.question.state, case.facts()) == ("withdrawn", ["Asked", "Withdrawn"])
    (fault,) = case.answer(2).faults
    assert fault.code == "question.withdrawn"
    assert sum(case.open()) == 7_700
    case.holds()


@pytest.mark.parametrize(
    ("place", "text", "is_said"),
    [
        ("mail_body", "{{ customer.name }}: {{ document.total }}, {{ question.text }}?", True),
        ("mail_body", "", False),  # an empty question asks nothing: the shipped words do
    ],
)
def test_the_company_asks_in_its_own_words(
    case: Case, place: str, text: str, is_said: bool
) -> None:
    world, table = case.world, shipped_policy(texts.NAME)
    own = Row((place, "question", "", "", ""), (f'"{text}"',))
    version = replace(table, rows=(own, *table.rows)).to_dict()
    saved = save(
        ctx=world.ctx(),
        items=[NewVersion(name=texts.NAME, table=version, valid_from=world.today)],
    )
    assert saved.items[0].state is ItemState.DONE
    case.ask()
    with smtp_server() as server:
        run_due(ctx=world.ctx())
    (mail,) = server.messages
    plain = mail.get_body(preferencelist=("plain",)).get_content()
    words = f"{case.kunde.name}: 77,00\u00a0€, merci"
    assert (words in plain, "nicht raten" in plain) == (is_said, not is_said)
    assert plain.count(link_url("q/")) == len(case.question.options) + 1  # the answers stand below


def test_free_words_and_money_on_account(case: Case) -> None:
    case.ask()
    assert case.answer(0, "  ").faults[0].code == "question.text"
    assert case.answer(0, "x" * 1_001).faults[0].code == "question.text"
    assert case.answer(9).faults[0].code == "question.choice"
    case.answer(0, "for the order of May")
    assert (case.question.state, case.question.answer_text) == ("answered", "for the order of May")
    named = [QuestionNamed(id=case.question.id)]
    assert withdraw_question(ctx=case.world.ctx(), items=named).figures == {"withdrawn": 1}
    assert (
        withdraw_question(ctx=case.world.ctx(), items=named).items[0].state is ItemState.DUPLICATE
    )
    assert (case.question.state, case.facts()) == ("closed", ["Asked", "Answered", "Closed"])
    # Asked once more he says that it is for later.
    case.world.later(1)
    case.ask()
    assert case.answer(len(case.question.options)).figures == {"applied": 1}
    case.receipt.refresh_from_db()
    assert (case.receipt.customer_id, case.open()[2]) == (case.kunde.id, 7_700)
    assert case.question.state == "applied"
    case.holds()


def test_money_of_several_customers_goes_on_no_account_of_one(case: Case) -> None:
    """A part paid for two customers: the rest cannot be one's as the receipt stands."""
    world = case.world
    case.bank(Movement(9_000, "for both"), Movement(1, "x"), Movement(2, "y"))
    item = OpenItem.objects.of(world.company_id).get(kind="receipt", original_minor=9_000)
    moves = [
        NewAllocation(
            key="both",
            credit_item_id=item.id,
            debit_item_id=claim.id,
            amount=Money(claim.open_minor, "EUR"),
        )
        for claim in case.claims[1:]
    ]
    allocate(ctx=world.ctx(), items=moves).or_refuse()
    assert item.receipt_id
    wish = AskCustomer(receipt_id=item.receipt_id, customer_id=case.kunde.id)
    ask(ctx=world.ctx(), items=[wish]).or_refuse()
    assert case.answer(len(case.question.options)).figures == {"applied": 0}
    assert (case.question.state, case.question.why) == (
        "answered",
        "part of this money is applied",
    )
    item.refresh_from_db()
    assert item.customer_id is None
    case.holds()


def test_a_question_is_refused_where_nobody_can_be_asked(case: Case, world: World) -> None:
    case.bank(Movement(555, "who am I"), Movement(1, "x"), Movement(2, "y"))
    stranger = OpenItem.objects.of(world.company_id).get(kind="receipt", original_minor=555)
    assert stranger.receipt_id
    wish = AskCustomer(receipt_id=stranger.receipt_id)
    (fault,) = ask(ctx=world.ctx(), items=[wish]).faults
    assert (fault.code, "whose money" in fault.message) == ("question.customer", True)
    # Named by hand it works: his open documents one by one, and that it stays on account.
    named = replace(wish, customer_id=case.other.id)
    assert ask(ctx=world.ctx(), items=[named]).figures == {"asked": 1}
    assert [o["reason"] for o in case.question.options] == [asking.CLAIM, asking.ACCOUNT]
    assert case.question.options[0]["total_minor"] == 1
    # The customer of one question answers no other one's.
    (fault,) = case.answer(1).faults
    assert fault.code == "question.unknown"
    Customer.objects.filter(id=case.kunde.id).update(email="")
    assert case.ask().faults[0].code == "question.recipient"
    assert case.ask(days=99).faults[0].code == "question.days"
    with pytest.raises(Forbidden):
        ask(ctx=world.ctx(actor=someone("billing_clerk")), items=[wish])


def test_links_expire_and_are_taken_back(case: Case) -> None:
    case.ask(days=2)
    token = re.search(r"q/([\w-]{43})/1", mail_text(case))[1]  # type: ignore[index]
    now = case.world.ctx().now
    assert open_question(token=token, now=now) is not None
    assert open_question(token=token, now=now + timedelta(days=2)) is None
    named = [QuestionNamed(id=case.question.id)]
    withdraw_question(ctx=case.world.ctx(), items=named).or_refuse()
    assert open_question(token=token, now=now) is None
    assert case.answer(1).faults[0].code == "question.withdrawn"
    # A question that nobody answered in time is put away by the next one.
    case.world.later(1)
    case.ask(days=1)
    case.world.later(1)
    assert case.answer(1).faults[0].code == "question.expired"
    assert case.ask().figures == {"asked": 1}
    states = Question.objects.order_by("asked_at").values_list("state", flat=True)
    assert list(states) == ["withdrawn", "withdrawn", "queued"]


def mail_text(case: Case) -> str:
    with smtp_server() as server:
        run_due(ctx=replace(case.world.ctx(), now=case.question.due_at))
    part = server.messages[0].get_body(preferencelist=("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize("fault", ["451 later", "cut"])
def test_a_faulty_server_gets_one_mail_with_one_link(case: Case, fault: str) -> None:
    case.ask()
    world, now = case.world, case.world.ctx().now
    with smtp_server(fault) as server:
        assert run_due(ctx=world.ctx()).figures["waiting"] == 1
        later = replace(world.ctx(), now=now + timedelta(minutes=2))
        assert run_due(ctx=later).figures == {"sent": 1, "failed": 0, "waiting": 0}
    assert len({bytes(raw) for raw in server.accepted}) == 1
    with smtp_server("550 unknown"):
        case.world.later(1)
        withdraw_question(ctx=world.ctx(), items=[QuestionNamed(id=case.question.id)])
        case.ask()
        assert run_due(ctx=world.ctx()).figures == {"sent": 0, "failed": 1, "waiting": 0}
    assert (case.question.state, case.question.last_error) == ("failed", "550 unknown")
    # The mail may have come all the same: then its answer counts.
    assert case.answer(1).figures == {"applied": 1}
    assert ATTEMPTS_MAX > 1


def test_a_policy_asks_once_and_only_who_can_be_asked(world: World) -> None:
    rows = (Row((">= 1",), ("ask",)), Row(("",), ("suggest",)))
    table = replace(shipped_policy("matching"), inputs=("proposal.rivals",), rows=rows)
    version = NewVersion(name="matching", table=table.to_dict(), valid_from=world.today)
    save(ctx=world.ctx(), items=[version]).or_refuse()
    case = Case(world)
    figures = propose(ctx=world.ctx(), items=[]).figures
    assert (figures["asked"], figures["suggested"]) == (1, 0)
    assert "asked" not in propose(ctx=world.ctx(), items=[]).figures
    assert case.question.rule.startswith("matching v")
    withdraw_question(ctx=world.ctx(), items=[QuestionNamed(id=case.question.id)])
    once = {"the customer was asked before, and a rule asks once": 1}
    for _again in range(2):
        figures = propose(ctx=world.ctx(), items=[]).figures
        assert ("asked" in figures, figures["suggested"], figures["not_asked"]) == (False, 1, once)
    (standing,) = Proposal.objects.filter(state="proposed", rank=1)
    assert standing.evidence[-1]["text"] == next(iter(once))
    assert Proposal.objects.filter(rank=1).count() == 2  # as it was, and with the reason


@pytest.mark.parametrize("email", ["", "an a@muster.example"])
def test_a_run_tells_whom_it_could_not_ask(world: World, email: str) -> None:
    rows = (Row((">= 1",), ("ask",)), Row(("",), ("suggest",)))
    table = replace(shipped_policy("matching"), inputs=("proposal.rivals",), rows=rows)
    version = NewVersion(name="matching", table=table.to_dict(), valid_from=world.today)
    save(ctx=world.ctx(), items=[version]).or_refuse()
    case = Case(world)
    Customer.objects.filter(id=case.kunde.id).update(email=email)
    figures = propose(ctx=world.ctx(), items=[]).figures
    assert ("asked" in figures, figures["suggested"]) == (False, 1)
    why = "nobody can be asked: the customer has no e-mail address"
    assert figures["not_asked"] == {why: 1}
    assert match_text(figures).endswith(f" 1 receipt not asked about: {why}.")
    chosen = {"do": "match", "ids": to_public("receipt", case.receipt.receipt_id or UUID(int=0))}
    page = browser(world, "cash_clerk").post("/receipts/selection", chosen, follow=True)
    assert "1 receipt was not asked about" in page.content.decode()
    detail = queries.receipt_detail(
        company_id=world.company_id, receipt_id=case.receipt.receipt_id or UUID(int=0)
    )
    assert detail is not None
    assert detail.proposals[0].evidence[-1].text.startswith("nobody can be asked")


@pytest.mark.parametrize("locale", ["en_GB", "fr_FR", "ro_RO"])
def test_the_mail_speaks_his_language(world: World, locale: str) -> None:
    case = Case(world, locale)
    propose(ctx=world.ctx(), items=[])
    case.ask()
    text = mail_text(case)
    word = {"en": "Something else", "fr": "Autre chose", "ro": "Altceva"}[locale[:2]]
    assert word in text and case.claims[0].number in text


def test_queries_do_not_grow_with_the_questions(world: World) -> None:
    """Asking and answering many takes as many queries as asking and answering one."""
    case = Case(world)
    many = customers(world, 6)
    Customer.objects.filter(id__in=[one.id for one in many]).update(email="a@kunde.example")
    issue(world, [Doc(one.id, 5_000 + n) for n, one in enumerate(many) for _ in range(2)])
    moves = [Movement(5_000 + n, "x", payer=one.name) for n, one in enumerate(many)]
    case.bank(*moves)
    propose(ctx=world.ctx(), items=[])
    receipts = OpenItem.objects.of(world.company_id).filter(kind="receipt", open_minor__lt=7_000)
    wishes = [AskCustomer(receipt_id=one.receipt_id) for one in receipts if one.receipt_id]
    counted = []
    for part in (wishes[:1], wishes[1:]):
        with CaptureQueriesContext(
            connection,
        ) as asking_queries:
            ask(ctx=world.ctx(), items=part).or_refuse()
        rows = Question.objects.filter(state="queued").order_by("id")
        actor = replace(
            case.contact().actor, customer_ids=frozenset(row.customer_id for row in rows)
        )
        answers = [CustomerAnswer(question_id=row.id, choice=1) for row in rows]
        with CaptureQueriesContext(connection) as answering:
            outcome = answer(ctx=world.ctx(actor=actor), items=answers)
        assert outcome.figures == {"applied": len(part)}
        counted.append((len(asking_queries), len(answering)))
    assert counted[0] == counted[1]


_IDS = IdSource.seeded(instant=datetime(2026, 1, 1, tzinfo=UTC), seed="asking").many(6)


@dataclass(frozen=True)
class _Claim:
    id: UUID
    open_minor: int
    side: str = "debit"
    currency: str = "EUR"

    @property
    def number(self) -> str:
        return self.id.hex[-4:]


@given(
    found=st.lists(
        st.lists(st.tuples(st.sampled_from(_IDS), st.integers(1, 900)), max_size=3, unique=True),
        max_size=4,
    ),
    mine=st.sets(st.sampled_from(_IDS)),
    left=st.integers(1, 1_000),
)
def test_only_his_own_documents_are_offered_each_once(
    found: list[list[tuple[UUID, int]]], mine: set[UUID], left: int
) -> None:
    answers = [
        asking.Option("amount", tuple(Share(key, "n", minor) for key, minor in one), 1)
        for one in found
    ]
    claims = [_Claim(key, 100 * n + 1) for n, key in enumerate(sorted(mine))]
    offered = asking.options(
        found=answers, claims=claims, own=mine, left_minor=left, currency="EUR"
    )
    assert offered[-1].reason == asking.ACCOUNT and len(offered) <= asking.ANSWERS_MAX
    assert all(asking.named(one) <= mine for one in offered)
    shapes = [sorted((s.open_item_id, s.amount_minor) for s in one.shares) for one in offered]
    assert all(shape not in shapes[:at] for at, shape in enumerate(shapes))
    single = [one for one in offered if one.reason == asking.CLAIM]
    assert all(0 < one.total_minor <= left for one in single)
    if mine:
        assert len(offered) >= 2
