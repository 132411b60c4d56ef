"""Machine-readable codes as SVG: QR of a SEPA transfer (EPC) or a Swiss QR-bill, Code 128."""

from __future__ import annotations

import re
from collections.abc import Sequence

from barcode.codex import Code128
from barcode.errors import BarcodeError

from acquit.core.codecs.pdf.squares import best_square
from acquit.core.money import Money
from acquit.core.payment_references import ReferenceKind, read_reference

# EPC069-12: euro only, 0.01 to 999,999,999.99, 70 characters of name, 140 of text, 331 bytes,
# version 13 at most.
_EPC_MINOR_MAX = 99_999_999_999
_EPC_NAME_MAX = 70
_EPC_TEXT_MAX = 140
_EPC_IBAN_MAX = 34
_EPC_BYTES_MAX = 331
_EPC_VERSION_MAX = 13
_SWISS_VERSION_MAX = 25
# A module of 0.33 mm prints and scans well everywhere; the column of the letterhead is the limit.
_MODULE_MM = 0.33
_BARS_MM_MAX = 76.0
_ONES = re.compile("1+")


def epc_qr(*, amount: Money, iban: str, bic: str | None, name: str, remittance: str) -> str | None:
    """The SVG of the EPC QR, or None where the scheme does not allow one (not euro, not > 0)."""
    if amount.currency != "EUR" or not 0 < amount.minor <= _EPC_MINOR_MAX:
        return None
    # An RF reference goes into its own field and excludes free text; others are texts as printed.
    known = read_reference(remittance)
    is_structured = known is not None and known.kind is ReferenceKind.RF
    reference = known.value if known and is_structured else ""
    text = "" if is_structured else (known.printed if known else remittance)[:_EPC_TEXT_MAX]
    account, payee = iban.replace(" ", ""), name[:_EPC_NAME_MAX].strip()
    if not (reference or text) or not payee or not 4 < len(account) <= _EPC_IBAN_MAX:
        return None
    if bic and len(bic) not in (8, 11):
        return None
    figure = f"EUR{amount.decimal:.2f}".rstrip("0").rstrip(".")
    fields = ("BCD", "002", "1", "SCT", bic or "", payee, account, figure, "", reference, text)
    data = "\n".join(fields).rstrip().encode()
    return _svg(data, version_max=_EPC_VERSION_MAX) if len(data) <= _EPC_BYTES_MAX else None


def swiss_qr(text: str) -> str | None:
    """The SVG of a Swiss QR-bill's text: error correction M, no border; the cross comes on top.
    None where it is too much for version 25, the largest that is allowed (guidelines 6.3)."""
    return _svg(text.encode(), version_max=_SWISS_VERSION_MAX)


def _svg(data: bytes, *, version_max: int) -> str | None:
    rows = best_square(data, error="m", version_max=version_max)
    if rows is None:
        return None
    side = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">{_dark(rows)}</svg>'
    )


def _dark(rows: Sequence[str]) -> str:
    """One stroke through each run of ones in the rows, which are one unit high."""
    runs = (
        f"M{run.start()} {y}.5h{run.end() - run.start()}"
        for y, row in enumerate(rows)
        for run in _ONES.finditer(row)
    )
    return f'<path stroke="#000" d="{"".join(runs)}"/>'


def code_128(text: str) -> dict[str, str | float] | None:
    """The SVG of the bars and its width in mm; None where Code 128 cannot encode the text."""
    try:
        (modules,) = Code128(text).build()
    except (BarcodeError, KeyError, ValueError):
        return None
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(modules)} 1" '
        f'preserveAspectRatio="none">{_dark([modules])}</svg>'
    )
    return {"svg": svg, "width": min(len(modules) * _MODULE_MM, _BARS_MM_MAX)}
