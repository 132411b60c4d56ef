"""The levels of Factur-X 1.09, and which one a CII declares.

A level is a part of CII: MINIMUM and BASIC WL are no invoices in the sense of EN 16931 (in Germany
they are no invoices at all), BASIC, EN 16931 and EXTENDED are. What its schema asks is in
``facturx_schema``, its sheet of rules in ``facturx_sheets``.
"""

from __future__ import annotations

LEVELS = ("minimum", "basicwl", "basic", "en16931", "extended")
# What the publication holds and these packs do not, with the reason.
UNCOVERED = (
    ("XSD", "text beside elements, names that stand apart from others of theirs, base64: told by "
            "the schema itself, which is asked where it is wished for"),
)  # fmt: skip


def declared(specification: str) -> str:
    """The level that BT-24 names, empty for one that is none of Factur-X or ZUGFeRD 2."""
    name = specification.strip().lower()
    if ":factur-x.eu:" not in name and ":zugferd.de:" not in name:
        return ""
    found = [level for level in LEVELS if name.endswith(f":{level}")]
    return found[0] if found else ""
