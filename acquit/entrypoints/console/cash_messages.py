"""What payers said in files of their own, for ``acquit apply``: all the import of advices reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from acquit.core.faults import Fault
from acquit.entrypoints.console.cash_files import Files
from acquit.stages.receipts.rules import advice_files
from acquit.stages.receipts.rules.advice_tables import Said
from acquit.stages.receipts.rules.advising import AdviceRead
from acquit.stages.receipts.rules.tables import AUTO


def read(files: Files, path: Path, body: bytes, *, maps: Sequence[str]) -> list[AdviceRead]:
    """The advices of a file, as the words of ``maps`` have its columns; faults go to ``files``."""
    envelope = advice_files.opened(path.name, body)
    said = _said(files, path.name, envelope.sender)
    inner: tuple[advice_files.InnerRead, ...] = ()
    faults: tuple[Fault, ...] = ()
    for told in mappings(maps) or ("",):
        inner, faults = advice_files.read(envelope, told=told, known={}, said=said)
        if not any(fault.code == "table.map" for fault in faults):
            break
    files.faults += [_told(path, fault) for fault in faults]
    return [_headed(advice) for each in inner for advice in each.advices]


def _told(path: Path, fault: Fault) -> Fault:
    """With the file and what can be done here, where there are no pages."""
    message = f"{path}: {fault.message}{_at(fault)}"
    if fault.code == "table.unsaid":
        fix = "say --map auto if that is right, or --map field=column for each"
        return replace(fault, message=message, fix=fix)
    return replace(fault, message=message)


def mappings(words: Sequence[str]) -> list[str]:
    """The values of ``--map`` as the readers of tables take them. ``auto`` comes last: what is said
    of columns counts first.

    >>> mappings(["auto", "document=Beleg", "amount=Betrag"])
    ['{"document": "Beleg", "amount": "Betrag"}', 'auto']
    """
    pairs = dict(word.split("=", 1) for word in words if word != AUTO)
    found = [json.dumps(pairs, ensure_ascii=False)] if pairs else []
    return [*found, *([AUTO] if AUTO in words else [])]


def _headed(advice: AdviceRead) -> AdviceRead:
    """Under the number that stands above its table: here no advice is kept to be confused with."""
    return replace(advice, number=advice.heading) if advice.heading else advice


def _at(fault: Fault) -> str:
    """The place in an XML file; those of tables stand in the message."""
    return f" at {fault.path}" if fault.path.startswith("/") else ""


def _said(files: Files, name: str, sender: str) -> Said:
    """A table without currencies is in that of the money, if all of it is in one; the sender of a
    mail is the one customer who has that address."""
    currencies = {line.currency for line in files.lines}
    currency = currencies.pop() if len(currencies) == 1 else ""
    owners = files.addresses.get(sender, ())
    if len(owners) != 1:
        return Said(name, currency)
    (payer,) = owners
    iban = payer.ibans[0] if payer.ibans else ""
    return Said(name, currency, payer_name=payer.name, payer_iban=iban)
