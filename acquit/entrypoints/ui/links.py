"""Addresses of the things that figures lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, QueryDict

from acquit.core.ids import to_public


def customer(customer_id: UUID | None) -> str:
    """The customer's page; nothing for a payer nobody knows."""
    return f"/customers/{to_public('customer', customer_id)}" if customer_id else ""


def invoice(document_id: UUID) -> str:
    return f"/invoices/{to_public('document', document_id)}"


def draft(key: str) -> str:
    """The draft of a public id."""
    return f"/billing/drafts/{key}"


def receipt(receipt_id: UUID) -> str:
    """The receipt on the Apply page."""
    return f"/apply/{to_public('receipt', receipt_id)}"


def statement(statement_id: UUID) -> str:
    return f"/statements/{to_public('statement', statement_id)}"


def bank_line(line_id: UUID) -> str:
    return f"/statements/lines/{to_public('bank_line', line_id)}"


def advice(advice_id: UUID) -> str:
    return f"/remittances/{to_public('advice', advice_id)}"


def account(code: str) -> str:
    return f"/ledger/accounts/{code}"


def entry(entry_id: UUID) -> str:
    return f"/ledger/entries/{to_public('entry', entry_id)}"


BACK = "back"  # the beginnings of the pages before this one, oldest first
BACK_MAX = 20


@dataclass(frozen=True, slots=True)
class Pages:
    """The addresses around a page of a list; empty where there is none."""

    previous: str
    first: str
    next: str

    @property
    def is_later(self) -> bool:
        """Whether pages come before this one."""
        return bool(self.first or self.previous)


def pages(
    request: HttpRequest, following: object, *, name: str = "after", anchor: str = ""
) -> Pages:
    """The addresses around the page that a request shows."""
    return pages_of(request.path, request.GET, following, name=name, anchor=anchor)


def pages_of(
    path: str, query: QueryDict, following: object, *, name: str = "after", anchor: str = ""
) -> Pages:
    """The addresses around a page; ``following`` is where the next one begins, if there is one.

    A list read by its keys knows only the way on, so the way back is kept in the address: the
    beginnings of the last pages. Who went further than that finds the first page again.
    """
    here, trail = query.get(name, ""), query.getlist(BACK)

    def address(begins: str, back: Sequence[str]) -> str:
        bare = with_query(path, query, {name: begins})
        way = urlencode([(BACK, one) for one in back])
        return bare + (("&" if "?" in bare else "?") + way if way else "") + anchor

    onwards = address(str(following), [*trail, here][-BACK_MAX:]) if following else ""
    previous = address(trail[-1], trail[:-1]) if trail and here else ""
    is_second = trail[-1:] == [""]
    return Pages(previous, address("", ()) if here and not is_second else "", onwards)


def with_query(path: str, query: QueryDict, changes: Mapping[str, str]) -> str:
    """The path with the query as it is but for the changes; an empty value leaves a name out."""
    left_out = {*changes, BACK}
    kept = {name: value for name, value in query.items() if value and name not in left_out}
    asked = {**kept, **{name: value for name, value in changes.items() if value}}
    return f"{path}?{urlencode(asked)}" if asked else path
