"""The addresses of the pages that are looked at, by name."""

from __future__ import annotations

from collections.abc import Mapping

# {name} stands for the public id that seed.py found.
OFFICE: Mapping[str, str] = {
    "home": "/",
    "billing": "/billing",
    "billing ready": "/billing?tab=ready",
    "billing sent": "/billing?tab=sent",
    "billing rejected": "/billing?tab=rejected",
    "billing run": "/billing/runs",
    "draft": "/billing/drafts/{draft}",
    "invoices": "/invoices",
    "invoices filtered": "/invoices?q=zzzz",
    "invoice": "/invoices/{invoice}",
    "credit": "/invoices/{invoice}/credit-note",
    "credit note": "/invoices/{credit_note}",
    "customers": "/customers",
    "customer": "/customers/{customer}",
    "new customer": "/customers/new",
    "edit customer": "/customers/{customer}/edit",
    "account statement": "/customers/{customer}/statement",
    "views": "/views",
    "new view": "/views/new?list=invoices&query=state%3Dopen",
    "imports": "/imports",
    "import": "/imports/{import}",
    "remittances": "/remittances",
    "mailbox": "/mailbox",
    "search": "/palette?q=a",
    "apply": "/apply",
    "receipt": "/apply/{receipt}",
    "settled receipt": "/apply/{settled}",
    "payment": "/apply/payment",
    "statements": "/statements",
    "statement": "/statements/{statement}",
    "bank line": "/statements/lines/{line}",
    "ageing": "/ageing",
    "ledger": "/ledger",
    "account": "/ledger/accounts/{account}",
    "entry": "/ledger/entries/{entry}",
    "proof": "/ledger/proof",
    "automatic": "/automatic",
    "approvals": "/approvals",
    "approvals decided": "/approvals/decided",
    "approvals refused": "/approvals/refused",
    "policies": "/policies",
    "policy": "/policies/matching",
    "new policy": "/policies/matching/edit",
    "health": "/health",
    "keys": "/health/keys",
    "new key": "/health/keys/new",
    "profile": "/profile",
    "company settings": "/settings",
    "second factor": "/account/2fa/",
}
OUTSIDE: Mapping[str, str] = {
    "sign in": "/signin",
    "sign in by password": "/account/login/",
    "portal": "/p/{token}",
}
LANGUAGES = ("fr", "de", "ro")
