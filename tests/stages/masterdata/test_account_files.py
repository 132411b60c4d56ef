"""Files of the company's bank accounts: statements of an account that is not known are refused."""

from __future__ import annotations

import pytest

from acquit.core.outcome import ItemState, Outcome
from acquit.intake.commands.run import RunToUndo, undo_import
from acquit.intake.models import ImportRun
from acquit.stages.masterdata.models import BankAccount
from tests.support.orders import codes, import_content
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db
EUROS = b"DE89 3704 0044 0532 0130 00,eur,Euros,\n"


@pytest.fixture
def shop(db: None) -> World:
    return new_world()


def _take(shop: World, rows: bytes) -> Outcome:
    return import_content(shop, b"iban,currency,name,bic\n" + rows, kind="accounts")


def _kept(shop: World) -> set[tuple[str, str, str]]:
    rows = BankAccount.objects.of(shop.company_id).all()
    return {(row.iban, row.currency, row.name) for row in rows}


def test_an_account_is_added_once_and_renamed_later(shop: World) -> None:
    before = _kept(shop)
    outcome = _take(shop, EUROS)
    assert outcome.figures["created"] == {"bank_accounts": 1}
    added = _kept(shop) - before
    assert added == {("DE89370400440532013000", "EUR", "Euros")}
    _take(shop, EUROS.replace(b"Euros", b"Sales"))
    assert _kept(shop) - before == {("DE89370400440532013000", "EUR", "Sales")}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"DE00370400440532013000,EUR,x,\n", "bank_account.iban"),
        (b"FR7630006000011234567890189,EUX,x,\n", "bank_account.currency"),
        (b"FR7630006000011234567890189,EUR,x,NOBIC\n", "bank_account.bic"),
        (b"DE89370400440532013000,EUR,x,\n", "bank_account.twice"),
        (b"FR7630006000011234567890189,EUR," + b"x" * 81 + b",\n", "bank_account.name"),
        (b",EUR,x,\n", "iban.missing"),
    ],
)
def test_a_row_that_is_no_account_is_rejected_with_its_reason(
    shop: World, row: bytes, code: str
) -> None:
    outcome = _take(shop, EUROS + row)
    assert (outcome.figures["accepted"], outcome.figures["rejected"]) == (1, 1)
    assert codes(outcome.figures["faults"]) == [(3, code)]


def test_accounts_stay_when_their_import_is_undone(shop: World) -> None:
    _take(shop, EUROS)
    run = ImportRun.objects.get(company_id=shop.company_id)
    (result,) = undo_import(ctx=shop.ctx(), items=[RunToUndo(run.id)]).items
    assert (result.state, [fault.code for fault in result.faults]) == (
        ItemState.REFUSED,
        ["import.accounts_stay"],
    )
