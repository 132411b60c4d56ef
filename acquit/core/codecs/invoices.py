"""The invoice in a file of any syntax. The syntaxes stand in ``formats``."""

from __future__ import annotations

from acquit.core.codecs import formats
from acquit.core.codecs.reading import File, Reading
from acquit.core.documents.invoice import Invoice


def read(*, data: bytes) -> Reading[Invoice]:
    """The one invoice of the file; faults where it holds none, or several documents."""
    found: File[Invoice] = formats.read(data=data)
    return found.the_only(Invoice, "invoice.documents")
