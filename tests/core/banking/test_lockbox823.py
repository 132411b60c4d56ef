"""The 823 of X12: deposits, their cheques and documents, and the totals that prove them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from acquit.core.codecs import deposits, formats, lockbox, statements
from acquit.core.codecs.edi.segments import Segment
from acquit.core.codecs.x12 import lockbox823, syntax
from acquit.core.codecs.x12.syntax import TransactionSet
from acquit.stages.receipts.rules.advice_messages import is_advice, read_advices
from tests.support.lockbox823 import DEPOSIT, interchange


def test_each_document_of_a_payment_gets_what_the_bank_read() -> None:
    body = interchange(*DEPOSIT)
    assert deposits.sniff(body) and is_advice(body) and not lockbox.sniff(body)
    assert statements.sniff(body) is None
    (deposit,), faults = deposits.read(body)
    assert faults == ()
    assert (deposit.number, deposit.day, deposit.currency) == (
        "0012345 77",
        date(2026, 6, 30),
        "USD",
    )
    assert deposit.amount_minor == 45_000
    first, second, third = deposit.cheques
    assert [(one.batch, one.number, one.payer) for one in deposit.cheques] == [
        ("001", "771", "ATELIER LUMIERE"),
        ("001", "772", ""),
        ("002", "773", ""),
    ]
    deducted = first.items[1]
    assert (deducted.document, deducted.deducted_minor, deducted.reason) == ("RE-24", 500, "53")
    assert body[deducted.start : deducted.end] == b"RMR*IV*RE-24**121.38*126.38~\n"
    (advice,), faults = read_advices(body, currency="EUR")
    assert faults == () and (advice.currency, advice.amount_minor) == ("USD", 45_000)
    assert [(part.document, part.amount_minor) for part in advice.parts] == [
        ("RE-23", 13_923),
        ("RE-24", 12_138),
        ("RE-25", 14_280),  # named without an amount: the whole cheque
        ("", 4_659),
    ]
    assert (second.said, third.said) == (["RE-25"], [])


def test_a_deposit_names_its_currency_and_credit_notes_are_taken_off() -> None:
    body = interchange(
        "DEP*1*260630*1200*9*01*1",
        "AMT*3*90",
        "BPS*CHK*90",
        "CUR*PR*CAD",
        "RMR*IV*A-1**100",
        "RMR*CM*A-2**-10",
    )
    (advice,), faults = read_advices(body)
    assert faults == () and advice.currency == "CAD"
    assert [(part.kind, part.document, part.amount_minor) for part in advice.parts] == [
        ("payment", "A-1", 10_000),
        ("refund", "A-2", -1_000),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("AMT*3*450.00", "AMT*3*450.01", "deposit 77 says 450.01, its payments are 450.00"),
        ("AMT*2*403.41", "AMT*2*403.40", "batch 001 says 403.40, its payments are 403.41"),
        ("QTY*41*2", "QTY*41*3", "deposit 77 says 3 batches, there are 2"),
        ("QTY*42*3", "QTY*42*4", "deposit 77 says 4 cheques, there are 3"),
        ("QTY*42*2", "QTY*42*1", "batch 001 says 1 cheques, there are 2"),
        ("AMT*3*450.00~\n", "REF*X*1~\n", "deposit 77 has no amount (AMT)"),
        ("BPR*I*142.80", "BPR*I*142,8O", "'142,8O' is no amount"),
        ("BPR*I*142.80", "BPR*I*142.801", "142.801"),
        ("BPR*I*142.80*C", "BPR*I*142.80*D", "this payment went out"),
        ("DEP*0012345*20260630", "DEP*0012345*20260631", "'20260631' is no day of a deposit"),
        ("DEP*0012345", "XXX*0012345", "a batch stands outside of a deposit"),
        ("BPR*I*260.61", "XXX*I*260.61", "a document stands outside of a payment"),
        ("TRN*1*772", "CUR*PR*CAD", "the deposit is in several currencies"),
        ("REF*CK*000771", "CUR*PR*Euro", "'Euro' is no currency"),
        ("N1*LB*FIRST BANK*92*B1", "CUR*PE*us", "'us' is no currency"),
        ("SE*22*", "SE*21*", "22"),
        ("SE*22*0001~\n", "", "the transaction set has no SE"),
        ("IEA*1*000000007~\n", "", "there is no IEA"),
        ("GE*1*1", "GE*2*1", "2"),
    ],
)
def test_a_file_that_does_not_add_up_is_refused_with_its_place(
    old: str, new: str, said: str
) -> None:
    text = interchange(*DEPOSIT).decode()
    assert old in text
    found, faults = deposits.read(text.replace(old, new, 1).encode())
    assert found == () and any(said in fault.message for fault in faults), faults


@pytest.mark.parametrize("at", [2, 4, 5])
def test_a_currency_above_the_payments_is_that_of_the_deposit(at: int) -> None:
    """In the deposit, in its batch, behind the payment: it never becomes dollars."""
    parts = ["DEP*1*20260630**9*01*1", "AMT*3*90", "BAT*20260630**1", "BPR*I*90", "RMR*IV*A"]
    parts.insert(at, "CUR*PR*CAD")
    (deposit,), faults = deposits.read(interchange(*parts))
    assert faults == () and deposit.currency == "CAD"


def test_what_is_deducted_of_a_document_without_an_amount_is_of_no_other_one() -> None:
    documents = ("RMR*IV*A**60", "RMR*IV*B", "ADX*-5*53")
    (deposit,), _ = deposits.read(
        interchange("DEP*1*20260630**9*01*1", "AMT*3*90", "BPR*I*90", *documents)
    )
    (item,) = deposit.cheques[0].items
    assert (item.document, item.deducted_minor, item.reason) == ("A", 0, "")


def test_deposits_without_a_number_are_told_apart() -> None:
    one = ("DEP*1*20260630***01*1", "AMT*3*90", "BAT*20260630**1", "BPR*I*90")
    found, faults = deposits.read(interchange(*one, *one))
    assert faults == () and [each.number for each in found] == ["1", "1 #2"]


@pytest.mark.parametrize(
    ("amount", "documents"),
    [
        (10**16, []),
        (90, [f"RMR*CM*A-{n}**-{10**15}" for n in range(100)]),  # the rest of the cheque is more
    ],
)
def test_figures_that_no_column_holds_are_refused(amount: int, documents: list[str]) -> None:
    payment = ("DEP*1*20260630**9*01*1", f"AMT*3*{amount}", f"BPR*I*{amount}")
    body = interchange(*payment, *documents)
    found, faults = deposits.read(body)
    assert found == () and [fault.code for fault in faults] == ["lockbox.amount"]


class _Counted(list[Segment]):
    """Counts the segments that are taken out of it."""

    count = 0

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        self.count += len(found) if isinstance(at, slice) else 1
        return found


def test_a_payment_is_read_without_looking_at_all_that_follow() -> None:
    """Asked of each payment, what stands behind it is looked at as far as the next one."""
    many = [one for n in range(50) for one in ("BPR*I*1", f"REF*CK*{n + 1}")]
    body = interchange("DEP*1*20260630**9*01*1", "AMT*3*50", *many)
    looked = _Counted(syntax.read(data=body).sets[0].segments)
    found, faults = lockbox823.read_deposits(TransactionSet(looked, None))
    assert faults == () and len(found[0].cheques) == 50
    assert looked.count < 6 * len(looked)


def test_its_bank_is_told_that_it_was_read() -> None:
    good, bad = interchange(*DEPOSIT), interchange(*DEPOSIT[:1], *DEPOSIT[2:])
    (part,) = formats.read(data=good).parts
    assert (part.reading.document, part.reading.fatal) == (None, ())
    assert [fault.code for fault in part.reading.faults] == ["x12.lockbox"]
    (part,) = formats.read(data=bad).parts
    assert [fault.code for fault in part.reading.faults] == ["lockbox.missing"]
