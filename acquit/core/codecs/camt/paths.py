"""Which elements of camt.052/053/054 are read, as one tree per namespace.

The tree is walked along with the parser: a step is one dictionary look-up, and everything below
an element that is not in the tree is passed over. Old and new spellings of a version (a status
as text or as code, a party with or without ``Pty``) lead to the same key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from acquit.core.documents.bank import StatementKind

SINGLE: Final = 0  # first text wins
MANY: Final = 1  # every text is kept, in order
AMOUNT: Final = 2  # the text with its currency attribute


class Node(NamedTuple):
    """One element: look-up of its children, the key its text gets, how, and its group.

    ``child`` is the bound ``dict.get`` of the children by full name.
    """

    child: Callable[[str, Node], Node]
    key: str = ""
    how: int = SINGLE
    group: str = ""


_NOTHING: dict[str, Node] = {}
IGNORED: Final = Node(_NOTHING.get)

# Message element and statement element of each message, ISO 20022 camt.
KINDS: Final[Mapping[str, tuple[StatementKind, str, str]]] = {
    "053": (StatementKind.STATEMENT, "BkToCstmrStmt", "Stmt"),
    "052": (StatementKind.REPORT, "BkToCstmrAcctRpt", "Rpt"),
    "054": (StatementKind.NOTIFICATION, "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
# The first version (2007) says itself in the name of the message, and has no ``NtryDtls``.
_FIRST = "V01"
KIND_OF_ELEMENT: Final = {
    element + suffix: kind for kind, element, _part in KINDS.values() for suffix in ("", _FIRST)
}
NAMESPACE: Final = re.compile(r"^urn:iso:std:iso:20022:tech:xsd:camt\.(05[234])\.001\.(\d\d)$")
VERSION_FIRST: Final = 1
VERSION_LAST: Final = 14

_HEADER = {"GrpHdr/MsgId": "message_id", "GrpHdr/CreDtTm": "created"}
_STATEMENT = {
    "Id": "id",
    "StmtPgntn/PgNb": "page",
    "RptPgntn/PgNb": "page",
    "NtfctnPgntn/PgNb": "page",
    "ElctrncSeqNb": "sequence",
    "LglSeqNb": "legal_sequence",
    "CreDtTm": "created",
    "FrToDt/FrDtTm": "from",
    "FrToDt/ToDtTm": "to",
    "FrToDt/FrDt": "from",
    "FrToDt/ToDt": "to",
    "Acct/Id/IBAN": "iban",
    "Acct/Id/Othr/Id": "other",
    "Acct/Id/PrtryAcct/Id": "other",
    "Acct/Ccy": "currency",
}
_BALANCE = {
    "Tp/CdOrPrtry/Cd": "type",
    "Tp/CdOrPrtry/Prtry": "type",
    "Tp/Cd": "type",
    "Amt": "@amount",
    "CdtDbtInd": "sign",
    "Dt/Dt": "date",
    "Dt/DtTm": "date",
}
_CODE = {
    "BkTxCd/Domn/Cd": "domain",
    "BkTxCd/Domn/Fmly/Cd": "family",
    "BkTxCd/Domn/Fmly/SubFmlyCd": "subfamily",
    "BkTxCd/Prtry/Cd": "bank_code",
}
_AMOUNTS = {
    "AmtDtls/InstdAmt/Amt": "@instructed",
    "AmtDtls/TxAmt/Amt": "@transaction",
    "AmtDtls/CntrValAmt/Amt": "@counter_value",
    "AmtDtls/InstdAmt/CcyXchg/XchgRate": "rate",
    "AmtDtls/TxAmt/CcyXchg/XchgRate": "rate",
    "AmtDtls/CntrValAmt/CcyXchg/XchgRate": "rate",
}
_CHARGE = {"Amt": "@amount", "CdtDbtInd": "sign"}
_ENTRY = {
    "NtryRef": "entry_reference",
    "Amt": "@amount",
    "CdtDbtInd": "sign",
    "RvslInd": "reversal",
    "Sts": "status",
    "Sts/Cd": "status",
    "Sts/Prtry": "status",
    "BookgDt/Dt": "booked",
    "BookgDt/DtTm": "booked",
    "ValDt/Dt": "value",
    "ValDt/DtTm": "value",
    "AcctSvcrRef": "bank_reference",
    "AddtlNtryInf": "additional",
    **_CODE,
    **_AMOUNTS,
}
_PARTIES = {
    f"RltdPties/{side}{path}": f"{key}_{field}"
    for side, key in (("Dbtr", "dbtr"), ("Cdtr", "cdtr"))
    for path, field in (
        ("/Nm", "name"),
        ("/Pty/Nm", "name"),
        ("/Agt/FinInstnId/Nm", "name"),
        ("Acct/Id/IBAN", "iban"),
        ("Acct/Id/Othr/Id", "iban"),
        ("Acct/Id/PrtryAcct/Id", "iban"),
    )
} | {
    f"RltdPties/Ultmt{side}/{path}": f"{key}_ultimate"
    for side, key in (("Dbtr", "dbtr"), ("Cdtr", "cdtr"))
    for path in ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm")
}
_DETAIL = {
    "Refs/EndToEndId": "end_to_end",
    "Refs/AcctSvcrRef": "bank_reference",
    "Refs/MndtId": "mandate",
    "Amt": "@amount",
    "CdtDbtInd": "sign",
    "Purp/Cd": "purpose",
    "Purp/Prtry": "purpose",
    "RmtInf/Ustrd": "*text",
    "RmtInf/Strd/AddtlRmtInf": "*text",
    "RmtInf/Strd/CdtrRefInf/Ref": "*references",
    "RmtInf/Strd/CdtrRefInf/CdtrRef": "*references",
    "RmtInf/Strd/RfrdDocInf/Nb": "*documents",
    "RmtInf/Strd/RfrdDocInf/RfrdDocNb": "*documents",
    "RmtInf/Strd/RfrdDocInf/Tp/CdOrPrtry/Cd": "*document_types",
    "RmtInf/Strd/RfrdDocInf/RfrdDocTp/Cd": "*document_types",
    "RtrInf/Rsn/Cd": "return_reason",
    "RtrInf/Rsn/Prtry": "return_reason",
    "AddtlTxInf": "additional",
    **_CODE,
    **_AMOUNTS,
    **_PARTIES,
}
# What the payer says of the amounts of a document; the currency is that of the money remitted.
_TOLD = {
    "DuePyblAmt": "@due",
    "DscntApldAmt": "*discount",
    "DscntApldAmt/Amt": "*discount",
    "CdtNoteAmt": "@credit",
    "TaxAmt": "*tax",
    "TaxAmt/Amt": "*tax",
    "RmtdAmt": "@remitted",
    "AdjstmntAmtAndRsn/Amt": "*adjusted",
    "AdjstmntAmtAndRsn/Rsn": "*reasons",
    "AdjstmntAmtAndRsn/AddtlInf": "*reasons",
}
STRUCTURED: Final = "structured"  # a group whose texts go to the record around it


def elements(kind: StatementKind, namespace: str) -> tuple[str, str]:
    """Message element and statement element of a kind in this namespace."""
    message, part = next((message, part) for of, message, part in KINDS.values() if of is kind)
    return (f"{message}{_FIRST}" if namespace.endswith(".001.01") else message), part


def _messages() -> Iterator[tuple[str, str, str, str]]:
    """Message, statement, entry and detail of every message that is read."""
    for _kind, message, part in KINDS.values():
        for suffix, details in (("", "NtryDtls/TxDtls"), (_FIRST, "TxDtls")):
            entry = f"{message}{suffix}/{part}/Ntry"
            yield f"{message}{suffix}", f"{message}{suffix}/{part}", entry, f"{entry}/{details}"


def _leaves() -> Iterator[tuple[str, str]]:
    for message, statement, entry, detail in _messages():
        for path, key in _HEADER.items():
            yield f"{message}/{path}", key
        for prefix, table in (
            (statement, _STATEMENT),
            (f"{statement}/Bal", _BALANCE),
            (entry, _ENTRY),
            (detail, _DETAIL),
        ):
            for path, key in table.items():
                yield f"{prefix}/{path}", key
        for path, key in _TOLD.items():
            yield f"{detail}/RmtInf/Strd/RfrdDocAmt/{path}", key
        for owner in (entry, detail):
            yield f"{owner}/Chrgs/TtlChrgsAndTaxAmt", "@charges_total"
            for path, key in _CHARGE.items():
                yield f"{owner}/Chrgs/{path}", key
                yield f"{owner}/Chrgs/Rcrd/{path}", key


def _groups() -> dict[str, str]:
    groups: dict[str, str] = {}
    for message, statement, entry, detail in _messages():
        groups |= {
            message: "message",
            statement: "statement",
            f"{statement}/Bal": "balance",
            entry: "entry",
            detail: "detail",
            f"{detail}/RmtInf/Strd": STRUCTURED,
            f"{detail}/RmtInf/Strd/RfrdDocAmt": "told",
        }
        for owner in (entry, detail):
            groups |= {f"{owner}/Chrgs": "charges", f"{owner}/Chrgs/Rcrd": "charge"}
    return groups


@lru_cache(maxsize=32)
def tree(namespace: str) -> Node:
    """The tree below ``Document``, with the names as expat reports them for the namespace."""
    prefix = f"{namespace}}}" if namespace else ""
    leaves = dict(_leaves())
    groups = _groups()
    children: dict[str, dict[str, None]] = {}
    for path in [*leaves, *groups]:
        steps = path.split("/")
        for depth in range(len(steps)):
            parent = "/".join(steps[:depth])
            children.setdefault(parent, {})[steps[depth]] = None

    def build(path: str) -> Node:
        below = {
            prefix + step: build(f"{path}/{step}" if path else step)
            for step in children.get(path, ())
        }
        key = leaves.get(path, "")
        how = {"*": MANY, "@": AMOUNT}.get(key[:1], SINGLE)
        return Node(below.get, key.lstrip("*@"), how, groups.get(path, ""))

    return build("")
