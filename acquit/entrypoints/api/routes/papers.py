"""Papers: how they look, what they say, and a trial of both before anything is saved."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal

from django.http import HttpResponse
from pydantic import Field

from acquit.core import wording
from acquit.core.faults import Refused
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done
from acquit.entrypoints.api.schemas import Day, Line, Prose, Strict
from acquit.entrypoints.paper_trials import Trial, tried
from acquit.entrypoints.text_previews import preview
from acquit.policy import texts
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.queries import in_force
from acquit.policy.texts import OwnText
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.commands.settings import Settings, save_settings
from acquit.stages.masterdata.queries import CompanyView
from acquit.stages.masterdata.rules.letters import letter_faults

routes = Routes("papers")
Place = Literal["opening", "closing", "mail_subject", "mail_body"]
Document = Literal[
    "invoice",
    "credit_note",
    "debit_note",
    "statement",
    "reminder_1",
    "reminder_2",
    "reminder_3",
    "quittance",
    "delivery_note",
]
Language = Literal["en", "fr", "de", "ro"]


class NoPicture(Refused):
    """The logo is not base64."""


class SettingsIn(Strict):
    """What to change; what is left out or null stays. ``design`` is modern, classic or compact,
    ``accent`` a colour that can be read on white, ``logo`` a PNG or JPEG in base64, "" for none;
    ``vat_due`` is when VAT is due: invoice, payment, or "" for what the law says.
    ``small_business_from`` and ``small_business_until`` are the first and last day, such as
    2026-01-01, on which no VAT is charged, "" for none; ``tax_number`` is BT-32."""

    design: Line | None = None
    accent: Line | None = None
    footer: Prose | None = None
    locale: Line | None = None
    logo: str | None = None
    email: Line | None = None
    phone: Line | None = None
    contact_name: Line | None = None
    street: Line | None = None
    city: Line | None = None
    postcode: Line | None = None
    region: Line | None = None
    legal_form: Line | None = None
    registration_id: Line | None = None
    vat_due: Line | None = None
    tax_number: Line | None = None
    small_business_from: Line | None = None
    small_business_until: Line | None = None
    grace_minutes: int | None = None

    def wanted(self) -> Settings:
        values = self.model_dump(exclude={"logo"})
        return Settings(**values, logo=_picture(self.logo))


class SettingsOut(Strict):
    """How documents look, whom they name, when they leave; ``logo`` is a digest, ``missing`` names
    the fields that letters must name by law and that are empty."""

    design: str
    accent: str
    footer: str
    locale: str
    logo: str
    email: str
    phone: str
    contact_name: str
    street: str
    city: str
    postcode: str
    region: str
    legal_form: str
    registration_id: str
    vat_due: str
    tax_number: str
    small_business_from: date | None
    small_business_until: date | None
    grace_minutes: int
    missing: list[str]

    @classmethod
    def of(cls, view: CompanyView) -> SettingsOut:
        missing = [fault.path for fault in letter_faults(view)]
        names = cls.model_fields.keys() - {"missing"}
        return cls(**{name: getattr(view, name) for name in names}, missing=missing)


class OwnTextIn(Strict):
    """What is said in one place of one kind of document, in the language of texts: to all, to a
    segment, or to one customer by number. It stands above all others; an empty text says
    nothing."""

    place: Place
    document: Document
    language: Language
    text: Annotated[str, Field(max_length=wording.LENGTH_MAX)]
    segment: Annotated[Line, Field(max_length=40)] = ""
    customer_number: Annotated[Line, Field(max_length=40)] = ""

    def own(self) -> OwnText:
        return OwnText(**self.model_dump(exclude={"valid_from"}))


class NewOwnTextIn(OwnTextIn):
    """A text with the day from which it is said; today if not given."""

    valid_from: Day | None = None


class PaperTrialIn(Strict):
    """What to try on a paper. ``number`` is that of a document, quittance or delivery, else of a
    customer; "" is the latest invoice, credit or debit note, or a sample where there is none."""

    document: Document = "invoice"
    number: Line = ""
    language: Language | Literal[""] = ""
    settings: SettingsIn | None = None
    text: OwnTextIn | None = None


class ToldOut(Strict):
    """What one customer would read there before and after; "" is nothing. ``document`` is the one
    whose values stand in it; where he has none the names of its values do."""

    number: str
    name: str
    segment: str
    language: str
    channel: str
    document: str
    before: str
    after: str
    is_changed: bool


class TextPreviewOut(Strict):
    """Up to 20 customers of different segments, languages and channels, the changed ones first."""

    changed: int
    customers: list[ToldOut]


@routes.get("/settings", "read.masterdata", SettingsOut)
def get_settings(frame: Frame) -> SettingsOut:
    """The company's settings."""
    return SettingsOut.of(masterdata.settings(company_id=frame.company_id))


@routes.patch("/settings", "masterdata.save_settings")
def change_settings(frame: Frame, body: SettingsIn) -> Reply:
    """Change how papers look, whom they name, when they leave. Papers that were made stay."""
    return done(save_settings(ctx=frame.ctx, items=[body.wanted()]), kind="company")


@routes.post("/texts", "policy.save")
def add_text(frame: Frame, body: NewOwnTextIn) -> Reply:
    """Say something in the company's own words, as a new version of the policy ``texts``."""
    day = body.valid_from or frame.ctx.today
    table = in_force(company_id=frame.company_id, name=texts.NAME, on=day).table.table
    own = body.own()
    item = NewVersion(
        name=texts.NAME,
        table=texts.with_text(table=table, own=own).to_dict(),
        valid_from=day,
        note=f"{own.document} {own.place} {own.language}",
    )
    return done(save(ctx=frame.ctx, items=[item]), kind="policy")


@routes.post("/text-previews", "policy.save", TextPreviewOut)
def preview_text(frame: Frame, body: NewOwnTextIn) -> TextPreviewOut:
    """What customers would be told with this text and are told without it. Nothing is saved; who
    may not save it may not preview it."""
    told = preview(ctx=frame.ctx, own=body.own(), on=body.valid_from or frame.ctx.today)
    rows = [ToldOut(**asdict(one), is_changed=one.is_changed) for one in told]
    return TextPreviewOut(changed=sum(one.is_changed for one in told), customers=rows)


@routes.post("/paper-trials", "read.invoices", None, media="application/pdf")
def try_paper(frame: Frame, body: PaperTrialIn) -> HttpResponse:
    """A PDF as it would be with these settings and this text. Nothing is saved; who may not save
    them may not try them."""
    trial = Trial(
        document=body.document,
        number=body.number,
        language=body.language,
        settings=body.settings.wanted() if body.settings else None,
        text=body.text.own() if body.text else None,
    )
    file = tried(ctx=frame.ctx, trial=trial)
    return HttpResponse(
        file.body,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{file.name}"'},
    )


def _picture(text: str | None) -> bytes | None:
    try:
        return None if text is None else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoPicture.because(
            "settings.logo", "the logo is not base64", path="logo", fix="encode the file as base64"
        ) from None
