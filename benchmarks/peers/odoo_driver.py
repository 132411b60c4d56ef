"""Runs inside Odoo's own environment: a case of bank lines, created, matched, posted, cleared.

Argument: JSON with ``step``, ``database``, ``addons`` (the folders of modules, comma between),
``data`` (a folder for its files) and ``case`` (the path of the case as ``odoo.py`` writes it).

- ``load`` makes the books: partners with their accounts, open items as posted invoices and refunds,
  a bank journal for each currency, the rates. Answer: the counts.
- ``match`` creates the bank lines, ``batch`` in one call, the partner told where
  ``is_partner_given``; the addon finds the partner else, matches, posts and clears within that
  call; the commit ends the measured part. Answer: seconds, and for each line cleared what its items
  were credited, in minor units of the item's currency.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

# No followers, no chatter, no tracked fields: the cheapest way its context offers.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
    "lang": "en_US",
}
MODULE = "account_reconcile_oca"
CHUNK = 500


def main() -> None:
    values = json.loads(sys.argv[1])
    case = json.loads(Path(values["case"]).read_text())
    from odoo import SUPERUSER_ID, api, tools
    from odoo.modules.registry import Registry

    tools.config.parse_config(
        ["--addons-path", values["addons"], "--data-dir", values["data"], "--log-level", "error"]
    )
    is_load = values["step"] == "load"
    started: dict[str, Any] = (
        {"update_module": True, "install_modules": [MODULE], "new_db_demo": False}
        if is_load
        else {}
    )
    registry = Registry.new(values["database"], **started)
    with registry.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, QUIET)
        result = _load(env, case) if is_load else _match(env, case, values)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**result, "peak_mb": round(peak)}))


def _load(env: Any, case: dict[str, Any]) -> dict[str, Any]:
    company = env.company
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    # Numbers are the case's own, of several styles: the check of dates in them is not its subject.
    env["ir.config_parameter"].set_param("sequence.mixin.constraint_start_date", "2999-01-01")
    currencies = _currencies(env, case)
    company.currency_id = currencies["EUR"]
    partners = _partners(env, case["customers"])
    moves = _items(env, case["items"], partners, currencies)
    for code, currency in currencies.items():
        env["account.journal"].create(
            {"name": f"Bank {code}", "code": f"B{code}", "type": "bank", "currency_id": currency}
        )
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    return {"customers": len(partners), "items": moves}


def _currencies(env: Any, case: dict[str, Any]) -> dict[str, int]:
    codes = {row["currency"] for row in case["items"] + case["lines"]} | {"EUR"}
    found = env["res.currency"].with_context(active_test=False).search([("name", "in", [*codes])])
    found.active = True
    ids = {currency.name: currency.id for currency in found}
    env["res.currency.rate"].create(
        [
            {"currency_id": ids[code], "name": day, "rate": rate, "company_id": env.company.id}
            for day, code, rate in case["rates"]
            if code in ids
        ]
    )
    return ids


def _partners(env: Any, customers: list[dict[str, Any]]) -> dict[str, int]:
    made = env["res.partner"].create(
        [{"name": one["name"], "ref": one["id"], "is_company": True} for one in customers]
    )
    ids = {one["id"]: partner.id for one, partner in zip(customers, made, strict=True)}
    env["res.partner.bank"].create(
        [
            {"acc_number": iban, "partner_id": ids[one["id"]]}
            for one in customers
            for iban in one["ibans"]
        ]
    )
    return ids


def _items(
    env: Any, items: list[dict[str, Any]], partners: dict[str, int], currencies: dict[str, int]
) -> int:
    """Invoices and refunds of one line without tax, posted under the case's numbers."""
    count = 0
    for at in range(0, len(items), CHUNK):
        rows = items[at : at + CHUNK]
        moves = env["account.move"].create(
            [
                {
                    "move_type": "out_refund" if row["amount"] < 0 else "out_invoice",
                    "name": row["number"],
                    "payment_reference": row["number"],
                    "ref": " ".join(row["references"]),
                    "partner_id": partners[row["customer"]],
                    "currency_id": currencies[row["currency"]],
                    "invoice_date": row["issued"],
                    "date": row["issued"],
                    "invoice_date_due": row["due"],
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        (
                            0,
                            0,
                            {
                                "name": row["id"],
                                "price_unit": abs(row["amount"]) / 100,
                                "tax_ids": [],
                            },
                        )
                    ],
                }
                for row in rows
            ]
        )
        moves.action_post()
        for row, move in zip(rows, moves, strict=True):
            assert (move.name, move.state) == (row["number"], "posted"), (row, move.name)
            assert round(move.amount_residual * 100) == abs(row["amount"]), row
        env.cr.commit()
        env.invalidate_all()
        count += len(moves)
    return count


def _match(env: Any, case: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    import psutil

    journals = {
        journal.currency_id.name: journal.id
        for journal in env["account.journal"].search(
            [("type", "=", "bank"), ("code", "=like", "B___")]
        )
    }
    lines, batch = case["lines"], values["batch"]
    model = env["account.bank.statement.line"]
    payers = _payers(env) if values["is_partner_given"] else {}
    warm = model.create(_line({**lines[0], "text": "warm"}, journals, payers))
    warm.flush_recordset()
    env.cr.rollback()
    gc.collect()
    gc.freeze()  # What is loaded is not looked through again.
    env.cr.execute("SELECT pg_backend_pid()")
    (pid,) = env.cr.fetchone()
    server = psutil.Process(pid)
    begun = _clocks(server)
    for at in range(0, len(lines), batch):
        model.create([_line(row, journals, payers) for row in lines[at : at + batch]])
        env.cr.commit()
    seconds = {name: now - begun[name] for name, now in _clocks(server).items()}
    env.cr.execute("SELECT count(*) FROM account_bank_statement_line")
    (count,) = env.cr.fetchone()
    assert count == len(lines), count
    return {**seconds, "cleared": _cleared(env)}


def _clocks(server: Any) -> dict[str, float]:
    times = server.cpu_times()
    return {
        "wall": time.perf_counter(),
        "cpu": time.process_time(),
        "database_cpu": times.user + times.system,
    }


def _payers(env: Any) -> dict[str, int]:
    """Partners by account and by name in small letters, where there is but one."""
    found: dict[str, set[int]] = defaultdict(set)
    for bank in env["res.partner.bank"].search([]):
        found[bank.sanitized_acc_number].add(bank.partner_id.id)
    for partner in env["res.partner"].search([]):
        found[partner.name.casefold()].add(partner.id)
    return {key: next(iter(ids)) for key, ids in found.items() if len(ids) == 1}


def _line(row: dict[str, Any], journals: dict[str, int], payers: dict[str, int]) -> dict[str, Any]:
    """With the partner where ``payers`` tell it by account or equal name."""
    partner = payers.get(row["iban"]) or payers.get(row["name"].casefold())
    return {
        "partner_id": partner,
        "journal_id": journals[row["currency"]],
        "date": row["date"],
        "amount": row["amount"] / 100,
        "payment_ref": row["text"],
        "ref": row["id"],
        "partner_name": row["name"],
        "account_number": row["iban"],
    }


def _cleared(env: Any) -> dict[str, dict[str, int]]:
    """What the items of each line were credited, as its partial reconciliations say."""
    env.cr.execute(
        """
        SELECT s.ref, b.name, p.debit_amount_currency, p.credit_amount_currency, d.move_id = b.id
        FROM account_partial_reconcile p
        JOIN account_move_line d ON d.id = p.debit_move_id
        JOIN account_move_line c ON c.id = p.credit_move_id
        JOIN account_move s ON s.id IN (d.move_id, c.move_id)
        JOIN account_bank_statement_line l ON l.move_id = s.id
        JOIN account_move b ON b.id IN (d.move_id, c.move_id) AND b.id <> s.id
        WHERE b.move_type IN ('out_invoice', 'out_refund')
        """
    )
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line, number, debit, credit, is_debit in env.cr.fetchall():
        found[line][number] += round(float(debit if is_debit else -credit) * 100)
    return found


if __name__ == "__main__":
    main()
