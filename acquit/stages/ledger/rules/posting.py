"""The posting table: which accounts each fact moves.

One small function per kind of fact, and ``TABLE`` below says the same in words an accountant can
check; the stage's README is printed from it. Amounts are signed while they are worked out (debit
plus, credit minus) and become one debit or one credit at the end.

Functional amounts are in the company's own currency, by the rate recorded with the fact
(invariant I22). Where rounding leaves a cent, *the control line keeps its amount and the largest
other line takes the cent*, so that control account and sub-ledger agree in both currencies
(invariant I7). When two functional amounts of one value differ, the exchange accounts take it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from acquit.core.money import exponent, round_to_minor
from acquit.history.facts import Fact
from acquit.stages.invoices.facts import DocumentIssued
from acquit.stages.matching.facts import ReturnSettled, ReturnUndone
from acquit.stages.receipts.facts import MoneyLeft, PayoutCharged, ReceiptRecorded
from acquit.stages.receivables.facts import (
    AllocationUndone,
    CashApplied,
    PayerIdentified,
    PayerWithdrawn,
)
from acquit.stages.receivables.rules.adjustment import (
    EXCHANGE,
    NETTED,
    RETURNED,
    ROLES,
    TRANSFERRED,
)

_ONE = Decimal(1)
_TITLES = {"invoice": "Invoice", "credit_note": "Credit note", "debit_note": "Debit note"}


class Line(NamedTuple):
    """One line of an entry. Exactly one of debit and credit is positive, or neither when the line
    carries an exchange difference only. ``functional_minor`` is signed, debit plus."""

    account: str
    customer_id: UUID | None
    debit_minor: int
    credit_minor: int
    currency: str
    functional_minor: int

    def turned(self) -> Line:
        """The same line on the other side."""
        return self._replace(
            debit_minor=self.credit_minor,
            credit_minor=self.debit_minor,
            functional_minor=-self.functional_minor,
        )


@dataclass(frozen=True, slots=True)
class Books:
    """The company's currency and the account code that plays each role."""

    currency: str
    accounts: Mapping[str, str]

    def functional(self, minor: int, currency: str, rate: Decimal) -> int:
        """An amount in the company's currency, rounded half up (invariant I22).

        >>> Books("EUR", {}).functional(10_000, "USD", Decimal("0.9215"))
        9215
        """
        if currency == self.currency and rate == _ONE:
            return minor
        major = Decimal(minor).scaleb(-exponent(currency)) * rate
        return round_to_minor(major, currency=self.currency)


def _line(account: str, customer: UUID | None, minor: int, currency: str, functional: int) -> Line:
    if minor < 0:
        return Line(account, customer, 0, -minor, currency, functional)
    return Line(account, customer, minor, 0, currency, functional)


def settled(lines: Sequence[Line]) -> list[Line]:
    """The lines with their functional sum forced to zero, and without the empty ones.

    The first line is the control line and is kept; the largest of the others takes the cent, the
    earlier one of two equals.
    """
    kept = [line for line in lines if line.debit_minor or line.credit_minor]
    rest = sum(line.functional_minor for line in kept)
    if rest:
        others = range(1, len(kept))
        largest = max(others, key=lambda i: (kept[i].debit_minor + kept[i].credit_minor, -i))
        line = kept[largest]
        kept[largest] = line._replace(functional_minor=line.functional_minor - rest)
    return kept


def document(books: Books, fact: DocumentIssued) -> list[Line]:
    """Invoice, debit note: Dr receivables gross / Cr revenue net / Cr tax. Credit note: reverse."""
    side = -1 if fact.kind == "credit_note" else 1
    currency, rate, accounts = fact.currency, fact.rate, books.accounts
    taxes: dict[str, int] = {}
    for tax in fact.taxes:
        taxes[tax.account] = taxes.get(tax.account, 0) + tax.tax_minor
    amounts = [
        (accounts["receivables"], fact.customer_id, side * fact.gross_minor),
        (accounts["revenue"], None, -side * fact.net_minor),
        *((account, None, -side * minor) for account, minor in taxes.items()),
    ]
    return settled(
        [
            _line(account, customer, minor, currency, books.functional(minor, currency, rate))
            for account, customer, minor in amounts
        ]
    )


def receipt(books: Books, fact: ReceiptRecorded) -> list[Line]:
    """Dr bank or cash / Cr unapplied."""
    functional = books.functional(fact.amount_minor, fact.currency, fact.rate)
    unapplied = books.accounts["unapplied"]
    return [
        _line(fact.account, None, fact.amount_minor, fact.currency, functional),
        _line(unapplied, fact.customer_id, -fact.amount_minor, fact.currency, -functional),
    ]


def money_left(books: Books, fact: MoneyLeft) -> list[Line]:
    """Dr suspense / Cr bank."""
    functional = books.functional(fact.amount_minor, fact.currency, fact.rate)
    return [
        _line(books.accounts["suspense"], None, fact.amount_minor, fact.currency, functional),
        _line(fact.account, None, -fact.amount_minor, fact.currency, -functional),
    ]


def payout_charge(books: Books, fact: PayoutCharged) -> list[Line]:
    """Dr bank fees / Cr suspense, where all of a payout stands that brought no money."""
    functional = books.functional(fact.amount_minor, fact.currency, fact.rate)
    fees, suspense = books.accounts["bank_fees"], books.accounts["suspense"]
    return [
        _line(fees, None, fact.amount_minor, fact.currency, functional),
        _line(suspense, None, -fact.amount_minor, fact.currency, -functional),
    ]


def application(books: Books, fact: CashApplied | AllocationUndone) -> list[Line]:
    """Dr unapplied (or the credit note's receivable) / Cr receivables, exchange result to fx.

    A credit note of the same customer with equal functional amounts moves nothing: no entry.
    """
    if fact.adjustment:
        return _adjustment(books, fact)
    accounts, currency, minor = books.accounts, fact.currency, fact.amount_minor
    result = fact.credit_functional_minor - fact.debit_functional_minor
    from_note = fact.from_kind == "credit_note"
    if from_note and fact.credit_customer_id == fact.customer_id and not result:
        return []
    giving = accounts["receivables" if from_note else "unapplied"]
    lines = [
        _line(giving, fact.credit_customer_id, minor, currency, fact.credit_functional_minor),
        _line(
            accounts["receivables"],
            fact.customer_id,
            -minor,
            currency,
            -fact.debit_functional_minor,
        ),
    ]
    if result:
        account = accounts["fx_gain" if result > 0 else "fx_loss"]
        lines.append(Line(account, None, 0, 0, currency, -result))
    return lines


def _adjustment(books: Books, fact: CashApplied | AllocationUndone) -> list[Line]:
    """A claim closed: Dr the reason's account and the tax it corrects / Cr receivables. A credit
    closed: Dr unapplied (or receivables) / Cr the reason's account, and the tax of a credit note.
    Of an exchange one side is each, and what the two are worth differs by the exchange result."""
    accounts, currency, minor = books.accounts, fact.currency, fact.amount_minor
    debit, credit = fact.debit_functional_minor, fact.credit_functional_minor
    if fact.debit_item_id is None:
        giving = accounts["receivables" if fact.from_kind == "credit_note" else "unapplied"]
        lines = [_line(giving, fact.credit_customer_id, minor, currency, credit)]
        side, worth = -1, debit
    else:
        lines = [_line(accounts["receivables"], fact.customer_id, -minor, currency, -debit)]
        side, worth = 1, credit
    rest, rest_worth = minor, worth
    for account, part in fact.taxes:
        share = (2 * worth * part + minor) // (2 * minor)
        lines.append(_line(account, None, side * part, currency, side * share))
        rest, rest_worth = rest - part, rest_worth - share
    reason = accounts[ROLES[fact.adjustment]]
    lines.append(_line(reason, None, side * rest, currency, side * rest_worth))
    if credit != debit:
        account = accounts["fx_gain" if credit > debit else "fx_loss"]
        lines.append(Line(account, None, 0, 0, currency, debit - credit))
    return lines


def undoing(books: Books, fact: AllocationUndone) -> list[Line]:
    """The exact reverse of what the same figures would book as an application."""
    return [line.turned() for line in application(books, fact)]


def payer(books: Books, fact: PayerIdentified | PayerWithdrawn) -> list[Line]:
    """Dr unapplied of nobody / Cr unapplied of the customer."""
    unapplied, minor = books.accounts["unapplied"], fact.amount_minor
    return [
        _line(unapplied, None, minor, fact.currency, fact.functional_minor),
        _line(unapplied, fact.customer_id, -minor, fact.currency, -fact.functional_minor),
    ]


def payer_withdrawn(books: Books, fact: PayerWithdrawn) -> list[Line]:
    """The exact reverse: Dr unapplied of the customer / Cr unapplied of nobody."""
    return [line.turned() for line in payer(books, fact)]


def return_charge(books: Books, fact: ReturnSettled | ReturnUndone) -> list[Line]:
    """Dr bank fees / Cr suspense: what the bank took for giving money back, if anything."""
    if not fact.charge_minor:
        return []
    accounts, minor, worth = books.accounts, fact.charge_minor, fact.charge_worth_minor
    return [
        _line(accounts["bank_fees"], None, minor, fact.currency, worth),
        _line(accounts["suspense"], None, -minor, fact.currency, -worth),
    ]


def return_charge_undone(books: Books, fact: ReturnUndone) -> list[Line]:
    """The exact reverse: Dr suspense / Cr bank fees."""
    return [line.turned() for line in return_charge(books, fact)]


@dataclass(frozen=True, slots=True)
class PostingRule:
    """One row of the table: a fact, what it moves in words, and the function that does it."""

    name: str
    fact: type[Fact]
    debit: str
    credit: str
    difference: str
    lines: Callable[[Books, Any], list[Line]]
    text: Callable[[Any], str]


TABLE: tuple[PostingRule, ...] = (
    PostingRule(
        "document",
        DocumentIssued,
        "receivables of the customer: gross",
        "revenue: net; each tax account: its tax (a credit note: the reverse)",
        "rounding: the largest line beside receivables takes the cent",
        document,
        lambda fact: f"{_TITLES[fact.kind]} {fact.number}",
    ),
    PostingRule(
        "receipt",
        ReceiptRecorded,
        "the account the money is on: amount",
        "unapplied of the payer (of nobody while unknown): amount",
        "none",
        receipt,
        lambda fact: f"Receipt by {fact.method.replace('_', ' ')} {fact.quittance_number}".strip(),
    ),
    PostingRule(
        "money_left",
        MoneyLeft,
        "suspense: amount",
        "bank: amount",
        "none",
        money_left,
        lambda _fact: "Money left the bank account, not yet explained",
    ),
    PostingRule(
        "payout_charge",
        PayoutCharged,
        "bank fees: what the provider kept of a payout that brought no money",
        "suspense: the same (less than nothing: the reverse)",
        "none",
        payout_charge,
        lambda _fact: "Fees of a payout",
    ),
    PostingRule(
        "application",
        CashApplied,
        "unapplied of the payer, or receivables of the credit note's customer: the credit's share;"
        " an adjustment: the reason's account, and the tax it corrects",
        "receivables of the customer: the claim's share",
        "realised exchange result: gain or loss account",
        application,
        lambda fact: f"{_given(fact)} applied",
    ),
    PostingRule(
        "undo",
        AllocationUndone,
        "receivables of the customer: the claim's share",
        "unapplied of the payer, or receivables of the credit note's customer: the credit's share",
        "the exchange result is taken back",
        undoing,
        lambda fact: f"{_given(fact)}: application undone",
    ),
    PostingRule(
        "payer",
        PayerIdentified,
        "unapplied of nobody: amount",
        "unapplied of the customer: amount",
        "none",
        payer,
        lambda _fact: "Payer identified",
    ),
    PostingRule(
        "payer_withdrawn",
        PayerWithdrawn,
        "unapplied of the customer: amount",
        "unapplied of nobody: amount",
        "none",
        payer_withdrawn,
        lambda _fact: "Payer unknown again",
    ),
    PostingRule(
        "return_charge",
        ReturnSettled,
        "bank fees: what the bank took for the return, as the policy says",
        "suspense: the same (the returned money itself moves by its application)",
        "none",
        return_charge,
        lambda _fact: "Charge of a returned payment",
    ),
    PostingRule(
        "return_charge_undone",
        ReturnUndone,
        "suspense: what the bank took for the return",
        "bank fees: the same",
        "none",
        return_charge_undone,
        lambda _fact: "Charge of a returned payment taken back",
    ),
)
BY_KIND: dict[str, PostingRule] = {rule.fact.KIND: rule for rule in TABLE}


def _given(fact: CashApplied | AllocationUndone) -> str:
    if fact.adjustment == RETURNED:
        return "Return of a payment"
    if fact.adjustment == NETTED:
        return "Money netted in a payout"
    if fact.adjustment == TRANSFERRED:
        return "Transfer of a balance"
    if fact.adjustment == EXCHANGE:
        return "Money in another currency"
    if fact.adjustment:
        return f"Adjustment for {fact.adjustment.replace('_', ' ')}"
    return "Credit note" if fact.from_kind == "credit_note" else "Receipt"


def as_markdown() -> str:
    """The table for the docs.

    >>> as_markdown().splitlines()[0]
    '| fact | debit | credit | difference |'
    """
    rows = [
        f"| {rule.fact.__name__} | {rule.debit} | {rule.credit} | {rule.difference} |"
        for rule in TABLE
    ]
    head = ["| fact | debit | credit | difference |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])
