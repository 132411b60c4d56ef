"""The committed OpenAPI document is what the code serves; what callers rely on is in it.

After a change of the API: ``ACQUIT_REWRITE=1 pytest tests/entrypoints/api/test_openapi.py``
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from acquit.entrypoints.api import openapi
from acquit.entrypoints.api.app import api
from acquit.entrypoints.api.operation import DECLARED
from acquit.entrypoints.api.schemas import Strict

COMMITTED = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"
PROBLEM = "#/components/schemas/Problem"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    return dict(json.loads(openapi.text(schema)))


def test_the_committed_document_is_the_served_one(document: dict[str, Any]) -> None:
    text = openapi.text(document)
    if os.environ.get("ACQUIT_REWRITE") == "1":
        COMMITTED.write_text(text, encoding="utf-8")
    assert COMMITTED.read_text(encoding="utf-8") == text, "run again with ACQUIT_REWRITE=1"


def test_it_is_served(document: dict[str, Any]) -> None:
    assert Client().get("/api/v1/openapi.json").json() == document


def test_every_operation_says_what_callers_need(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["BearerKey"]["scheme"] == "bearer"
    found = list(openapi.operations(document))
    assert len(found) == len(DECLARED)
    for method, path, operation in found:
        place = f"{method} {path}"
        assert len(operation["summary"]) > 8, place
        assert operation["security"] == [{"BearerKey": [operation["x-permission"]]}], place
        problems = [s for s in operation["responses"] if int(s) >= 400]
        assert {"400", "401", "403", "422", "429"} <= set(problems), place
        for status in problems:
            content = operation["responses"][status]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": PROBLEM}}}, place
        keys = [p for p in operation["parameters"] if p["name"] == "Idempotency-Key"]
        assert len(keys) == (0 if method == "GET" else 1), place


def test_posts_that_move_money_require_a_key(document: dict[str, Any]) -> None:
    required = {
        path
        for _method, path, operation in openapi.operations(document)
        for p in operation["parameters"]
        if p["name"] == "Idempotency-Key" and p["required"]
    }
    assert required == {
        f"/api/v1{path}"
        for path in (
            "/billing-runs",
            "/invoices",
            "/invoices/{invoice_id}/credit-notes",
            "/statements",
            "/statements/{statement_id}/acceptance",
            "/statements/{statement_id}/discard",
            "/receipts",
            "/returned-payments/{return_id}/settlement",
            "/adjustments",
            "/allocations",
            "/proposals",
            "/proposals/{proposal_id}/acceptance",
            "/approvals/{approval_id}/approval",
        )
    }


def test_no_amount_is_a_json_number(document: dict[str, Any]) -> None:
    """Decimals are text with a format and a pattern; nothing in the document is a float."""
    numbers = [place for place, schema in _schemas(document) if schema.get("type") == "number"]
    assert numbers == []
    decimals = [s for _place, s in _schemas(document) if s.get("format") == "decimal"]
    assert len(decimals) > 20
    for schema in decimals:
        assert schema["type"] == "string"
        assert re.fullmatch(schema["pattern"], "12.50")
        assert not re.fullmatch(schema["pattern"], "1e5")


def test_requests_refuse_unknown_fields(document: dict[str, Any]) -> None:
    open_ended = [
        name
        for name, schema in document["components"]["schemas"].items()
        if schema.get("type") == "object"
        and name != "Problem"
        and schema.get("additionalProperties") is not False
    ]
    assert open_ended == []


def test_no_two_shapes_share_a_name() -> None:
    """The document knows shapes by their names alone: of two with one name, one would be lost."""
    names = [kind.__name__ for kind in _shapes(Strict) if "[" not in kind.__name__]
    assert sorted(names) == sorted(set(names))


def _shapes(kind: type) -> Iterator[type]:
    for inner in kind.__subclasses__():
        if inner.__module__.startswith("acquit.entrypoints.api"):
            yield inner
        yield from _shapes(inner)


def _schemas(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield place, node
        for name, inner in node.items():
            yield from _schemas(inner, f"{place}/{name}")
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _schemas(inner, f"{place}/{index}")
