"""What a file is that no judge can read, and what can be done with it."""

from __future__ import annotations

from pathlib import Path

from acquit.core.codecs import formats, mail, sheet, statements
from acquit.core.documents.invoice import Invoice
from acquit.core.faults import Fault

_JUDGED = "and invoices in UBL, CII and Factur-X are judged"


def told(*, data: bytes, file: Path) -> Fault | None:
    """The fault that names it; None where it is nothing that is known here."""
    if sheet.is_sheet(data):
        return _other(
            "a table", f"acquit import customers, orders or deliveries {file} takes it in"
        )
    if formats.sniff(data=data) is not None:
        return _document(data, file)
    for fault in formats.read(data=data).faults[:1]:  # of a PDF that is none there is none
        if fault.code in ("document.packed", "document.empty"):
            return fault
    if (bank := statements.sniff(data[:4096])) is not None:
        return _other(f"a bank file ({bank.NAME})", f"acquit import bank {file} takes it in")
    if mail.is_mail(data):
        return _other("a mail", "save what is attached to it, and judge that")
    return None


def _document(data: bytes, file: Path) -> Fault:
    found = formats.read(data=data)
    names = ", ".join(dict.fromkeys(part.name for part in found.parts)) or found.syntax
    if any(isinstance(document, Invoice) for document in found.documents):
        fix = f"acquit convert {file} --to ubl -o invoice.xml makes a file of it that is judged"
    else:
        fix = f"acquit read {file} says what is in it"
    return _other(names if names.startswith(found.syntax) else f"{found.syntax} ({names})", fix)


def _other(what: str, fix: str) -> Fault:
    return Fault("validate.other", f"this is {what}, {_JUDGED}", fix=fix)
