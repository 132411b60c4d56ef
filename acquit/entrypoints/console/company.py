"""Companies and people: ``init``, ``grant``, ``revoke``, ``limit``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from acquit.core.faults import Fault, Refused
from acquit.core.money import Money
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


# What people call an answer, and its name here.
_MEANT = dict.fromkeys(
    ("siren", "siret", "company_number", "cui", "handelsregister"),
    "registration_id: in France the SIREN, elsewhere the number in the register",
)


class CannotLimit(Refused):
    """The amount cannot be read; no limit was changed."""


class CannotInit(Refused):
    """The answers are not a company; nothing was created."""


def register(app: typer.Typer) -> None:
    app.command("init")(init)
    app.command("grant")(grant)
    app.command("revoke")(revoke)
    app.command("limit")(limit)


@guarded
def init(
    toml: Annotated[
        Path | None, typer.Option("--toml", help="Answers in a file.", exists=True)
    ] = None,
    name: Annotated[str, typer.Option(help="Legal name.")] = "",
    country: Annotated[str, typer.Option(help="RO, FR, DE, GB or US.")] = "",
    slug: Annotated[str, typer.Option(help="Short name for addresses and files.")] = "",
    iban: Annotated[str, typer.Option(help="Account printed on invoices.")] = "",
    vat_id: Annotated[str, typer.Option("--vat-id")] = "",
    email: Annotated[str, typer.Option(help="Sender of invoices.")] = "",
    sales_tax: Annotated[
        str, typer.Option("--sales-tax", help="Rate in per cent, where states set it (US).")
    ] = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Create an empty company with the chart, taxes, terms and number series of its country."""
    flags = {
        "name": name,
        "country": country,
        "slug": slug,
        "iban": iban,
        "vat_id": vat_id,
        "email": email,
        "sales_tax": sales_tax,
    }
    answers = _answers(toml, {key: value for key, value in flags.items() if value})
    connect(data)
    from acquit.access.actors import installer
    from acquit.entrypoints.frame import new_company_context
    from acquit.stages.masterdata.commands.create_company import create_company
    from acquit.stages.masterdata.rules.letters import letter_faults

    ctx = new_company_context(actor=installer())
    company = _new_company(answers["company"])
    outcome = create_company(ctx=ctx, items=[company])
    users = _grant_all(ctx, answers.get("users", []))
    figures = {
        "company": company.slug,
        "id": str(outcome.ids[0]),
        "country": company.country,
        "users": users,
    }
    emit(figures, as_json=as_json, text=lambda: f"{company.name} is ready ({company.slug}).")
    tell_missing(letter_faults(company))


@guarded
def grant(
    email: Annotated[str, typer.Argument(help="Who.")],
    role: Annotated[str, typer.Argument(help="Which role.")],
    name: Annotated[str, typer.Option(help="Name, for a new person.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read a password from standard input.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Waive duty conflicts, on record.")] = False,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Give a person a role in a company; the person is created when new."""
    connect(data)
    from acquit.access.actors import installer
    from acquit.access.commands.grant import CONFIRM_CONFLICT, Grant
    from acquit.access.commands.grant import grant as give
    from acquit.access.models import User
    from acquit.entrypoints.frame import context

    password = typer.get_text_stream("stdin").read().strip() if password_stdin else ""
    ctx = context(
        company=the_company(company),
        actor=installer(),
        confirmed=frozenset({CONFIRM_CONFLICT} if yes else ()),
    )
    item = Grant(email=email, name=name or email, role=role, password=password)
    if password and User.objects.filter(email__iexact=email).exists():
        say(f"{email} is known: name and password stay. A new password is asked for at sign-in.")
    outcome = give(ctx=ctx, items=[item])
    state = str(outcome.items[0].state)
    emit(
        {"email": email, "role": role, "state": state},
        as_json=as_json,
        text=lambda: f"{email}: {role} ({state})",
    )


@guarded
def revoke(
    email: Annotated[str, typer.Argument(help="Who.")],
    role: Annotated[str, typer.Argument(help="Which role.")],
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take a role away; what the person did keeps the name."""
    connect(data)
    from acquit.access.actors import installer
    from acquit.access.commands.grant import Grant
    from acquit.access.commands.grant import revoke as take
    from acquit.entrypoints.frame import context

    ctx = context(company=the_company(company), actor=installer())
    take(ctx=ctx, items=[Grant(email=email, name=email, role=role)])
    emit(
        {"email": email, "role": role, "state": "revoked"},
        as_json=as_json,
        text=lambda: f"{email}: {role} (revoked)",
    )


@guarded
def limit(
    role: Annotated[str, typer.Argument(help="Which role.")],
    command: Annotated[str, typer.Argument(help="Which command, such as invoices.credit.")],
    amount: Annotated[str, typer.Argument(help="Amount in major units, such as 500.00.")],
    currency: Annotated[str, typer.Option(help="The company's own if not given.")] = "",
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Set the amount up to which a role acts alone; above it a second person approves."""
    connect(data)
    from acquit.access.actors import installer
    from acquit.access.commands.grant import NewLimit, save_limit
    from acquit.access.roles import ROLES
    from acquit.entrypoints.frame import context

    chosen = the_company(company)
    money = _limit_amount(amount, (currency or chosen.currency).upper())
    if role not in ROLES or command not in ROLES[role]:
        raise CannotLimit.because(
            "limit.command", f"no role {role!r} that may {command!r}", fix="acquit limit --help"
        )
    ctx = context(company=chosen, actor=installer())
    save_limit(ctx=ctx, items=[NewLimit(role=role, command=command, amount=money)])
    emit(
        {
            "role": role,
            "command": command,
            "amount": str(money.decimal),
            "currency": money.currency,
        },
        as_json=as_json,
        text=lambda: f"{role} may {command} alone up to {money.decimal} {money.currency}.",
    )


def _limit_amount(text: str, currency: str) -> Money:
    try:
        money: Money | None = Money.of(text, currency)
    except (ArithmeticError, ValueError):
        money = None
    if money is None or money.minor < 0:
        message = f"{text!r} is no amount of {currency}"
        raise CannotLimit.because("limit.amount", message, path="AMOUNT", fix="such as 500.00")
    return money


def _answers(toml: Path | None, flags: Mapping[str, str]) -> dict[str, Any]:
    answers: dict[str, Any] = {"company": {}}
    if toml is not None:
        try:
            answers = tomllib.loads(toml.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            reason = "no text in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            fix = "see examples/files/company.toml"
            raise CannotInit.because("init.toml", reason, path=str(toml), fix=fix) from None
    answers["company"] = {**answers.get("company", {}), **flags}
    head = answers["company"]
    head.setdefault("slug", _slug(str(head.get("name", ""))))
    faults = [
        Fault("init.missing", f"{word} is missing", path=f"company.{word}", fix=f"--{word} or TOML")
        for word in ("name", "country", "slug")
        if not head.get(word)
    ]
    if faults:
        raise CannotInit(faults)
    return answers


def _slug(name: str) -> str:
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in name.lower()).split()
    return "-".join(words[:3])[:40]


def _new_company(answers: Mapping[str, Any]) -> Any:
    from acquit.stages.masterdata.commands.create_company import NewCompany

    known = {field.name for field in fields(NewCompany)}
    unknown = sorted(set(answers) - known)
    if unknown:
        raise CannotInit(
            tuple(
                Fault(
                    "init.unknown",
                    f"{word} is no answer we know",
                    path=f"company.{word}",
                    fix=_MEANT.get(word) or f"one of: {', '.join(sorted(known))}",
                )
                for word in unknown
            )
        )
    return NewCompany(**answers)


def _grant_all(ctx: Context, users: list[Mapping[str, Any]]) -> int:
    if not users:
        return 0
    from dataclasses import replace

    from acquit.access.commands.grant import CONFIRM_CONFLICT, Grant
    from acquit.access.commands.grant import grant as give

    # Whoever writes the first answers decides about duties in one hand; the facts record it.
    ctx = replace(ctx, confirmed=frozenset({CONFIRM_CONFLICT}))
    items = [
        Grant(
            email=user["email"],
            name=user.get("name", user["email"]),
            role=role,
            password=user.get("password", ""),
        )
        for user in users
        for role in user.get("roles", [])
    ]
    give(ctx=ctx, items=items)
    return len(users)
