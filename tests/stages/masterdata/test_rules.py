"""Terms, territories, tax codes and identifiers, as tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from acquit.core import packs
from acquit.core.tables import compile_table
from acquit.policy.defaults import shipped
from acquit.policy.registry import SPECS
from acquit.stages.masterdata.rules.customers import (
    bic_faults,
    email_faults,
    iban_faults,
    vat_faults,
)
from acquit.stages.masterdata.rules.tax import TaxChooser, TaxQuestion
from acquit.stages.masterdata.rules.terms import DueDates, Term, due_dates, in_words
from acquit.stages.masterdata.rules.territory import country_code, in_eu, is_domestic, locale_of


def _term(days: int, *, eom: bool = False, percent: str = "0", discount_days: int = 0) -> Term:
    return Term("T", days, eom, Decimal(percent), discount_days, "")


@pytest.mark.parametrize(
    ("term", "issued", "due", "discount_until"),
    [
        (_term(0), "2026-03-02", "2026-03-02", None),
        (_term(30), "2026-01-31", "2026-03-02", None),
        (_term(30, eom=True), "2026-03-02", "2026-04-30", None),
        (_term(30, eom=True), "2024-01-30", "2024-02-29", None),
        (_term(0, eom=True), "2026-02-28", "2026-02-28", None),
        (_term(30, percent="2", discount_days=10), "2026-03-02", "2026-04-01", "2026-03-12"),
        # A discount cannot outlive the due date.
        (_term(7, percent="2", discount_days=10), "2026-03-02", "2026-03-09", "2026-03-09"),
    ],
)
def test_due_dates(term: Term, issued: str, due: str, discount_until: str | None) -> None:
    until = date.fromisoformat(discount_until) if discount_until else None
    assert due_dates(term, issued_on=date.fromisoformat(issued)) == DueDates(
        date.fromisoformat(due), until, term.discount_percent
    )


@pytest.mark.parametrize(
    ("company", "customer", "on", "has_vat", "own", "code", "row"),
    [
        ("DE", "DE", "2026-03-02", True, "", "S", 1),
        ("DE", "DE", "2026-03-02", True, "R", "R", 1),
        ("DE", "FR", "2026-03-02", True, "R", "K", 2),
        ("DE", "FR", "2026-03-02", False, "R", "R", 3),
        ("DE", "CH", "2026-03-02", True, "", "G", 4),
        ("DE", "GB", "2020-12-31", True, "", "K", 2),  # the last day of the transition
        ("DE", "GB", "2021-01-01", True, "", "G", 4),
        ("GB", "DE", "2010-12-01", False, "", "S", 3),
        ("GB", "DE", "2026-03-02", True, "", "G", 4),
        ("GB", "IM", "2026-03-02", False, "", "S", 1),  # the Isle of Man counts as the UK
        ("FR", "MC", "2026-03-02", True, "", "S", 1),
        ("RO", "HR", "2013-06-30", True, "", "G", 4),  # Croatia joined on 1 July 2013
        ("RO", "HR", "2013-07-01", True, "", "K", 2),
    ],
)
def test_tax_codes(
    company: str, customer: str, on: str, has_vat: bool, own: str, code: str, row: int
) -> None:
    table = compile_table(table=shipped("tax"), registry=SPECS["tax"].registry)
    chooser = TaxChooser(table, "tax shipped", company, "S")
    question = TaxQuestion(
        customer_country=customer,
        on=date.fromisoformat(on),
        customer_has_vat_id=has_vat,
        item_tax_code=own,
    )
    answer = chooser.choose(question)
    assert (answer.tax_code, answer.rule) == (code, f"tax shipped row {row}")
    assert chooser.explain(question).startswith(f"row {row} because")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("United Kingdom", "GB"),
        ("EIRE", "IE"),
        ("Channel Islands", "JE"),
        ("côte d’ivoire", "CI"),
        ("de", "DE"),
        ("European Community", None),
        ("EU", None),
        ("Unspecified", None),
        ("", None),
    ],
)
def test_country_names(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_territories() -> None:
    assert in_eu("MC", date(2026, 1, 1))
    assert not in_eu("JE", date(2010, 1, 1))
    assert is_domestic("IM", of="GB")
    assert not is_domestic("JE", of="GB")
    assert (locale_of("AT"), locale_of("JP")) == ("de_DE", "en_GB")


@pytest.mark.parametrize(
    ("vat_id", "country", "ok"),
    [
        ("", "DE", True),
        ("DE123456788", "DE", True),
        ("DE123456789", "DE", False),
        ("123456788", "DE", True),
        ("RO18547290", "RO", True),
        ("RO18547291", "RO", False),
        ("FR40303265045", "FR", True),
        ("EL094259216", "GR", True),
        ("EL094259217", "GR", False),
        ("XI980780684", "GB", True),
        ("12-3456789", "US", True),  # no checker: taken as it is
    ],
)
def test_vat_identifiers(vat_id: str, country: str, ok: bool) -> None:
    assert (not list(vat_faults(vat_id, country=country))) == ok


@pytest.mark.parametrize(
    ("faults", "ok"),
    [
        (email_faults("a@b.example", code="x"), True),
        (email_faults("", code="x"), True),
        (email_faults("a@b", code="x"), False),
        (email_faults("a b@c.example", code="x"), False),
        (email_faults("a@b.example\nBcc: c@d.example", code="x"), False),
        (iban_faults("DE89370400440532013000", code="x"), True),
        (iban_faults("DE88370400440532013000", code="x"), False),
        (bic_faults("COBADEFFXXX", code="x"), True),
        (bic_faults("COBA", code="x"), False),
    ],
)
def test_other_identifiers(faults: object, ok: bool) -> None:
    assert (not list(faults)) == ok  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("term", "locale", "said"),
    [
        (Term("NET30", 30, False, Decimal(0), 0, "30 days net"), "ro_RO", "Plata în 30 de zile"),
        (Term("NET14", 14, False, Decimal(0), 0, "14 days net"), "ro_RO", "Plata în 14 zile"),
        (Term("NET0", 0, False, Decimal(0), 0, "Due on receipt"), "fr_FR", "Payable à réception"),
        (
            Term("2-10", 30, False, Decimal("2.00"), 10, "2 % within 10 days, 30 days net"),
            "de_AT",
            "2 % Skonto innerhalb von 10 Tagen, zahlbar innerhalb von 30 Tagen ohne Abzug",
        ),
        (Term("OWN", 30, False, Decimal(0), 0, "as agreed in May"), "de_DE", "as agreed in May"),
    ],
)
def test_terms_are_said_in_the_language_of_who_pays(term: Term, locale: str, said: str) -> None:
    assert in_words(term, locale=locale) == said


def test_every_term_a_company_starts_with_is_said_in_every_language() -> None:
    for country in ("RO", "FR", "DE", "GB"):
        for one in packs.get(country).terms:
            term = Term(
                one.code,
                one.days,
                one.end_of_month,
                one.discount_percent,
                one.discount_days,
                one.label,
            )
            assert len({in_words(term, locale=locale) for locale in ("en", "fr", "de", "ro")}) == 4
