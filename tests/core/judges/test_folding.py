"""A file with its lines folded gets the verdict of the whole file, whatever is wrong with it."""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from acquit.core.codecs import cii, ubl
from acquit.core.faults import Refused
from acquit.core.judges import moulds, native, official
from acquit.core.judges.folding import fold, unfolded
from acquit.core.judges.packs import packs
from tests.core.documents.samples import SAMPLES, many_lines
from tests.support.mutate import mutate

_LINES = ("InvoiceLine", "CreditNoteLine", "IncludedSupplyChainTradeLineItem")


def _found(judged: native._Judged) -> list[tuple[str, str, str]]:
    return sorted((breach.rule.id, breach.path, breach.why) for breach in judged[2])


def _longer(data: bytes, dice: random.Random) -> etree._Element:
    """The document with each line several times over, some of them a little different."""
    root = etree.fromstring(data)
    for line in [e for e in root.iter() if etree.QName(e).localname in _LINES]:
        for _ in range(dice.randint(2, 5)):
            again = deepcopy(line)
            leaves = [e for e in again.iter() if len(e) == 0 and e.text]
            for leaf in dice.sample(leaves, min(2, len(leaves))):
                if not leaf.text.replace(".", "", 1).isdigit():
                    leaf.text = dice.choice((leaf.text, 'S & K <24">', "x" * 150, "ß\u00a0"))
                elif etree.QName(leaf).localname.endswith("Amount"):
                    leaf.text = dice.choice(("0.00", "-5.00", "1.005", "12", "-0.00", "7.1"))
            line.addnext(again)
    return root


@pytest.mark.parametrize("write", [ubl.write, cii.write])
def test_the_verdict_stays_the_same_whatever_is_broken(write) -> None:  # type: ignore[no-untyped-def]
    documents = [write(document=build()) for build in SAMPLES.values()]
    documents.append(write(document=many_lines(9)))
    syntax = "ubl" if write is ubl.write else "cii"
    profiles = [pack.id for pack in packs() if pack.syntax == syntax]
    folded = 0
    for seed in range(150):
        dice = random.Random(seed)
        root = _longer(documents[seed % len(documents)], dice)
        what = [mutate(root, dice) for _ in range(dice.choice((0, 1, 1, 2, 6)))]
        if dice.random() < 0.3:
            etree.indent(root)
        data = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
        profile = profiles[seed % len(profiles)]
        shorter = native._folded(data, profile)
        if shorter is not None:
            folded += 1
            assert _found(shorter) == _found(native._whole(data, profile)), (seed, profile, what)
    assert folded > 40


@pytest.mark.parametrize("write", [ubl.write, cii.write])
def test_few_lines_remain_and_the_sums_hold(write) -> None:  # type: ignore[no-untyped-def]
    data = write(document=many_lines(60))
    file = unfolded(data)
    assert file is not None
    for exact in (False, True):
        shorter = fold(file, exact=exact)
        assert shorter is not None
        first = tuple(range(60)) if write is ubl.write else (0, *range(2, 60))
        assert shorter.standing == ((first,) if write is ubl.write else (first, (1,)))
        assert official.judge(shorter.data, profile="en16931").valid
    assert native.judge(data).valid


@pytest.mark.parametrize("write", [ubl.write, cii.write])
def test_in_which_units_lines_are_told_leaves_no_trace_unless_it_is_none(write) -> None:  # type: ignore[no-untyped-def]
    """So a second invoice has the lines of the first, and is judged by what was found there."""
    document = many_lines(20)
    shorter = {}
    for units in (("C62",), ("KGM", "HUR", "LTR"), ("MTR", "C62")):
        lines = [
            replace(line, unit=units[place % len(units)])
            for place, line in enumerate(document.lines)
        ]
        file = unfolded(write(document=replace(document, lines=tuple(lines))))
        folded = fold(file, exact=False) if file is not None else None
        assert folded is not None
        shorter[units] = folded.data
    assert len(set(shorter.values())) == 1
    lines[7] = replace(lines[7], unit="PIECES")
    data = write(document=replace(document, lines=tuple(lines)))
    assert native._folded(data, "en16931") is not None
    (fault,) = native.judge(data, profile="en16931").faults
    assert fault.rule in ("BR-CL-23", "FX-SCH-A-000613") and "[8]/" in fault.path


def test_a_faulty_line_among_many_is_named_by_its_place_in_the_file() -> None:
    document = many_lines(60)
    lines = list(document.lines)
    lines[41] = replace(lines[41], item=replace(lines[41].item, name=" "))
    lines[57] = replace(lines[57], item=replace(lines[57].item, name=" "))
    data = ubl.write(document=replace(document, lines=tuple(lines)))
    assert native._folded(data, "auto") is not None
    found = [(fault.rule, fault.path) for fault in native.judge(data).faults]
    assert found == [("BR-25", f"/Invoice/InvoiceLine[{n}]") for n in (42, 58)]


def test_where_all_lines_are_at_fault_each_is_named() -> None:
    data = ubl.write(document=many_lines(30)).replace(b"<cbc:ID>S</cbc:ID>", b"<cbc:ID>Q</cbc:ID>")
    assert native._folded(data, "auto") is not None
    found = [fault.path for fault in native.judge(data).faults if fault.rule == "BR-CL-18"]
    path = "/Invoice/InvoiceLine{}/Item/ClassifiedTaxCategory/ID"
    places = [path.format(f"[{n}]" if n > 1 else "") for n in range(1, 31)]
    assert [place for place in found if "InvoiceLine" in place] == places


_AMOUNT = b"<cbc:LineExtensionAmount "
_IN_TEXT = b"<cbc:Note><![CDATA[</cac:InvoiceLine><cac:InvoiceLine>]]></cbc:Note>"
_COMMENTED = b"<!-- </cac:InvoiceLine><cac:InvoiceLine> -->"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<cac:Price>", _COMMENTED + b"<cac:Price>"),
        (b"</cac:InvoiceLine>", b"</cac:InvoiceLine><!-- <cac:InvoiceLine></cac:InvoiceLine> -->"),
        (b"</cac:InvoiceLine>", b"</cac:InvoiceLine><cac:InvoiceLine/>"),
        (b"</cac:InvoiceLine>", b"</cac:InvoiceLine><cac:InvoiceLine a='b'></cac:InvoiceLine>"),
        (
            _AMOUNT,
            b"<cbc:Note><![CDATA[</cac:InvoiceLine><cac:InvoiceLine>]]></cbc:Note>" + _AMOUNT,
        ),
        (b"S</cbc:ID>", b"S&#32;</cbc:ID>"),
        (b"Lampe", b"Lampe \x00"),
        (b"Lampe", b"Lampe &amp"),
        (b"\xc3\x89cume", b"\xc9cume"),
        (b'encoding="UTF-8"', b'encoding="ISO-8859-1"'),
        (b"xmlns:cac=", b'xmlns:x="urn:other" xmlns:cac='),
        (b"<cac:Price>", b"<cac:Price a='>1' b='<'>"),
        (b"<cac:Price>", b'<cac:Price xmlns:cbc="urn:other">'),
        (b"<cac:Item>", b"<cac:Items>"),
        (b'unitCode="C62"', b'unitCode="C62>'),
        (b'unitCode="C62"', b"unitCode='C62'"),
        (b"<cac:Price>", b"<cac:Price" + b" " * 12_000 + b">"),
        (b"cbc:Name>", b"x:Name>"),
        (b"</Invoice>", b"<cac:InvoiceLine/></Invoice>"),
        (b"</Invoice>", b""),
    ],
)
def test_what_is_hard_to_cut_is_judged_as_it_stands(old: bytes, new: bytes) -> None:
    """Whatever is put at one line, at some or at all of them."""
    data = ubl.write(document=many_lines(12))
    assert old in data
    for count in (1, 4, -1):
        changed = data.replace(old, new, count)
        whole = _faults(changed, native._whole)
        shorter = native._folded(changed, "auto")
        assert shorter is None or _found(shorter) == whole


def _faults(data: bytes, look) -> object:  # type: ignore[no-untyped-def]
    try:
        return _found(look(data, "auto"))
    except Refused as refusal:
        return refusal.faults


def test_amounts_are_added_to_the_last_digit() -> None:
    document = many_lines(1_000)
    data = ubl.write(document=document)
    file = unfolded(data)
    shorter = fold(file, exact=False) if file is not None else None
    assert shorter is not None
    record = native._whole(shorter.data, "en16931")[0]
    found = [Decimal(v) for v in record.values("LineExtensionAmount", under="InvoiceLine")]
    assert int(sum(found) * 100) == sum(line.net.minor for line in document.lines)
    amount = b"%s</cbc:LineExtensionAmount>"
    wrong = data.replace(amount % b">19.90", amount % b">19.91", 1)
    assert "BR-CO-10" in {fault.rule for fault in native.judge(wrong).faults}


@pytest.mark.parametrize("profile", ["en16931", "peppol-bis", "unknown"])
def test_a_long_file_gives_back_what_it_was_read_into(profile: str) -> None:
    data = ubl.write(document=many_lines(60))
    moulds.forget()
    for _ in range(3):
        native.judge(data, profile=profile)
    forms = [holes for forms in moulds._memory.forms.values() for holes in forms.values()]
    shelves = [shelf for holes in forms for shelf in holes.shelves.values()]
    assert shelves and all(len(shelf.free) == shelf.made for shelf in shelves)
