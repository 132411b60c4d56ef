"""The 820 Remittance Advice, releases 004010 and 005010."""

from __future__ import annotations

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written
from acquit.core.codecs.x12 import trade
from acquit.core.codecs.x12.parts import Draft, figure, read_date, read_days, read_reference
from acquit.core.codecs.x12.syntax import Body, TransactionSet
from acquit.core.codecs.x12.tables import REMITTANCE
from acquit.core.documents.remittance import Adjustment, RemittanceAdvice, RemittanceLine
from acquit.core.documents.trade import TradeParty
from acquit.core.money import Money

KIND = "820"
FUNCTIONAL = "RA"
VERSIONS = trade.VERSIONS
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "payer.identifiers": "the one in N1 comes back first; of schemes N1 knows GLN and DUNS",
    "payee.identifiers": "the one in N1 comes back first; of schemes N1 knows GLN and DUNS",
    "means": "BPR04 has methods of three letters (ACH, CHK, FWT); ZZZ stands for others",
    "lines.document_type": "RMR01 knows invoice, credit memo and debit memo",
    "lines.adjustments.reason_code": "ADX02 has codes of two characters; ZZ stands for others",
    "adjustments.reason_code": "ADX02 has codes of two characters; ZZ stands for others",
}
_PAYER, _PAYEE = "PR", "PE"
_ISSUED, _INVOICED = "097", "003"
# Element 128 by UNCL 1001, and back.
_TYPES = {"380": "IV", "381": "CM", "383": "DM"}
_FROM_TYPE = {code: kind for kind, code in _TYPES.items()}
_NO_METHOD, _NO_REASON = "ZZZ", "ZZ"


def write(
    *, document: RemittanceAdvice, envelope: Envelope | None = None, version: str = "4010"
) -> Written:
    """One interchange with one 820; CannotWrite where a value does not fit."""
    return trade.write_set(
        document=document,
        kind=KIND,
        functional=FUNCTIONAL,
        version=version,
        body=_body(document, version),
        envelope=envelope,
        read=read_set,
        loses=LOSES,
        between=(document.payer, document.payee),
    )


def _body(document: RemittanceAdvice, version: str) -> Body:
    draft = Draft(version)
    means = document.means or ""
    paid_on = f"{document.paid_on:%Y%m%d}" if document.paid_on else ""
    ours, theirs = document.payer_account, document.payee_account
    draft.add(
        "BPR",
        "I",
        figure(document.payments),
        "C",
        means if len(means) == 3 else _NO_METHOD,
        *("", "", "", "DA" if ours else "", ours, "", "", "", "", "DA" if theirs else "", theirs),
        paid_on,
    )
    draft.add("TRN", "1", document.number)
    draft.add("CUR", _PAYER, document.currency)
    draft.day(_ISSUED, document.issue_date)
    trade.write_party(draft, _PAYER, document.payer)
    trade.write_party(draft, _PAYEE, document.payee)
    draft.add("ENT", "1")
    for part in document.adjustments:
        _write_adjustment(draft, part)
    for line in document.lines:
        due = figure(line.due) if line.due is not None else ""
        discount = figure(line.discount) if line.discount is not None else ""
        kind = _TYPES.get(line.document_type or "380", "IV")
        draft.add("RMR", kind, line.document, "", figure(line.paid), due, discount)
        draft.reference("PO", line.order_number)
        draft.day(_INVOICED, line.issue_date)
        for part in line.adjustments:
            _write_adjustment(draft, part)
    return draft.finish()


def _write_adjustment(draft: Draft, part: Adjustment) -> None:
    code = part.reason_code or ""
    draft.add("ADX", figure(part.amount), code if len(code) == 2 else _NO_REASON)
    for text in draft.cut(part.text or "", 80, 40, "adjustment"):
        draft.add("NTE", "ADD", text)


def read_set(found: TransactionSet) -> Reading[RemittanceAdvice]:
    """The canonical advice of one set; never raises, the faults say what is wrong."""
    return trade.read_document(found, REMITTANCE, "BPR", _read)


def _read(root: Node, begin: Node) -> RemittanceAdvice:
    for element in (1, 3, 5, 6, 8, 10, 11, 12, 14):
        begin.skip(element)
    currency = trade.currency_of(root)
    payments = begin.money(2, 1, currency)
    if payments is None and not root.source.fatal:
        begin.fault("missing", "there is no amount (BPR02)")
    trace = root.first("TRN")
    if trace:
        trace.get(1)
    entities = root.all("ENT")
    for entity in entities:
        entity.skip(1, 2, 3, 4)
    places = [*entities, root]
    paid_on = read_date(begin, 16)
    means = begin.get(4)
    issued = read_days(root, _ISSUED)
    return RemittanceAdvice(
        number=(trace.get(2) if trace else None) or root.segment.get(2),
        issue_date=trade.need_day(begin, issued or paid_on, "DTM 097 or BPR16"),
        payer=trade.read_party(root, _PAYER, "BY") or TradeParty(),
        payee=trade.read_party(root, _PAYEE, "SE") or TradeParty(),
        payments=payments or Money.zero(currency),
        lines=tuple(_read_line(n, currency) for place in places for n in place.all("RMR")),
        paid_on=paid_on,
        means=None if means == _NO_METHOD else means,
        payer_account=begin.get(9),
        payee_account=begin.get(15),
        adjustments=tuple(
            _read_adjustment(n, currency) for place in places for n in place.all("ADX")
        ),
    )


def _read_line(node: Node, currency: str) -> RemittanceLine:
    paid = node.money(4, 1, currency)
    if paid is None:
        node.fault("missing", "the document has no amount paid (RMR04)")
    node.get(3)
    kind = node.get(1) or "IV"
    return RemittanceLine(
        document=node.need(2),
        paid=paid or Money.zero(currency),
        document_type=_FROM_TYPE.get(kind, "380"),
        issue_date=read_days(node, _INVOICED),
        due=node.money(5, 1, currency),
        discount=node.money(6, 1, currency),
        order_number=read_reference(node, "PO"),
        adjustments=tuple(_read_adjustment(part, currency) for part in node.all("ADX")),
    )


def _read_adjustment(node: Node, currency: str) -> Adjustment:
    amount = node.money(1, 1, currency)
    code = node.get(2)
    words = []
    for note in node.all("NTE"):
        note.get(1)
        if text := note.get(2):
            words.append(text)
    reason = None if code == _NO_REASON else code
    return Adjustment(amount or Money.zero(currency), reason, " ".join(words) or None)
