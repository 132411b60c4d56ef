"""Checks of the log itself: the chain, the archive, and rows that mirror their facts (I25, I40)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from acquit.core.codecs import statements
from acquit.core.codecs.bankfile import Told
from acquit.core.documents.bank import BankLine, LineStatus, content_key
from acquit.core.text import sha256
from acquit.history.chain import BrokenLink, broken_links
from acquit.stages.insight.verify.source import Broken, Check, Invariant, Source, by_sql


@dataclass(frozen=True, slots=True)
class Mirror:
    """A kind of fact and the row it made: each value of the fact stands in a column of the row.

    ``same`` maps a field of the fact to the SQL of its column in ``t``; ``label`` names the row;
    ``scope`` narrows the table to the rows that this kind makes.
    """

    kind: str
    table: str
    label: str
    same: Mapping[str, str]
    scope: str = "1 = 1"


_ALLOCATION = {
    "debit_item_id": "t.debit_item_id",
    "credit_item_id": "t.credit_item_id",
    "currency": "t.currency",
    "customer_id": "t.debit_customer_id",
    "credit_customer_id": "t.credit_customer_id",
}
MIRRORS = (
    Mirror(
        "invoices.DocumentIssued",
        "invoices_document",
        "'document ' || t.number",
        {
            "effective_on": "t.issued_on",
            "kind": "t.kind",
            "number": "t.number",
            "customer_id": "t.customer_id",
            "currency": "t.currency",
            "net_minor": "t.net_minor",
            "tax_minor": "t.tax_minor",
            "gross_minor": "t.gross_minor",
            "due_on": "t.due_on",
            "digest": "t.digest",
            "corrects_id": "t.corrects_id",
        },
    ),
    Mirror(
        "receipts.ReceiptRecorded",
        "receipts_receipt",
        "'receipt ' || CAST(t.id AS text)",
        {
            "effective_on": "t.received_on",
            "method": "t.method",
            "amount_minor": "t.amount_minor",
            "currency": "t.currency",
            "account": "t.ledger_account",
            "bank_line_id": "t.bank_line_id",
            "quittance_number": "t.quittance_number",
        },
    ),
    Mirror(
        "receipts.MoneyLeft",
        "receipts_bank_line",
        "'bank line ' || CAST(t.id AS text)",
        {"amount_minor": "-t.amount_minor", "currency": "t.currency"},
        scope="t.amount_minor < 0",
    ),
    Mirror(
        "receipts.StatementImported",
        "receipts_statement",
        "'statement ' || t.reference",
        {
            "reference": "t.reference",
            "opening_minor": "t.opening_minor",
            "closing_minor": "t.closing_minor",
            "currency": "t.currency",
        },
        scope="t.state = 'accepted'",
    ),
    Mirror(
        "receivables.CashApplied",
        "receivables_allocation",
        "'allocation ' || CAST(t.id AS text)",
        {
            **_ALLOCATION,
            "effective_on": "t.effective_on",
            "amount_minor": "t.amount_minor",
            "debit_functional_minor": "t.debit_functional_minor",
            "credit_functional_minor": "t.credit_functional_minor",
        },
        scope="t.reverses_id IS NULL",
    ),
    Mirror(
        "receivables.AllocationUndone",
        "receivables_allocation",
        "'allocation ' || CAST(t.id AS text)",
        {
            **_ALLOCATION,
            "effective_on": "t.effective_on",
            "undone_id": "t.reverses_id",
            "amount_minor": "-t.amount_minor",
            "debit_functional_minor": "-t.debit_functional_minor",
            "credit_functional_minor": "-t.credit_functional_minor",
        },
        scope="t.reverses_id IS NOT NULL",
    ),
    Mirror(
        "dispatch.StatusTold",
        "dispatch_status",
        "'status ' || t.number",
        {
            "effective_on": "t.effective_on",
            "document_id": "t.document_id",
            "allocation_id": "t.allocation_id",
            "status": "t.status",
            "number": "t.number",
            "amount_minor": "t.amount_minor",
            "currency": "t.currency",
            "digest": "t.digest",
        },
    ),
    Mirror(
        "matching.GapNoted",
        "matching_gap",
        "'gap ' || CAST(t.id AS text)",
        {
            "effective_on": "t.noted_on",
            "item_id": "t.item_id",
            "receipt_id": "t.receipt_id",
            "amount_minor": "t.amount_minor",
            "currency": "t.currency",
        },
    ),
    Mirror(
        "receipts.AdviceTaken",
        "receipts_advice",
        "'advice ' || t.number",
        {
            "effective_on": "t.paid_on",
            "kind": "t.kind",
            "number": "t.number",
            "amount_minor": "t.amount_minor",
            "currency": "t.currency",
            "parts": "t.parts",
        },
    ),
    Mirror(
        "matching.ProposalAccepted",
        "matching_proposal",
        "'proposal ' || CAST(t.id AS text)",
        {
            "receipt_id": "t.receipt_id",
            "amount_minor": "t.total_minor",
            "currency": "t.currency",
        },
        scope="t.state IN ('accepted', 'undone')",
    ),
    Mirror(
        "matching.ReturnNoted",
        "matching_return",
        "'return ' || CAST(t.id AS text)",
        {
            "effective_on": "t.booked_on",
            "bank_line_id": "t.bank_line_id",
            "advice_part_id": "t.advice_part_id",
            "amount_minor": "t.amount_minor",
            "told_charges_minor": "t.told_charges_minor",
            "worth_minor": "t.worth_minor",
            "currency": "t.currency",
            "reason": "t.reason",
        },
    ),
    Mirror(
        "access.ApprovalRequested",
        "access_approval",
        "'approval ' || CAST(t.id AS text)",
        {
            "command": "t.command",
            "item_key": "t.item_key",
            "amount_minor": "t.amount_minor",
            "currency": "t.currency",
            "why": "t.why",
        },
    ),
)


def _value(field: str) -> str:
    inside = "f.effective_on" if field == "effective_on" else f"f.payload->>'{field}'"
    return f"CAST({inside} AS text)"


def mirror_check(mirror: Mirror) -> Check:
    """Rows without a fact, facts without a row, and every value that is not the same in both."""
    pairs = ", ".join(f"{_value(f)}, CAST({c} AS text)" for f, c in mirror.same.items())
    differ = " OR ".join(
        f"{_value(f)} IS DISTINCT FROM CAST({c} AS text)" for f, c in mirror.same.items()
    )
    sql = f"""
        SELECT {mirror.label}, f.seq, {pairs} FROM {mirror.table} t LEFT JOIN history_fact f
            ON f.company_id = t.company_id AND f.subject_id = t.id AND f.kind = '{mirror.kind}'
        WHERE t.company_id = %(company)s AND {mirror.scope} AND (f.id IS NULL OR {differ})
    """
    lost = f"""
        SELECT 'fact ' || CAST(f.seq AS text) || ' ({mirror.kind})', 'its row is gone from '
            || '{mirror.table}'
        FROM history_fact f LEFT JOIN {mirror.table} t
            ON t.company_id = f.company_id AND t.id = f.subject_id AND {mirror.scope}
        WHERE f.company_id = %(company)s AND f.kind = '{mirror.kind}' AND t.id IS NULL
        UNION ALL
        SELECT 'fact ' || CAST(max(f.seq) AS text) || ' ({mirror.kind})',
            'the same thing happened ' || CAST(count(*) AS text) || ' times'
        FROM history_fact f WHERE f.company_id = %(company)s AND f.kind = '{mirror.kind}'
        GROUP BY f.subject_id HAVING count(*) > 1
    """

    def check(source: Source) -> Iterator[Broken]:
        for label, seq, *values in source.rows(sql):
            if seq is None:
                yield Broken(label, f"no {mirror.kind} stands behind it")
                continue
            for field, said, shown in zip(mirror.same, values[::2], values[1::2], strict=True):
                if said != shown:
                    yield Broken(label, f"{field} is {shown}; fact {seq} says {said}")
        yield from by_sql(lost)(source)

    return check


def chain(source: Source) -> Iterator[Broken]:
    """Every link of the chain, and its head."""
    seq, digest = source.head()
    kinds: dict[int, str] = {}

    def rows() -> Iterator[Mapping[str, Any]]:
        for row in source.facts():
            kinds.clear()
            kinds[row["seq"]] = row["kind"]
            yield row

    link: BrokenLink
    for link in broken_links(rows(), head_seq=seq, head_hash=digest):
        kind = kinds.get(link.seq)
        yield Broken(f"fact {link.seq}" + (f" ({kind})" if kind else ""), link.message)


def archive(source: Source) -> Iterator[Broken]:
    """Archived bytes still have the digest under which they are kept."""
    for digest, body in source.archived():
        if sha256(body) != digest:
            yield Broken(f"archived file {digest[:12]}", "its bytes were changed")


# A mail is not kept itself: it is made again, byte for byte, from its dispatch and its two files.
_NEEDED = """
    SELECT 'statement ' || s.reference, s.archive_digest FROM receipts_statement s
    LEFT JOIN history_archive h ON h.company_id = s.company_id AND h.digest = s.archive_digest
    WHERE s.company_id = %(company)s AND h.id IS NULL
    UNION ALL
    SELECT 'rendition of document ' || d.number, r.pdf_digest FROM dispatch_rendition r
    JOIN invoices_document d ON d.company_id = r.company_id AND d.id = r.document_id
    LEFT JOIN history_archive h ON h.company_id = r.company_id AND h.digest = r.pdf_digest
    LEFT JOIN history_archive x ON x.company_id = r.company_id AND x.digest = r.xml_digest
    WHERE r.company_id = %(company)s AND (h.id IS NULL OR x.id IS NULL)
    UNION ALL
    SELECT 'dispatch to ' || p.recipient, p.pdf_digest FROM dispatch_dispatch p
    LEFT JOIN history_archive h ON h.company_id = p.company_id AND h.digest = p.pdf_digest
    WHERE p.company_id = %(company)s AND p.pdf_digest <> '' AND h.id IS NULL
    UNION ALL
    SELECT 'dispatch to ' || p.recipient, p.xml_digest FROM dispatch_dispatch p
    LEFT JOIN history_archive h ON h.company_id = p.company_id AND h.digest = p.xml_digest
    WHERE p.company_id = %(company)s AND p.xml_digest <> '' AND h.id IS NULL
    UNION ALL
    SELECT 'status ' || t.number, t.digest FROM dispatch_status t
    LEFT JOIN history_archive h ON h.company_id = t.company_id AND h.digest = t.digest
    WHERE t.company_id = %(company)s AND t.digest <> '' AND h.id IS NULL
"""
_ACTED = """
    SELECT 'fact ' || CAST(f.seq AS text) || ' (' || f.kind || ')', 'names no command or no actor'
    FROM history_fact f
    WHERE f.company_id = %(company)s AND (f.command = '' OR f.actor_name = '')
"""


def kept(source: Source) -> Iterator[Broken]:
    """Every file that a row points at is in the archive."""
    for record, digest in source.rows(_NEEDED):
        yield Broken(record, f"its file {digest[:12]} is not in the archive")


_BANK_LINES = """
    SELECT CAST(l.id AS text), s.archive_digest, s.number, l.position, l.content_key,
        CAST(l.booked_on AS text), l.amount_minor, l.currency, l.charges_minor, l.byte_start,
        l.byte_end
    FROM receipts_bank_line l JOIN receipts_statement s
        ON s.company_id = l.company_id AND s.id = l.statement_id
    WHERE l.company_id = %(company)s ORDER BY s.archive_digest
"""


def bank_bytes(source: Source) -> Iterator[Broken]:
    """Read the archived bank files again and find every stored line in them."""
    digest = ""
    booked: dict[tuple[int, int], BankLine] | None = None
    for id, wanted, *place, key, day, minor, currency, charges, start, end in source.rows(
        _BANK_LINES
    ):
        if wanted != digest:
            body = source.archived_bytes(wanted)
            digest, booked = wanted, _read_again(body, currency)
        if booked is None:
            continue
        line = booked.get((place[0], place[1]))
        if line is None or content_key(line) != key:
            yield Broken(f"bank line {id}", "is not in the bank's file")
            continue
        told = line.amount_minor, line.currency, line.booking_date.isoformat()
        if (minor, currency, day) != told:
            said = f"{line.amount_minor} {line.currency} on {line.booking_date}"
            yield Broken(f"bank line {id}", f"is {minor} {currency} on {day}; the file says {said}")
        elif charges != line.charges_minor:
            counted = line.charges_minor
            yield Broken(f"bank line {id}", f"has {charges} of charges; the file says {counted}")
        elif (start, end) != (line.byte_start, line.byte_end):
            yield Broken(f"bank line {id}", "does not point at its bytes in the bank's file")


def _read_again(body: bytes | None, currency: str) -> dict[tuple[int, int], BankLine] | None:
    """The file's booked lines by statement and position; None when it is no bank file.
    A table may leave its currency to the account."""
    if body is None or statements.sniff(body) is None:
        return None
    told = Told(currency=currency)
    return {
        (number, line.position): line
        for number, statement in enumerate(statements.read_all(body, told=told).statements, start=1)
        for line in statement.lines
        if line.status is LineStatus.BOOKED
    }


INVARIANTS = (
    Invariant("I25", "the chain of facts is whole, up to its head", chain),
    Invariant("I25", "archived bytes are unchanged", archive),
    Invariant("I25", "every file that is pointed at is kept", kept),
    *(
        Invariant("I40", f"{mirror.kind} and its rows say the same", mirror_check(mirror))
        for mirror in MIRRORS
    ),
    Invariant("I40", "every fact names its command and actor", by_sql(_ACTED)),
    Invariant("I14", "bank lines are in the bank's files", bank_bytes),
)
