"""What holds for every pack: sentences in four languages, one id once, a source and a date."""

from __future__ import annotations

from collections import Counter

import pytest

from acquit.core.judges.packs import packs
from acquit.core.judges.registry import Breach, RulePack
from acquit.core.judges.terms import LANGUAGES, terms
from acquit.core.judges.texts import told

PACKS = [pack for pack in packs() if pack.id != "en16931"]


def _name(pack: RulePack) -> str:
    return f"{pack.id} {pack.syntax}"


@pytest.mark.parametrize("pack", PACKS, ids=_name)
def test_every_rule_speaks_four_languages(pack: RulePack) -> None:
    for rule in pack.rules:
        faults = [told(Breach(rule, "/Invoice"), language) for language in LANGUAGES]
        assert len({fault.message for fault in faults}) == len(LANGUAGES), rule.id
        for fault in faults:
            assert fault.message, rule.id
            assert fault.fix, rule.id
            assert "{" not in fault.message + fault.fix, rule.id


@pytest.mark.parametrize("pack", PACKS, ids=_name)
def test_every_term_has_a_name(pack: RulePack) -> None:
    named = {term for rule in pack.rules for term in rule.terms}
    assert named <= set(terms()), named - set(terms())


@pytest.mark.parametrize("pack", PACKS, ids=_name)
def test_an_id_is_used_once(pack: RulePack) -> None:
    counts = Counter(rule.id for rule in pack.rules if rule.id != "BR-CL-01")
    # BR-CL-01 is asked twice in UBL: invoices and credit notes have a list each.
    assert [number for number, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("pack", PACKS, ids=_name)
def test_packs_are_dated_and_say_their_source(pack: RulePack) -> None:
    assert pack.source
    assert pack.valid_to is None or pack.valid_from < pack.valid_to
