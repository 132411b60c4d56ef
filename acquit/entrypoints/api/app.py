"""The HTTP API under /api/v1: routers by noun, problems by RFC 9457, OpenAPI 3.1."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI, Router
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from acquit.entrypoints.api import openapi, problems
from acquit.entrypoints.api.routes import ALL


class StrictParser(Parser):
    """JSON as RFC 8259 has it: no NaN, and no name twice in one object."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, parse_constant=_no_constant, object_pairs_hook=_once)


class AcquitAPI(NinjaAPI):
    """The framework's API with our OpenAPI document."""

    def get_openapi_schema(
        self,
        *,
        path_prefix: str | None = None,
        path_params: dict[str, Any] | None = None,
    ) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        openapi.complete(schema)
        return schema


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


api = AcquitAPI(
    title="Acquit",
    version="1",
    description="Invoice-to-cash. Money is decimal text; ids are prefixed; lists have cursors."
    " Every error is a problem document (RFC 9457).",
    urls_namespace="api",
    docs_url=None,
    parser=StrictParser(),
)
problems.install(api)
_router = Router()
for _routes in ALL:
    _routes.mount(_router)
api.add_router("", _router)
