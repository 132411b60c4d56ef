"""Writing a statement as camt.053.001.08: for demo banks, tests and hand-over to other systems."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from xml.sax.saxutils import escape

from acquit.core.documents.bank import BankLine, BankStatement, LineStatus, ToldDocument
from acquit.core.money import exponent

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"

# What does not survive writing and reading back. Text lines over 140 characters are also cut
# into several lines, and names over 140, references over 35 are cut short (ISO 20022 Max*Text).
LOSES = frozenset(
    {"kind", "byte_start", "byte_end", "additional_text_beyond_500", "reason of told"}
)

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STATUS = {
    LineStatus.BOOKED: "BOOK",
    LineStatus.PENDING: "PDNG",
    LineStatus.INFORMATION: "INFO",
}
_DOMAIN_CODE = re.compile(r"[A-Z0-9]{1,4}/[A-Z0-9]{1,4}/[A-Z0-9]{1,4}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}")


def write(statement: BankStatement, *, created_at: datetime) -> bytes:
    """The statement as UTF-8 bytes that the schema of camt.053.001.08 accepts.

    Neighbouring lines that share an ``entry_number`` become one batch entry with details.
    ``created_at`` carries its offset; balances that are None are left out (the schema wants
    one at least, so a statement without any is refused with ValueError).
    """
    if statement.opening_minor is None and statement.closing_minor is None:
        raise ValueError(f"statement {statement.reference}: camt.053 needs a balance")
    for name, text in (("sequence", statement.sequence), ("page", statement.page)):
        if text and not (text.isascii() and text.isdigit()):
            raise ValueError(f"camt.053 wants digits in {name}, not {text!r}")
    created = created_at.isoformat(timespec="seconds")
    body = "".join(_statement(statement, created))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{NAMESPACE}"><BkToCstmrStmt>\n'
        f"<GrpHdr>{_tag('MsgId', statement.reference, 35)}<CreDtTm>{created}</CreDtTm></GrpHdr>\n"
        f"{body}</BkToCstmrStmt></Document>\n"
    ).encode()


def _statement(statement: BankStatement, created: str) -> Iterator[str]:
    yield f"<Stmt>{_tag('Id', statement.reference, 35)}"
    if statement.page:
        last = "false" if statement.closing_minor is None else "true"
        page = _tag("PgNb", statement.page, 5)
        yield f"<StmtPgntn>{page}<LastPgInd>{last}</LastPgInd></StmtPgntn>"
    yield _tag("ElctrncSeqNb", statement.sequence, 18)
    yield f"<CreDtTm>{created}</CreDtTm>"
    if statement.from_date and statement.to_date:
        yield (
            f"<FrToDt><FrDtTm>{statement.from_date}T00:00:00</FrDtTm>"
            f"<ToDtTm>{statement.to_date}T23:59:59</ToDtTm></FrToDt>"
        )
    yield f"<Acct>{_account_id(statement.account)}{_tag('Ccy', statement.currency, 3)}</Acct>\n"
    days = [line.booking_date for line in statement.lines]
    opening_day = statement.from_date or min(days, default=statement.to_date)
    closing_day = statement.to_date or max(days, default=statement.from_date)
    yield _balance("OPBD", statement.opening_minor, statement.currency, opening_day, created)
    yield _balance("CLBD", statement.closing_minor, statement.currency, closing_day, created)
    for key, run in groupby(statement.lines, key=_entry_key):
        lines = list(run)
        for group in [lines] if key[0] else [[line] for line in lines]:
            yield from _entry(group)
    yield "</Stmt>"


def _entry_key(line: BankLine) -> tuple[object, ...]:
    """What lines of one batch have in common, because it stands in the entry itself."""
    return (
        line.entry_number,
        line.booking_date,
        line.value_date,
        line.status,
        line.currency,
        line.is_reversal,
    )


def _balance(kind: str, minor: int | None, currency: str, day: date | None, created: str) -> str:
    if minor is None:
        return ""
    when = day.isoformat() if day else created[:10]
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_amount(minor, currency)}"
        f"{_sign(minor)}<Dt><Dt>{when}</Dt></Dt></Bal>\n"
    )


def _entry(lines: Sequence[BankLine]) -> Iterator[str]:
    first = lines[0]
    total = sum(line.amount_minor for line in lines)
    yield f"<Ntry>{_amount(total, first.currency)}{_sign(total)}"
    if first.is_reversal:
        yield "<RvslInd>true</RvslInd>"
    yield f"<Sts><Cd>{_STATUS[first.status]}</Cd></Sts>"
    yield f"<BookgDt><Dt>{first.booking_date}</Dt></BookgDt>"
    if first.value_date:
        yield f"<ValDt><Dt>{first.value_date}</Dt></ValDt>"
    single = len(lines) == 1
    if single:
        yield _tag("AcctSvcrRef", first.bank_reference, 35)
    yield _code(first.transaction_code or "NTAV")
    yield "<NtryDtls>"
    for line in lines:
        yield from _detail(line, single=single)
    yield "</NtryDtls></Ntry>\n"


def _detail(line: BankLine, *, single: bool) -> Iterator[str]:
    references = "" if single else _tag("AcctSvcrRef", line.bank_reference, 35)
    references += _tag("EndToEndId", line.end_to_end_id, 35) + _tag("MndtId", line.mandate_id, 35)
    yield f"<TxDtls>{_wrap('Refs', references)}"
    yield f"{_amount(line.amount_minor, line.currency)}{_sign(line.amount_minor)}"
    yield _original(line)
    if not single and line.transaction_code:
        yield _code(line.transaction_code)
    if line.charges_minor:
        sign = "CRDT" if line.charges_minor < 0 else "DBIT"
        yield (
            f"<Chrgs><Rcrd>{_amount(line.charges_minor, line.currency)}"
            f"<CdtDbtInd>{sign}</CdtDbtInd></Rcrd></Chrgs>"
        )
    yield _parties(line)
    if line.purpose:
        is_code = len(line.purpose) <= 4
        yield _wrap("Purp", _tag("Cd" if is_code else "Prtry", line.purpose, 35))
    yield _remittance(line)
    if line.return_reason:
        is_code = len(line.return_reason) <= 4
        reason = _tag("Cd" if is_code else "Prtry", line.return_reason, 35)
        yield f"<RtrInf><Rsn>{reason}</Rsn></RtrInf>"
    yield _tag("AddtlTxInf", line.additional_text, 500)
    yield "</TxDtls>"


def _original(line: BankLine) -> str:
    if line.original_minor is None:
        return ""
    rate = ""
    if line.exchange_rate is not None:
        rate = (
            f"<CcyXchg><SrcCcy>{line.original_currency}</SrcCcy>"
            f"<XchgRate>{line.exchange_rate:f}</XchgRate></CcyXchg>"
        )
    amount = _amount(line.original_minor, line.original_currency)
    return f"<AmtDtls><InstdAmt>{amount}{rate}</InstdAmt></AmtDtls>"


def _parties(line: BankLine) -> str:
    side = "Dbtr" if (line.amount_minor > 0) != line.is_reversal else "Cdtr"
    name = _tag("Nm", line.payer_name, 140)
    ultimate = _tag("Nm", line.ultimate_payer_name, 140)
    account = _account_id(line.payer_iban) if line.payer_iban else ""
    return _wrap(
        "RltdPties",
        _wrap(side, _wrap("Pty", name))
        + _wrap(f"{side}Acct", account)
        + _wrap(f"Ultmt{side}", _wrap("Pty", ultimate)),
    )


def _remittance(line: BankLine) -> str:
    texts = [
        text[start : start + 140]
        for text in line.remittance.split("\n")
        for start in range(0, len(text), 140)
    ]
    unstructured = "".join(_tag("Ustrd", text, 140) for text in texts)
    told = {one.document: one for one in line.told}
    structured = "".join(
        _document(number, told.get(number), line.currency) for number in line.document_references
    ) + "".join(
        f"<Strd><CdtrRefInf>{_tag('Ref', reference, 35)}</CdtrRefInf></Strd>"
        for reference in line.structured_references
    )
    return _wrap("RmtInf", unstructured + structured)


def _document(number: str, told: ToldDocument | None, currency: str) -> str:
    kind = "CREN" if told and told.paid_minor < 0 else ""
    amounts = ""
    if told and told.discount_minor:
        discount = _amount(told.discount_minor, currency)
        amounts = _wrap("DscntApldAmt", discount)
    if told:
        amounts += _amount(told.paid_minor, currency).replace("Amt", "RmtdAmt")
    return _wrap(
        "Strd",
        _wrap(
            "RfrdDocInf",
            _wrap("Tp", _wrap("CdOrPrtry", _tag("Cd", kind, 4))) + _tag("Nb", number, 35),
        )
        + _wrap("RfrdDocAmt", amounts),
    )


def _code(code: str) -> str:
    if _DOMAIN_CODE.fullmatch(code):
        domain, family, subfamily = code.split("/")
        return (
            f"<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd>"
            f"<SubFmlyCd>{subfamily}</SubFmlyCd></Fmly></Domn></BkTxCd>"
        )
    return f"<BkTxCd><Prtry>{_tag('Cd', code, 35)}</Prtry></BkTxCd>"


def _account_id(account: str) -> str:
    if _IBAN.fullmatch(account):
        return f"<Id><IBAN>{account}</IBAN></Id>"
    return f"<Id><Othr>{_tag('Id', account, 34)}</Othr></Id>"


def _amount(minor: int, currency: str) -> str:
    places = exponent(currency)
    digits = str(abs(minor)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f'<Amt Ccy="{currency}">{text}</Amt>'


def _sign(minor: int) -> str:
    return f"<CdtDbtInd>{'DBIT' if minor < 0 else 'CRDT'}</CdtDbtInd>"


def _tag(name: str, text: str, length_max: int) -> str:
    clean = escape(_NOT_XML.sub(" ", text)[:length_max])
    return f"<{name}>{clean}</{name}>" if clean else ""


def _wrap(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>" if content else ""
