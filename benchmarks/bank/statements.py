"""A statement of N movements, the same for every reader and every syntax."""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from acquit.core.codecs import camt, mt940
from acquit.core.documents.bank import BankLine, BankStatement, LineStatus, StatementKind


def statement(*, size: int, iban: str, today: date) -> BankStatement:
    """Movements of four weeks, one in twenty of them out; the balances prove their sum."""
    draw = random.Random(5)
    lines = tuple(
        BankLine(
            position=n,
            entry_number=n,
            status=LineStatus.BOOKED,
            amount_minor=draw.randrange(100, 900_000) * (1 if n % 20 else -1),
            currency="EUR",
            booking_date=today - timedelta(n % 28),
            value_date=today - timedelta(n % 28),
            payer_name=f"Kunde {n % 5_000} GmbH",
            payer_iban=f"DE0050010517{n % 5_000:010}",
            end_to_end_id=f"E2E-{n}",
            remittance=f"RECHNUNG RE-{n:07} VOM {n % 28 + 1}.03.",
            bank_reference=f"B{n:09}",
        )
        for n in range(1, size + 1)
    )
    return BankStatement(
        kind=StatementKind.STATEMENT,
        reference="BENCH-1",
        sequence="1",
        page="",
        account_iban=iban,
        currency="EUR",
        from_date=today - timedelta(28),
        to_date=today,
        opening_minor=1_000,
        closing_minor=1_000 + sum(line.amount_minor for line in lines),
        lines=lines,
    )


def as_camt(given: BankStatement) -> bytes:
    return camt.write(given, created_at=datetime(2026, 3, 31, 22, tzinfo=UTC))


def as_mt940(given: BankStatement) -> bytes:
    return mt940.write(given)


def main() -> None:
    """A camt.053 file: its path, entries, account and last day; says the sum in cents."""
    path, size, iban, today = sys.argv[1:]
    given = statement(size=int(size), iban=iban, today=date.fromisoformat(today))
    Path(path).write_bytes(as_camt(given))
    print(json.dumps({"total": sum(line.amount_minor for line in given.lines)}))


if __name__ == "__main__":
    main()
