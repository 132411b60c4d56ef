"""The document that a plan would become if it were issued on a day: for the page and the judge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from acquit.core.documents.invoice import Invoice
from acquit.core.documents.profiles import is_service
from acquit.core.packs import Pack
from acquit.stages.invoices.rules import document as doc
from acquit.stages.invoices.rules.parties import Customer, buyer_party, seller_party
from acquit.stages.invoices.rules.plan import Plan
from acquit.stages.masterdata.rules.terms import Term, due_dates, in_words

_NAMES = ("name", "legal_form", "registration_id", "vat_id", "street", "city", "postcode")


def prospect(
    *,
    plan: Plan,
    customer: Customer,
    company: Any,
    pack: Pack,
    terms: Mapping[str, Term],
    on: date,
    number: str,
) -> Invoice:
    """``company`` has the columns of the seller; ``number`` stands where the legal one will."""
    term = terms.get(plan.terms)
    header = plan.header | ({"terms": in_words(term, locale=customer.locale)} if term else {})
    if plan.corrects is not None and "preceding" not in header:
        # Issued in the same run, on the same day: it gets its number just before.
        header = header | {"preceding": {"number": number, "issued_on": on.isoformat()}}
    email = plan.header.get("email", "")
    buyer = customer._replace(email=email) if email else customer
    head = doc.Head(
        plan.id,
        plan.kind,
        number,
        on,
        due_dates(term, issued_on=on).due_on if term else on,
        plan.currency,
        plan.net_minor,
        plan.tax_minor,
        plan.gross_minor,
        "",
        "",
        header,
        [],
        plan.corrects,
    )
    return doc.build(
        head=head,
        lines=[doc.line_row(n, line) for n, line in enumerate(plan.lines, start=1)],
        taxes=[doc.tax_row(tax) for tax in plan.taxes],
        seller=seller_as_printed(
            company=company,
            pack=pack,
            kind=plan.kind,
            language=customer.locale[:2],
            on=on,
            supply=supply_of(plan=plan, company=company, pack=pack, terms=terms, on=on),
        ),
        buyer=doc.buyer_snapshot(party=buyer_party(buyer), locale=customer.locale),
    )


def supply_of(
    *, plan: Plan, company: Any, pack: Pack, terms: Mapping[str, Term], on: date
) -> frozenset[str]:
    """What is true of the plan of all that the mentions of the day ask (packs.ASKABLE)."""
    asked = pack.asked(on=on)
    if not asked:
        return asked
    term = terms.get(plan.terms)
    services = [is_service(unit) for unit in {line.unit for line in plan.lines}]
    answers = {
        f"vat_on_{company.vat_due}": True,
        "taxed": any(tax.category == "S" and tax.rate for tax in plan.taxes),
        "goods": not all(services),
        "services": any(services),
        "discount": term is not None and term.discount_percent > 0,
    }
    return asked & {word for word, is_so in answers.items() if is_so}


def seller_as_printed(
    *, company: Any, pack: Pack, kind: str, language: str, on: date, supply: frozenset[str]
) -> dict[str, Any]:
    """The seller with the mentions of this kind of document and supply in the reader's language."""
    mentions = pack.mentions_for(kind=kind, on=on, supply=supply)
    return doc.seller_snapshot(
        party=seller_party(company),
        iban=company.iban,
        bic=company.bic,
        bank_name=company.name,
        notes=[(one.subject, _filled(one.said(language=language), company)) for one in mentions],
        tax_point_code=next((one.tax_point_code for one in mentions if one.tax_point_code), ""),
    )


def _filled(text: str, company: Any) -> str:
    """A mention with the company's own words in its placeholders."""
    for name in _NAMES:
        text = text.replace("{" + name + "}", str(getattr(company, name)))
    return text
