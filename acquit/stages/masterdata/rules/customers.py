"""What is wrong with a customer's or an item's data; every fault at once, each with its fix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from babel.numbers import list_currencies
from schwifty import BIC, IBAN
from stdnum.util import get_cc_module

from acquit.core.faults import Fault
from acquit.stages.masterdata.rules.territory import is_country

CHANNELS = ("email", "portal", "print")
_EMAIL = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+")
_LOCALE = re.compile(r"[a-z]{2}(_[A-Z]{2})?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Codes of VAT identifiers that are not those of ISO 3166.
_VAT_COUNTRIES = {"EL": "GR", "XI": "GB"}


def customer_faults(
    values: Mapping[str, str], *, terms: frozenset[str], limits: Mapping[str, int]
) -> tuple[Fault, ...]:
    """All faults of one customer. ``limits`` is the longest text per field."""
    return (*text_faults("customer", values, limits), *_customer_faults(values, terms))


def _customer_faults(values: Mapping[str, str], terms: frozenset[str]) -> Iterator[Fault]:
    for field in ("number", "name"):
        if not values[field].strip():
            yield Fault(f"customer.{field}_missing", f"a customer needs a {field}", field)
    if not is_country(values["country"]):
        message = f"{values['country']!r} is not a country of ISO 3166"
        yield Fault("customer.country", message, "country", fix="use two letters such as DE")
    yield from email_faults(values["email"], code="customer.email")
    yield from vat_faults(values["vat_id"], country=values["country"])
    yield from iban_faults(values["iban"], code="customer.iban")
    if values["currency"] not in list_currencies():
        message = f"{values['currency']!r} is not a currency of ISO 4217"
        yield Fault("customer.currency", message, "currency", fix="use three letters such as EUR")
    if values["terms"] not in terms:
        message = f"there are no payment terms {values['terms']!r}"
        yield Fault(
            "customer.terms", message, "terms", fix=f"use one of {', '.join(sorted(terms))}"
        )
    if values["channel"] not in CHANNELS:
        message = f"{values['channel']!r} is not a channel"
        yield Fault("customer.channel", message, "channel", fix=f"use {', '.join(CHANNELS)}")
    if not _LOCALE.fullmatch(values["locale"]):
        message = f"{values['locale']!r} is not a locale"
        yield Fault("customer.locale", message, "locale", fix="write such as fr_FR")
    if values["parent"] and values["parent"] == values["number"]:
        yield Fault("customer.parent_self", "a customer is not its own parent", "parent")


def item_faults(
    values: Mapping[str, str], *, tax_codes: frozenset[str], limits: Mapping[str, int]
) -> tuple[Fault, ...]:
    """All faults of one item."""
    faults = list(text_faults("item", values, limits))
    for field in ("code", "name"):
        if not values[field].strip():
            faults.append(Fault(f"item.{field}_missing", f"an item needs a {field}", field))
    if not re.fullmatch(r"[A-Z0-9]{2,3}", values["unit"]):
        message = f"{values['unit']!r} is not a unit of UN/ECE Recommendation 20"
        faults.append(Fault("item.unit", message, "unit", fix="use such as C62, KGM, HUR"))
    if values["tax_code"] and values["tax_code"] not in tax_codes:
        message = f"there is no tax code {values['tax_code']!r}"
        fix = f"use one of {', '.join(sorted(tax_codes))}, or leave it empty"
        faults.append(Fault("item.tax_code", message, "tax_code", fix=fix))
    return tuple(faults)


def text_faults(
    subject: str, values: Mapping[str, str], limits: Mapping[str, int]
) -> Iterator[Fault]:
    """Texts that do not fit their column or hold characters that no document may carry."""
    for field, text in values.items():
        limit = limits.get(field)
        if limit is not None and len(text) > limit:
            message = f"{field} has {len(text)} characters, {limit} fit"
            yield Fault(f"{subject}.too_long", message, field, fix="shorten it")
        if _CONTROL.search(text):
            message = f"{field} holds a control character"
            yield Fault(f"{subject}.control", message, field, fix="type the text again")


def email_faults(text: str, *, code: str) -> Iterator[Fault]:
    if text and not _EMAIL.fullmatch(text):
        message = f"{text!r} is not an e-mail address"
        yield Fault(code, message, "email", fix="write such as name@company.example")


def vat_faults(text: str, *, country: str) -> Iterator[Fault]:
    """A VAT identifier (BT-48) starts with its country; the check digits are tried where the
    country has a checker (python-stdnum)."""
    if not text:
        return
    prefix = text[:2].upper()
    owner = _VAT_COUNTRIES.get(prefix, prefix) if prefix.isalpha() else country
    module = get_cc_module(owner.lower(), "vat") if is_country(owner) else None
    number = text[2:] if prefix in _VAT_COUNTRIES else text
    if module is not None and not module.is_valid(number):
        message = f"{text!r} is not a valid VAT identifier of {owner}"
        fix = "check the digits with the customer; leave it empty for a consumer"
        yield Fault("customer.vat_id", message, "vat_id", fix=fix)


def iban_faults(text: str, *, code: str) -> Iterator[Fault]:
    if text and not IBAN(text, allow_invalid=True).is_valid:
        message = f"{text!r} is not a valid IBAN"
        yield Fault(code, message, "iban", fix="check the digits: one is wrong or missing")


def bic_faults(text: str, *, code: str) -> Iterator[Fault]:
    if text and not BIC(text, allow_invalid=True).is_valid:
        message = f"{text!r} is not a valid BIC"
        yield Fault(code, message, "bic", fix="eight or eleven letters and digits, ISO 9362")
