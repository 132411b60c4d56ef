"""The list of rule packs. It is explicit: whoever adds a pack adds its line here."""

from __future__ import annotations

from datetime import date
from functools import cache

from acquit.core.judges import ubl, ubl_syntax, ubl_totals, ubl_vat
from acquit.core.judges.registry import RulePack, rules_of

_SOURCE = "EN 16931-1:2017 and CEN/TS 16931-3-2, validation artefacts 1.3.16"


@cache
def PACKS() -> tuple[RulePack, ...]:
    return (
        RulePack(
            "en16931",
            "EN 16931 in UBL 2.1",
            _SOURCE,
            date(2026, 3, 30),
            "ubl",
            rules_of(ubl.rules(), ubl_totals.rules(), ubl_vat.rules(), ubl_syntax.rules()),
            ubl_syntax.by_table,
        ),
    )
