"""Save the accounts on which money arrives, so that their statements can be imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core import packs
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.stages.masterdata.facts import BankAccountSaved
from acquit.stages.masterdata.models import BankAccount
from acquit.stages.masterdata.rules.customers import bic_faults, iban_faults


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccountData:
    """An account by IBAN and currency. An empty ledger account is the country pack's bank."""

    iban: str
    currency: str
    name: str
    bic: str = ""
    ledger_account: str = ""

    @property
    def key(self) -> str:
        return f"{self.iban} {self.currency}"


@command("masterdata.save_bank_accounts")
def save_bank_accounts(*, ctx: Context, items: Sequence[BankAccountData]) -> Outcome:
    """Add accounts, or rename those that are there. What is printed on documents is changed by
    ``change_bank`` alone, which needs a second person."""
    pack = packs.get(Company.objects.get(id=ctx.company_id).country)
    known = {
        (row.iban, row.currency): row.id for row in BankAccount.objects.of(ctx.company_id).all()
    }
    results: list[ItemResult] = []
    rows: list[BankAccount] = []
    for item in items:
        faults: list[Fault] = [
            *iban_faults(item.iban, code="bank_account.iban"),
            *bic_faults(item.bic, code="bank_account.bic"),
        ]
        if faults:
            results.append(ItemResult(item.key, ItemState.REFUSED, faults=tuple(faults)))
            continue
        rows.append(
            BankAccount(
                id=known.get((item.iban, item.currency)) or ctx.ids.new(),
                company_id=ctx.company_id,
                iban=item.iban,
                currency=item.currency,
                bic=item.bic,
                name=item.name,
                ledger_account=item.ledger_account or pack.account("bank"),
                created_at=ctx.now,
            )
        )
        results.append(ItemResult(item.key, ItemState.DONE, rows[-1].id))
    BankAccount.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["company", "iban", "currency"],
        update_fields=["bic", "name", "ledger_account"],
    )
    facts = [
        BankAccountSaved(
            subject_id=row.id, effective_on=ctx.today, iban=row.iban, currency=row.currency
        )
        for row in rows
    ]
    unit.record(ctx, facts)
    return Outcome(items=tuple(results))
