"""Files of customers, of items, of exchange rates and of the company's bank accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from babel.numbers import list_currencies

from acquit.core.context import Context
from acquit.core.outcome import ItemState, Outcome
from acquit.database.copy import fetch_rows
from acquit.intake.kinds import (
    Column,
    ColumnType,
    Committed,
    Frame,
    ImportRow,
    Kind,
    RowReject,
)
from acquit.intake.undo import BY_RUN, CannotUndo, Made, take_back
from acquit.stages.masterdata.commands.save_bank_accounts import (
    BankAccountData,
    save_bank_accounts,
)
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from acquit.stages.masterdata.commands.save_rates import RateData, save_rates
from acquit.stages.masterdata.models import Customer, Item
from acquit.stages.masterdata.rules.territory import country_code

_CUSTOMER_COLUMNS = (
    Column("number", required=True, title="Customer number"),
    Column("name", title="Name"),
    Column("country", title="Country"),
    Column("street", title="Street"),
    Column("city", title="City"),
    Column("postcode", title="Postcode"),
    Column("region", title="Region"),
    Column("vat_id", title="VAT id"),
    Column("registration_id", title="Registration id"),
    Column("email", title="E-mail"),
    Column("contact_name", title="Contact"),
    Column("phone", title="Phone"),
    Column("locale", title="Language"),
    Column("currency", title="Currency"),
    Column("terms", title="Payment terms"),
    Column("channel", title="Channel"),
    Column("endpoint_scheme", title="Endpoint scheme"),
    Column("endpoint_id", title="Endpoint id"),
    Column("buyer_reference", title="Buyer reference"),
    Column("contract", title="Contract"),
    Column("buyer_accounting", title="Cost centre"),
    Column("segment", title="Segment"),
    Column("iban", title="IBAN"),
    Column("parent", title="Parent"),
)
_ITEM_COLUMNS = (
    Column("code", required=True, title="Item code"),
    Column("name", title="Name"),
    Column("unit", title="Unit"),
    Column("tax_code", title="Tax code"),
)
_RATE_COLUMNS = (
    Column("date", ColumnType.DATE, required=True, title="Day"),
    Column("from", required=True, title="Currency"),
    Column("to", required=True, title="In currency"),
    Column("rate", ColumnType.DECIMAL, required=True, title="Rate"),
    Column("source", title="Source"),
)
_ACCOUNT_COLUMNS = (
    Column("iban", required=True, title="IBAN"),
    Column("currency", required=True, title="Currency"),
    Column("name", title="Name"),
    Column("bic", title="BIC"),
)
ACCOUNT_NAME_MAX = 80
UNSAID = "import"  # whence a rate is of which the file does not say it
# A blank cell of these means "the default", since they cannot be empty.
_DEFAULTED = ("locale", "currency", "terms", "channel", "unit")


def _commit_customers(ctx: Context, frame: Frame, rows: Sequence[ImportRow]) -> Committed:
    items = [_customer(row) for row in rows]
    outcome = save_customers(ctx=ctx, items=items, import_run_id=frame.run_id)
    return _committed(rows, outcome, "customers")


def _customer(row: ImportRow) -> CustomerData:
    values = _given(row)
    if "country" in values:
        values["country"] = country_code(values["country"]) or values["country"]
    return CustomerData(**values)


def _commit_items(ctx: Context, frame: Frame, rows: Sequence[ImportRow]) -> Committed:
    items = [ItemData(**_given(row)) for row in rows]
    outcome = save_items(ctx=ctx, items=items, import_run_id=frame.run_id)
    return _committed(rows, outcome, "items")


def _commit_rates(ctx: Context, frame: Frame, rows: Sequence[ImportRow]) -> Committed:
    outcome = save_rates(ctx=ctx, items=[_rate(row.values) for row in rows])
    return _committed(rows, outcome, "rates")


def _rate(values: Mapping[str, Any]) -> RateData:
    return RateData(
        day=values["date"],
        base=values["from"].upper(),
        target=values["to"].upper(),
        rate=values["rate"],
        source=values.get("source") or UNSAID,
    )


def _keep_rates(ctx: Context, run_id: UUID) -> dict[str, int]:
    message = "exchange rates are not taken back: documents may have been made with them"
    fix = "import the right rates of these days; they act on what comes later"
    raise CannotUndo.because("import.rates_stay", message, fix=fix)


def _commit_accounts(ctx: Context, frame: Frame, rows: Sequence[ImportRow]) -> Committed:
    """Each account once: the same IBAN and currency again in a file is rejected."""
    rejected: dict[int, RowReject] = {}
    accounts: dict[str, tuple[int, BankAccountData]] = {}
    for row in rows:
        account = _account(row.values)
        if account.currency not in list_currencies():
            message = f"{account.currency!r} is not a currency of ISO 4217"
            fix = "use three letters such as EUR"
            rejected[row.number] = RowReject("bank_account.currency", message, fix)
        elif len(account.name) > ACCOUNT_NAME_MAX:
            message = f"a name of {len(account.name)} characters; at most {ACCOUNT_NAME_MAX}"
            rejected[row.number] = RowReject("bank_account.name", message, "shorten it")
        elif account.key in accounts:
            message = f"row {accounts[account.key][0]} has this account already"
            rejected[row.number] = RowReject("bank_account.twice", message, "take one out")
        else:
            accounts[account.key] = row.number, account
    outcome = save_bank_accounts(ctx=ctx, items=[one for _number, one in accounts.values()])
    for (number, _one), result in zip(accounts.values(), outcome.items, strict=True):
        for fault in result.faults[:1]:
            rejected[number] = RowReject(fault.code, fault.message, fault.fix)
    return Committed({"bank_accounts": len(rows) - len(rejected)}, rejected=rejected)


def _account(values: Mapping[str, Any]) -> BankAccountData:
    iban = "".join(values["iban"].split()).upper()
    return BankAccountData(
        iban=iban,
        currency=values["currency"].upper(),
        name=values.get("name") or iban,
        bic=(values.get("bic") or "").upper(),
    )


def _keep_accounts(ctx: Context, run_id: UUID) -> dict[str, int]:
    message = "bank accounts are not taken back: statements may have come in on them"
    fix = "leave them: an account without statements does nothing"
    raise CannotUndo.because("import.accounts_stay", message, fix=fix)


def _given(row: ImportRow) -> dict[str, Any]:
    return {name: value for name, value in row.values.items() if value or name not in _DEFAULTED}


def _committed(rows: Sequence[ImportRow], outcome: Outcome, noun: str) -> Committed:
    duplicates: set[int] = set()
    rejected: dict[int, RowReject] = {}
    for row, result in zip(rows, outcome.items, strict=True):
        if result.state is ItemState.DUPLICATE:
            duplicates.add(row.number)
        elif result.state is ItemState.REFUSED:
            first = result.faults[0]
            message = "; ".join(fault.message for fault in result.faults)
            rejected[row.number] = RowReject(first.code, message, first.fix)
    created = {
        noun: outcome.figures["created"],
        f"{noun}_updated": outcome.figures["updated"],
    }
    return Committed(created, frozenset(duplicates), rejected)


def _undo(made: Made) -> Callable[[Context, UUID], dict[str, int]]:
    def undo(ctx: Context, run_id: UUID) -> dict[str, int]:
        updated = fetch_rows(
            "SELECT created ->> %s FROM intake_run WHERE company_id = %s AND id = %s",
            [f"{made.label}_updated", ctx.company_id, run_id],
        )
        if updated and int(updated[0][0] or 0):
            message = f"this import also changed {updated[0][0]} {made.label} that were there"
            fix = "import the earlier values instead"
            raise CannotUndo.because("import.changed_others", message, fix=fix)
        return take_back(company_id=ctx.company_id, run_id=run_id, made=[made])

    return undo


CUSTOMERS = Kind(
    "customers",
    "Customers",
    _CUSTOMER_COLUMNS,
    _commit_customers,
    _undo(Made(Customer, BY_RUN, "customers")),
    "masterdata.save_customers",
)
ITEMS = Kind(
    "items",
    "Items",
    _ITEM_COLUMNS,
    _commit_items,
    _undo(Made(Item, BY_RUN, "items")),
    "masterdata.save_items",
)
RATES = Kind(
    "rates",
    "Exchange rates",
    _RATE_COLUMNS,
    _commit_rates,
    _keep_rates,
    "masterdata.save_rates",
)
ACCOUNTS = Kind(
    "accounts",
    "Bank accounts",
    _ACCOUNT_COLUMNS,
    _commit_accounts,
    _keep_accounts,
    "masterdata.save_bank_accounts",
)
