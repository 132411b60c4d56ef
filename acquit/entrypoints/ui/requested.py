"""What a request for a second person is about: the money and the documents, by their own names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from acquit.access.approvals import asked_items
from acquit.access.queries import ApprovalView
from acquit.core.money import Money
from acquit.core.plain import from_plain
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.templatetags.acquit import money_text
from acquit.entrypoints.ui.words import adjustment_title
from acquit.stages.invoices.queries import rows_by_id
from acquit.stages.matching.queries import ProposalView, proposals_by_id
from acquit.stages.matching.queries.awaited import AwaitedMoney, money_awaited
from acquit.stages.matching.queries.returns import ReturnView, returns_by_id
from acquit.stages.receivables.queries import ItemView, items_by_id

NUMBERS_SHOWN = 3  # in a title; all of them stand below it
ACCEPT, RETURN, MONEY = "matching.accept", "matching.settle_return", "receivables."


@dataclass(frozen=True, slots=True)
class Fact:
    """A line about a request; ``url`` leads to what it names, or is empty."""

    name: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids in requests stand for."""

    documents: Mapping[str, str]
    items: Mapping[UUID, ItemView]
    proposals: Mapping[UUID, ProposalView]
    returns: Mapping[UUID, ReturnView]
    money: Mapping[UUID, AwaitedMoney]  # by the id of the request


def names_of(frame: Frame, found: Sequence[ApprovalView]) -> Names:
    """Of all requests at once: a query for each kind of thing, however many there are."""
    company_id = frame.company_id
    documents = _ids(part.get("document_id") for row in found for part in asked_items(row.item))
    items = _ids(key for row in found for part in _money_parts(row) for key in _item_keys(part))
    proposals = _ids(row.item.get("id") for row in found if row.command == ACCEPT)
    returns = _ids(row.item.get("id") for row in found if row.command == RETURN)
    rows = rows_by_id(company_id=company_id, ids=documents) if documents else {}
    is_money = any(
        row.state == "waiting" and (row.command == ACCEPT or _money_parts(row)) for row in found
    )
    return Names(
        documents={str(one.id): one.number for one in rows.values()},
        items=items_by_id(company_id=company_id, item_ids=sorted(items)) if items else {},
        proposals=proposals_by_id(company_id=company_id, ids=sorted(proposals))
        if proposals
        else {},
        returns=returns_by_id(company_id=company_id, ids=sorted(returns)) if returns else {},
        money=money_awaited(company_id=company_id) if is_money else {},
    )


def about(row: ApprovalView, names: Names) -> str:
    """The title: the documents by number, or the request's own word."""
    numbers = [number for number, _amounts in _documents(row, names)]
    if not numbers and row.command == RETURN and (back := _return(row, names)):
        return back.payer_name or back.text
    if not numbers:
        return names.documents.get(str(row.item.get("document_id")), row.item_key)
    told = ", ".join(numbers[:NUMBERS_SHOWN])
    return told if len(numbers) <= NUMBERS_SHOWN else f"{told}, …"


def facts(row: ApprovalView, names: Names) -> list[Fact]:
    """What is asked for, line by line, without ids."""
    told: list[Fact] = []
    if money := names.money.get(row.id):
        amount = money_text(Money(money.amount_minor, money.currency))
        payer = f"{money.payer_name}, {amount}" if money.payer_name else amount
        told.append(Fact(_("Receipt"), payer, links.receipt(money.receipt_id)))
    if documents := _documents(row, names):
        return [*told, *(Fact(number, "; ".join(amounts)) for number, amounts in documents)]
    if row.command == RETURN and (back := _return(row, names)):
        return [Fact(_("Amount"), money_text(Money(back.amount_minor, back.currency)))]
    return [*told, *_fields(row.item)]


def _documents(row: ApprovalView, names: Names) -> list[tuple[str, list[str]]]:
    """Each document that money or a reason settles, with the amounts."""
    told: dict[str, list[str]] = {}
    for number, amount, reason in _settled(row, names):
        words = money_text(amount)
        told.setdefault(number, []).append(
            f"{adjustment_title(reason)} {words}" if reason else words
        )
    return list(told.items())


def _settled(row: ApprovalView, names: Names) -> Iterator[tuple[str, Money, str]]:
    if row.command == ACCEPT:
        view = names.proposals.get(UUID(str(row.item.get("id"))))
        for one in view.items if view else ():
            yield one.number, Money(one.amount_minor, one.currency), one.adjustment
        return
    for part in _money_parts(row):
        claim = names.items.get(UUID(part.get("debit_item_id") or part["item_id"]))
        if claim is None:
            continue
        reason = part.get("adjustment", "")
        closing = part.get("closing")
        is_alone = "item_id" in part
        yield claim.number, from_plain(Money, part["amount"]), reason if is_alone else ""
        if closing:
            yield claim.number, from_plain(Money, closing), reason


def _money_parts(row: ApprovalView) -> list[Mapping[str, Any]]:
    """The allocations and adjustments of a request; none where it is about something else."""
    if not row.command.startswith(MONEY):
        return []
    parts = asked_items(row.item)
    return [part for part in parts if "debit_item_id" in part or "item_id" in part]


def _item_keys(part: Mapping[str, Any]) -> list[str | None]:
    return [part.get("debit_item_id"), part.get("item_id")]


def _return(row: ApprovalView, names: Names) -> ReturnView | None:
    return names.returns.get(UUID(str(row.item.get("id"))))


def _ids(keys: Iterable[Any]) -> set[UUID]:
    return {UUID(str(key)) for key in keys if key}


def _fields(item: Mapping[str, Any]) -> list[Fact]:
    """Field by field, without nested parts; of a group, the amounts that are done together."""
    parts = asked_items(item)
    if len(parts) > 1:
        amounts = (from_plain(Money, part["amount"]) for part in parts if part.get("amount"))
        told = ", ".join(money_text(one) for one in amounts)
        return [Fact(_("Done together"), told or str(len(parts)))]
    shown = []
    for name, value in item.items():
        is_id = name == "id" or name.endswith("_id")
        if not is_id and isinstance(value, str | int) and value not in ("", False):
            shown.append(Fact(said(_field(name)), said(str(value))))
    return shown


def _field(name: str) -> str:
    """A field of a command as a label: ``bank_name`` is "Bank name", ``iban`` is "IBAN"."""
    return name.upper() if name in ("iban", "bic") else name.replace("_", " ").capitalize()
