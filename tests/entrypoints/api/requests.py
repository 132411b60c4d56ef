"""One sound request per operation, about a given company's objects: what T6 varies.

An operation that is not here fails the build: nobody may add one without saying how it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.api import a_file, an_example

DAY = "2026-03-02"
Ids = Mapping[str, str]
Body = Callable[[Ids], Any]

# Path parameter -> the kind of object whose id it takes.
PARAMETERS = {
    "customer_id": "customer",
    "import_id": "import",
    "draft_id": "draft",
    "invoice_id": "document",
    "dispatch_id": "dispatch",
    "statement_id": "statement",
    "line_id": "bank_line",
    "receipt_id": "receipt",
    "remittance_id": "advice",
    "item_id": "open_item",
    "allocation_id": "allocation",
    "proposal_id": "proposal",
    "return_id": "return",
    "gap_id": "gap",
    "question_id": "question",
    "entry_id": "entry",
    "approval_id": "approval",
    "fact_id": "fact",
    "endpoint_id": "webhook_endpoint",
    "delivery_id": "webhook_delivery",
    "run_id": "run",
    "example_id": "policy_example",
    "view_id": "view",
}
# Names that every company has alike: nothing of another company can be behind them.
SHARED = {"code": "account", "name": "policy"}


def _table() -> dict[str, Any]:
    from acquit.policy.defaults import shipped

    return shipped("billing").to_dict()


def _allocation(ids: Ids) -> Any:
    return {
        "items": [
            {
                "key": "2",
                "credit_item_id": ids["credit_item"],
                "debit_item_id": ids["open_item"],
                "amount": {"amount": "1.00", "currency": "EUR"},
            }
        ]
    }


def _adjustment(ids: Ids) -> Any:
    return {
        "items": [
            {
                "key": "3",
                "open_item_id": ids["open_item"],
                "amount": {"amount": "0.01", "currency": "EUR"},
                "adjustment": "small_difference",
            }
        ]
    }


def _receipt(ids: Ids) -> Any:
    return {
        "items": [
            {
                "key": "r",
                "customer_id": ids["customer"],
                "method": "cash",
                "amount": {"amount": "3.00", "currency": "EUR"},
                "received_on": DAY,
            }
        ]
    }


def _order(_ids: Ids) -> Any:
    line = {"item_code": "A-1", "quantity": "1", "unit_price": "10.00"}
    order = {"number": "O99", "customer": "K1", "ordered_on": DAY, "lines": [line]}
    return {"items": [order]}


def _return(_ids: Ids) -> Any:
    line = {"item_code": "A-1", "quantity": "1"}
    return {"items": [{"number": "R9", "customer": "K2", "returned_on": DAY, "lines": [line]}]}


def _import(_ids: Ids) -> Any:
    return {"kind": "items", "file": a_file(b"code,name\nC-1,Bank\n", "c.csv")}


def _why(_ids: Ids) -> Any:
    return {"why": "because"}


def _reason(_ids: Ids) -> Any:
    return {"reason": "because"}


BODIES: dict[str, Body] = {
    "update_customer": lambda ids: {"city": "Bonn"},
    "save_customer_batch": lambda ids: {"items": [{"number": "K1", "city": "Bonn"}]},
    "save_item_batch": lambda ids: {"items": [{"code": "A-1", "name": "Sessel"}]},
    "record_order_batch": _order,
    "record_deliveries": lambda ids: {
        "items": [{"number": "D9", "order_number": "O6", "delivered_on": DAY}]
    },
    "record_returns": _return,
    "import_table": _import,
    "preview_import": _import,
    "run_billing": lambda ids: {"as_of": DAY, "customers": [ids["customer"]]},
    "make_drafts": lambda ids: {"as_of": DAY, "customers": [ids["customer"]]},
    "issue_drafts": lambda ids: {"items": [{"draft_id": ids["draft"]}]},
    "enrich_draft": lambda ids: {"purchase_order": "PO 7"},
    "date_draft": lambda ids: {"issue_on": DAY},
    "tax_date_draft": lambda ids: {"tax_point": DAY},
    "channel_draft": lambda ids: {"channel": "print"},
    "split_draft": lambda ids: {"lines": [1]},
    "merge_drafts": lambda ids: {"draft_ids": [ids["draft"], ids["draft"]]},
    "hold_draft": _why,
    "discard_draft": _why,
    "discard_billing_run": _why,
    "credit_invoice": lambda ids: {"reason": "Rabatt"},
    "send_invoices": lambda ids: {"items": [{"invoice_id": ids["document"], "channel": "print"}]},
    "add_rejections": lambda ids: {
        "items": [{"document_number": "F-0", "reason": "no order number", "source": "mail"}]
    },
    "add_acceptances": lambda ids: {
        "items": [{"document_number": "F-0", "source": "ANAF", "on": "2026-03-01"}]
    },
    "change_settings": lambda ids: {"footer": "Open Mon-Fri"},
    "add_text": lambda ids: {
        "place": "opening",
        "document": "invoice",
        "language": "en",
        "text": "Thank you",
    },
    "preview_text": lambda ids: {
        "place": "opening",
        "document": "invoice",
        "language": "en",
        "text": "Thank you",
    },
    "try_paper": lambda ids: {"document": "invoice"},
    "import_bank_file": lambda ids: {"file": a_file(b"<Document/>", "bank.xml")},
    "accept_statement": _reason,
    "discard_statement": _reason,
    "record_receipts": _receipt,
    "adjust_batch": _adjustment,
    "allocate_batch": _allocation,
    "settle_returned_payment": lambda ids: {"receipt_id": ids["receipt"]},
    "try_lessons": lambda ids: {"switches": [{"kind": "name", "is_on": False}], "lines": 20},
    "switch_lessons": lambda ids: {
        "reason": "names mislead",
        "switches": [{"kind": "name", "is_on": False}],
    },
    "assign_one_gap": lambda ids: {"reason": "he sends the tax paper", "kind": "withheld_tax"},
    "put_receipt_aside": lambda ids: {"reason": "foreign", "note": "a neighbour's rent"},
    "ask_customer": lambda ids: {"customer_id": ids["customer"], "days": 7},
    "propose_matches": lambda ids: {"receipts": [ids["receipt"]]},
    "approve_request": _reason,
    "reject_request": _reason,
    "add_policy_example": lambda ids: an_example("asked"),
    "add_policy_version": lambda ids: {"table": _table(), "valid_from": DAY},
    "post_view": lambda ids: {"list": "invoices", "name": "Late", "query": "state=overdue"},
    "save_webhook_endpoint": lambda ids: {"url": "https://erp.example/hook", "kinds": ["*"]},
    "replay_webhook_day": lambda ids: {"day": DAY},
    "try_policy": lambda ids: {
        "table": _table(),
        "inputs": [{"label": "one", "facts": {"customer.country": "DE"}}],
    },
}
QUERIES: dict[str, Callable[[Ids], dict[str, str]]] = {
    "list_orders": lambda ids: {"customer": ids["customer"]},
    "list_invoices": lambda ids: {"customer": ids["customer"]},
    "list_open_items": lambda ids: {"customer": ids["customer"]},
    "list_entries": lambda ids: {"subject": ids["document"]},
    "list_facts": lambda ids: {"subject": ids["document"]},
    "list_statuses": lambda ids: {"invoice": ids["document"]},
    "get_e_report": lambda ids: {"month": DAY, "platform": "0042"},
    "list_webhook_deliveries": lambda ids: {"endpoint": ids["webhook_endpoint"]},
    "report_customer_statement": lambda ids: {
        "customer": ids["customer"],
        "currency": "EUR",
        "from_on": DAY,
        "to_on": DAY,
    },
}
# Commands without a body.
BARE = {
    "delete_import",
    "release_draft",
    "recall_draft",
    "undo_draft_act",
    "drop_policy_example",
    "remove_view",
    "retry_dispatch",
    "delete_allocation",
    "accept_proposal",
    "reject_proposal",
    "confirm_proposal",
    "undo_proposal",
    "undo_returned_payment",
    "dismiss_returned_payment",
    "take_receipt_up",
    "withdraw_customer_question",
    "verify_books",
    "delete_webhook_endpoint",
    "rotate_webhook_secret",
    "resend_webhook_delivery",
}
# What a sound request about our own object may answer, where it is not 200: the day left the
# object in a state that refuses, in words.
REFUSED = {
    "post_view": 422,  # nobody made the key, so nobody is there to own the view
    "remove_view": 422,  # it is shared, and the key may not share
    "hold_draft": 422,  # it is held already
    "undo_draft_act": 422,  # nothing was done to it that an undo takes back
    "recall_draft": 422,  # it is held, it does not wait to leave
    "split_draft": 422,  # what is held keeps its shape
    "retry_dispatch": 422,  # it waits, it has not failed
    "approve_request": 422,  # a program's limit is nothing
    "credit_invoice": 202,  # above the limit
    "confirm_proposal": 422,  # no rule posted it
    "undo_proposal": 422,  # nobody accepted it yet
    "undo_returned_payment": 422,  # it waits for a decision
    "get_e_report": 422,  # the company is not French
}
# Scopes that an operation's command needs beside its own, for the commands it calls in turn.
ALSO = {
    "import_table": ("masterdata.save_items",),
    "preview_import": ("masterdata.save_items",),
    "accept_proposal": ("receivables.allocate",),
    "undo_proposal": ("receivables.undo",),
}
