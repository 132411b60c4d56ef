"""Lockbox files: cheques, their documents, and the totals that prove them."""

from __future__ import annotations

from datetime import date

import pytest

from acquit.core.codecs import bai2, lockbox, statements
from acquit.stages.receipts.rules.advice_messages import read_advices
from tests.support.lockbox import HEADS, TWO_CHEQUES, joined, records


def parts(body: bytes) -> list[tuple[str, str, int]]:
    (advice,), faults = read_advices(body, currency="USD")
    assert faults == ()
    return [(part.document, part.payer_name, part.amount_minor) for part in advice.parts]


def test_each_document_of_a_cheque_gets_what_the_bank_read() -> None:
    body = joined(records(TWO_CHEQUES))
    assert lockbox.sniff(body) and not bai2.sniff(body) and statements.sniff(body) is None
    (deposit,), faults = lockbox.read(body)
    assert faults == ()
    assert (deposit.number, deposit.day) == ("0012345 001", date(2026, 6, 30))
    assert deposit.amount_minor == 40_341
    first, second = deposit.cheques
    assert (first.number, second.number, second.payer) == ("771", "772", "ATELIER LUMIERE")
    deducted = first.items[1]
    assert (deducted.document, deducted.deducted_minor, deducted.reason) == ("RE-24", 500, "053")
    assert body[deducted.start : deducted.end].startswith(b"4001001602")
    assert parts(body) == [
        ("RE-23", "", 13_923),
        ("RE-24", "", 12_138),  # what was deducted is left open
        ("RE-25", "ATELIER LUMIERE", 14_280),  # named without an amount: the whole cheque
    ]


def test_a_file_without_line_ends_is_cut_by_its_width() -> None:
    body = joined(records(TWO_CHEQUES), end=b"")
    assert lockbox.sniff(body)
    assert parts(body) == parts(joined(records(TWO_CHEQUES)))


@pytest.mark.parametrize(
    ("cheque", "found"),
    [
        ((500, "", []), [("", "", 500)]),
        ((500, "", [("RE-1", 300)]), [("RE-1", "", 300), ("", "", 200)]),
        # Nobody knows how a cheque is parted whose documents have no amounts, or too much.
        ((500, "", [("RE-1", 0), ("RE-2", 0)]), [("RE-1 RE-2", "", 500)]),
        ((500, "", [("RE-1", 300), ("RE-2", 300)]), [("RE-1 RE-2", "", 500)]),
        ((500, "062926NEW SHOP LTD", []), [("", "NEW SHOP LTD", 500)]),
        ((500, "RE-7", []), [("RE-7", "", 500)]),
    ],
)
def test_what_nobody_read_of_a_cheque_stays_open(
    cheque: tuple[int, str, list[tuple[str, int]]], found: list[tuple[str, str, int]]
) -> None:
    assert parts(joined(records([cheque]))) == found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "0020000040341",
            "0020000040340",
            "record 7 at byte 648 says 2 cheques of 40340 for batch",
        ),
        (
            "8001000001234526063000020000",
            "8001000001234526063000030000",
            "record 8 at byte 729 says 3 cheques of 40341 for lo",
        ),
        ("9000011", "9000012", "record 9 at byte 810 says 12 records, there are 11"),
        ("9000011", "       ", "ends before its record 9"),
        ("6001001000002606", "600100100000260X", "record 6 at byte 243: '00000260X1' is no amount"),
        ("0012345260630AUD", "0012345260631AUD", "record 5 at byte 162: '260631' is no day"),
        ("4001001601", "4002001601", "record 4 at byte 324 belongs to no cheque"),
        ("2AUDIT", "XAUDIT", "record X at byte 81 is none of a lockbox file"),
    ],
)
def test_a_file_that_does_not_add_up_is_refused_with_its_place(
    old: str, new: str, said: str
) -> None:
    text = joined(records(TWO_CHEQUES)).decode()
    assert old in text
    found, (fault,) = lockbox.read(text.replace(old, new, 1).encode())
    assert found == () and said in fault.message and fault.fix


def test_a_file_of_ach_payments_is_none() -> None:
    head = "101 121042882 1234567892606301200A094101DESTINATION            ORIGIN"
    body = f"{head}\n5200AUDIT GMBH\n"
    assert not lockbox.sniff(body.encode())
    assert lockbox.sniff(joined([HEADS[0], "50010000012345260630"]))
