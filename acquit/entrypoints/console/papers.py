"""Papers: how they look, what they say, and one as PDF, as its reader would get it today."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from acquit.core.faults import Refused
from acquit.entrypoints.console.shared import (
    CompanySlug,
    Data,
    Json,
    connect,
    emit,
    guarded,
    say,
    tell_missing,
    the_company,
)

if TYPE_CHECKING:
    from acquit.core.context import Context
    from acquit.policy.texts import OwnText
    from acquit.stages.masterdata.commands.settings import Settings

KINDS = ("invoice", "statement", "reminder", "quittance", "delivery-note")


class CannotRender(Refused):
    """No such kind of paper, or nothing of that number."""


Try = Annotated[
    Path | None,
    typer.Option("--try", help="Write a sample paper with it to this PDF; save nothing."),
]


def register(app: typer.Typer) -> None:
    app.command("settings")(settings)
    app.command("text")(text)
    app.command("render")(render)


def _shown(view: Any) -> dict[str, str]:
    """What the command says of the company, days as ISO 8601."""
    names = (
        *("design", "accent", "footer", "locale", "logo", "legal_form", "registration_id"),
        *("tax_number", "vat_due", "small_business_from", "small_business_until"),
    )
    values = {name: getattr(view, name) for name in names}
    return {n: v.isoformat() if isinstance(v, date) else v or "" for n, v in values.items()}


VatDue = Annotated[
    str | None,
    typer.Option(help="When VAT is due: invoice, payment, or empty text for the law's day."),
]
TaxNumber = Annotated[
    str | None, typer.Option(help="Of a company without a VAT identifier (BT-32).")
]
SmallFrom = Annotated[
    str | None,
    typer.Option(help="First day without VAT as a small business; empty text for none."),
]
SmallUntil = Annotated[str | None, typer.Option(help="Last day of it; empty text for none.")]


@guarded
def settings(
    design: Annotated[str, typer.Option(help="Of papers: modern, classic or compact.")] = "",
    accent: Annotated[str, typer.Option(help="Colour, such as #0f5c4d.")] = "",
    footer: Annotated[
        str | None, typer.Option(help="Lines at the foot of papers; empty text removes them.")
    ] = None,
    logo: Annotated[
        Path | None, typer.Option(help="A PNG or JPEG picture.", exists=True, dir_okay=False)
    ] = None,
    locale: Annotated[str, typer.Option(help="Language of papers, such as de_DE.")] = "",
    legal_form: Annotated[
        str | None, typer.Option(help="With all that letters must name beside it.")
    ] = None,
    registration_id: Annotated[str | None, typer.Option(help="Number in the register.")] = None,
    vat_due: VatDue = None,
    tax_number: TaxNumber = None,
    small_business_from: SmallFrom = None,
    small_business_until: SmallUntil = None,
    sample: Try = None,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Change how the company's papers look and what they say of it; without options, show it."""
    connect(data)
    from acquit.access.actors import installer
    from acquit.entrypoints.frame import context
    from acquit.stages.masterdata import queries
    from acquit.stages.masterdata.commands.settings import Settings, save_settings
    from acquit.stages.masterdata.rules.letters import letter_faults

    chosen = the_company(company)
    item = Settings(
        design=design or None,
        accent=accent or None,
        footer=footer,
        locale=locale or None,
        legal_form=legal_form,
        registration_id=registration_id,
        vat_due=vat_due,
        tax_number=tax_number,
        small_business_from=small_business_from,
        small_business_until=small_business_until,
        logo=logo.read_bytes() if logo else None,
    )
    if sample is not None:
        _try(chosen, sample, settings=item)
        return
    if item != Settings():
        save_settings(ctx=context(company=chosen, actor=installer()), items=[item]).or_refuse()
    view = queries.settings(company_id=chosen.id)
    tell_missing(letter_faults(view))
    shown = _shown(view)
    emit(
        shown,
        as_json=as_json,
        text=lambda: "\n".join(f"{name}: {value}" for name, value in shown.items()),
    )


Since = Annotated[
    datetime | None,
    typer.Option(
        "--from",
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="Since when it is said; today.",
    ),
]


@guarded
def text(
    place: Annotated[str, typer.Argument(help="opening, closing, mail_subject or mail_body.")],
    document: Annotated[str, typer.Argument(help="invoice, reminder_1, statement ...")],
    language: Annotated[str, typer.Argument(help="en, fr, de or ro.")],
    words: Annotated[
        str, typer.Argument(help="What is said; empty: nothing. - reads standard input.")
    ],
    segment: Annotated[str, typer.Option(help="Only to customers of this segment.")] = "",
    customer: Annotated[str, typer.Option(help="Only to the customer of this number.")] = "",
    day: Since = None,
    sample: Try = None,
    number: Annotated[
        str, typer.Option(help="With --try: of the document, or of a reminder's customer.")
    ] = "",
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what 20 customers would read; save nothing.")
    ] = False,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say something on papers or in mails in the company's own words, above all other texts."""
    connect(data)
    from acquit.access.actors import installer
    from acquit.entrypoints.frame import context
    from acquit.policy import texts
    from acquit.policy.commands.save import NewVersion, save
    from acquit.policy.queries import in_force

    chosen = the_company(company)
    said = typer.get_text_stream("stdin").read() if words == "-" else words
    own = texts.OwnText(
        place=place,
        document=document,
        language=language,
        text=said,
        segment=segment,
        customer_number=customer,
    )
    if sample is not None:
        _try(chosen, sample, text=own, number=number)
        return
    ctx = context(company=chosen, actor=installer())
    on = day.date() if day else ctx.today
    if preview:
        _preview(ctx, own, on, as_json=as_json)
        return
    table = in_force(company_id=chosen.id, name=texts.NAME, on=on).table.table
    item = NewVersion(
        name=texts.NAME,
        table=texts.with_text(table=table, own=own).to_dict(),
        valid_from=on,
        note=f"{document} {place} {language}",
    )
    save(ctx=ctx, items=[item]).or_refuse()
    answer = {"place": place, "document": document, "language": language, "from": on.isoformat()}
    emit(answer, as_json=as_json, text=lambda: f"said from {on.isoformat()} on")


def _preview(ctx: Context, own: OwnText, on: date, *, as_json: bool) -> None:
    from acquit.entrypoints.text_previews import preview

    told = preview(ctx=ctx, own=own, on=on)
    changed = sum(one.is_changed for one in told)
    rows = [{**asdict(one), "is_changed": one.is_changed} for one in told]

    def in_words() -> str:
        lines = [f"changed for {changed} of {len(told)} customers; nothing was saved"]
        for one in told:
            kind = ", ".join(filter(None, (one.segment, one.language, one.channel, one.document)))
            lines.append(f"\n{one.number} {one.name} ({kind})")
            if one.is_changed:
                lines += [f"- {line}" for line in one.before.splitlines()]
                lines += [f"+ {line}" for line in one.after.splitlines()]
            else:
                lines += [f"= {line}" for line in one.before.splitlines()]
        return "\n".join(lines)

    emit({"changed": changed, "customers": rows}, as_json=as_json, text=in_words)


def _try(
    company: Any,
    output: Path,
    *,
    settings: Settings | None = None,
    text: OwnText | None = None,
    number: str = "",
) -> None:
    from acquit.access.actors import installer
    from acquit.entrypoints.frame import context
    from acquit.entrypoints.paper_trials import Trial, tried

    trial = Trial(number=number, settings=settings, text=text)
    if text is not None:
        trial = replace(trial, document=text.document, language=text.language)
    file = tried(ctx=context(company=company, actor=installer()), trial=trial)
    output.write_bytes(file.body)
    say(f"{output}: {len(file.body)} bytes; nothing was saved")


@guarded
def render(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    number: Annotated[
        str, typer.Argument(help="Of the document, quittance or delivery; else of the customer.")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where to write; - for stdout.")
    ] = None,
    level: Annotated[int, typer.Option(min=1, max=3, help="Of a reminder.")] = 1,
    currency: Annotated[str, typer.Option(help="The customer's own if not given.")] = "",
    day: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Day of reminder or statement; today.",
        ),
    ] = None,
    company: CompanySlug = "",
    data: Data = None,
) -> None:
    """Write an invoice or credit note, statement, reminder, quittance or delivery note as PDF, in
    the customer's language, the company's design and its own words. Nothing is recorded."""
    if kind not in KINDS:
        fix = f"one of: {', '.join(KINDS)}"
        raise CannotRender.because("render.kind", f"no paper {kind!r}", path="KIND", fix=fix)
    connect(data)
    from acquit.entrypoints import papers

    chosen = the_company(company)
    on = day.date() if day else _today(chosen)
    file = papers.made(
        company=chosen, kind=kind, number=number, level=level, currency=currency, on=on
    )
    if str(output) == "-":
        typer.get_binary_stream("stdout").write(file.body)
        return
    path = output or Path(file.name)
    path.write_bytes(file.body)
    say(f"{path}: {len(file.body)} bytes")


def _today(company: Any) -> date:
    from acquit.access.actors import installer
    from acquit.entrypoints.frame import context

    return context(company=company, actor=installer()).today
