"""Reading files that explain money, in whatever syntax: payouts, notices of the bank, lockboxes,
remittance advices. Pure."""

from __future__ import annotations

from itertools import groupby

from acquit.core.codecs import camt, deposits, formats, payouts
from acquit.core.documents.bank import StatementKind
from acquit.core.documents.remittance import RemittanceAdvice
from acquit.core.faults import Fault, Severity
from acquit.stages.receipts.rules.advising import (
    BALANCE,
    PAYOUT,
    AdviceRead,
    PartRead,
    of_deposit,
    of_entry,
    of_remittance,
)


def is_advice(body: bytes) -> bool:
    """Whether a file that was given as a bank file explains money instead of telling of it."""
    return is_notice(body) or deposits.sniff(body) or payouts.sniff(body)


def is_notice(body: bytes) -> bool:
    """Whether a file is a notice of the bank (camt.054), by its beginning."""
    head = body[:4096].replace(b"\0", b"")
    return b"camt.054." in head or b"BkToCstmrDbtCdtNtfctn" in head


def read_advices(
    body: bytes, *, currency: str = "", said: str = "", keeps_balance: bool = False
) -> tuple[tuple[AdviceRead, ...], tuple[Fault, ...]]:
    """Every advice of the file, or the faults that forbid to take any: an advice that lacks a row
    would explain money wrongly. ``currency`` is that of a file of a lockbox, which names none;
    ``said`` is what somebody said that it is. ``keeps_balance``: a report that tells a balance says
    each movement of it, not only what each transfer to the bank is made of."""
    if payouts.sniff(body):
        found, lost = (payouts.read_kept if keeps_balance else payouts.read)(body)
        faults = [*lost, *(fault for payout in found for fault in payout.faults)]
        return tuple(map(_of_payout, found)), tuple(faults)
    if camt.sniff(body):
        return _notices(body)
    if deposits.sniff(body):
        taken_in, lost = deposits.read(body, said=said)
        return tuple(of_deposit(one, one.currency or currency or "USD") for one in taken_in), lost
    file = formats.read(data=body)
    advices = []
    faults = [fault for fault in file.faults if fault.severity is Severity.FATAL]
    for part in file.parts:
        document = part.reading.document
        faults += part.reading.fatal
        if isinstance(document, RemittanceAdvice):
            advices.append(of_remittance(document, len(body)))
        elif document is not None:
            message = f"{part.name} is no remittance advice"
            faults.append(Fault("advice.other", message, fix="send it where documents are taken"))
    if not advices and not faults:
        faults.append(Fault("advice.none", "the file holds no remittance advice"))
    return tuple(advices), tuple(faults)


def _of_payout(payout: payouts.Payout) -> AdviceRead:
    parts = tuple(
        PartRead(
            part.kind,
            part.document,
            part.reference,
            part.payer,
            part.amount_minor,
            0,
            (part.byte_start, part.byte_end),
        )
        for part in payout.parts
    )
    kind = BALANCE if payout.is_kept else PAYOUT
    return AdviceRead(kind, payout.number, "", "", payout.paid_on, payout.currency, parts)


def _notices(body: bytes) -> tuple[tuple[AdviceRead, ...], tuple[Fault, ...]]:
    """camt.054: each entry is a sum that the statement has as one line, or will have."""
    bank = camt.read_all(body)
    faults = [fault for fault in bank.faults if fault.severity is Severity.FATAL]
    advices: list[AdviceRead] = []
    for statement in bank.statements:
        if statement.kind is not StatementKind.NOTIFICATION:
            message = f"{statement.reference} is a {statement.kind}, not a notice"
            faults.append(Fault("advice.statement", message, fix="import it as a bank statement"))
            continue
        entries = groupby(statement.lines, key=lambda line: line.entry_number)
        advices += [of_entry(statement, tuple(lines)) for _number, lines in entries]
    if not advices and not faults:
        faults.append(Fault("advice.none", "the file tells of no entry"))
    return tuple(advices), tuple(faults)
