"""Create a company: its wall, its chain, and what its country pack brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core import packs
from acquit.core.context import Context
from acquit.core.faults import Refused
from acquit.core.looks import DESIGNS
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.packs import Pack, TaxSpec
from acquit.history import unit
from acquit.history.chain import GENESIS
from acquit.history.models import ChainHead
from acquit.stages.masterdata.facts import CompanyCreated
from acquit.stages.masterdata.models import BankAccount, PaymentTerm, TaxCode


class CannotCreateCompany(Refused):
    """The slug is taken or the country has no pack; nothing was created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCompany:
    """A legal entity; empty currency, locale and timezone come from the country pack."""

    slug: str
    name: str
    country: str
    currency: str = ""
    locale: str = ""
    timezone: str = ""
    vat_id: str = ""
    registration_id: str = ""
    legal_form: str = ""
    street: str = ""
    city: str = ""
    postcode: str = ""
    region: str = ""
    email: str = ""
    phone: str = ""
    contact_name: str = ""
    iban: str = ""
    bic: str = ""
    bank_name: str = ""
    accent: str = "#0f5c4d"
    footer: str = ""
    vat_due: str = ""  # one of packs.VAT_DUE
    grace_minutes: int = 10
    is_demo: bool = False
    design: str = DESIGNS[0]  # of papers
    sales_tax: str = ""  # per cent, such as 8.25, where the country leaves the rate to its states


@command("masterdata.create_company")
def create_company(*, ctx: Context, items: Sequence[NewCompany]) -> Outcome:
    """Create the company ``ctx.company_id``; exactly one item, since a wall is one company."""
    (new,) = items
    if Company.objects.filter(slug=new.slug).exists():
        raise CannotCreateCompany.because(
            "company.exists", f"there is already a company {new.slug!r}", path="slug"
        )
    pack = packs.get(new.country)
    if new.vat_due not in packs.VAT_DUE:
        message = f"VAT is not due by {new.vat_due!r}"
        fix = "use invoice, payment, or leave it out"
        raise CannotCreateCompany.because("company.vat_due", message, path="vat_due", fix=fix)
    taxes = _taxes(new, pack)
    values = {key: value for key, value in asdict(new).items() if key != "sales_tax"} | {
        "currency": new.currency or pack.currency,
        "locale": new.locale or pack.locale,
        "timezone": new.timezone or pack.timezone,
    }
    company = Company.objects.create(id=ctx.company_id, created_at=ctx.now, **values)
    ChainHead.objects.create(id=ctx.ids.new(), company=company, seq=0, hash=GENESIS)
    _from_pack(ctx, company, pack, taxes)
    fact = CompanyCreated(
        subject_id=company.id,
        effective_on=ctx.today,
        name=company.name,
        country=company.country,
        currency=company.currency,
    )
    unit.record(ctx, [fact])
    return Outcome(items=(ItemResult(new.slug, ItemState.DONE, company.id),))


def _taxes(new: NewCompany, pack: Pack) -> list[TaxSpec]:
    """The codes of the pack; the default one at the company's own rate where it gives one."""
    if not new.sales_tax:
        return list(pack.taxes)
    if not pack.has_given_tax:
        message, fix = f"in {pack.name} the law gives the rates", "leave it out"
        raise CannotCreateCompany.because("company.sales_tax", message, path="sales_tax", fix=fix)
    try:
        rate = Decimal(new.sales_tax)
    except InvalidOperation:
        rate = Decimal(-1)
    if not 0 < rate < 100 or rate != round(rate, 4):
        message = f"{new.sales_tax!r} is not a rate in per cent"
        fix = "write such as 8.25: more than 0, less than 100, at most four decimals"
        raise CannotCreateCompany.because("company.sales_tax", message, path="sales_tax", fix=fix)
    return [
        replace(
            tax,
            category="S",
            rate=rate,
            exemption_code="",
            exemption_reason="",
            source="given by the company",
        )
        if tax.code == pack.default_tax
        else tax
        for tax in pack.taxes
    ]


def _from_pack(ctx: Context, company: Company, pack: Pack, taxes: Sequence[TaxSpec]) -> None:
    TaxCode.objects.bulk_create(
        TaxCode(id=ctx.ids.new(), company=company, **asdict(tax)) for tax in taxes
    )
    PaymentTerm.objects.bulk_create(
        PaymentTerm(id=ctx.ids.new(), company=company, **asdict(term)) for term in pack.terms
    )
    if company.iban:
        BankAccount.objects.create(
            id=ctx.ids.new(),
            company=company,
            iban=company.iban,
            currency=company.currency,
            bic=company.bic,
            name=company.bank_name or "Bank",
            ledger_account=pack.account("bank"),
            is_default=True,
            created_at=ctx.now,
        )
