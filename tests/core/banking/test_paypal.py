"""PayPal's activity report: what each transfer to the bank is made of, in whatever language."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.codecs import payouts
from acquit.stages.matching.rules.explained import explained
from acquit.stages.receipts.rules.advice_messages import read_advices

ENGLISH = ("Date", "Time", "TimeZone", "Name", "Type", "Status", "Currency", "Gross", "Fee", "Net",
           "From Email Address", "Transaction ID", "Reference Txn ID", "Invoice Number", "Balance",
           "Balance Impact")  # fmt: skip
GERMAN = ("Datum", "Uhrzeit", "Zeitzone", "Name", "Typ", "Status", "Währung", "Brutto", "Gebühr",
          "Netto", "Absender E-Mail-Adresse", "Transaktionscode", "Zugehöriger Transaktionscode",
          "Rechnungsnummer", "Guthaben", "Auswirkung auf Guthaben")  # fmt: skip
WORDS = {
    "Express Checkout Payment": "PayPal Express-Zahlung",
    "General Currency Conversion": "Allgemeine Währungsumrechnung",
    "Account Hold for Open Authorization": "Einbehaltung für offene Autorisierung",
    "Reversal of General Account Hold": "Rückbuchung allgemeiner Einbehaltung",
    "Payment Refund": "Rückzahlung",
    "General Withdrawal": "Allgemeine Abbuchung",
    "General Authorization": "Allgemeine Autorisierung",
    "Payment Reversal": "Rückbuchung",
    "Credit": "Haben", "Debit": "Soll", "Completed": "Abgeschlossen", "Pending": "Ausstehend",
}  # fmt: skip
PAYMENT, HOLD, FREED = "Express Checkout Payment", "Account Hold for Open Authorization", "Reversal"
# day, type, currency, gross, fee, id, related, invoice; a fee below zero was kept back
ROWS = [
    (13, PAYMENT, "EUR", 125_000, -4_340, "1AB", "", "RE-1"),
    (14, PAYMENT, "USD", 10_000, -400, "2CD", "", "RE-2"),
    (14, "General Currency Conversion", "USD", -9_600, 0, "3EF", "2CD", ""),
    (14, "General Currency Conversion", "EUR", 8_800, 0, "4GH", "2CD", ""),
    (15, HOLD, "EUR", -3_000, 0, "5IJ", "1AB", ""),
    (15, "General Authorization", "EUR", 9_999, 0, "6KL", "", "RE-9"),  # only a promise
    (16, "Reversal of General Account Hold", "EUR", 3_000, 0, "7MN", "1AB", ""),
    (17, "Payment Refund", "EUR", -2_000, 0, "8OP", "0ZZ", "RE-0"),
    (18, "General Withdrawal", "EUR", -127_460, 0, "9QR", "", ""),
    (19, PAYMENT, "EUR", 5_000, -200, "AST", "", "RE-3"),
    (20, "General Withdrawal", "EUR", -3_000, 0, "BUV", "", ""),  # 18.00 stay
    (21, PAYMENT, "GBP", 7_000, -300, "CWX", "", "RE-4"),
    (22, "Payment Reversal", "GBP", -1_000, 0, "DYZ", "CWX", ""),
    (23, "General Withdrawal", "GBP", -5_700, 0, "EAB", "", ""),
    (24, PAYMENT, "EUR", 1_100, 0, "FCD", "", "RE-5"),  # of the next transfer
]


def report(rows: list[tuple[int, str, str, int, int, str, str, str]], *, german: bool) -> bytes:
    """The report as PayPal writes it: newest first in English, with days of the United States."""
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    balances: dict[str, int] = {}
    made = []

    def money(minor: int) -> str:
        text = f"{minor / 100:,.2f}"
        return text.translate(str.maketrans(",.", ".,")) if german else text

    for day, kind, currency, gross, fee, key, related, invoice in rows:
        is_promise = "Authorization" in kind and "Hold" not in kind
        impact = "Memo" if is_promise else "Credit" if gross > 0 else "Debit"
        status = "Pending" if is_promise else "Completed"
        if not is_promise:
            balances[currency] = balances.get(currency, 0) + gross + fee
        words = [WORDS.get(word, word) if german else word for word in (kind, status, impact)]
        shown = f"{day}.11.2026" if german else f"11/{day}/2026"
        made.append(
            (
                shown, f"10:00:{day}", "CET", "Jana", words[0], words[1], currency, money(gross),
                money(fee), money(gross + fee), "jana@kunde.example", key, related, invoice,
                "..." if is_promise else money(balances[currency]), words[2],
            )
        )  # fmt: skip
    table.writerow(GERMAN if german else ENGLISH)
    table.writerows(made if german else reversed(made))
    return ("\ufeff" + out.getvalue()).encode()


def told(payout: payouts.Payout) -> list[tuple[str, str, str, int]]:
    return [(part.kind, part.document, part.reference, part.amount_minor) for part in payout.parts]


@pytest.mark.parametrize("german", [False, True])
def test_each_transfer_is_what_the_balance_took_in_since_the_one_before(german: bool) -> None:
    body = report(ROWS, german=german)
    assert payouts.sniff(body)
    found, lost = payouts.read(body)
    assert not lost and not any(payout.faults for payout in found)
    assert [(one.number, one.paid_on, one.currency, one.amount_minor) for one in found] == [
        ("9QR", date(2026, 11, 18), "EUR", 127_460),
        ("BUV", date(2026, 11, 20), "EUR", 3_000),
        ("EAB", date(2026, 11, 23), "GBP", 5_700),
    ]
    # The dollars arrive as euros, under the name of their payment; what was held came free again.
    first = [
        ("payment", "RE-1", "1AB", 125_000), ("fee", "", "1AB", -4_340),
        ("payment", "RE-2", "2CD", 8_800), ("refund", "RE-0", "0ZZ", -2_000),
    ]  # fmt: skip
    assert told(found[0]) == first
    assert told(found[1]) == [
        ("payment", "RE-3", "AST", 5_000), ("fee", "", "AST", -200),
        ("adjustment", "", "balance kept", -1_800),
    ]  # fmt: skip
    assert told(found[2])[2:] == [("chargeback", "RE-4", "CWX", -1_000)]
    for payout in found:
        for part in payout.parts:
            assert body[part.byte_start : part.byte_end].startswith((b'"1', b'"2'))
    # What went back is no part of what was paid, as with every other provider.
    (advice, *_rest), faults = read_advices(body)
    assert not faults
    seen = explained(advice, line=None)
    assert (seen.fee, seen.netted) == (4_340, 2_000)
    assert [part.number for part in seen.parts] == ["RE-1", "RE-2"]


def test_a_report_that_lacks_a_row_is_refused_and_so_are_days_that_can_be_two() -> None:
    body = report(ROWS, german=False)
    (fault,) = payouts.read(body.replace(b'"1,206.60"', b'"1,205.60"', 1))[1]
    assert "its net is 1205.60 EUR, which is not 1250.00 EUR less the fee 43.40" in fault.message
    # Without one row the balances around the transfer do not explain it; what came before the
    # first row of the file they do.
    lines = body.splitlines(keepends=True)
    cut = b"".join(line for line in lines if b'"8OP"' not in line)
    (fault,) = payouts.read(cut)[0][0].faults
    assert (fault.code, fault.message[-23:]) == ("payouts.sum", "(difference -20.00 EUR)")
    later = b"".join(line for line in lines if b'"1AB",""' not in line)
    first = payouts.read(later)[0][0]
    assert not first.faults and told(first)[-1][2:] == ("balance before", 120_660)
    early = report([(day - 12, *rest) for day, *rest in ROWS[:1]], german=False)  # type: ignore[misc]
    assert payouts.read(early)[1][0].code == "payouts.days"
    nothing = payouts.read(report(ROWS[:3], german=True))[1]
    assert [fault.code for fault in nothing] == ["payouts.none"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [PAYMENT, HOLD, "Payment Refund", "General Withdrawal", "Dispute Fee", "Anything"]
            ),
            st.sampled_from(["EUR", "USD"]),
            st.integers(1, 10**7),
            st.integers(0, 500),
        ),
        max_size=25,
    )
)
def test_whatever_the_rows_each_transfer_adds_up(drawn: list[tuple[str, str, int, int]]) -> None:
    rows = [
        (13, kind, currency, amount if kind == PAYMENT else -amount, -fee, f"T{at}", "", f"RE-{at}")
        for at, (kind, currency, amount, fee) in enumerate(drawn)
    ]
    found, lost = payouts.read(report(rows, german=True))
    transfers = [row for row in rows if row[1] == "General Withdrawal"]
    assert [fault.code for fault in lost] == ([] if transfers else ["payouts.none"])
    assert sorted(one.number for one in found) == sorted(row[5] for row in transfers)
    stated = {row[5]: -row[3] for row in transfers}
    for one in found:
        assert not one.faults
        assert sum(part.amount_minor for part in one.parts) == stated[one.number]
