"""The canonical JSON of a document: nothing lost, nothing guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from acquit.core.documents.invoice import Invoice
from acquit.core.documents.plain import NotReadable
from tests.core.documents.samples import SAMPLES, two_rates
from tests.core.documents.strategies import FEW, invoices


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_survive_json(name: str) -> None:
    document = SAMPLES[name]()
    assert Invoice.from_dict(json.loads(json.dumps(document.to_dict()))) == document


@FEW
@given(invoices())
def test_any_document_survives_json(document: Invoice) -> None:
    assert Invoice.from_dict(json.loads(json.dumps(document.to_dict()))) == document


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"colour": "red"}, "document.field", "colour"),
        ({"number": 7}, "document.value", "number"),
        ({"issue_date": "2026-02-30"}, "document.value", "issue_date"),
        ({"lines": {}}, "document.value", "lines"),
        ({"seller": {"name": "A"}}, "document.missing", "seller.address"),
        ({"payment": {"means_code": True}}, "document.value", "payment.means_code"),
        (
            {"allowances_charges": [{"is_charge": "no", "amount": None}]},
            "document.value",
            "allowances_charges[0].is_charge",
        ),
        (
            {"allowances_charges": [{"is_charge": True, "amount": {"amount": 1.5}}]},
            "document.value",
            "allowances_charges[0].amount",
        ),
    ],
)
def test_every_fault_names_its_place(change: dict[str, Any], code: str, path: str) -> None:
    with pytest.raises(NotReadable) as refusal:
        Invoice.from_dict(two_rates().to_dict() | change)
    assert (code, path) in [(fault.code, fault.path) for fault in refusal.value.faults]


def test_all_faults_come_together() -> None:
    with pytest.raises(NotReadable) as refusal:
        Invoice.from_dict({"number": 1})
    assert len(refusal.value.faults) > 8


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1,5", "", "1E+999999999", "0E-999999999"])
def test_only_finite_decimals(text: str) -> None:
    data = two_rates().to_dict()
    data["lines"][0]["quantity"] = text
    with pytest.raises(NotReadable, match="a decimal as text"):
        Invoice.from_dict(data)
