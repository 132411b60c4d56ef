"""Addresses of the things that figures lead to."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from acquit.core.ids import to_public


def customer(customer_id: UUID | None) -> str:
    """The customer's page; nothing for a payer nobody knows."""
    return f"/customers/{to_public('customer', customer_id)}" if customer_id else ""


def invoice(document_id: UUID) -> str:
    return f"/invoices/{to_public('document', document_id)}"


def receipt(receipt_id: UUID) -> str:
    """The receipt on the Apply page."""
    return f"/apply/{to_public('receipt', receipt_id)}"


def statement(statement_id: UUID) -> str:
    return f"/statements/{to_public('statement', statement_id)}"


def bank_line(line_id: UUID) -> str:
    return f"/statements/lines/{to_public('bank_line', line_id)}"


def account(code: str) -> str:
    return f"/ledger/accounts/{code}"


def entry(entry_id: UUID) -> str:
    return f"/ledger/entries/{to_public('entry', entry_id)}"


def with_query(path: str, query: QueryDict, changes: Mapping[str, str]) -> str:
    """The path with the query as it is but for the changes; an empty value leaves a name out."""
    kept = {name: value for name, value in query.items() if value and name not in changes}
    asked = {**kept, **{name: value for name, value in changes.items() if value}}
    return f"{path}?{urlencode(asked)}" if asked else path
