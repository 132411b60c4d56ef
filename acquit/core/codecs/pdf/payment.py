"""The payment part of a paper that asks for money: sentence, account, reference, code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from acquit.core.codecs.pdf.codes import epc_qr
from acquit.core.codecs.pdf.display import Display
from acquit.core.codecs.pdf.layout import spaced_iban
from acquit.core.codecs.pdf.slip import slip_data
from acquit.core.documents.invoice import CreditTransfer, DirectDebit
from acquit.core.documents.parties import Party
from acquit.core.money import Money
from acquit.core.payment_references import read_reference


@dataclass(frozen=True, slots=True)
class Asked:
    """What a paper asks the ``buyer`` to pay; ``reference`` "" where none can be quoted.

    ``is_collected`` where we collect it ourselves. ``message`` names the paper to the payee.
    """

    amount: Money
    by: date | None
    transfers: tuple[CreditTransfer, ...]
    reference: str
    payee: str
    seller: Party
    buyer: Party
    message: str
    debit: DirectDebit | None = None
    is_collected: bool = False


def payment_part(*, asked: Asked, display: Display) -> dict[str, Any]:
    """The data of the template's payment part: a Swiss QR-bill or else an EPC code, where their
    rules allow one."""
    by = display.date(asked.by) if asked.by else None
    key = "debit" if asked.is_collected else "pay_by" if by else "pay"
    amount = display.money(asked.amount)
    sentence = display.label(key).replace("{amount}", amount).replace("{date}", by or "")
    qr = slip = None
    if asked.transfers and not asked.is_collected:
        first = asked.transfers[0]
        slip = slip_data(
            amount=asked.amount,
            transfer=first,
            payee=first.account_name or asked.payee,
            seller=asked.seller,
            buyer=asked.buyer,
            reference=asked.reference,
            message=asked.message,
        )
        if slip is None:
            qr = epc_qr(
                amount=asked.amount,
                iban=first.account,
                bic=first.bank_id,
                name=first.account_name or asked.payee,
                remittance=asked.reference,
            )
    return {"sentence": sentence, "facts": _facts(asked, display), "qr": qr, "slip": slip}


def _facts(asked: Asked, display: Display) -> list[list[str]]:
    pairs: list[tuple[str, str | None]] = []
    for transfer in asked.transfers:
        pairs += [
            ("account_name", transfer.account_name or asked.payee),
            ("account", spaced_iban(transfer.account)),
            ("bank", transfer.bank_id),
        ]
    if asked.debit:
        debited = asked.debit.debited_account
        pairs += [
            ("mandate", asked.debit.mandate),
            ("creditor", asked.debit.creditor),
            ("account", debited and spaced_iban(debited)),
        ]
    known = read_reference(asked.reference)
    pairs.append(("reference", known.printed if known else asked.reference))
    return [[display.label(key), value] for key, value in pairs if value]
