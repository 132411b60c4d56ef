"""What happens to master data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyCreated(Fact):
    KIND = "masterdata.CompanyCreated"
    name: str
    country: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersSaved(Fact):
    """One fact per batch: ``subject_id`` is the import run or the first customer."""

    KIND = "masterdata.CustomersSaved"
    created: int
    updated: int
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsSaved(Fact):
    KIND = "masterdata.ItemsSaved"
    created: int
    updated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDetailsChanged(Fact):
    """The company's own account on its documents changed, seen by two persons."""

    KIND = "masterdata.BankDetailsChanged"
    iban_before: str
    iban_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesSaved(Fact):
    """One fact per batch of exchange rates; ``subject_id`` is the first of them."""

    KIND = "masterdata.RatesSaved"
    rates: int
    first_day: date
    last_day: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSaved(Fact):
    """What the company prints on its documents changed; ``fields`` names what."""

    KIND = "masterdata.SettingsSaved"
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccountSaved(Fact):
    """An account on which money arrives was added or renamed; ``subject_id`` is the account."""

    KIND = "masterdata.BankAccountSaved"
    iban: str
    currency: str
