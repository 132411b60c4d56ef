"""Documents that no one sends: a level of Factur-X with whatever may stand there, or half of it.

They put every element of a level under its table of rules, with and without attributes and codes
that fit, once and twice. Everything follows from a seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib.resources import files

from lxml import etree

_RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_SPACE = "urn:un:unece:uncefact:data:standard:"
_RAM = f"{_SPACE}ReusableAggregateBusinessInformationEntity:100"
_UDT, _QDT = f"{_SPACE}UnqualifiedDataType:100", f"{_SPACE}QualifiedDataType:100"
_VALUES = {
    "Amount": ("100", "10.00", "0", "100.123", "-5"),
    "Quantity": ("1", "3", "0.5"),
    "Percent": ("20", "0", "19.00"),
    "Indicator": ("true", "false"),
    "DateTimeString": ("20260115", "20260228"),
    "CurrencyCode": ("EUR", "EUR", "EUR", "USD", "QQQ"),
    "CategoryCode": ("S", "Z", "E", "AE", "K", "G", "O", "L", "M", "XX"),
    "StatusReasonCode": ("DETAIL", "GROUP", "INFORMATION", "OTHER"),
    "TypeCode": ("VAT", "VAT", "380", "381", "386", "30", "58", "916", "130", "50", "71", "FC", ""),
    "Code": ("AAA", "AAI", "95", "100", "71", "5", "72", "VATEX-EU-O", "ZZZ", "1"),
    "CountryID": ("FR", "DE", "DE", "de", "IT", "XX"),
    "LanguageID": ("fr", "eng", "xyz"),
    "ID": ("1", "2", "FR12345678901", "DE1", "urn:cen.eu:en16931:2017"),
}
_ATTRIBUTES = {
    "ID": (("schemeID", "VA"), ("schemeID", "FC"), ("schemeID", "0088"), ("schemeID", "QQ")),
    "Amount": (("currencyID", "EUR"), ("currencyID", "USD"), ("currencyID", "QQQ")),
    "Quantity": (("unitCode", "C62"), ("unitCode", "QQQ")),
    "DateTimeString": (("format", "102"), ("format", "102"), ("format", "205"), ("format", "7")),
    "Code": (("listID", "5153"), ("listID", "AB"), ("listVersionID", "1")),
    "Object": (("mimeCode", "application/pdf"), ("mimeCode", "text/html"), ("filename", "a.pdf")),
}
_OFTEN = ("DateTimeString", "Amount", "Quantity", "Object")  # mostly with an attribute
_LINE = "IncludedSupplyChainTradeLineItem"
_Tree = dict[str, "_Tree"]


def _tree() -> _Tree:
    text = files("acquit.core.judges").joinpath("data/facturx_levels.txt").read_text("utf-8")
    trees: list[_Tree] = [{}]
    for row in text.splitlines():
        depth = len(row) - len(row.lstrip(" "))
        del trees[depth + 1 :]
        trees.append(trees[depth].setdefault(row.split()[0], {}))
    return trees[0]


def grown(*, guideline: str, seed: int, count: int) -> Iterator[bytes]:
    """So many documents of everything that the highest level has, declared as of one level."""
    tree = _tree()
    for number in range(count):
        dice = random.Random(seed * 10_000 + number)
        root = etree.Element(f"{{{_RSM}}}CrossIndustryInvoice", None, {"ram": _RAM, "udt": _UDT})
        _grow(root, tree, dice, dice.choice((0.25, 0.5, 0.8)), 0)
        for found in root.iter(f"{{{_RAM}}}GuidelineSpecifiedDocumentContextParameter"):
            for name in list(found)[:1]:
                name.text = guideline
        yield etree.tostring(root)


def _grow(
    above: etree._Element, tree: _Tree, dice: random.Random, share: float, depth: int
) -> None:
    for name, below in tree.items():
        if dice.random() > (0.9 if depth < 2 else share):
            continue
        for _ in range(2 if dice.random() < (0.4 if name == _LINE else 0.04) else 1):
            found = etree.SubElement(above, f"{{{_space(above, name, depth)}}}{name}")
            if below:
                _grow(found, below, dice, share, depth + 1)
            else:
                _fill(found, name, dice)


def _space(above: etree._Element, name: str, depth: int) -> str:
    if depth == 0:
        return _RSM
    if name in ("DateTimeString", "DateString", "DateTime", "Indicator"):
        formatted = etree.QName(above).localname.startswith("Formatted")
        return _QDT if formatted and name == "DateTimeString" else _UDT
    return _RAM


def _fill(found: etree._Element, name: str, dice: random.Random) -> None:
    values = next((known for ending, known in _VALUES.items() if name.endswith(ending)), ("text",))
    found.text = dice.choice(values)
    for ending, known in _ATTRIBUTES.items():
        often = 0.8 if ending in _OFTEN and not name.endswith("TypeCode") else 0.3
        if name.endswith(ending) and dice.random() < often:
            found.set(*dice.choice(known))
