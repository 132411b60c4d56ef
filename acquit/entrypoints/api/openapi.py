"""The OpenAPI 3.1 document: what the framework writes, completed by what we know of operations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from acquit.entrypoints.api.operation import DECLARED, KEY_LENGTH_MAX, PREFIX, Declared
from acquit.entrypoints.api.problems import MEDIA_TYPE

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key and body again give the first answer and change nothing; kept"
    " 30 days. Another body with it is refused (422); while the first request runs, 409.",
    "schema": {"type": "string", "pattern": f"^[!-~]{{1,{KEY_LENGTH_MAX}}}$"},
}
_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the version that is changed; 412 when it was changed since.",
    "schema": {"type": "string", "pattern": '^("[0-9a-f]{32}"|\\*)$'},
}
_REQUEST_ID = {
    "description": "Names the request in answers, facts and logs; yours when you sent one.",
    "schema": {"type": "string"},
}


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Problem documents under their own media type, keys, tags of versions, files, scopes."""
    declared = {(d.path, d.method.lower()): d for d in DECLARED}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            _complete(operation, declared[path.removeprefix(PREFIX), method])
    return schema


def text(schema: dict[str, Any]) -> str:
    """The document as it is committed."""
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def _complete(operation: dict[str, Any], declared: Declared) -> None:
    operation["security"] = [{"BearerKey": [declared.permission]}]
    operation["x-permission"] = declared.permission
    parameters = operation.setdefault("parameters", [])
    if declared.takes_key:
        parameters.append({**_KEY, "required": declared.moves_money})
    if declared.if_match:
        parameters.append(_MATCH)
    for status, answer in operation["responses"].items():
        answer.setdefault("headers", {})["X-Request-Id"] = _REQUEST_ID
        if int(status) >= 400:
            content = answer.pop("content")
            answer["content"] = {MEDIA_TYPE: content["application/json"]}
        elif declared.media:
            answer["content"] = {declared.media: {"schema": {}}}
            answer["headers"]["Repr-Digest"] = {"schema": {"type": "string"}}


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of everything in the document."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation
