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
# Written once in the document; answers point to them.
_HEADERS = {
    "X-Request-Id": {
        "description": "Names the request in answers, facts and logs; yours when you sent one.",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "What the key has left in this minute: r requests, and t seconds until the"
        " count begins anew. Not sent where the server counts nothing, nor without a live key.",
        "schema": {"type": "string", "pattern": '^"minute";r=[0-9]+;t=[0-9]+$'},
    },
    "RateLimit-Policy": {
        "description": "How many requests (q) a key may send in a window of w seconds.",
        "schema": {"type": "string", "pattern": '^"minute";q=[0-9]+;w=60$'},
    },
    "Retry-After": {
        "description": "Seconds until the same request may be sent again; nothing was done.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 60},
    },
}


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Problem documents under their own media type, keys, tags of versions, files, scopes."""
    schema["components"]["headers"] = _HEADERS
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
        told = [n for n in _HEADERS if n != "Retry-After" or int(status) == 429]
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in told}
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
