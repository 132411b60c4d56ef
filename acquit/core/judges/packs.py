"""The list of rule packs. It is explicit: whoever adds a pack adds its line here.

A pack is loaded when a document asks for it: one command judges one file, and the rules of the
other syntax and of other countries would take longer to load than the file to judge.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

from acquit.core.judges.facturx_levels import LEVELS
from acquit.core.judges.registry import Lines, RulePack, rules_of


def _en16931_ubl() -> RulePack:
    from acquit.core.judges import ubl, ubl_codes, ubl_syntax, ubl_totals, ubl_vat

    return RulePack(
        "en16931",
        "EN 16931 in UBL 2.1",
        "EN 16931-1:2017, CEN/TS 16931-3-2, validation artefacts 1.3.16",
        date(2026, 3, 30),
        "ubl",
        rules_of(
            ubl.rules(), ubl_codes.rules(), ubl_totals.rules(), ubl_vat.rules(), ubl_syntax.rules()
        ),
        ubl_syntax.two_decimals,
        ubl_syntax.by_table,
        lines=Lines.ADDED,
        categories=ubl_vat.categories,
        marks=ubl_vat.marks,
    )


def _en16931_cii() -> RulePack:
    from acquit.core.judges import cii, cii_structure, cii_totals, cii_vat

    return RulePack(
        "en16931",
        "EN 16931 in CII D16B, Factur-X edition",
        "EN 16931-1:2017, CEN/TS 16931-3-3, Factur-X 1.09.2 (EN 16931)",
        date(2026, 9, 1),
        "cii",
        rules_of(cii.rules(), cii_totals.rules(), cii_vat.rules()),
        None,
        cii_structure.by_table("", cii.NO_EMPTY),
        lines=Lines.ADDED,
        categories=cii_vat.categories,
        marks=cii_vat.marks,
    )


def _romania() -> RulePack:
    from acquit.core.judges import ro

    return RulePack(
        "cius-ro",
        "CIUS-RO in UBL 2.1 (RO e-Factura)",
        "OMF 1366/2021, CIUS-RO 1.0.9",
        date(2024, 6, 5),
        "ubl",
        rules_of(ro.rules()),
        extends="en16931",
        lines=Lines.ADDED,
        uncovered=ro.UNCOVERED,
    )


def _xrechnung(syntax: str) -> RulePack:
    from acquit.core.judges import peppol, xrechnung

    if syntax == "ubl":
        title, rules = "XRechnung 3.0.2 in UBL 2.1", (xrechnung.ubl_rules(), peppol.in_ubl())
    else:
        from acquit.core.judges import peppol_cii, xrechnung_cii

        title, rules = "XRechnung 3.0.2 in CII D16B", (xrechnung_cii.rules(), peppol_cii.rules())
    return RulePack(
        "xrechnung",
        title,
        "KoSIT, XRechnung 3.0.2, rule set 2.5.0",
        date(2026, 1, 31),
        syntax,
        rules_of(*rules),
        None,
        peppol.no_empty,
        extends="en16931",
        lines=Lines.MULTIPLIED,
        uncovered=xrechnung.UNCOVERED,
    )


def _peppol() -> RulePack:
    from acquit.core.judges import peppol, peppol_national

    return RulePack(
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
    )


def _france(syntax: str) -> RulePack:
    from acquit.core.judges import fr, fr_lines

    if syntax == "ubl":
        from acquit.core.judges import fr_ubl

        rules = fr_ubl.rules()
    else:
        from acquit.core.judges import fr_cii

        rules = fr_cii.rules()
    return RulePack(
        "fr-flux2",
        f"BR-FR, Flux 2, in {syntax.upper()}",
        "AFNOR XP Z12-012, BR-FR-Flux2-Schematron (factur-x 7.8)",
        date(2026, 9, 1),
        syntax,
        rules_of(rules),
        extends="en16931",
        lines=Lines.ADDED,
        compares_lines=fr_lines.compared,
        uncovered=fr.UNCOVERED,
    )


def _france_extended() -> RulePack:
    """The extension in CII has its own version of EN 16931, and the rules of France on top."""
    from acquit.core.judges import (
        cii_vat,
        fr,
        fr_cii,
        fr_extended,
        fr_extended_codes,
        fr_extended_structure,
    )

    return RulePack(
        "extended-ctc-fr",
        "EXTENDED-CTC-FR with BR-FR in CII",
        "AFNOR XP Z12-012, EXTENDED-CTC-FR-CII and BR-FR-Flux2-Schematron (factur-x 7.8)",
        date(2026, 9, 1),
        "cii",
        rules_of(
            fr_extended.rules(),
            fr_extended_codes.rules(),
            fr_extended_structure.rules(),
            fr_cii.rules(),
        ),
        fr_extended_structure.attributes,
        uncovered=fr.UNCOVERED,
        categories=cii_vat.categories,
        marks=cii_vat.marks,
    )


def _france_extended_ubl() -> RulePack:
    from acquit.core.judges import (
        fr,
        fr_extended_ubl,
        fr_extended_ubl_vat,
        fr_ubl,
        ubl_syntax,
        ubl_vat,
    )

    return RulePack(
        "extended-ctc-fr",
        "EXTENDED-CTC-FR with BR-FR in UBL 2.1",
        "AFNOR XP Z12-012, EXTENDED-CTC-FR-UBL and BR-FR-Flux2-Schematron (factur-x 7.8)",
        date(2026, 9, 1),
        "ubl",
        rules_of(fr_extended_ubl.rules(), fr_extended_ubl_vat.rules(), fr_ubl.rules()),
        ubl_syntax.two_decimals,
        fr_extended_ubl.by_table,
        uncovered=fr.UNCOVERED,
        categories=ubl_vat.categories,
        marks=ubl_vat.marks,
    )


def _level(level: str) -> RulePack:
    """Each level has a sheet of its own, with the rules of EN 16931 that it keeps."""
    from acquit.core.judges import cii_structure, cii_vat, facturx_levels, facturx_sheets

    return RulePack(
        f"facturx-{level}",
        f"Factur-X, level {level.upper()}",
        "FNFE-MPE and FeRD, Factur-X 1.09 / ZUGFeRD 2.5",
        date(2026, 9, 1),
        "cii",
        facturx_sheets.rules(level),
        cii_structure.by_document(level),
        facturx_sheets.by_part(level),
        lines=Lines.ONE_BY_ONE if level == "extended" else Lines.ADDED,
        compares_lines=facturx_sheets.compares_lines(level),
        uncovered=facturx_levels.UNCOVERED,
        categories=cii_vat.categories,
        marks=cii_vat.marks,
    )


# The editions of a pack by its id and syntax; those that others stand on first.
_KNOWN: dict[tuple[str, str], tuple[Callable[[], RulePack], ...]] = {
    ("en16931", "ubl"): (_en16931_ubl,),
    ("en16931", "cii"): (_en16931_cii,),
    ("cius-ro", "ubl"): (_romania,),
    ("xrechnung", "ubl"): (lambda: _xrechnung("ubl"),),
    ("xrechnung", "cii"): (lambda: _xrechnung("cii"),),
    ("peppol-bis-3", "ubl"): (_peppol,),
    ("fr-flux2", "ubl"): (lambda: _france("ubl"),),
    ("fr-flux2", "cii"): (lambda: _france("cii"),),
    ("extended-ctc-fr", "ubl"): (_france_extended_ubl,),
    ("extended-ctc-fr", "cii"): (_france_extended,),
    **{(f"facturx-{level}", "cii"): (lambda level=level: _level(level),) for level in LEVELS},
}


@cache
def editions(pack: str, syntax: str) -> tuple[RulePack, ...]:
    """The editions of one pack in ubl or cii; none where there is no such pack."""
    return tuple(edition() for edition in _KNOWN.get((pack, syntax), ()))


def ids() -> list[str]:
    """The names of all packs."""
    return sorted({pack for pack, _ in _KNOWN})


@cache
def packs() -> tuple[RulePack, ...]:
    """Every pack, those that others stand on first."""
    return tuple(pack for known in _KNOWN for pack in editions(*known))
