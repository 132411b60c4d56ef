"""The HTTP API under /api/v1: routers by noun, problems by RFC 9457, OpenAPI 3.1."""

from __future__ import annotations

from ninja import NinjaAPI

from acquit.entrypoints.api import problems
from acquit.entrypoints.api.operation import BearerKey

api = NinjaAPI(
    title="Acquit",
    version="1",
    description="Invoice-to-cash. Money is decimal text; ids are prefixed; lists have cursors.",
    auth=BearerKey(),
    urls_namespace="api",
    docs_url=None,
)
problems.install(api)
