"""Files bent one place at a time, and what a pack of rules says of them."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from acquit.core.judges.packs import packs
from acquit.core.judges.record import read
from acquit.core.judges.registry import RulePack, run
from acquit.core.judges.rulesets import CII

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:Common"
CBC, CAC = f"{_UBL}BasicComponents-2", f"{_UBL}AggregateComponents-2"
_DATA = "urn:un:unece:uncefact:data:standard:"
RAM = f"{_DATA}ReusableAggregateBusinessInformationEntity:100"
UDT, _QDT = f"{_DATA}UnqualifiedDataType:100", f"{_DATA}QualifiedDataType:100"
_ROOT_PARTS = ("ExchangedDocument", "ExchangedDocumentContext", "SupplyChainTradeTransaction")

# A place and what is put there: text, or None to take it away. ``Note+`` adds another Note,
# ``Line[2]`` is the second, ``ID@schemeID`` an attribute; what is missing on the way is made.
Change = tuple[str, str | None]


def bent(data: bytes, *changes: Change) -> bytes:
    root = etree.fromstring(data)
    for path, text in changes:
        _change(root, path, text)
    return etree.tostring(root)


def _change(root: etree._Element, path: str, text: str | None) -> None:
    path, _, attribute = path.partition("@")
    element = root
    steps = path.split("/") if path else []
    for index, step in enumerate(steps):
        last = index == len(steps) - 1
        name, _, number = step.rstrip("]+").partition("[")
        found = [child for child in element if etree.QName(child).localname == name]
        place = int(number or 1) - 1
        if step.endswith("+") or place >= len(found):
            if text is None:
                raise KeyError(path)
            below = etree.SubElement(element, f"{{{_space(element, name, last)}}}{name}")
        else:
            below = found[place]
        element = below
    if attribute:
        if text is None:
            del element.attrib[attribute]
        else:
            element.set(attribute, text)
    elif text is None:
        above = element.getparent()
        assert above is not None
        above.remove(element)
    elif text:
        element.text = text
    else:
        del element[:]
        element.text = None


def _space(above: etree._Element, name: str, last: bool) -> str:
    if CII in etree.QName(above.getroottree().getroot()).text:
        if name in _ROOT_PARTS:
            return CII
        if etree.QName(above).localname == "FormattedIssueDateTime":
            return _QDT
        return UDT if name in ("DateTimeString", "Indicator", "DateString") else RAM
    return CBC if last else CAC


def pack(name: str, syntax: str) -> RulePack:
    (found,) = [pack for pack in packs() if (pack.id, pack.syntax) == (name, syntax)]
    return found


def broken(name: str, data: bytes) -> dict[str, int]:
    """How often each rule of the pack is broken in the file; the packs below it are not asked."""
    record = read(etree.fromstring(data))
    assert record is not None
    breaches = run(pack(name, record.syntax), record)
    assert not [breach for breach in breaches if breach.why], breaches
    return dict(Counter(breach.rule.id for breach in breaches))
