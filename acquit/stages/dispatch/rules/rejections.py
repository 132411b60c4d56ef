"""Rejections that come back, whatever brings them: one shape, and the rule that each teaches.

Where they come from: a Peppol invoice response or another UBL ApplicationResponse, APERAK, CONTRL,
997 and the answers of RO e-Factura (all the canonical Response), a French life-cycle status 207,
210, 213 or 501, and the words of a mail (``returned.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from acquit.core.documents.invoice import Invoice
from acquit.core.documents.lifecycle import LifecycleStatus
from acquit.core.documents.response import Answer, Reason, Response, ResponseStatus
from acquit.core.tables.values import Value, format_value
from acquit.policy.demands import OF_LINE, Asker, questions

IN_DISPUTE = "207"
WRONG_VALUE, WANTED_VALUE = "DIV", "DVA"  # kinds of a characteristic (MDT-207)
# The business term that is at fault, and the fact by which rules ask for it.
_FACTS = {
    "BT-5": "document.currency",
    "BT-10": "document.buyer_reference",
    "BT-11": "document.project",
    "BT-12": "document.contract",
    "BT-13": "document.purchase_order",
    "BT-14": "document.sales_order",
    "BT-16": "document.despatch_advice",
    "BT-19": "document.buyer_accounting",
    "BT-20": "document.terms",
    "BT-41": "seller.contact",
    "BT-48": "buyer.vat_id",
    "BT-49": "buyer.gln",
    "BT-56": "buyer.contact",
    "BT-72": "document.delivered_on",
    "BT-84": "seller.account",
    "BT-130": "line.unit",
    "BT-132": "line.order_line",
    "BT-133": "line.buyer_accounting",
    "BT-155": "line.item",
    "BT-156": "line.buyer_item",
}
# What people write where they name no term, in the languages of our countries.
_WORDS = (
    (r"purchase order|order (?:number|reference)|\bPO\b|bestell\w*nummer|bon de commande"
     r"|num\w+ de commande|com[ae]n[zd]", "BT-13"),
    (r"buyer reference|käuferreferenz|leitweg|référence (?:de l.)?acheteur"
     r"|referin\w+ cump", "BT-10"),
    (r"\bgln\b|\bean location\b", "BT-49"),
    (r"\bunits?\b|\bunit of measure|mengeneinheit|unité|unitat\w+ de măsur", "BT-130"),
    (r"project (?:number|reference|code)|projekt\w*nummer|(?:numéro|référence) (?:de |du )?projet"
     r"|num\w+ proiect", "BT-11"),
    (r"contract (?:number|reference)|vertrags?nummer|(?:numéro|référence) (?:de |du )?contrat"
     r"|num\w+ contract", "BT-12"),
    (r"cost cent(?:re|er)|kostenstelle|centre de coûts?|centr\w+ de cost", "BT-19"),
    (r"delivery note|lieferschein|bon de livraison|aviz", "BT-16"),
)  # fmt: skip
_TERM = re.compile(r"\bB[TG]-\d+\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A document that its receiver, or somebody on its way, did not take. Its number is "" until
    it is known, where an answer does not name it. ``source`` is who says so; ``term`` the business
    term at fault (BT-13) and ``wanted`` the value that should stand there, where they are told."""

    document_number: str
    code: str
    reason: str
    source: str
    term: str = ""
    wanted: str = ""

    @property
    def key(self) -> str:
        return self.document_number

    @property
    def text(self) -> str:
        """In one line, as the page of exceptions shows it."""
        code = f" [{self.code}]" if self.code else ""
        term = f" ({self.term})" if self.term and self.term not in self.reason else ""
        return f"rejected by {self.source}: {self.reason}{term}{code}"


def told(documents: Iterable[Any]) -> tuple[Rejection, ...]:
    """The rejections in what a file holds; accepted documents are none."""
    found: list[Rejection] = []
    for document in documents:
        if isinstance(document, Response):
            found += _of_response(document)
        elif isinstance(document, LifecycleStatus):
            found += _of_status(document)
    return tuple(found)


def _of_response(response: Response) -> list[Rejection]:
    source = response.sender_name or (response.sender.value if response.sender else "receiver")
    whole = Answer(response.subject, response.status, response.reasons)
    return [
        _rejection(answer, source)
        for answer in (response.answers or (whole,))
        if answer.status is ResponseStatus.REJECTED
    ]


def _rejection(answer: Answer, source: str) -> Rejection:
    reasons = answer.reasons or (Reason(),)
    first = next((r for r in reasons if _TERM.search(r.path or "")), reasons[0])
    term = _TERM.search(first.path or "")
    said = "; ".join(r.text for r in reasons if r.text)
    return Rejection(
        document_number=answer.subject.document or "",
        code=first.code or "",
        reason=said or "no reason given",
        source=source,
        term=term[0] if term else "",
        wanted=first.wanted or "",
    )


def _of_status(status: LifecycleStatus) -> list[Rejection]:
    if not status.is_refusal and status.status != IN_DISPUTE:
        return []
    details = status.details
    parts = [part for detail in details for part in detail.characteristics]
    wrong = next((p for p in parts if p.kind in (WRONG_VALUE, WANTED_VALUE) and p.term), None)
    wanted = next((p.value for p in parts if p.kind == WANTED_VALUE and p.value), "")
    said = [text for d in details for text in (d.reason, *d.notes) if text]
    return [
        Rejection(
            document_number=status.document,
            code=next((d.reason_code for d in details if d.reason_code), status.status),
            reason="; ".join(said) or status.name or "no reason given",
            source=status.issuer.name or f"status {status.status}",
            term=(wrong.term or "") if wrong else "",
            wanted=wanted or "",
        )
    ]


def lesson(rejection: Rejection, *, document: Invoice, asker: Asker) -> tuple[str, str] | None:
    """The fact and the cell of the rule that would have stopped this document; None where the
    rejection does not say what was wrong.

    What is wanted must stand there; what was missing must not be empty; and a value that was
    refused once is refused again.
    """
    fact = _FACTS.get(rejection.term) or _FACTS.get(_guessed(rejection.reason))
    if fact is None:
        return None
    values = [facts.get(fact) for facts in questions(document, asker)]
    if rejection.wanted:
        return fact, f"!= {format_value(rejection.wanted)}"
    if any(value in (None, "") for value in values):
        return fact, "empty"
    return fact, _again(values, one=not fact.startswith(OF_LINE))


def _again(values: Sequence[Value | None], *, one: bool) -> str:
    known = dict.fromkeys(format_value(value) for value in values if value is not None)
    return f"= {next(iter(known))}" if one or len(known) == 1 else f"in {', '.join(known)}"


def _guessed(reason: str) -> str:
    """The term that the words name, or mean; a law's rule names several, of which rules of
    customers know some."""
    named = _TERM.findall(reason)
    if named:
        return next((term for term in named if term in _FACTS), "")
    return next((term for words, term in _WORDS if re.search(words, reason, re.IGNORECASE)), "")
