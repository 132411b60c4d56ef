"""A camt.053 file of N entries: read, archived, counted, proven, booked; then a second time."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

from benchmarks.child import Clock, answer, start


def main() -> None:
    values = start()
    from acquit.core.codecs.camt import read
    from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
    from benchmarks.company import new_company

    size = values["size"]
    body, total = _file(size)
    began = time.process_time()
    seen = sum(1 for _ in read(body))
    reading = time.process_time() - began
    ctx = new_company()
    item = StatementFile(key="statement.xml", body=body)
    with Clock() as spent:
        outcome = import_statement(ctx=ctx, items=[item])
    figures = outcome.figures
    assert (figures["rows"], figures["accepted"]) == (size, size), figures
    again = import_statement(ctx=ctx, items=[item]).figures
    assert (again["accepted"], again["duplicate"]) == (0, size), again
    _check(total)
    answer(
        **spent.as_dict(),
        megabytes=round(len(body) / 1e6, 1),
        read_cpu=round(reading, 2),
        read_events=seen,
    )


def _file(size: int) -> tuple[bytes, int]:
    """The bytes and the sum of all movements in cents."""
    from acquit.core.codecs import camt
    from acquit.core.documents.bank import BankLine, BankStatement, LineStatus, StatementKind
    from benchmarks.company import IBAN, TODAY

    draw = random.Random(5)
    lines = tuple(
        BankLine(
            position=n,
            entry_number=n,
            status=LineStatus.BOOKED,
            amount_minor=draw.randrange(100, 900_000) * (1 if n % 20 else -1),
            currency="EUR",
            booking_date=TODAY - timedelta(n % 28),
            value_date=TODAY - timedelta(n % 28),
            payer_name=f"Kunde {n % 5_000} GmbH",
            payer_iban=f"DE0050010517{n % 5_000:010}",
            end_to_end_id=f"E2E-{n}",
            remittance=f"RECHNUNG RE-{n:07} VOM {n % 28 + 1}.03.",
            bank_reference=f"B{n:09}",
        )
        for n in range(1, size + 1)
    )
    total = sum(line.amount_minor for line in lines)
    statement = BankStatement(
        kind=StatementKind.STATEMENT,
        reference="BENCH-1",
        sequence="1",
        page="",
        account_iban=IBAN,
        currency="EUR",
        from_date=TODAY - timedelta(28),
        to_date=TODAY,
        opening_minor=1_000,
        closing_minor=1_000 + total,
        lines=lines,
    )
    return camt.write(statement, created_at=datetime(2026, 3, 31, 22, tzinfo=UTC)), total


def _check(total: int) -> None:
    """The bank lines, the books' bank account and the facts say the same sum."""
    from acquit.database.copy import fetch_rows

    ((lines,),) = fetch_rows("SELECT sum(amount_minor) FROM receipts_bank_line")
    ((booked,),) = fetch_rows(
        "SELECT sum(p.functional_minor) FROM ledger_posting p JOIN ledger_account a"
        " ON a.id = p.account_id WHERE a.control = 'bank'"
    )
    assert lines == booked == total, (lines, booked, total)


if __name__ == "__main__":
    main()
