"""Country packs: law and habit as dated data with their sources.

A pack is one ``<country>.toml`` beside this file; the list of packs is explicit. Nothing here is
a constant in code: rates, terms, charts and mentions change by adding a dated row.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from acquit.core.faults import Refused

Regions = Mapping[str, str]  # ISO 3166-2 code -> name
COUNTRIES = ("RO", "FR", "DE", "GB", "US")
# When a company's VAT is due, where it chose another day than the law's: the invoice, the payment.
VAT_DUE = ("", "invoice", "payment")
# What a mention may ask of a supply, and what that means.
ASKABLE = {
    "vat_on_invoice": "the company pays VAT when it invoices",
    "vat_on_payment": "the company pays VAT when it is paid",
    "taxed": "VAT is charged",
    "goods": "goods are sold",
    "services": "services are sold",
    "discount": "a discount for early payment is offered",
}


class UnknownCountry(Refused):
    """There is no pack for the country; the message lists those there are."""


@dataclass(frozen=True, slots=True)
class AccountSpec:
    code: str
    name: str
    type: str  # asset, liability, equity, income, expense
    control: str = ""  # the sub-ledger it sums: receivables, unapplied, bank, cash, tax, suspense


@dataclass(frozen=True, slots=True)
class TaxSpec:
    """A tax code for a span of days; ``category`` is UNCL 5305, ``rate`` in percent."""

    code: str
    category: str
    rate: Decimal
    account: str
    valid_from: date
    valid_to: date | None
    source: str
    exemption_code: str = ""
    exemption_reason: str = ""


@dataclass(frozen=True, slots=True)
class TermSpec:
    code: str
    days: int
    label: str
    end_of_month: bool = False
    discount_percent: Decimal = Decimal(0)
    discount_days: int = 0


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """``pattern`` has {year} and {n:06}; a year's numbers run 1..n without gap."""

    code: str
    kind: str  # invoice, credit_note, debit_note, quittance, receipt
    pattern: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A text that the law or habit wants on a document. ``subject`` is a UNCL 4451 note code.

    It is said of a supply of which all words in ``when`` are true and none in ``unless``
    (``ASKABLE``); ``tax_point_code`` is what the electronic invoice says beside it (BT-8).
    """

    kinds: tuple[str, ...]
    text: Mapping[str, str]  # language -> text; placeholders {legal_form} {name} ...
    valid_from: date
    source: str
    subject: str = ""
    when: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    tax_point_code: str = ""

    def said(self, *, language: str) -> str:
        """In the language, else in English."""
        return self.text.get(language) or self.text["en"]

    @property
    def supply(self) -> str:
        """For people: the kinds of documents, and of which supplies."""
        asked = [ASKABLE[word] for word in sorted(self.when)]
        asked += [f"not: {ASKABLE[word]}" for word in sorted(self.unless)]
        return "; ".join((", ".join(self.kinds), *asked))


@dataclass(frozen=True, slots=True)
class EInvoice:
    """What an electronic invoice of the country says of itself, and the pack of rules it obeys."""

    profile: str  # id of the pack of rules, see core/judges
    specification: str  # BT-24
    source: str
    process: str = ""  # BT-23; empty: told by the document itself, or not at all
    consumer_id: str = ""  # BT-47 of a buyer who gave no number, where one must stand


@dataclass(frozen=True, slots=True)
class Reporting:
    """Within how many days after its issue the tax office wants an invoice."""

    days: int
    valid_from: date
    source: str
    working: bool = False  # working days are counted only


@dataclass(frozen=True, slots=True)
class Holidays:
    """Public holidays: days of the year as ``12-25``, and days after Orthodox Easter Sunday."""

    fixed: frozenset[str] = frozenset()
    orthodox_easter: frozenset[int] = frozenset()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Letters:
    """What business letters must name of the company: columns of it, with examples of two."""

    names: frozenset[str]  # of legal_form, registration_id, street
    source: str
    legal_form: str = ""
    registration_id: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    country: str
    name: str
    currency: str
    locale: str
    timezone: str
    default_tax: str
    default_term: str
    accounts: tuple[AccountSpec, ...]
    roles: Mapping[str, str]  # receivables, unapplied, bank, cash, suspense, revenue, fx_gain ...
    taxes: tuple[TaxSpec, ...]
    terms: tuple[TermSpec, ...]
    series: tuple[SeriesSpec, ...]
    mentions: tuple[Mention, ...]
    einvoice: EInvoice | None = None
    regions: Regions = field(default_factory=dict)
    paper: str = "a4"  # the size that printers of the country hold
    small_business_tax: str = ""  # the code of sellers below the threshold, who charge no VAT
    has_given_tax: bool = False  # the company itself gives the rate of its default tax
    reporting: tuple[Reporting, ...] = ()
    holidays: Holidays = Holidays()
    letters: Letters = Letters(frozenset(), "")

    def account(self, role: str) -> str:
        """The account code that plays the role; KeyError names a role the pack lacks."""
        return self.roles[role]

    def reporting_on(self, day: date) -> Reporting | None:
        """What the law says of reporting documents issued on a day; None where it says nothing."""
        return max(
            (rule for rule in self.reporting if rule.valid_from <= day),
            key=lambda rule: rule.valid_from,
            default=None,
        )

    def asked(self, *, on: date) -> frozenset[str]:
        """The words by which mentions in force on the day depend on the supply."""
        return frozenset[str]().union(
            *(one.when | one.unless for one in self.mentions if one.valid_from <= on)
        )

    def mentions_for(self, *, kind: str, on: date, supply: Collection[str] = ()) -> list[Mention]:
        """The mentions due on a document of this kind on that day; ``supply`` has what is true of
        it of the words ``ASKABLE``."""
        return [
            mention
            for mention in self.mentions
            if kind in mention.kinds
            and mention.valid_from <= on
            and mention.when.issubset(supply)
            and mention.unless.isdisjoint(supply)
        ]


@cache
def get(country: str) -> Pack:
    """The pack of a country (ISO 3166 alpha-2)."""
    if country not in COUNTRIES:
        raise UnknownCountry.because(
            "country.unknown",
            f"no country pack for {country!r}",
            path="country",
            fix=f"use one of {', '.join(COUNTRIES)}",
        )
    text = (files(__package__) / f"{country.lower()}.toml").read_text("utf-8")
    return _pack(tomllib.loads(text, parse_float=Decimal))


def _pack(data: dict[str, object]) -> Pack:
    raw: dict[str, list[dict[str, object]]] = data  # type: ignore[assignment]
    head = data["pack"]
    assert isinstance(head, dict)
    return Pack(
        **head,
        roles=data["roles"],  # type: ignore[arg-type]
        accounts=tuple(AccountSpec(**row) for row in raw["accounts"]),  # type: ignore[arg-type]
        taxes=tuple(_tax(row) for row in raw["taxes"]),
        terms=tuple(_term(row) for row in raw["terms"]),
        series=tuple(SeriesSpec(**row) for row in raw["series"]),  # type: ignore[arg-type]
        mentions=tuple(_mention(row) for row in raw.get("mentions", [])),
        einvoice=EInvoice(**data["einvoice"]) if "einvoice" in data else None,  # type: ignore[arg-type]
        regions=data.get("regions", {}),  # type: ignore[arg-type]
        reporting=tuple(Reporting(**row) for row in raw.get("reporting", [])),  # type: ignore[arg-type]
        holidays=_holidays(data.get("holidays", {})),
        letters=_letters(data.get("letters", {})),
    )


def _letters(row: Any) -> Letters:
    return Letters(**{"source": "", **row, "names": frozenset(row.get("names", ()))})


def _holidays(row: Any) -> Holidays:
    fixed, easter = frozenset(row.get("fixed", ())), frozenset(row.get("orthodox_easter", ()))
    return Holidays(fixed, easter, row.get("source", ""))


def _mention(row: Any) -> Mention:
    words = {name: frozenset(row.get(name, ())) for name in ("when", "unless")}
    if unknown := (words["when"] | words["unless"]) - ASKABLE.keys():
        raise ValueError(f"a mention asks {', '.join(sorted(unknown))}, which nobody answers")
    return Mention(**{**row, **words, "kinds": tuple(row["kinds"])})


def _tax(row: dict[str, object]) -> TaxSpec:
    values = {"valid_to": None, **row, "rate": Decimal(str(row["rate"]))}
    return TaxSpec(**values)  # type: ignore[arg-type]


def _term(row: dict[str, object]) -> TermSpec:
    percent = Decimal(str(row.get("discount_percent", 0)))
    return TermSpec(**{**row, "discount_percent": percent})  # type: ignore[arg-type]
