"""Reading master data: the seller, customers, items, tax codes, terms and rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.db.models import Q, Value
from django.db.models.functions import Lower

from acquit.access.models import Company
from acquit.core import packs
from acquit.core.faults import Fault, Refused
from acquit.core.money import RATE_SCALE
from acquit.database.copy import fetch_rows
from acquit.database.models import WalledQuerySet
from acquit.database.parts import SHORTEST, Pieces
from acquit.database.together import Read
from acquit.policy.queries import in_force_on
from acquit.stages.masterdata.models import CUSTOMER_PIECES, BankAccount, Customer, Item, TaxCode
from acquit.stages.masterdata.rules.tax import SmallBusiness, TaxChooser
from acquit.stages.masterdata.rules.terms import Term

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

V = TypeVar("V", bound="DataclassInstance")
_ONE = Decimal(1)
# The same in SQL, of the customer ``c``: what the index of parts is over.
CUSTOMER_PARTS = "c.number || ' ' || c.name || ' ' || c.vat_id || ' ' || c.email"
_RATE_STEP = Decimal(1).scaleb(-RATE_SCALE)


class MissingRate(Refused):
    """There is no exchange rate on or before the day; the fault names pair and day."""


@dataclass(frozen=True, slots=True)
class CompanyView:
    """The seller (EN 16931 BG-4) and how its documents look: the settings of the company."""

    id: UUID
    slug: str
    name: str
    country: str
    currency: str
    locale: str
    timezone: str
    vat_id: str
    registration_id: str
    legal_form: str
    street: str
    city: str
    postcode: str
    region: str
    email: str
    phone: str
    contact_name: str
    endpoint_scheme: str
    endpoint_id: str
    iban: str
    bic: str
    bank_name: str
    design: str
    accent: str
    footer: str
    logo: str  # digest in the archive; empty without one
    vat_due: str
    small_business_from: date | None
    small_business_until: date | None
    tax_number: str  # BT-32
    grace_minutes: int
    is_demo: bool


@dataclass(frozen=True, slots=True)
class CustomerView:
    """The buyer (EN 16931 BG-7)."""

    id: UUID
    number: str
    name: str
    country: str
    street: str
    city: str
    postcode: str
    region: str
    vat_id: str
    registration_id: str
    email: str
    contact_name: str
    phone: str
    locale: str
    currency: str
    terms: str
    channel: str
    endpoint_scheme: str
    endpoint_id: str
    buyer_reference: str
    contract: str
    buyer_accounting: str
    segment: str
    iban: str
    is_placeholder: bool
    parent_id: UUID | None


@dataclass(frozen=True, slots=True)
class ItemView:
    id: UUID
    code: str
    name: str
    unit: str
    tax_code: str


@dataclass(frozen=True, slots=True)
class TaxCodeView:
    """A tax code on a day; ``rate`` in percent, ``account`` where the tax is booked."""

    code: str
    category: str
    rate: Decimal
    exemption_code: str
    exemption_reason: str
    account: str
    source: str


@dataclass(frozen=True, slots=True)
class BankAccountView:
    id: UUID
    iban: str
    currency: str
    bic: str
    name: str
    ledger_account: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page of customers; ``after`` asks for the next one, None when this is the last."""

    rows: tuple[CustomerView, ...]
    after: str | None


_CUSTOMER = [field.name for field in fields(CustomerView)]
_CUSTOMERS = (
    f"SELECT {', '.join(_CUSTOMER)} FROM masterdata_customer"
    " WHERE company_id = %(company)s AND id = ANY(%(ids)s)"
)


def settings(*, company_id: UUID) -> CompanyView:
    """The company as its documents show it."""
    return _view(CompanyView, Company.objects.get(id=company_id))


def customer(*, company_id: UUID, customer_id: UUID) -> CustomerView | None:
    return customers_by_id(company_id=company_id, ids=[customer_id]).get(customer_id)


def customers_by_id(*, company_id: UUID, ids: Iterable[UUID]) -> dict[UUID, CustomerView]:
    """Many customers in one query, for stages that work in batches."""
    rows = fetch_rows(_CUSTOMERS, {"company": company_id, "ids": list(ids)})
    return {row[0]: CustomerView(*row) for row in rows}


def customer_names(*, company_id: UUID, ids: Iterable[UUID]) -> Read[dict[UUID, str]]:
    """What many customers are called."""
    return Read(
        "SELECT id, name FROM masterdata_customer"
        " WHERE company_id = %(company)s AND id = ANY(%(ids)s::uuid[])",
        {"company": company_id, "ids": list(ids)},
        lambda rows: {UUID(row["id"]): row["name"] for row in rows},
    )


def customers_by_number(*, company_id: UUID, numbers: Iterable[str]) -> dict[str, CustomerView]:
    """The customers there are among these numbers, in one query."""
    rows = Customer.objects.of(company_id).filter(number__in=list(numbers)).values_list(*_CUSTOMER)
    return {row[1]: CustomerView(*row) for row in rows}


def customers_by_email(*, company_id: UUID, emails: Iterable[str]) -> dict[str, CustomerView]:
    """Address in small letters -> the one customer who has it; nobody where several do."""
    columns = [field.name for field in fields(CustomerView)]
    rows = (
        Customer.objects.of(company_id)
        .annotate(address=Lower("email"))
        .filter(address__in=[email.lower() for email in emails if email])
        .values_list("address", *columns)
    )
    found: dict[str, list[CustomerView]] = {}
    for address, *row in rows:
        found.setdefault(address, []).append(CustomerView(*row))
    return {address: views[0] for address, views in found.items() if len(views) == 1}


def customers(
    *,
    company_id: UUID,
    search: str = "",
    placeholders_only: bool = False,
    limit: int = 50,
    after: str = "",
) -> Page:
    """A page of customers by number, after the number ``after``.

    ``search`` finds parts of number, name, VAT identifier and e-mail address.
    """
    rows = _searched(company_id, search, placeholders_only=placeholders_only)
    if after:
        rows = rows.filter(number__gt=after)
    rows = rows.order_by("number")[: limit + 1]
    found = [CustomerView(*row) for row in rows.values_list(*_CUSTOMER)]
    return Page(tuple(found[:limit]), found[limit - 1].number if len(found) > limit else None)


def every_customer(
    *,
    company_id: UUID,
    search: str = "",
    placeholders_only: bool = False,
    ids: Sequence[UUID] | None = None,
) -> Iterator[CustomerView]:
    """All that match by number, or of these ``ids`` alone, read as they are taken by a cursor of
    the server."""
    rows = _searched(company_id, search, placeholders_only=placeholders_only)
    if ids is not None:
        rows = rows.filter(id__in=ids)
    for row in rows.order_by("number").values_list(*_CUSTOMER).iterator(chunk_size=1000):
        yield CustomerView(*row)


def _searched(company_id: UUID, search: str, *, placeholders_only: bool) -> WalledQuerySet:
    rows = Customer.objects.of(company_id)
    if search:
        rows = rows.filter(
            Q(number__icontains=search)
            | Q(name__icontains=search)
            | Q(vat_id__icontains=search)
            | Q(email__icontains=search)
        )
        if len(search) >= SHORTEST:  # then the index is a first sieve
            rows = rows.alias(pieces=CUSTOMER_PIECES).filter(pieces__contains=Pieces(Value(search)))
    if placeholders_only:
        rows = rows.filter(is_placeholder=True)
    return rows


def items(
    *, company_id: UUID, search: str = "", limit: int = 50, after: str = ""
) -> list[ItemView]:
    """Items by code, after the code ``after``."""
    rows = Item.objects.of(company_id).filter(code__gt=after)
    if search:
        rows = rows.filter(Q(code__icontains=search) | Q(name__icontains=search))
    return [_view(ItemView, row) for row in rows.order_by("code")[:limit]]


def items_by_code(*, company_id: UUID, codes: Iterable[str]) -> dict[str, ItemView]:
    """The items there are among these codes, in one query."""
    columns = [field.name for field in fields(ItemView)]
    rows = Item.objects.of(company_id).filter(code__in=list(codes)).values_list(*columns)
    return {row[1]: ItemView(*row) for row in rows}


def tax_code_names(*, company_id: UUID) -> frozenset[str]:
    """Every tax code the company has, whatever the day."""
    return frozenset(TaxCode.objects.of(company_id).values_list("code", flat=True))


def tax_codes(*, company_id: UUID, on: date) -> dict[str, TaxCodeView]:
    """The tax codes in force on a day, by code."""
    rows = (
        TaxCode.objects.of(company_id)
        .filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)
        .order_by("valid_from")
    )
    return {row.code: _view(TaxCodeView, row) for row in rows}


def tax_choosers(*, company_id: UUID, days: Iterable[date]) -> dict[date, TaxChooser]:
    """The tax policy of each day, ready for any number of lines. Two queries for all days."""
    company = Company.objects.get(id=company_id)
    country, pack = company.country, packs.get(company.country)
    small = SmallBusiness.of(company=company, code=pack.small_business_tax)
    policies = in_force_on(company_id=company_id, name="tax", days=days)
    choosers = {
        policy.label: TaxChooser(policy.table, policy.label, country, pack.default_tax, small)
        for policy in policies.values()
    }
    return {day: choosers[policy.label] for day, policy in policies.items()}


def terms(*, company_id: UUID) -> dict[str, Term]:
    """The payment terms of the company, by code."""
    rows = fetch_rows(
        f"SELECT {', '.join(field.name for field in fields(Term))} FROM masterdata_payment_term"
        " WHERE company_id = %s ORDER BY days, code",
        [company_id],
    )
    return {row[0]: Term(*row) for row in rows}


def bank_accounts(*, company_id: UUID) -> list[BankAccountView]:
    """The accounts on which money arrives, the default one first."""
    rows = BankAccount.objects.of(company_id).order_by("-is_default", "iban", "currency")
    return [_view(BankAccountView, row) for row in rows]


def rates(
    *, company_id: UUID, pairs: Sequence[tuple[str, date]]
) -> dict[tuple[str, date], Decimal]:
    """Company currency per unit of each currency on each day, ten decimals; 1 for its own.

    The latest rate on or before the day counts, quoted either way round (a rate given as
    company currency -> document currency is inverted). MissingRate names what is not there.
    """
    found = known_rates(company_id=company_id, pairs=pairs)
    missing = [pair for pair in dict.fromkeys(pairs) if pair not in found]
    if missing:
        own = Company.objects.only("currency").get(id=company_id).currency
        raise MissingRate(
            [
                Fault(
                    "rate.missing",
                    f"there is no rate {currency} to {own} on or before {day.isoformat()}",
                    path=f"{currency} {day.isoformat()}",
                    fix="save the rate, or import the rates of the central bank",
                )
                for currency, day in missing
            ]
        )
    return found


def known_rates(
    *, company_id: UUID, pairs: Sequence[tuple[str, date]]
) -> dict[tuple[str, date], Decimal]:
    """The same without those that are not there."""
    own = Company.objects.only("currency").get(id=company_id).currency
    wanted = [pair for pair in dict.fromkeys(pairs) if pair[0] != own]
    found = dict.fromkeys((pair for pair in pairs if pair[0] == own), _ONE)
    if wanted:
        found |= {(row[0], row[1]): row[2] for row in _latest_rates(company_id, own, wanted)}
    return found


def _latest_rates(
    company_id: UUID, own: str, wanted: Sequence[tuple[str, date]]
) -> list[tuple[str, date, Decimal]]:
    rows = fetch_rows(
        "SELECT n.currency, n.day, r.rate, r.base FROM unnest(%(currencies)s::text[],"
        " %(days)s::date[]) AS n(currency, day) CROSS JOIN LATERAL ("
        "  SELECT rate, base FROM masterdata_exchange_rate"
        "  WHERE company_id = %(company)s AND day <= n.day"
        "  AND ((base = n.currency AND target = %(own)s)"
        "    OR (base = %(own)s AND target = n.currency))"
        "  ORDER BY day DESC, (base = n.currency) DESC LIMIT 1) r",
        {
            "currencies": [currency for currency, _ in wanted],
            "days": [day for _, day in wanted],
            "company": company_id,
            "own": own,
        },
    )
    return [
        (currency, day, rate if base == currency else (_ONE / rate).quantize(_RATE_STEP))
        for currency, day, rate, base in rows
    ]


def _view(kind: type[V], row: Any) -> V:
    return kind(**{field.name: getattr(row, field.name) for field in fields(kind)})
