"""Orders, their answers, despatch and remittance advices in EDIFACT and X12."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.core.codecs import formats
from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edifact import remadv
from acquit.core.codecs.writing import CannotWrite
from acquit.core.documents.amounts import Price
from acquit.core.documents.order import (
    OrderLine,
    import_rows,
)
from acquit.core.documents.remittance import Adjustment
from acquit.core.money import Money
from acquit.core.text import canonical_json
from acquit.stages.orders.commands import imports
from tests.core.documents.trade_samples import (
    LAMP,
    SAMPLES,
    order,
    remittance_advice,
)
from tests.core.documents.trade_strategies import TRADE

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"
REWRITE = os.environ.get("ACQUIT_REWRITE_GOLDEN") == "1"
WAYS = [("edifact", "D96A"), ("edifact", "D01B"), ("x12", "4010"), ("x12", "5010")]
each_way = pytest.mark.parametrize(("to", "version"), WAYS, ids=[v for _, v in WAYS])


def back(data: bytes) -> Any:
    (part,) = formats.read(data=data).parts
    assert part.reading.faults == (), data
    return part.reading.document


@each_way
@pytest.mark.parametrize("sample", SAMPLES)
def test_samples_come_back_whole(sample: str, to: str, version: str) -> None:
    document = SAMPLES[sample]()
    written = formats.write(document=document, to=to, version=version)
    lost = {fault.path for fault in written.losses}
    assert lost <= ALLOWED.get((sample, to), set()), written.losses
    found = back(written.data)
    assert type(found).from_dict(found.to_dict()) == found
    if not lost:
        assert found == document


ALLOWED = {("remittance-advice", "edifact"): {"payer.vat_id"}}


@each_way
@pytest.mark.parametrize("sample", SAMPLES)
def test_golden_files(sample: str, to: str, version: str) -> None:
    """ACQUIT_REWRITE_GOLDEN=1 writes them anew; the diff is what a reviewer reads."""
    folder = EXAMPLES / to / version
    path, out = folder / f"{sample}.edi", folder / "out" / f"{sample}.json"
    data = formats.write(document=SAMPLES[sample](), to=to, version=version).data
    text = canonical_json(back(data).to_dict()) + b"\n"
    if REWRITE:
        out.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        out.write_bytes(text)
    assert path.read_bytes() == data
    assert out.read_bytes() == text


def test_an_order_becomes_rows_of_the_import() -> None:
    document = order()
    data = formats.write(document=document, to=formats.CSV).data
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    columns = {column.name for column in imports.ORDERS.columns}
    required = {column.name for column in imports.ORDERS.columns if column.required}
    assert set(rows[0]) <= columns
    assert required <= set(rows[0])
    assert [row["unit_price"] for row in rows] == ["84.9", "1.1875"]
    assert {row["customer_number"] for row in rows} == {"4012345000009"}
    assert [row["buyer_line"] for row in rows] == ["10", "20"]
    unpriced = replace(document, lines=(replace(document.lines[0], price=None),))
    (row,) = import_rows(order=unpriced, customer_number="1")
    assert row["unit_price"] == ""


def test_a_remittance_explains_the_payment() -> None:
    advice = remittance_advice()
    assert advice.difference == Money.zero("EUR")
    more = replace(advice, adjustments=(Adjustment(Money(-500, "EUR"), "01", "fee"),))
    assert more.difference == Money(500, "EUR")
    found = back(formats.write(document=more, to="x12").data)
    assert found == more
    with pytest.raises(CannotWrite) as refused:
        remadv.write(document=more)
    assert {f.code for f in refused.value.faults} == {"edifact.not_exact"}


def test_accounts_of_the_older_directory() -> None:
    advice = replace(remittance_advice(), payee_account="FR1420041010050500013M02606")
    written = formats.write(document=advice, to="edifact", version="D96A")
    assert [f.path for f in written.losses] == ["payer.vat_id", "payee_account"]
    newer = formats.write(document=advice, to="edifact", version="D01B")
    assert [f.path for f in newer.losses] == ["payer.vat_id"]


@pytest.mark.parametrize(
    ("sample", "to", "old", "new", "code"),
    [
        ("order", "edifact", b"QTY+21:12:H87'", b"", "edifact.missing"),
        ("order", "edifact", b"DTM+137:20261103", b"DTM+137:2026", "edifact.date"),
        ("order", "edifact", b"CUX+2:EUR", b"CUX+2:E", "edifact.currency"),
        ("order", "x12", b"PO1*10*12*PC", b"PO1*10**PC", "x12.missing"),
        ("order", "x12", b"BEG*00*SA*4500123", b"BEG*00*SA*", "x12.missing"),
        ("order-response", "x12", b"*20261104~", b"*20261199~", "x12.date"),
        ("despatch-advice", "edifact", b"QTY+12:8:H87'", b"", "edifact.missing"),
        ("despatch-advice", "x12", b"SN1*1*8*PC~", b"", "x12.missing"),
        ("remittance-advice", "edifact", b"CUX+2:EUR:11'", b"", "edifact.missing"),
        ("remittance-advice", "edifact", b"MOA+12:-96.35'", b"", "edifact.missing"),
        ("remittance-advice", "x12", b"**-96.35~", b"~", "x12.missing"),
        ("remittance-advice", "x12", b"BPR*I*1745.1", b"BPR*I*", "x12.missing"),
    ],
)
def test_what_is_missing_is_a_fault(
    sample: str, to: str, old: bytes, new: bytes, code: str
) -> None:
    data = formats.write(document=SAMPLES[sample](), to=to).data
    assert old in data
    (part,) = formats.read(data=data.replace(old, new, 1)).parts
    assert part.reading.document is None
    assert code in [f.code for f in part.reading.fatal]


@each_way
@settings(max_examples=50, deadline=None)
@given(document=TRADE)
def test_any_document_comes_back(to: str, version: str, document: Any) -> None:
    module = formats.MESSAGES[type(document)][to]
    envelope = Envelope(
        sender="S",
        receiver="R",
        reference="1",
        prepared_at=datetime(2026, 11, 3),
        charset="UNOY" if to == "edifact" else "utf-8",
    )
    written = module.write(document=document, envelope=envelope, version=version)
    found = back(written.data)
    lost = {fault.path.split("[")[0].split(".")[0] for fault in written.losses}
    assert lost <= {
        "order_number",
        "lines",
        "buyer",
        "seller",
        "deliver_to",
        "payer",
        "payee",
        "carrier",
    }
    assert [line.id for line in getattr(found, "lines", ()) if hasattr(line, "id")] == [
        line.id for line in document.lines if hasattr(line, "id")
    ]
    inner = {fault.path.rpartition("].")[2].split(".")[0] for fault in written.losses}
    assert inner <= ODD, written.losses


# A unit is said only with a quantity; a text with blanks inside may be cut at them.
ODD = {
    "order_number",
    "unit",
    "item",
    "note",
    "buyer",
    "seller",
    "deliver_to",
    "payer",
    "payee",
    "carrier",
    "adjustments",
    "text",
    "price",
    "status",
}


def _damage(data: bytes, draw: Callable[..., Any]) -> bytes:
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        kinds = [b"", data[start:end] * 2, b"'", b"~", b"+", b"*", b"?", b"9" * 40, b"\xff"]
        data = data[:start] + draw(st.sampled_from(kinds)) + data[end:]
    return data


SOUND = {
    (sample, to): formats.write(document=make(), to=to).data
    for sample, make in SAMPLES.items()
    for to in ("edifact", "x12")
}


@pytest.mark.parametrize(("sample", "to"), SOUND)
@settings(max_examples=40, deadline=None)
@given(picks=st.data())
def test_damage_gives_faults_and_never_a_crash(sample: str, to: str, picks: st.DataObject) -> None:
    found = formats.read(data=_damage(SOUND[sample, to], picks.draw))
    for part in found.parts:
        assert (part.reading.document is None) == bool(part.reading.fatal)
        if part.reading.document is not None:
            assert type(part.reading.document).from_dict(part.reading.document.to_dict())


def test_a_price_per_hundred_is_the_same_in_both() -> None:
    document = replace(
        order(),
        lines=(
            OrderLine(
                "1",
                LAMP,
                Decimal(1),
                "C62",
                Price(Decimal(5), base_quantity=Decimal(100)),
                requested_on=date(2026, 1, 2),
            ),
        ),
    )
    for to in ("edifact", "x12"):
        assert back(formats.write(document=document, to=to).data).lines == document.lines
