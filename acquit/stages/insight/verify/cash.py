"""Checks of open items and cash: I7, I10 to I14, I16, I35.

I7 is proven per record instead of per balance: for every document, receipt, allocation and bank
line, what the sub-ledger moved on the day it took effect is what its entry moved. Equal movements
for each record and day make equal balances at every date, and a difference has a name.
"""

from __future__ import annotations

from acquit.stages.insight.verify.source import Invariant, by_sql

_ITEM = "'open item ' || i.number"
OPEN = f"""
    SELECT {_ITEM}, 'open ' || CAST(i.open_minor AS text) || ', but original less allocations is '
        || CAST(i.original_minor - coalesce(s.minor, 0) AS text)
    FROM receivables_open_item i LEFT JOIN (
        SELECT item_id, sum(minor) AS minor, sum(functional) AS functional FROM (
            SELECT debit_item_id AS item_id, amount_minor AS minor,
                debit_functional_minor AS functional
            FROM receivables_allocation WHERE company_id = %(company)s
            UNION ALL
            SELECT credit_item_id, amount_minor, credit_functional_minor
            FROM receivables_allocation WHERE company_id = %(company)s
        ) AS sides GROUP BY item_id
    ) AS s ON s.item_id = i.id
    WHERE i.company_id = %(company)s AND (
        i.open_minor <> i.original_minor - coalesce(s.minor, 0)
        OR i.open_functional_minor <> i.functional_minor - coalesce(s.functional, 0)
        OR i.open_minor < 0 OR i.open_minor > i.original_minor)
"""
ORIGIN = f"""
    SELECT {_ITEM}, 'says ' || CAST(i.original_minor AS text) || ' ' || i.currency ||
        '; its document says ' || coalesce(CAST(d.gross_minor AS text) || ' ' || d.currency, '-')
    FROM receivables_open_item i LEFT JOIN invoices_document d
        ON d.company_id = i.company_id AND d.id = i.document_id
    WHERE i.company_id = %(company)s AND i.kind <> 'receipt' AND (
        d.id IS NULL OR d.gross_minor <> i.original_minor OR d.currency <> i.currency
        OR d.customer_id <> i.customer_id OR d.kind <> i.kind OR d.number <> i.number)
    UNION ALL
    SELECT {_ITEM}, 'says ' || CAST(i.original_minor AS text) || ' ' || i.currency ||
        '; its receipt says ' || coalesce(CAST(r.amount_minor AS text) || ' ' || r.currency, '-')
    FROM receivables_open_item i LEFT JOIN receipts_receipt r
        ON r.company_id = i.company_id AND r.id = i.receipt_id
    WHERE i.company_id = %(company)s AND i.kind = 'receipt' AND (
        r.id IS NULL OR r.amount_minor <> i.original_minor OR r.currency <> i.currency)
    UNION ALL
    SELECT 'document ' || d.number, 'has no open item'
    FROM invoices_document d LEFT JOIN receivables_open_item i
        ON i.company_id = d.company_id AND i.document_id = d.id
    WHERE d.company_id = %(company)s AND i.id IS NULL
    UNION ALL
    SELECT 'receipt ' || CAST(r.id AS text), 'has no open item'
    FROM receipts_receipt r LEFT JOIN receivables_open_item i
        ON i.company_id = r.company_id AND i.receipt_id = r.id
    WHERE r.company_id = %(company)s AND i.id IS NULL
"""
OVERSPENT = """
    SELECT 'open item ' || c.number, 'allocations take ' || CAST(sum(a.amount_minor) AS text) ||
        ' of ' || CAST(c.original_minor AS text)
    FROM receivables_allocation a JOIN receivables_open_item c
        ON c.company_id = a.company_id AND c.id = a.credit_item_id
    WHERE a.company_id = %(company)s GROUP BY c.id, c.number, c.original_minor
    HAVING sum(a.amount_minor) > c.original_minor OR sum(a.amount_minor) < 0
"""
JOINED = """
    SELECT 'allocation ' || CAST(a.id AS text), 'joins ' || d.number || ' (' || d.side || ', ' ||
        d.currency || ') and ' || c.number || ' (' || c.side || ', ' || c.currency || ') in ' ||
        a.currency
    FROM receivables_allocation a
    JOIN receivables_open_item d ON d.company_id = a.company_id AND d.id = a.debit_item_id
    JOIN receivables_open_item c ON c.company_id = a.company_id AND c.id = a.credit_item_id
    WHERE a.company_id = %(company)s AND (d.side <> 'debit' OR c.side <> 'credit'
        OR d.currency <> a.currency OR c.currency <> a.currency
        OR a.debit_customer_id <> d.customer_id)
    UNION ALL
    SELECT 'allocation ' || CAST(r.id AS text), 'does not take back what it reverses'
    FROM receivables_allocation r LEFT JOIN receivables_allocation a
        ON a.company_id = r.company_id AND a.id = r.reverses_id
    WHERE r.company_id = %(company)s AND r.reverses_id IS NOT NULL AND (a.id IS NULL
        OR a.amount_minor + r.amount_minor <> 0 OR a.debit_item_id <> r.debit_item_id
        OR a.credit_item_id <> r.credit_item_id OR a.currency <> r.currency
        OR a.debit_functional_minor + r.debit_functional_minor <> 0
        OR a.credit_functional_minor + r.credit_functional_minor <> 0)
"""
CONSUMED = """
    SELECT 'receipt ' || CAST(r.id AS text), 'says ' || CAST(r.amount_minor AS text) || ' ' ||
        r.currency || '; its bank line says ' || CAST(l.amount_minor AS text) || ' ' || l.currency
    FROM receipts_receipt r JOIN receipts_bank_line l
        ON l.company_id = r.company_id AND l.id = r.bank_line_id
    WHERE r.company_id = %(company)s AND r.method <> 'payout'
        AND (l.currency <> r.currency OR r.amount_minor <> l.amount_minor)
    UNION ALL
    SELECT 'bank line ' || CAST(l.id AS text), CAST(count(r.id) AS text) ||
        ' receipts stand for it; it must be one'
    FROM receipts_bank_line l LEFT JOIN receipts_receipt r
        ON r.company_id = l.company_id AND r.bank_line_id = l.id
    WHERE l.company_id = %(company)s AND l.amount_minor > 0
    GROUP BY l.id HAVING count(r.id) <> 1
    UNION ALL
    SELECT 'bank line ' || CAST(l.id AS text), CAST(count(f.id) AS text) ||
        ' facts book it; it must be one'
    FROM receipts_bank_line l LEFT JOIN history_fact f ON f.company_id = l.company_id
        AND f.subject_id = l.id AND f.kind = 'receipts.MoneyLeft'
    WHERE l.company_id = %(company)s AND l.amount_minor < 0
    GROUP BY l.id HAVING count(f.id) <> 1
"""
# Of a payout that brought no money the receipt is what it paid; fees booked and returns noted are
# what it took. A report taken back and taken in again says nothing new.
NETTED = """
    SELECT 'advice ' || a.number, 'paid ' || CAST(s.paid AS text) || ' and took ' ||
        CAST(s.gone AS text) || ' in fees and returns; its receipt says ' ||
        CAST(coalesce(r.amount_minor, 0) AS text) || ', fees and returns ' ||
        CAST(coalesce(f.minor, 0) + coalesce(t.minor, 0) AS text)
    FROM receipts_advice a JOIN (
        SELECT advice_id,
            sum(CASE WHEN amount_minor > 0 AND (kind = 'payment' OR kind <> 'fee'
                AND document <> '') THEN amount_minor ELSE 0 END) AS paid,
            -sum(CASE WHEN kind = 'fee' OR kind IN ('refund', 'chargeback') AND amount_minor < 0
                THEN amount_minor ELSE 0 END) AS gone
        FROM receipts_advice_part WHERE company_id = %(company)s GROUP BY advice_id
    ) AS s ON s.advice_id = a.id
    LEFT JOIN receipts_receipt r ON r.company_id = a.company_id AND r.advice_id = a.id
    LEFT JOIN (
        SELECT subject_id, sum(CAST(payload->>'amount_minor' AS bigint)) AS minor
        FROM history_fact WHERE company_id = %(company)s AND kind = 'receipts.PayoutCharged'
        GROUP BY subject_id
    ) AS f ON f.subject_id = a.id
    LEFT JOIN (
        SELECT p.advice_id, sum(x.amount_minor) AS minor
        FROM matching_return x JOIN receipts_advice_part p
            ON p.company_id = x.company_id AND p.id = x.advice_part_id
        WHERE x.company_id = %(company)s AND x.reason <> 'WITHDRAWN' GROUP BY p.advice_id
    ) AS t ON t.advice_id = a.id
    WHERE a.company_id = %(company)s AND a.withdrawn_at IS NULL AND (a.kind = 'balance'
            OR a.kind = 'payout' AND a.amount_minor <= 0
                AND (a.bank_line_id IS NOT NULL OR a.amount_minor = 0))
        AND NOT EXISTS (SELECT 1 FROM receipts_advice o WHERE o.company_id = a.company_id
            AND o.bank_line_id = a.bank_line_id AND o.kind = a.kind AND o.id <> a.id)
        AND (coalesce(r.amount_minor, 0) <> s.paid
            OR coalesce(f.minor, 0) + coalesce(t.minor, 0) <> s.gone)
"""
# control, record, subject, customer, currency, day, amount, functional: debit plus.
_SUBLEDGER = """
    SELECT 'receivables' AS control, 'document ' || i.number AS record, i.document_id AS subject,
        i.customer_id, i.currency, i.effective_on AS day,
        CASE WHEN i.side = 'debit' THEN i.original_minor ELSE -i.original_minor END AS minor,
        CASE WHEN i.side = 'debit' THEN i.functional_minor ELSE -i.functional_minor END AS own
    FROM receivables_open_item i WHERE i.company_id = %(company)s AND i.kind <> 'receipt'
    UNION ALL
    SELECT 'unapplied', 'receipt ' || i.number, i.receipt_id,
        CASE WHEN c.id IS NULL THEN i.customer_id ELSE c.customer_before_id END, i.currency,
        i.effective_on, -i.original_minor, -i.functional_minor
    FROM receivables_open_item i LEFT JOIN receivables_payer_change c
        ON c.company_id = i.company_id AND c.item_id = i.id AND c.position = 1
    WHERE i.company_id = %(company)s AND i.kind = 'receipt'
    UNION ALL
    SELECT 'receivables', 'allocation ' || CAST(a.id AS text), a.id, a.debit_customer_id,
        a.currency, a.effective_on, -a.amount_minor, -a.debit_functional_minor
    FROM receivables_allocation a
    WHERE a.company_id = %(company)s AND a.debit_item_id IS NOT NULL
    UNION ALL
    SELECT CASE WHEN c.kind = 'receipt' THEN 'unapplied' ELSE 'receivables' END,
        'allocation ' || CAST(a.id AS text), a.id, a.credit_customer_id, a.currency,
        a.effective_on, a.amount_minor, a.credit_functional_minor
    FROM receivables_allocation a JOIN receivables_open_item c
        ON c.company_id = a.company_id AND c.id = a.credit_item_id
    WHERE a.company_id = %(company)s
    UNION ALL
    SELECT 'unapplied', 'open item ' || i.number, i.id, c.customer_before_id, i.currency,
        c.effective_on, c.amount_minor, c.functional_minor
    FROM receivables_payer_change c JOIN receivables_open_item i
        ON i.company_id = c.company_id AND i.id = c.item_id WHERE c.company_id = %(company)s
    UNION ALL
    SELECT 'unapplied', 'open item ' || i.number, i.id, c.customer_id, i.currency,
        c.effective_on, -c.amount_minor, -c.functional_minor
    FROM receivables_payer_change c JOIN receivables_open_item i
        ON i.company_id = c.company_id AND i.id = c.item_id WHERE c.company_id = %(company)s
"""
CONTROL = f"""
    SELECT coalesce(max(record), 'entries about ' || CAST(subject AS text)), control ||
        ' of customer ' || coalesce(CAST(customer_id AS text), '(unknown)') || ' on ' ||
        CAST(day AS text) || ': sub-ledger ' || CAST(sum(minor) AS text) || ' ' || currency || ' ('
        || CAST(sum(own) AS text) || '), books ' || CAST(sum(booked) AS text) || ' (' ||
        CAST(sum(booked_own) AS text) || ')'
    FROM (
        SELECT control, record, subject, customer_id, currency, day, minor, own, 0 AS booked,
            0 AS booked_own FROM ({_SUBLEDGER}) AS sub
        UNION ALL
        SELECT a.control, NULL, e.subject_id, p.customer_id, p.currency, p.booked_on, 0, 0,
            p.debit_minor - p.credit_minor, p.functional_minor
        FROM ledger_posting p
        JOIN ledger_account a ON a.company_id = p.company_id AND a.id = p.account_id
        JOIN ledger_entry e ON e.company_id = p.company_id AND e.id = p.entry_id
        WHERE p.company_id = %(company)s AND a.control IN ('receivables', 'unapplied')
    ) AS moved
    GROUP BY control, subject, customer_id, currency, day
    HAVING sum(minor) <> sum(booked) OR sum(own) <> sum(booked_own)
"""
MONEY = """
    SELECT coalesce(max(record), 'entries about ' || CAST(subject AS text)), 'moved ' ||
        CAST(sum(minor) AS text) || ' ' || currency || ' on account ' || code || '; the books say '
        || CAST(sum(booked) AS text)
    FROM (
        SELECT 'receipt ' || CAST(id AS text) AS record, id AS subject, ledger_account AS code,
            currency, amount_minor AS minor, 0 AS booked
        FROM receipts_receipt WHERE company_id = %(company)s AND method <> 'payout'
        UNION ALL
        SELECT 'bank line ' || CAST(l.id AS text), l.id, b.ledger_account, l.currency,
            l.amount_minor, 0
        FROM receipts_bank_line l JOIN masterdata_bank_account b
            ON b.company_id = l.company_id AND b.id = l.bank_account_id
        WHERE l.company_id = %(company)s AND l.amount_minor < 0
        UNION ALL
        SELECT NULL, e.subject_id, a.code, p.currency, 0, p.debit_minor - p.credit_minor
        FROM ledger_posting p
        JOIN ledger_account a ON a.company_id = p.company_id AND a.id = p.account_id
        JOIN ledger_entry e ON e.company_id = p.company_id AND e.id = p.entry_id
        WHERE p.company_id = %(company)s AND a.control IN ('bank', 'cash')
            AND e.posting_rule <> 'reversal'
    ) AS moved
    GROUP BY subject, code, currency HAVING sum(minor) <> sum(booked)
"""
CREDITED = """
    SELECT 'document ' || d.number, 'line ' || CAST(l.line_no AS text) || ' of ' ||
        CAST(l.net_minor AS text) || ' is credited with ' || CAST(sum(c.net_minor) AS text)
    FROM invoices_line l
    JOIN invoices_document d ON d.company_id = l.company_id AND d.id = l.document_id
    JOIN invoices_line c ON c.company_id = l.company_id AND c.corrects_id = l.id
    WHERE l.company_id = %(company)s GROUP BY d.number, l.id, l.line_no, l.net_minor
    HAVING abs(sum(c.net_minor)) > abs(l.net_minor)
"""
# What money settled in part, by what stands of it in the log, against the open gaps.
GAPS = f"""
    SELECT {_ITEM}, CASE WHEN g.id IS NULL THEN 'money left ' || CAST(i.open_minor AS text) ||
        ' of it open, and there is no gap' ELSE 'has an open gap that no money left' END
    FROM receivables_open_item i
    LEFT JOIN matching_gap g
        ON g.company_id = i.company_id AND g.item_id = i.id AND g.state = 'open'
    LEFT JOIN (
        SELECT item_id FROM (
            SELECT a.debit_item_id AS item_id, a.amount_minor AS minor
            FROM receivables_allocation a LEFT JOIN receivables_open_item c
                ON c.company_id = a.company_id AND c.id = a.credit_item_id
            WHERE a.company_id = %(company)s AND a.debit_item_id IS NOT NULL
                AND (c.kind = 'receipt' OR a.adjustment = 'exchange')
            UNION ALL
            SELECT a.credit_item_id, a.amount_minor
            FROM receivables_allocation a JOIN receivables_open_item c
                ON c.company_id = a.company_id AND c.id = a.credit_item_id AND c.kind = 'receipt'
            WHERE a.company_id = %(company)s
                AND (a.debit_item_id IS NOT NULL OR a.adjustment = 'exchange')
        ) AS used GROUP BY item_id HAVING sum(minor) > 0
    ) AS m ON m.item_id = i.id
    WHERE i.company_id = %(company)s AND i.kind <> 'credit_note'
        AND (g.id IS NOT NULL) <> (i.open_minor > 0 AND m.item_id IS NOT NULL)
"""

INVARIANTS = (
    Invariant("I7", "control accounts are the sums of their sub-ledgers", by_sql(CONTROL)),
    Invariant("I10", "money that moved is money in the books", by_sql(MONEY)),
    Invariant("I11", "open = original - allocations", by_sql(OPEN)),
    Invariant("I11", "an open item is what its document or receipt says", by_sql(ORIGIN)),
    Invariant("I11", "what money left open is a gap, and nothing else is", by_sql(GAPS)),
    Invariant("I12", "no credit is used beyond its amount", by_sql(OVERSPENT)),
    Invariant("I13", "an allocation joins a claim and a credit of one currency", by_sql(JOINED)),
    Invariant("I14", "every bank line is consumed once, whole", by_sql(CONSUMED)),
    Invariant("I14", "a payout without money is booked once, whole", by_sql(NETTED)),
    Invariant("I16", "no line is credited beyond itself", by_sql(CREDITED)),
)
