"""Texts with NULs in them, which no database stores: fields that a machine filled so, or damage."""

from __future__ import annotations

import pytest

from acquit.core.outcome import ItemState
from acquit.entrypoints.taking_in import take_in
from acquit.stages.receipts.models import AdvicePart, BankLine
from tests.support.lockbox import joined, records
from tests.support.lockbox823 import interchange
from tests.support.money import IBAN
from tests.support.world import World

pytestmark = pytest.mark.django_db

MT940 = (
    f":20:S1\n:25:{IBAN}\n:28C:1/1\n:60F:C260101EUR0,00\n:61:2601020102C5,00NTRFREF//B\n"
    ":86:166?00GUT?20A\0B?32N\n:62F:C260102EUR5,00\n-\n"
)
BAI2 = (
    f"01,B,A,260101,1200,1,80,1,2/\n02,A,B,1,260101,,EUR,2/\n03,{IBAN},EUR,010,0,,,015,500,,/\n"
    "16,195,500,Z,,,A\0B/\n49,1000,3/\n98,1000,1,5/\n99,1000,1,7/\n"
)
BOX = interchange(
    *("DEP*1*20260630**7*01*1", "AMT*3*10", "BPR*I*10", "N1*PR*N\0V", "RMR*IV*A\0B**10")
)
CHEQUES = joined(records([(10_000, "062926NEW SH\0P LTD", [("INV-2026-0\x00101", 10_000)])]))
ADVICE = b"Document;Amount;Currency\nRE\x00123;10.00;EUR\n"


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("bank", MT940.encode(), "A B"),
        ("bank", BAI2.encode(), "A B"),
        ("bank", BOX, "A B"),
        ("remittance", CHEQUES, "INV-2026-0 101"),
        ("remittance", ADVICE, "RE 123"),
    ],
)
def test_a_nul_is_a_space(world: World, kind: str, body: bytes, said: str) -> None:
    options = {"map": "auto"} if body is ADVICE else {}
    outcome = take_in(
        ctx=world.ctx(), kind=kind, profile="", filename="a.txt", content=body, options=options
    )
    assert outcome.items[0].state is ItemState.DONE, outcome.items[0].faults
    lines = BankLine.objects.of(world.company_id).values_list("text", flat=True)
    parts = AdvicePart.objects.of(world.company_id).values_list("document", flat=True)
    assert [*lines, *parts] == [said]
