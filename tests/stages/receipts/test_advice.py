"""What explains money: payouts to the cent, notices, remittances; linked whichever comes first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.codecs import formats, payouts
from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.taking_in import take_in
from acquit.stages.receipts import queries
from acquit.stages.receipts.models import Advice, BankLine, Receipt
from acquit.stages.receipts.rules.advising import Pair, linked
from tests.core.documents.trade_samples import remittance_advice
from tests.support.lockbox import TWO_CHEQUES, joined, records
from tests.support.lockbox823 import DEPOSIT, interchange
from tests.support.money import Movement, statement_bytes
from tests.support.world import World

DAY = date(2026, 3, 2)
HEAD = "payout,paid_on,type,document,reference,payer,gross,fee,net,currency\n"


def big_payout() -> bytes:
    """1,902 orders, 14 refunds and 2 chargebacks that arrive as 48,211.40."""
    rows, total = [], Decimal(0)
    for n in range(1, 1_903):
        gross, fee = Decimal(2_000 + n % 1_300) / 100, Decimal(45 + n % 7) / 100
        total += gross - fee
        rows.append(f"po_1,2026-03-02,payment,ORDER-{n},ch_{n},,{gross},{fee},,EUR")
    for n in range(14):
        total -= Decimal("11.50")
        rows.append(f"po_1,2026-03-02,refund,ORDER-{n + 1},re_{n},,-11.50,0,,EUR")
    for n in range(2):
        total -= Decimal("55.00")
        rows.append(f"po_1,2026-03-02,chargeback,ORDER-{n + 7},dp_{n},,-40.00,15.00,,EUR")
    rest = Decimal("48211.40") - total
    rows.append(f"po_1,2026-03-02,correction,,adj,,{rest},0,,EUR")
    return (HEAD + "\n".join(rows) + "\n").encode()


def bring(world: World, body: bytes, kind: str = "bank", name: str = "f") -> Outcome:
    return take_in(ctx=world.ctx(), kind=kind, profile="", filename=name, content=body, options={})


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["bank", "remittance"])
@pytest.mark.parametrize(
    ("said", "segments", "found"),
    [
        ("", (), "USD"),
        ("cad", (), "CAD"),
        ("jpy", ("CUR*PE*CAD",), "CAD"),  # the file knows better
        ("JPY", (), "260.61 has more decimals than JPY allows"),
        ("CASH", (), "'CASH' is no currency of ISO 4217"),
    ],
)
def test_what_is_said_of_the_currency_holds_for_a_lockbox_that_names_none(
    world: World, kind: str, said: str, segments: tuple[str, ...], found: str
) -> None:
    body = interchange(*segments, *DEPOSIT)
    options = {"currency": said} if said else {}
    outcome = take_in(
        ctx=world.ctx(), kind=kind, profile="", filename="f", content=body, options=options
    )
    advices = Advice.objects.of(world.company_id).values_list("currency", "amount_minor")
    if len(found) == 3 and found.isalpha():
        assert list(advices) == [(found, 45_000)]
    else:
        assert not advices and found in outcome.items[0].faults[0].message


@pytest.mark.django_db
@pytest.mark.parametrize("money_first", [True, False])
def test_a_payout_explains_its_bank_line_to_the_cent(world: World, money_first: bool) -> None:
    money = statement_bytes([Movement(4_821_140, "STRIPE PO_1"), Movement(5, "x")], on=DAY)
    files = [money, big_payout()] if money_first else [big_payout(), money]
    outcomes = [bring(world, body) for body in files]
    assert outcomes[1 if money_first else 0].figures["accepted"] == 1
    line = BankLine.objects.of(world.company_id).get(amount_minor=4_821_140)
    (advice,) = queries.advices(company_id=world.company_id, bank_line_ids=[line.id])
    sums = advice.sums()
    assert {kind: count for kind, (count, _minor) in sums.items()} == {
        "payment": 1_902, "fee": 1_904, "refund": 14, "chargeback": 2, "adjustment": 1,
    }  # fmt: skip
    assert sum(minor for _count, minor in sums.values()) == 4_821_140
    assert sums["refund"][1] == -16_100
    part = advice.parts[0]
    assert big_payout()[part.byte_start : part.byte_end].startswith(
        b"po_1,2026-03-02,payment,ORDER-1,"
    )
    # Nothing was booked but the one receipt of the bank line; the file again changes nothing.
    assert Receipt.objects.of(world.company_id).count() == 2
    again = bring(world, big_payout())
    assert (again.items[0].state, again.figures["duplicate"]) == (ItemState.DUPLICATE, 1)


@pytest.mark.django_db
def test_a_payout_that_does_not_add_up_is_refused(world: World) -> None:
    stripe = (
        "automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,currency,gross,"
        "fee,net,reporting_category,description\n"
        "po_9,2026-03-02 00:00:00,txn_1,eur,100.00,3.00,97.00,charge,RE2026-1\n"
        "po_9,2026-03-02 00:00:00,txn_2,eur,-10.00,0.00,-10.00,refund,RE2026-2\n"
        "po_9,2026-03-02 00:00:00,txn_3,eur,-{},0.00,-{},payout,STRIPE PAYOUT\n"
    )
    wrong = bring(world, stripe.format("90.00", "90.00").encode())
    assert wrong.items[0].state is ItemState.REFUSED
    assert "difference 3.00 EUR" in wrong.figures["faults"][0]["message"]
    broken = bring(world, stripe.format("87.00", "8x").encode())
    assert [fault["code"] for fault in broken.figures["faults"]] == ["payouts.row"]
    assert not Advice.objects.of(world.company_id).exists()
    right = bring(world, stripe.format("87.00", "87.00").encode())
    (advice,) = queries.advices(company_id=world.company_id, bank_line_ids=None)
    assert (right.figures["created"]["parts"], advice.amount_minor) == (3, 8_700)


@pytest.mark.django_db
def test_a_notice_of_the_bank_details_a_line_of_the_statement(world: World) -> None:
    lump = [Movement(15_000, "Sammler", reference="BATCH-7"), Movement(15_000, "other")]
    bring(world, statement_bytes(lump, on=DAY))
    notice = notification([("E1", "100.00", "RE 1"), ("E2", "50.00", "RE 2")], "BATCH-7", "150.00")
    outcome = bring(world, notice)
    assert outcome.figures["created"] == {"advices": 1, "parts": 2, "links": 1}
    line = BankLine.objects.of(world.company_id).get(bank_reference="BATCH-7")
    (advice,) = queries.advices(company_id=world.company_id, bank_line_ids=[line.id])
    assert [(p.document, p.reference, p.amount_minor) for p in advice.parts] == [
        ("RE 1", "E1", 10_000),
        ("RE 2", "E2", 5_000),
    ]
    assert BankLine.objects.of(world.company_id).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("money_first", [True, False])
def test_the_cheques_of_a_lockbox_explain_their_deposit(world: World, money_first: bool) -> None:
    box = joined(records(TWO_CHEQUES))
    deposit = statement_bytes([Movement(40_341, "LOCKBOX DEPOSIT")], on=date(2026, 7, 1))
    for body in [deposit, box] if money_first else [box, deposit]:
        assert bring(world, body).items[0].state is ItemState.DONE
    line = BankLine.objects.of(world.company_id).get()
    (advice,) = queries.advices(company_id=world.company_id, bank_line_ids=[line.id])
    assert (advice.kind, advice.currency) == ("notification", line.currency)
    assert [part.document for part in advice.parts] == ["RE-23", "RE-24", "RE-25"]
    again = bring(world, box, kind="remittance")
    assert again.items[0].state is ItemState.DUPLICATE
    # The second file of a day is one more deposit.
    later = joined(records([(500, "", [("RE-7", 500)])], batch="002"))
    assert bring(world, later).figures["created"]["advices"] == 1
    broken = bring(world, box.replace(b"0020000040341", b"0020000040340"))
    assert broken.items[0].state is ItemState.REFUSED
    assert broken.figures["faults"][0]["code"] == "lockbox.control_total"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["bank", "remittance"])
def test_so_do_those_of_a_lockbox_in_x12(world: World, kind: str) -> None:
    box = interchange("CUR*PE*EUR", *DEPOSIT)
    assert bring(world, box, kind=kind).items[0].state is ItemState.DONE
    bring(world, statement_bytes([Movement(45_000, "LOCKBOX DEPOSIT")], on=date(2026, 7, 1)))
    line = BankLine.objects.of(world.company_id).get()
    (advice,) = queries.advices(company_id=world.company_id, bank_line_ids=[line.id])
    assert (advice.kind, advice.number) == ("notification", "0012345 77")
    assert [part.document for part in advice.parts] == ["RE-23", "RE-24", "RE-25", ""]
    assert bring(world, box, kind=kind).items[0].state is ItemState.DUPLICATE
    broken = bring(world, box.replace(b"AMT*2*403.41", b"AMT*2*403.40"), kind=kind)
    assert broken.items[0].state is ItemState.REFUSED
    assert broken.figures["faults"][0]["code"] == "lockbox.control_total"


@pytest.mark.django_db
def test_a_remittance_advice_waits_for_its_money(world: World) -> None:
    advised = remittance_advice()
    body = formats.write(document=advised, to="edifact").data
    outcome = bring(world, body, kind="remittance")
    assert outcome.items[0].state is ItemState.DONE
    (waits,) = queries.advices(company_id=world.company_id, bank_line_ids=None)
    assert (waits.number, waits.amount_minor) == (advised.number, advised.payments.minor)
    paid = Movement(waits.amount_minor, f"AVIS {advised.number}")
    on = waits.paid_on + timedelta(2)
    money = statement_bytes([paid], on=on, currency=waits.currency)
    assert bring(world, money).figures["created"]["receipts"] == 1
    assert queries.advices(company_id=world.company_id, bank_line_ids=None) == []


@pytest.mark.django_db
@pytest.mark.parametrize("money_first", [True, False])
def test_an_old_advice_is_linked_when_it_comes_or_its_money_does(
    world: World, money_first: bool
) -> None:
    """What waits for more than 400 days is not looked at again because another advice came."""
    world.on(DAY + timedelta(days=500))
    report = HEAD + "po_{0},2026-03-02,payment,ORDER-{0},ch_{0},,1{0}.00,0,,EUR\n"
    money = statement_bytes([Movement(1_500, "po_5")], on=DAY)
    both = [report.format(5).encode(), money]
    for body in reversed(both) if money_first else both:
        bring(world, body).or_refuse()
    assert queries.advices(company_id=world.company_id, bank_line_ids=None) == []
    Advice.objects.of(world.company_id).update(bank_line=None)
    world.on(DAY + timedelta(days=501))
    bring(world, report.format(6).encode()).or_refuse()
    waiting = queries.advices(company_id=world.company_id, bank_line_ids=None)
    assert sorted(advice.number for advice in waiting) == ["po_5", "po_6"]


def notification(details: Sequence[tuple[str, str, str]], reference: str, total: str) -> bytes:
    inner = "".join(
        f"<TxDtls><Refs><EndToEndId>{e2e}</EndToEndId></Refs><Amt Ccy='EUR'>{amount}</Amt>"
        f"<CdtDbtInd>CRDT</CdtDbtInd><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
        for e2e, amount, text in details
    )
    return (
        '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08">'
        "<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>M</MsgId></GrpHdr><Ntfctn><Id>N1</Id><Acct><Id>"
        "<IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct><Ntry>"
        f"<Amt Ccy='EUR'>{total}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{DAY}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls>{inner}</NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4), st.integers(0, 4), st.sampled_from(["number", "payer", "amount"])
        ),
        max_size=8,
        unique_by=lambda pair: pair[:2],
    )
)
def test_a_tie_is_refused_not_guessed(pairs: list[tuple[int, int, str]]) -> None:
    """Each movement is explained once, and every link has no rival of its own strength among
    what was free when it was made."""
    found = linked(Pair(*pair) for pair in pairs)
    lines = [pair.line for pair in found.values()]
    assert len(set(lines)) == len(lines)
    strongest = {"number": 0, "payer": 1, "amount": 2}
    for advice, pair in found.items():
        for other_advice, other_line, by in pairs:
            rivals = (other_advice == advice) != (other_line == pair.line)
            same = strongest[by] == strongest[pair.by]
            assert not (rivals and same) or other_advice in found or other_line in lines


def test_every_layout_of_payouts_recognises_its_header() -> None:
    for layout in payouts.shipped():
        header = [names[0] for names in layout.columns.values()]
        assert payouts.sniff((",".join(header) + "\n").encode()), layout.name
    assert payouts.read(b"a,b\n1,2\n")[1][0].code == "payouts.header"
