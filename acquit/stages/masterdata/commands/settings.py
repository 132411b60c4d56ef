"""The company's own data: the bank account (four eyes), the branding, how it sends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from uuid import UUID

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core import packs
from acquit.core.codecs.pdf.logo import MEDIA, NoLogo, clean, measure
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.looks import DESIGNS, readable
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import archive, unit
from acquit.history.archive import Piece
from acquit.stages.masterdata.facts import BankDetailsChanged, SettingsSaved
from acquit.stages.masterdata.models import BankAccount, TaxCode
from acquit.stages.masterdata.rules.customers import (
    bic_faults,
    email_faults,
    iban_faults,
    text_faults,
)

_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
GRACE_MINUTES_MAX = 60
_DAYS = ("small_business_from", "small_business_until")
_LOCALES = ("en_GB", "en_US", "de_DE", "fr_FR", "ro_RO")


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDetails:
    """The account printed on documents (BT-84, BT-86) and into which customers pay."""

    iban: str
    bic: str = ""
    bank_name: str = ""

    @property
    def key(self) -> str:
        return self.iban


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How documents look, whom they name, when they leave; None leaves a field as it is."""

    design: str | None = None  # of papers: one of codecs.pdf.DESIGNS
    accent: str | None = None
    footer: str | None = None
    locale: str | None = None
    email: str | None = None
    phone: str | None = None
    contact_name: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    region: str | None = None
    legal_form: str | None = None
    registration_id: str | None = None
    vat_due: str | None = None  # one of packs.VAT_DUE: when VAT is due, where the company chose
    tax_number: str | None = None  # BT-32, of a company without a VAT identifier
    small_business_from: str | None = None  # first and last day, such as 2026-01-01; "": none
    small_business_until: str | None = None
    grace_minutes: int | None = None  # 0 to 60, from "send" to the number; 0 sends at once
    logo: bytes | None = None  # a PNG or JPEG as it was handed in; no bytes remove the logo

    @property
    def key(self) -> str:
        return "settings"


@command("masterdata.change_bank", second_person=True)
def change_bank(*, ctx: Context, items: Sequence[BankDetails]) -> Outcome:
    """Change the company's own account. Money follows this line, so two persons see it."""
    company = Company.objects.select_for_update().get(id=ctx.company_id)
    results = []
    for item in items:
        iban, bic = (text.replace(" ", "").upper() for text in (item.iban, item.bic))
        faults = [*iban_faults(iban, code="bank.iban"), *bic_faults(bic, code="bank.bic")]
        if not iban:
            faults.append(Fault("bank.iban", "an account needs an IBAN", "iban"))
        faults += text_faults("bank", {"bank_name": item.bank_name}, {"bank_name": 80})
        if faults:
            results.append(ItemResult(item.key, ItemState.REFUSED, None, tuple(faults)))
            continue
        if (company.iban, company.bic, company.bank_name) == (iban, bic, item.bank_name):
            results.append(ItemResult(item.key, ItemState.DUPLICATE, company.id))
            continue
        before = company.iban
        company.iban, company.bic, company.bank_name = iban, bic, item.bank_name
        company.save(update_fields=["iban", "bic", "bank_name"])
        _account(ctx, company)
        fact = BankDetailsChanged(
            subject_id=company.id, effective_on=ctx.today, iban_before=before, iban_after=iban
        )
        unit.record(ctx, [fact])
        results.append(ItemResult(item.key, ItemState.DONE, company.id))
    return Outcome(items=tuple(results))


@command("masterdata.save_settings")
def save_settings(*, ctx: Context, items: Sequence[Settings]) -> Outcome:
    """Save the company's settings; the last item wins where two name the same field.

    The logo is drawn anew and kept in the archive by its hash: documents that were made keep the
    one they were made with.
    """
    company = Company.objects.select_for_update().get(id=ctx.company_id)
    results = []
    for item in items:
        given = _given(item)
        faults = [*_settings_faults(given), *_small_faults(company, given)]
        try:
            logo = clean(data=item.logo) if item.logo else b""
        except NoLogo as refusal:
            faults += refusal.faults
        if faults:
            results.append(ItemResult(item.key, ItemState.REFUSED, company.id, tuple(faults)))
            continue
        if item.logo is not None:
            given["logo"] = _kept(ctx, logo)
        values = {n: _day(v) if n in _DAYS else v for n, v in given.items()}
        changed = {name for name, value in values.items() if getattr(company, name) != value}
        results.append(_store(ctx, company, {name: values[name] for name in sorted(changed)}))
    return Outcome(items=tuple(results))


def _given(item: Settings) -> dict[str, str | int]:
    """The columns that the item names, but the logo: its column holds a digest."""
    values = {field.name: getattr(item, field.name) for field in fields(Settings)}
    return {
        name: value.strip() if isinstance(value, str) else value
        for name, value in values.items()
        if value is not None and name != "logo"
    }


def _kept(ctx: Context, logo: bytes) -> str:
    """The digest under which the archive has the picture; empty where there is none."""
    header = measure(logo)
    if header is None:
        return ""
    kind = header[0]
    (digest,) = archive.keep(ctx, [Piece(logo, MEDIA[kind], f"logo.{kind}")])
    return digest


def _store(
    ctx: Context, company: Company, changed: Mapping[str, str | int | date | None]
) -> ItemResult:
    if not changed:
        return ItemResult("settings", ItemState.DUPLICATE, company.id)
    for name, value in changed.items():
        setattr(company, name, value)
    company.save(update_fields=list(changed))
    if company.small_business_from is not None:
        _bring_code(ctx, company)
    fact = SettingsSaved(subject_id=company.id, effective_on=ctx.today, fields=tuple(changed))
    unit.record(ctx, [fact])
    return ItemResult("settings", ItemState.DONE, company.id)


def _day(value: str | int) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def _bring_code(ctx: Context, company: Company) -> None:
    """The tax code of small businesses, for companies made before their country's pack had it."""
    pack = packs.get(company.country)
    codes = TaxCode.objects.of(company.id).filter(code=pack.small_business_tax)
    known = set(codes.values_list("valid_from", flat=True))
    TaxCode.objects.bulk_create(
        TaxCode(id=ctx.ids.new(), company=company, **asdict(tax))
        for tax in pack.taxes
        if tax.code == pack.small_business_tax and tax.valid_from not in known
    )


def _small_faults(company: Company, given: Mapping[str, str | int]) -> Iterator[Fault]:
    named = {name: given.get(name, getattr(company, name) or "") for name in _DAYS}
    days = {}
    for name, text in named.items():
        try:
            days[name] = _day(str(text))
        except ValueError:
            fix = "write such as 2026-01-01, or nothing"
            yield Fault(f"settings.{name}", f"{text!r} is not a day", name, fix=fix)
            return
    since, until = (days[name] for name in _DAYS)
    if since is not None and not packs.get(company.country).small_business_tax:
        message = f"no rules for small businesses are known of {company.country}"
        yield Fault("settings.small_business", message, "small_business_from", fix="leave it empty")
    if until is not None and (since is None or until < since):
        message = "a small business is one from a day until a later one"
        fix = "write the first day too, or leave the last one empty"
        yield Fault("settings.small_business", message, "small_business_until", fix=fix)


def _settings_faults(given: Mapping[str, str | int]) -> tuple[Fault, ...]:
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    limits = {
        field.name: field.max_length
        for field in Company._meta.concrete_fields
        if field.name in texts and field.max_length
    }
    faults = list(text_faults("settings", texts, limits))
    faults += email_faults(texts.get("email", ""), code="settings.email")
    if "accent" in texts and not _ACCENT.fullmatch(texts["accent"]):
        message = f"{texts['accent']!r} is not a colour"
        faults.append(Fault("settings.accent", message, "accent", fix="write such as #0f5c4d"))
    elif (
        "accent" in texts and (dark := readable(colour=texts["accent"])) != texts["accent"].lower()
    ):
        message = f"{texts['accent']} is too pale to be read on white, or white on it"
        fix = f"use a darker shade such as {dark}"
        faults.append(Fault("settings.pale", message, "accent", "WCAG 2.2, 1.4.3", fix))
    if "design" in texts and texts["design"] not in DESIGNS:
        message = f"there is no design {texts['design']!r}"
        fix = f"use one of {', '.join(DESIGNS)}"
        faults.append(Fault("settings.design", message, "design", fix=fix))
    if "locale" in texts and texts["locale"] not in _LOCALES:
        message = f"there are no documents in {texts['locale']!r}"
        fix = f"use one of {', '.join(_LOCALES)}"
        faults.append(Fault("settings.locale", message, "locale", fix=fix))
    if texts.get("vat_due", "") not in packs.VAT_DUE:
        message = f"VAT is not due by {texts['vat_due']!r}"
        fix = "use invoice, payment, or nothing for what the law says"
        faults.append(Fault("settings.vat_due", message, "vat_due", fix=fix))
    minutes = given.get("grace_minutes", 0)
    if minutes not in range(GRACE_MINUTES_MAX + 1):
        message = f"a grace time of {minutes} minutes is not possible"
        fix = f"write 0 to {GRACE_MINUTES_MAX}; 0 sends at once"
        faults.append(Fault("settings.grace", message, "grace_minutes", fix=fix))
    return tuple(faults)


def _account(ctx: Context, company: Company) -> UUID:
    """The account on which money arrives: made once per IBAN, and now the default."""
    accounts = BankAccount.objects.of(company.id)
    accounts.filter(is_default=True).update(is_default=False)
    row, _ = accounts.update_or_create(
        company=company,
        iban=company.iban,
        currency=company.currency,
        defaults={"bic": company.bic, "is_default": True},
        create_defaults={
            "id": ctx.ids.new(),
            "bic": company.bic,
            "name": company.bank_name or "Bank",
            "ledger_account": packs.get(company.country).account("bank"),
            "is_default": True,
            "created_at": ctx.now,
        },
    )
    return UUID(str(row.id))
