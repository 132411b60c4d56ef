"""REMADV, the remittance advice (EANCOM, D.96A and D.01B)."""

from __future__ import annotations

from dataclasses import replace

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.edifact import parties, trade
from acquit.core.codecs.edifact.header import GENERAL
from acquit.core.codecs.edifact.parts import (
    ISSUED,
    Directory,
    Draft,
    read_amount,
    read_days,
    read_reference,
)
from acquit.core.codecs.edifact.syntax import Body, Message
from acquit.core.codecs.edifact.tables import REMADV
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written
from acquit.core.documents.remittance import Adjustment, RemittanceAdvice, RemittanceLine
from acquit.core.documents.trade import TradeParty
from acquit.core.money import NO_CURRENCY, Money, total

KIND = "REMADV"
# Written as the message of the UN, without a subset's code: EANCOM only narrows it.
VERSIONS = {
    "D96A": Directory("D96A", "", "EN"),
    "D01B": Directory("D01B", "", "SRV"),
}
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "payer.identifiers": "the one in NAD comes back first; of schemes NAD knows the GLN",
    "payee.identifiers": "the one in NAD comes back first; of schemes NAD knows the GLN",
    "payer.vat_id": "a party of REMADV has a number, a name and a contact",
    "payee.vat_id": "a party of REMADV has a number, a name and a contact",
    "payer_account": "D.96A has 17 characters for an account, so no IBAN",
    "payee_account": "D.96A has 17 characters for an account, so no IBAN",
    "lines.adjustments.reason_code": "AJT wants a code; ZZZ stands for none",
}
_NAME = "481"
_PAID_ON = "138"
# UNCL 5025: remitted, due, discount, adjustment.
_REMITTED, _DUE, _DISCOUNT, _ADJUSTED = "12", "9", "52", "165"
_PAYER = "PR"
_PAYING_BANK, _RECEIVING_BANK = "PB", "RB"
_NO_CODE = "ZZZ"


def write(
    *, document: RemittanceAdvice, envelope: Envelope | None = None, version: str = "D96A"
) -> Written:
    """One interchange with one REMADV. CannotWrite where a value does not fit, and where there
    are adjustments of no document, which REMADV cannot say."""
    directory = VERSIONS[version]
    return trade.write_message(
        document=document,
        kind=KIND,
        directory=directory,
        body=_body(document, directory),
        envelope=envelope,
        read=read_message,
        loses=LOSES,
        between=(document.payer, document.payee),
    )


def _body(document: RemittanceAdvice, directory: Directory) -> Body:
    draft = Draft(directory)
    draft.add("BGM", _NAME, document.number, "9")
    draft.day(ISSUED, document.issue_date)
    draft.day(_PAID_ON, document.paid_on)
    banks = ((_PAYING_BANK, document.payer_account), (_RECEIVING_BANK, document.payee_account))
    for role, account in banks:
        if account and len(account) <= (35 if directory.wide else 17):
            draft.add("FII", role, account)
    if document.means:
        draft.add("PAI", ("", "", document.means))
    trade.write_party(draft, _PAYER, replace(document.payer, vat_id=None))
    trade.write_party(draft, parties.PAYEE, replace(document.payee, vat_id=None))
    draft.add("CUX", ("2", document.currency, "11"))
    for line in document.lines:
        draft.add("DOC", line.document_type or "380", line.document)
        draft.money(_DUE, line.due)
        draft.money(_REMITTED, line.paid)
        draft.money(_DISCOUNT, line.discount)
        draft.day(ISSUED, line.issue_date)
        draft.reference("ON", line.order_number)
        for part in line.adjustments:
            draft.add("AJT", part.reason_code or _NO_CODE)
            draft.money(_ADJUSTED, part.amount)
            if part.text:
                draft.text(GENERAL, part.text)
    draft.add("UNS", "S")
    draft.money(_REMITTED, document.payments)
    return draft.finish()


def read_message(message: Message, decimal_mark: str) -> Reading[RemittanceAdvice]:
    """The canonical advice of one message; never raises, the faults say what is wrong."""
    return trade.read_document(message, decimal_mark, REMADV, _read)


def _read(root: Node, begin: Node) -> RemittanceAdvice:
    begin.skip(1, 3)
    currency = trade.currency_of(root)
    if currency is None and not root.source.fatal:
        root.fault("missing", "there is no currency (CUX)")
    unit = currency or NO_CURRENCY
    found = tuple(_read_line(node, unit) for node in root.all("DOC"))
    summary = root.first("UNS") or root
    amounts = [*summary.all("MOA"), *root.all("MOA")]
    payments = read_amount(amounts, unit, _REMITTED, "128", "9")
    accounts = {}
    for bank in root.all("FII"):
        if bank.segment.get(2):
            accounts[bank.get(1)] = bank.get(2)
    means = root.first("PAI")
    return RemittanceAdvice(
        number=begin.need(2),
        issue_date=trade.need_day(root, read_days(root, ISSUED), ISSUED),
        payer=trade.read_party(root, _PAYER, parties.BUYER, "IV") or TradeParty(),
        payee=trade.read_party(root, parties.PAYEE, parties.SELLER, "SE") or TradeParty(),
        payments=total((line.paid for line in found), unit) if payments is None else payments,
        lines=found,
        paid_on=read_days(root, _PAID_ON, "203", "209"),
        means=means.get(1, 3) if means else None,
        payer_account=accounts.get(_PAYING_BANK) or accounts.get("OR"),
        payee_account=accounts.get(_RECEIVING_BANK) or accounts.get("BF"),
    )


def _read_line(node: Node, currency: str) -> RemittanceLine:
    amounts = node.all("MOA")
    paid = read_amount(amounts, currency, _REMITTED)
    due = read_amount(amounts, currency, _DUE, "77")
    if paid is None and due is None:
        node.fault("missing", "the document has no amount (MOA 12 or 9)")
    return RemittanceLine(
        document=node.need(2),
        paid=paid if paid is not None else due or Money.zero(currency),
        document_type=node.get(1),
        issue_date=read_days(node, ISSUED, "171", "3"),
        due=due if paid is not None else None,
        discount=read_amount(amounts, currency, _DISCOUNT),
        order_number=read_reference(node, "ON"),
        adjustments=tuple(_read_adjustment(part, currency) for part in node.all("AJT")),
    )


def _read_adjustment(node: Node, currency: str) -> Adjustment:
    code = node.get(1)
    amount = read_amount(node.all("MOA"), currency, _ADJUSTED, _REMITTED, _DISCOUNT)
    words = [note.text for note in trade.read_notes(node)]
    return Adjustment(
        amount or Money.zero(currency), None if code == _NO_CODE else code, " ".join(words) or None
    )
