"""A working day of the company that is looked at: drafts, deliveries, receipts, sendings.

One in a thousand of the items is a draft that waits, two in a thousand are receipts that do, and
never fewer than fill two pages of a list: so a page shows the same of the small and the large
company. What was paid before is on receipts too, each applied by a proposal.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from acquit.core.context import Context
from acquit.database.copy import execute, fetch_rows
from acquit.stages.invoices.commands.bill import bill
from benchmarks.billing import deliveries

DRAFTS, RECEIPTS, LEAST = 1_000, 500, 120  # one draft and one receipt in so many items


def begin(ctx: Context, *, items: int) -> None:
    """Everything that waits this morning, loaded set by set."""
    _drafts(ctx, max(items // DRAFTS, LEAST))
    execute(_DELIVERED, {"company": ctx.company_id, "today": ctx.today})
    _receipts(ctx, max(items // RECEIPTS, LEAST))
    execute("ANALYZE")


def _drafts(ctx: Context, count: int) -> None:
    """Drafts by a billing run: of public buyers without a reference, which wait for review; ready
    ones, some held, some leaving, some in need of a second person. A third as many deliveries
    come after the run."""
    values = {"company": ctx.company_id, "now": ctx.now, "soon": ctx.now + timedelta(minutes=10)}
    found = fetch_rows(
        "SELECT id FROM masterdata_customer WHERE company_id = %s ORDER BY number LIMIT %s",
        [ctx.company_id, count],
    )
    buyers: list[UUID] = [id for (id,) in found]
    values["public"] = buyers[::3]
    execute(
        "UPDATE masterdata_customer SET segment = 'public'"
        " WHERE company_id = %(company)s AND id = ANY(%(public)s)",
        values,
    )
    deliveries.load(ctx, count * 3, buyers=buyers)
    bill(ctx=ctx, as_of=ctx.today, straight_through=False)
    deliveries.load(ctx, count, start=count * 3, buyers=buyers)
    for statement in _DECIDED:
        execute(statement, values)


_NTH = (
    "SELECT id, gross_minor, row_number() OVER (ORDER BY id) AS n FROM invoices_draft"
    " WHERE company_id = %(company)s AND state = 'ready'"
)
_DECIDED = (
    "UPDATE invoices_draft d SET state = 'held', held_reason = 'the customer asked to wait'"
    f" FROM ({_NTH}) o WHERE d.company_id = %(company)s AND d.id = o.id AND o.n %% 20 = 0",
    "UPDATE invoices_draft d SET state = 'scheduled', issue_at = %(soon)s"
    f" FROM ({_NTH}) o WHERE d.company_id = %(company)s AND d.id = o.id AND o.n %% 20 = 1",
    "INSERT INTO access_approval (id, company_id, command, item, asked_hash, item_key,"
    " amount_minor, currency, why, maker_name, state, created_at, decision_reason)"
    " SELECT gen_random_uuid(), %(company)s, 'invoices.issue',"
    " jsonb_build_object('draft_id', id), md5(id::text), id::text, gross_minor, 'EUR',"
    " 'above the limit', 'Somebody', 'waiting', %(now)s, ''"
    f" FROM ({_NTH}) o WHERE n %% 20 = 2",
)
# Every document left on the day of its issue, one in two hundred of the last week bounced, and one
# in fifty thousand is on its way.
_DELIVERED = """
INSERT INTO dispatch_dispatch (id, company_id, document_id, version, channel, recipient, message_id,
    state, attempts, xml_digest, pdf_digest, message_digest, last_error, due_at, queued_at, sent_at)
SELECT gen_random_uuid(), company_id, id, 1, 'email', 'buyer@bench.example', number, CASE
        WHEN series_number %% 200 = 0 AND issued_on > %(today)s::date - 7 THEN 'failed'
        WHEN series_number %% 50000 = 1 THEN 'queued' ELSE 'sent' END,
    1, '', '', '', '', issued_on, issued_on,
    CASE WHEN series_number %% 50000 <> 1 THEN issued_on + interval '10 hours' END
FROM invoices_document WHERE company_id = %(company)s ORDER BY issued_on
"""


def _receipts(ctx: Context, count: int) -> None:
    """What was paid came by the bank and was applied, nine in ten by a rule. What came since is
    open: two thirds with answers worth a look, the rest for a person to find out."""
    values = {
        "company": ctx.company_id,
        "today": ctx.today,
        "now": ctx.now,
        "count": count,
        "every": max(_open_claims(ctx.company_id) // count, 1),
    }
    for table in ("receivables_open_item", "receipts_receipt"):
        execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    for statement in (_APPLIED, *_WAITING):
        execute(statement, values)
    for table in ("receivables_open_item", "receipts_receipt"):
        execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def _open_claims(company_id: UUID) -> int:
    ((count,),) = fetch_rows(
        "SELECT count(*) FROM receivables_open_item"
        " WHERE company_id = %s AND open_minor > 0 AND side = 'debit'",
        [company_id],
    )
    return int(count)


_RECEIPT = (
    "INSERT INTO receipts_receipt (id, company_id, method, received_on, amount_minor, currency,"
    " customer_id, payer_name, payer_iban, text, ledger_account, quittance_number, recorded_at)"
)
_PROPOSAL = (
    "INSERT INTO matching_proposal (id, company_id, receipt_id, rank, probability, rivals, action,"
    " reason, items, evidence, total_minor, currency, state, rule, created_at, decided_at,"
    " decided_by)"
)
_APPLIED = f"""
WITH paid AS (
    UPDATE receivables_open_item i SET receipt_id = i.id
    FROM receivables_allocation a JOIN receivables_open_item d
        ON d.company_id = a.company_id AND d.id = a.debit_item_id
    WHERE i.company_id = %(company)s AND a.company_id = i.company_id AND a.credit_item_id = i.id
    RETURNING i.id, i.effective_on, i.original_minor AS minor, d.id AS claim, d.number,
        d.customer_id, a.amount_minor
), receipts AS ({_RECEIPT}
    SELECT id, %(company)s, 'bank', effective_on, minor, 'EUR', customer_id, 'Kunde', '',
        'Rechnung ' || number, '1200', '', effective_on + interval '8 hours' FROM paid
) {_PROPOSAL}
SELECT gen_random_uuid(), %(company)s, id, 1, 0.9995, 0,
    CASE WHEN hashtext(number) %% 10 = 0 THEN 'suggest' ELSE 'post' END, 'reference',
    jsonb_build_array(jsonb_build_object(
        'open_item', claim, 'number', number, 'amount_minor', amount_minor)),
    '[]', minor, 'EUR', 'accepted', 'matching v1 row 1', effective_on + interval '9 hours',
    effective_on + interval '9 hours', 'Acquit'
FROM paid
"""
# Every so many open claims one was paid: the receipt, its open item and its answers hang together
# by ``n``, which also says what the payer wrote.
_WAITING = (
    """
CREATE TEMPORARY TABLE came AS
SELECT n / %(every)s AS n, gen_random_uuid() AS receipt, gen_random_uuid() AS item, id AS claim,
    number, customer_id, name, open_minor, %(today)s::date - (n %% 5)::int AS day,
    lead(id) OVER w AS other, lead(number) OVER w AS other_number
FROM (
    SELECT i.id, i.number, i.customer_id, c.name, i.open_minor, row_number() OVER (ORDER BY i.id) n
    FROM receivables_open_item i JOIN masterdata_customer c
        ON c.company_id = i.company_id AND c.id = i.customer_id
    WHERE i.company_id = %(company)s AND i.side = 'debit' AND i.open_minor > 0
) claims WHERE n %% %(every)s = 0 WINDOW w AS (ORDER BY n) ORDER BY n LIMIT %(count)s
""",
    f"""{_RECEIPT}
SELECT receipt, %(company)s, 'bank', day, open_minor, 'EUR', NULL, upper(name),
    CASE WHEN n %% 6 < 4 THEN 'DE' || lpad(n::text, 20, '0') ELSE '' END,
    CASE WHEN n %% 6 < 4 THEN 'SVWZ+Rechnung ' || number || ' danke' ELSE 'Zahlung laut Liste' END,
    '1200', '', day + interval '8 hours' FROM came
""",
    """
INSERT INTO receivables_open_item (id, company_id, customer_id, kind, side, receipt_id, number,
    number_key, effective_on, due_on, currency, original_minor, open_minor, functional_minor,
    open_functional_minor, moved_on, recorded_at)
SELECT item, %(company)s, CASE WHEN n %% 6 < 4 THEN customer_id END, 'receipt', 'credit', receipt,
    'R', 'R', day, day, 'EUR', open_minor, open_minor, open_minor, open_minor, day, %(now)s
FROM came
""",
    # The best answer and, for every second receipt, another one that fits as well.
    f"""{_PROPOSAL}
SELECT gen_random_uuid(), %(company)s, receipt, rank, CASE WHEN n %% 6 < 4 THEN 0.9 ELSE 0.2 END
        - rank * 0.05 - (n %% 100) * 0.001,
    n %% 2, CASE WHEN n %% 6 < 4 THEN 'suggest' ELSE 'ask' END, 'reference',
    jsonb_build_array(jsonb_build_object('open_item', CASE rank WHEN 1 THEN claim ELSE other END,
        'number', CASE rank WHEN 1 THEN number ELSE other_number END,
        'amount_minor', open_minor)),
    jsonb_build_array(
        jsonb_build_object('kind', 'reference', 'text', 'number ' || number || ' in text',
            'start', 14, 'end', 14 + length(number)),
        jsonb_build_object('kind', 'amount', 'text', 'amount exact', 'start', -1, 'end', -1)),
    open_minor, 'EUR', 'proposed', 'matching v1 row 2', %(now)s, NULL, ''
FROM came, generate_series(1, 2) AS rank
WHERE (rank = 1 OR n %% 2 = 1 AND other IS NOT NULL) AND n %% 6 < 5
""",
)
