"""The list of rule packs. It is explicit: whoever adds a pack adds its line here."""

from __future__ import annotations

from datetime import date
from functools import cache

from acquit.core.judges import (
    cii,
    cii_structure,
    cii_totals,
    cii_vat,
    facturx_levels,
    fr,
    fr_cii,
    fr_lines,
    fr_ubl,
    peppol,
    peppol_cii,
    peppol_national,
    ro,
    ubl,
    ubl_codes,
    ubl_syntax,
    ubl_totals,
    ubl_vat,
    xrechnung,
    xrechnung_cii,
)
from acquit.core.judges.registry import Lines, RulePack, rules_of


def _en16931() -> tuple[RulePack, RulePack]:
    ubl_rules = rules_of(
        ubl.rules(), ubl_codes.rules(), ubl_totals.rules(), ubl_vat.rules(), ubl_syntax.rules()
    )
    cii_rules = rules_of(cii.rules(), cii_totals.rules(), cii_vat.rules())
    return (
        RulePack(
            "en16931",
            "EN 16931 in UBL 2.1",
            "EN 16931-1:2017, CEN/TS 16931-3-2, validation artefacts 1.3.16",
            date(2026, 3, 30),
            "ubl",
            ubl_rules,
            ubl_syntax.two_decimals,
            ubl_syntax.by_table,
            lines=Lines.ADDED,
            categories=ubl_vat.categories,
            marks=ubl_vat.marks,
        ),
        RulePack(
            "en16931",
            "EN 16931 in CII D16B, Factur-X edition",
            "EN 16931-1:2017, CEN/TS 16931-3-3, Factur-X 1.09.2 (EN 16931)",
            date(2026, 9, 1),
            "cii",
            cii_rules,
            None,
            cii_structure.by_table,
            lines=Lines.ADDED,
            categories=cii_vat.categories,
            marks=cii_vat.marks,
        ),
    )


def _romania_germany_peppol() -> tuple[RulePack, ...]:
    german = (
        ("ubl", "XRechnung 3.0.2 in UBL 2.1", xrechnung.ubl_rules(), peppol.in_ubl()),
        ("cii", "XRechnung 3.0.2 in CII D16B", xrechnung_cii.rules(), peppol_cii.rules()),
    )
    return (
        RulePack(
            "cius-ro",
            "CIUS-RO in UBL 2.1 (RO e-Factura)",
            "OMF 1366/2021, CIUS-RO 1.0.9",
            date(2024, 6, 5),
            "ubl",
            rules_of(ro.rules()),
            extends="en16931",
            lines=Lines.ADDED,
            uncovered=ro.UNCOVERED,
        ),
        *(
            RulePack(
                "xrechnung",
                title,
                "KoSIT, XRechnung 3.0.2, rule set 2.5.0",
                date(2026, 1, 31),
                syntax,
                rules_of(own, taken_over),
                None,
                peppol.no_empty,
                extends="en16931",
                lines=Lines.MULTIPLIED,
                uncovered=xrechnung.UNCOVERED,
            )
            for syntax, title, own, taken_over in german
        ),
        RulePack(
            "peppol-bis-3",
            "Peppol BIS Billing 3.0.21 in UBL 2.1",
            "OpenPeppol, PEPPOL-EN16931-UBL 2026.5",
            date(2026, 8, 17),
            "ubl",
            rules_of(peppol.rules(), peppol_national.rules()),
            None,
            peppol.no_empty,
            extends="en16931",
            lines=Lines.MULTIPLIED,
        ),
    )


def _france() -> tuple[RulePack, ...]:
    """The extension loosens rules of EN 16931, so only the French ones are asked there."""
    return tuple(
        RulePack(
            name,
            f"{title} in {syntax.upper()}",
            "AFNOR XP Z12-012, BR-FR-Flux2-Schematron (factur-x 7.8)",
            date(2026, 9, 1),
            syntax,
            rules_of(rules),
            extends=base,
            lines=Lines.ADDED,
            compares_lines=fr_lines.compared,
            uncovered=fr.UNCOVERED,
        )
        for name, title, base in (
            ("fr-flux2", "BR-FR, Flux 2,", "en16931"),
            ("extended-ctc-fr", "BR-FR of EXTENDED-CTC-FR", ""),
        )
        for syntax, rules in (("ubl", fr_ubl.rules()), ("cii", fr_cii.rules()))
    )


def _levels() -> tuple[RulePack, ...]:
    """Only BASIC and EN 16931 obey EN 16931: the others loosen it or are no invoices at all."""
    return tuple(
        RulePack(
            f"facturx-{level}",
            f"Factur-X, level {level.upper()}",
            "FNFE-MPE and FeRD, Factur-X 1.09 / ZUGFeRD 2.5",
            date(2026, 9, 1),
            "cii",
            (),
            facturx_levels.by_level(level),
            extends="en16931" if level in ("basic", "en16931") else "",
            lines=Lines.ADDED,
            uncovered=facturx_levels.UNCOVERED,
        )
        for level in facturx_levels.LEVELS
    )


@cache
def packs() -> tuple[RulePack, ...]:
    """Every pack, those that others stand on first."""
    return (*_en16931(), *_romania_germany_peppol(), *_france(), *_levels())
