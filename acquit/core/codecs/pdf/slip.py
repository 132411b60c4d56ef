"""The payment part of a Swiss QR-bill: what the template prints of it, in the words of SIX."""

from __future__ import annotations

from typing import Any

from acquit.core.codecs.pdf.codes import swiss_qr
from acquit.core.codecs.pdf.layout import spaced_iban
from acquit.core.codecs.swiss_qr import Debtor, QrBill, write
from acquit.core.codecs.writing import CannotWrite
from acquit.core.documents.invoice import CreditTransfer
from acquit.core.documents.parties import Address, Party
from acquit.core.money import Money
from acquit.core.payment_references import read_reference


def slip_data(
    *,
    amount: Money,
    transfer: CreditTransfer,
    payee: str,
    seller: Party,
    buyer: Party,
    reference: str,
    message: str,
) -> dict[str, Any] | None:
    """What the payment part shows, or None where the guidelines do not allow one: another
    country's account, another currency, a reference that does not go with the account."""
    if transfer.account.strip()[:2].upper() not in ("CH", "LI"):
        return None
    known = read_reference(reference)
    bill = QrBill(
        iban=transfer.account,
        creditor=_party(payee, seller.address),
        currency=amount.currency,
        amount=amount,
        debtor=_party(buyer.name, buyer.address),
        reference=known.value if known else None,
        message=message,
    )
    try:
        code = swiss_qr(write(bill=bill))
    except CannotWrite:
        return None
    if code is None or bill.debtor is None:
        return None
    return {
        "code": code,
        "account": [spaced_iban(bill.iban), *_lines(bill.creditor)],
        "reference": known.printed if known else None,
        "message": bill.message,
        "debtor": _lines(bill.debtor),
        "currency": bill.currency,
        "amount": _figure(amount),
    }


def _party(name: str, address: Address) -> Debtor:
    street = ", ".join(part for part in (address.street, address.street_2) if part)
    return Debtor(name, address.postcode or "", address.city or "", address.country, street)


def _lines(party: Debtor) -> list[str]:
    """As printed: outside Switzerland and Liechtenstein the country stands before the postcode."""
    abroad = "" if party.country in ("CH", "LI") else f"{party.country}-"
    return [
        line
        for line in (party.name, party.street, f"{abroad}{party.postcode} {party.city}")
        if line
    ]


def _figure(amount: Money) -> str:
    """With blanks between thousands and two decimals, whatever the language (guidelines 3.5.3)."""
    return f"{amount.decimal:,.2f}".replace(",", " ")
