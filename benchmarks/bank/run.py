"""A camt.053 file of N entries: read, archived, counted, proven, booked; then a second time."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.child import Clock, answer, start
from benchmarks.place import run_json


def main() -> None:
    values = start()
    from acquit.core.codecs.camt import read
    from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
    from benchmarks.company import new_company

    size = values["size"]
    with TemporaryDirectory() as folder:
        body, total = _file(size, Path(folder, "statement.xml"))
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


def _file(size: int, path: Path) -> tuple[bytes, int]:
    """The bytes and the sum of all movements in cents. Another process makes the file: what that
    takes is not the memory of booking it."""
    from benchmarks.company import IBAN, TODAY

    given = (str(path), str(size), IBAN, TODAY.isoformat())
    command = [sys.executable, "-m", "benchmarks.bank.statements", *given]
    total: int = run_json(command, env=dict(os.environ))["total"]
    return path.read_bytes(), total


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
