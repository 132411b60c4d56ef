"""Machine-readable codes as SVG: QR of a SEPA transfer (EPC) or a Swiss QR-bill, Code 128."""

from __future__ import annotations

from io import BytesIO

from barcode.codex import Code128
from barcode.errors import BarcodeError
from segno import QRCode, make_qr
from segno.helpers import make_epc_qr

from acquit.core.money import Money
from acquit.core.payment_references import ReferenceKind, read_reference

# EPC069-12: euro only, 0.01 to 999,999,999.99, 70 characters of name, 140 of text.
_EPC_MINOR_MAX = 99_999_999_999
_EPC_NAME_MAX = 70
_EPC_TEXT_MAX = 140
_SWISS_VERSION_MAX = 25
# A module of 0.33 mm prints and scans well everywhere; the column of the letterhead is the limit.
_MODULE_MM = 0.33
_BARS_MM_MAX = 76.0


def epc_qr(*, amount: Money, iban: str, bic: str | None, name: str, remittance: str) -> str | None:
    """The SVG of the EPC QR, or None where the scheme does not allow one (not euro, not > 0)."""
    if amount.currency != "EUR" or not 0 < amount.minor <= _EPC_MINOR_MAX:
        return None
    # An RF reference goes into its own field and excludes free text; others are texts as printed.
    reference = read_reference(remittance)
    shown = reference.printed if reference else remittance
    is_structured = reference is not None and reference.kind is ReferenceKind.RF
    try:
        code = make_epc_qr(
            name=name[:_EPC_NAME_MAX],
            iban=iban.replace(" ", ""),
            amount=amount.decimal,
            bic=bic,
            reference=reference.value if reference and is_structured else None,
            text=None if is_structured else shown[:_EPC_TEXT_MAX],
            encoding="utf-8",
        )
    except ValueError:
        return None
    return _svg(code)


def swiss_qr(text: str) -> str | None:
    """The SVG of a Swiss QR-bill's text: error correction M, no border; the cross comes on top.
    None where it is too much for version 25, the largest that is allowed (guidelines 6.3)."""
    code = make_qr(text, error="m", boost_error=False, encoding="utf-8")
    return _svg(code) if int(code.version) <= _SWISS_VERSION_MAX else None


def _svg(code: QRCode) -> str:
    target = BytesIO()
    code.save(target, kind="svg", border=0, xmldecl=False, svgns=True, nl=False, omitsize=True)
    return target.getvalue().decode()


def code_128(text: str) -> dict[str, str | float] | None:
    """The SVG of the bars and its width in mm; None where Code 128 cannot encode the text."""
    try:
        (modules,) = Code128(text).build()
    except (BarcodeError, KeyError, ValueError):
        return None
    bars: list[str] = []
    start = 0
    while start < len(modules):
        end = start
        while end < len(modules) and modules[end] == modules[start]:
            end += 1
        if modules[start] == "1":
            bars.append(f"M{start} 0h{end - start}v1h-{end - start}z")
        start = end
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(modules)} 1" '
        f'preserveAspectRatio="none"><path d="{"".join(bars)}"/></svg>'
    )
    return {"svg": svg, "width": min(len(modules) * _MODULE_MM, _BARS_MM_MAX)}
