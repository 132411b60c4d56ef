"""The rules of the machine: everything a company may live through, in any order."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import invariant, precondition, rule

from acquit.access.commands.approve import Decision, approve
from acquit.access.idempotency import KeyReused
from acquit.core.faults import Refused
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.stages.insight import verify
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.ledger.commands.lock import Month, Reopening, lock, reopen
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from acquit.stages.matching.commands import ProposalChoice, accept, propose, reject
from acquit.stages.matching.commands import undo as undo_match
from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
from acquit.stages.receipts.commands.judge import ParkedStatement
from acquit.stages.receipts.commands.judge import accept as accept_statement
from acquit.stages.receipts.commands.judge import discard as discard_statement
from acquit.stages.receipts.commands.record import NewReceipt, record
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from tests.properties.invariants import broken, check_reports
from tests.properties.selling import Selling, some
from tests.support.machine import (
    FIRST_DAY,
    IBANS,
    Item,
    Link,
    Parked,
)
from tests.support.money import Movement, statement_bytes

VERIFY_EVERY = 25


class Machine(Selling):
    """Selling, and then the money. ``steps`` counts over all runs of the process."""

    steps = 0

    # Money.

    @rule(
        currency=st.sampled_from(["EUR", "EUR", "USD"]),
        moves=st.lists(st.tuples(st.integers(0, 5), some, st.integers(1, 20_000)), max_size=4),
        back=st.integers(0, 3),
        way=st.integers(0, 9),
    )
    def bank_file(
        self, currency: str, moves: list[tuple[int, int, int]], back: int, way: int
    ) -> None:
        """A file of whole days: what came before, what is new; sometimes with a wrong total."""
        days = self.model.bank_days[currency]
        is_parked = way == 0
        new = [self._movement(currency, *move) for move in moves]
        if is_parked:
            new = [replace(m, end_to_end=f"P{self.company.turn}-{n}") for n, m in enumerate(new)]
        known = [m for day in sorted(days)[-back:] for m in days[day]] if back else []
        today = self.company.today
        # Half of the files of today alone go on where the last one ended: twins are true ones.
        goes_on = bool(new) and not back and way % 2 == 1
        if new and not back:
            known = [] if goes_on else days.get(today, [])
        elif back and today not in sorted(days)[-back:]:
            known = [*known, *days.get(today, [])]
        body = self._file(currency, [*known, *new], is_wrong=is_parked, is_repeat=not goes_on)
        if body is None:
            return
        outcome = self.company.do(import_statement, items=[StatementFile(key="f", body=body)])
        figures = outcome.figures
        assert figures["accepted"] + figures["rejected"] + figures["duplicate"] == figures["rows"]
        if is_parked:
            assert outcome.items[0].state is ItemState.AWAITING
            ((id_,),) = self.company.rows(
                "SELECT id FROM receipts_statement WHERE company_id = %(company)s"
                " AND recorded_at = %(now)s",
                now=self.company.now,
            )
            self.model.parked.append(Parked(id_, currency, new))
            self.company.learn_receipts([])
        else:
            if outcome.items[0].state is ItemState.AWAITING:
                figures = self._said(is_new=goes_on)
            assert (figures["accepted"], figures["duplicate"]) == (len(new), len(known))
            self._booked(currency, new)
        if way in (1, 2):
            again = self.company.do(import_statement, items=[StatementFile(key="g", body=body)])
            assert again.items[0].state is ItemState.DUPLICATE

    def _said(self, *, is_new: bool) -> dict[str, Any]:
        """The balances prove nothing: the clerk asks the bank and says what it is."""
        ((id_,),) = self.company.rows(
            "SELECT id FROM receipts_statement WHERE company_id = %(company)s"
            " AND recorded_at = %(now)s",
            now=self.company.now,
        )
        item = ParkedStatement(id=id_, movements="new" if is_new else "repeat")
        return dict(self.company.do(accept_statement, items=[item]).or_refuse().figures)

    def _movement(self, currency: str, kind: int, which: int, minor: int) -> Movement:
        claims = [i for i in self.model.open_of("debit") if i.currency == currency]
        claim = claims[which % len(claims)] if claims else None
        if claim is None or kind == 0:
            return Movement(minor if kind else -minor, text="Gebühr", on=self.company.today)
        texts = {1: claim.number, 2: f"Rg. {claim.number.lower()} danke", 3: claim.number}
        amount = claim.open if kind in (1, 2, 4) else minor
        return Movement(amount, text=texts.get(kind, "Zahlung"), on=self.company.today)

    def _file(
        self, currency: str, movements: list[Movement], *, is_wrong: bool, is_repeat: bool
    ) -> bytes | None:
        if not movements:
            return None
        self.file_number += 1
        total = sum(m.minor for m in movements)
        first = min(m.on for m in movements if m.on)
        days = self.model.bank_days[currency]
        before = [m for day in days if day < first or not is_repeat for m in days[day]]
        opening = 500 + sum(m.minor for m in before)
        return statement_bytes(
            movements,
            on=self.company.today,
            opening_minor=opening,
            closing_minor=opening + total + is_wrong,
            reference=f"S{self.file_number}",
            iban=IBANS[currency],
            currency=currency,
        )

    def _booked(self, currency: str, new: list[Movement]) -> None:
        days = self.model.bank_days[currency]
        for movement in new:
            assert movement.on is not None
            days.setdefault(movement.on, []).append(movement)
            self.model.money[currency] += movement.minor
        self.company.learn_receipts([(m.text, m.minor, None) for m in new if m.minor > 0])

    @precondition(lambda self: self.model.parked)
    @rule(is_taken=st.booleans())
    def judge_parked(self, is_taken: bool) -> None:
        parked = self.model.parked.pop(0)
        verb = accept_statement if is_taken else discard_statement
        outcome = self.company.do(verb, items=[ParkedStatement(id=parked.id)])
        if {fault.code for fault in outcome.faults} == {"bank.repeat_unproven"}:
            # Its balances are wrong, so a person says that what looks known is known.
            told = ParkedStatement(id=parked.id, movements="repeat")
            outcome = self.company.do(verb, items=[told])
        outcome.or_refuse()
        self._booked(parked.currency, parked.movements if is_taken else [])

    @rule(who=some, minor=st.integers(1, 30_000), back=st.integers(0, 40), cash=st.booleans())
    def receipt_by_hand(self, who: int, minor: int, back: int, cash: bool) -> None:
        id_, _number, currency = self._person(who)
        wish = NewReceipt(
            key="r",
            customer_id=id_,
            method="cash" if cash else "cheque",
            amount=Money(minor, currency),
            received_on=max(FIRST_DAY, self.company.today - timedelta(days=back)),
            text="thanks",
        )
        self.company.do(record, items=[wish]).or_refuse()
        self.model.money[currency] += minor
        self.company.learn_receipts([("thanks", minor, id_)])

    # Which money settles what.

    @rule()
    def match(self) -> None:
        sure = self._sure()
        self.company.do(propose, items=[])
        self.company.learn_links()
        for receipt, claim in sure:
            assert receipt.open == 0, (receipt, claim)
            assert claim.open == 0

    def _sure(self) -> list[tuple[Item, Item]]:
        """Money with one document's number and its exact amount, and no other such money."""
        receipts = [i for i in self.model.open_of("credit") if i.kind == "receipt"]
        found = []
        for claim in self.model.open_of("debit"):
            naming = [r for r in receipts if claim.number.lower() in r.text.lower()]
            if len(naming) == 1 and naming[0].currency == claim.currency:
                (one,) = naming
                if one.open == claim.open and one.customer is None and not one.tainted:
                    found.append((one, claim))
        return found

    def _proposals(self, state: str) -> list[tuple[object, ...]]:
        return self.company.rows(
            "SELECT p.id, p.items, i.id FROM matching_proposal p JOIN receivables_open_item i"
            " ON i.company_id = p.company_id AND i.receipt_id = p.receipt_id"
            " WHERE p.company_id = %(company)s AND p.state = %(state)s"
            " AND jsonb_array_length(p.items) > 0 ORDER BY p.id",
            state=state,
        )

    @rule(which=some, is_yes=st.booleans())
    def answer_a_proposal(self, which: int, is_yes: bool) -> None:
        waiting = self._proposals("proposed")
        if not waiting:
            return
        id_, _items, receipt = waiting[which % len(waiting)]
        outcome = self.company.do(accept if is_yes else reject, items=[ProposalChoice(id=id_)])
        if is_yes:
            assert bool(self.company.learn_links()) != bool(outcome.faults)
        else:
            self.model.items[receipt].tainted = True

    @rule(which=some, by=st.integers(0, 2))
    def take_back(self, which: int, by: int) -> None:
        """A match by its proposal, everything of a receipt, or one allocation."""
        standing = [link for link in self.model.links.values() if link.stands]
        if not standing:
            return
        link = standing[which % len(standing)]
        whole = [one for one in standing if one.credit == link.credit]
        self.model.items[link.credit].tainted = True
        credit_item = self.model.items[link.credit]
        if by == 0:
            self._undo_match(which)
        elif by == 1 and credit_item.kind == "receipt":
            ((receipt,),) = self.company.rows(
                "SELECT receipt_id FROM receivables_open_item"
                " WHERE company_id = %(company)s AND id = %(id)s",
                id=link.credit,
            )
            self.company.do(undo, items=[Undo(receipt_id=receipt)]).or_refuse()
            self.model.undo(whole)
        else:
            outcome = self.company.do(undo, items=[Undo(allocation_id=link.id)])
            assert outcome.figures["undone"] == 1
            self.model.undo([link])

    def _undo_match(self, which: int) -> None:
        accepted = self._proposals("accepted")
        if not accepted:
            return
        id_, _items, _receipt = accepted[which % len(accepted)]
        links: list[Link] = [
            self.model.links[row[0]]
            for row in self.company.rows(
                "SELECT id FROM receivables_allocation WHERE company_id = %(company)s"
                " AND proposal_id = %(id)s AND reverses_id IS NULL",
                id=id_,
            )
        ]
        self.company.do(undo_match, items=[ProposalChoice(id=id_)]).or_refuse()
        standing = [link for link in links if link.stands]
        assert standing
        for link in standing:
            self.model.items[link.credit].tainted = True
        self.model.undo(standing)

    @rule(first=some, second=some, minor=st.integers(1, 30_000), third=st.booleans())
    def allocate(self, first: int, second: int, minor: int, third: bool) -> None:
        """Some money to some claim: mostly as much as fits, sometimes more than is there."""
        credits, debits = self.model.open_of("credit"), self.model.open_of("debit")
        if not credits or not debits:
            return
        source = credits[first % len(credits)]
        same = [d for d in debits if d.currency == source.currency] or debits
        target = same[second % len(same)]
        amount = minor if minor % 5 == 0 else max(1, minor % (min(source.open, target.open) + 1))
        wish = NewAllocation(
            key=f"a{self.company.turn}",
            credit_item_id=source.id,
            debit_item_id=target.id,
            amount=Money(amount, source.currency),
            third_party=third,
        )
        fits = self.model.fits(source, target, amount, third_party=third)
        outcome = self.company.do(allocate, items=[wish])
        assert bool(outcome.faults) != fits
        assert len(self.company.learn_links()) == fits

    # The books are closed and opened; requests come twice.

    @rule(back=st.integers(0, 2))
    def lock_a_month(self, back: int) -> None:
        month = self.company.today
        for _ in range(back):
            month = month.replace(day=1) - timedelta(days=1)
        outcome = self.company.do(lock, items=[Month(month=month)])
        assert bool(outcome.faults) == (back == 0)

    @rule()
    def reopen_a_month(self) -> None:
        company = self.company
        locked = company.rows(
            "SELECT starts_on FROM ledger_period WHERE company_id = %(company)s"
            " AND state = 'locked' ORDER BY starts_on DESC LIMIT 1"
        )
        if not locked:
            return
        wish = Reopening(month=locked[0][0], why="late invoice")
        asked = company.do(reopen, items=[wish], actor=company.maker)
        assert asked.items[0].state is ItemState.AWAITING
        assert asked.items[0].id is not None
        decision = Decision(id=asked.items[0].id)
        own = company.do(approve, items=[decision], actor=company.maker)
        assert own.items[0].state is ItemState.REFUSED
        done = company.do(approve, items=[decision], actor=company.approver)
        assert done.items[0].state is ItemState.DONE

    @rule()
    def the_same_again(self) -> None:
        self.company.again()

    @rule()
    def the_key_for_something_else(self) -> None:
        last = self.company.last
        if last is None:
            return
        verb, key, who, _given, _outcome = last
        if verb is bill:  # a run's key names the run; another day is another request
            with pytest.raises(KeyReused):
                bill(
                    ctx=self.company.ctx(key=key, actor=who),
                    as_of=self.company.today + timedelta(days=99),
                )
            return
        try:
            save_items(
                ctx=self.company.ctx(key=key, actor=who), items=[ItemData(code="Z", name="Z")]
            )
        except KeyReused:
            return
        except Refused as other:  # pragma: no cover - would be a finding
            raise AssertionError(f"refused for another reason: {other}") from other
        raise AssertionError("a key was taken for two requests")

    # After each step.

    @invariant()
    def all_is_well(self) -> None:
        type(self).steps += 1
        self.done_here += 1
        assert broken(company_id=self.company.id) == []
        self.company.check()
        people = list(self.company.customers)
        check_reports(
            company_id=self.company.id,
            today=self.company.today,
            customer=people[self.done_here % len(people)],
        )
        if self.done_here % VERIFY_EVERY == 0:
            self._verify()

    def _verify(self) -> None:
        answer = verify.run(company_id=self.company.id, now=self.company.now)
        assert answer["broken"] == []
        assert answer["ok"]

    def teardown(self) -> None:
        """Every report of the past still says what it said then, whatever became known since."""
        self._verify()
        for report in self.reports:
            assert report.totals.known_at is not None
            assert self._report(report.totals.as_at, report.totals.known_at) == report


def machine(number: int) -> tuple[type[Machine], float]:
    """A machine of its own seed, and the moment it was made."""
    return type(f"Machine{number}", (Machine,), {"steps": 0}), time.monotonic()
