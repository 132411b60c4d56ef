"""Texts with a NUL character (U+0000) are refused once, before any page or operation reads them:
PostgreSQL keeps none in a text, and no keyboard types one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, QueryDict

from acquit.core.faults import Fault

NUL = "\0"
_ESCAPED = b"\\u0000"  # the one way to write it in JSON (RFC 8259 section 7)


def typed(request: HttpRequest) -> Iterator[str]:
    """The fields of a page's address and form whose text has one."""
    if NUL in request.path_info:
        yield "URL"
    yield from _of(request.GET)
    yield from _of(request.POST)


def faults(request: HttpRequest) -> list[Fault]:
    """A fault for each such text in the query, the form or the JSON of a request."""
    fix = "take the character U+0000 out"
    places = [f"query {name}" for name in _of(request.GET)]
    if request.content_type == "application/json":
        places += _in_json(request.body)
    else:
        places += _of(request.POST)
    return [
        Fault("text.nul", f"{place} has a NUL character, which no text may have", place, fix=fix)
        for place in places
    ]


def _of(fields: QueryDict) -> Iterator[str]:
    for name, values in fields.lists():
        if NUL in name or any(NUL in value for value in values if isinstance(value, str)):
            yield name.replace(NUL, "")


def _in_json(body: bytes) -> Iterator[str]:
    if _ESCAPED in body:
        yield from _inside(json.loads(body), "")


def _inside(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if NUL in value:
            yield path
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _inside(item, f"{path}[{at}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            place = f"{path}.{name}".lstrip(".").replace(NUL, "")
            if NUL in name:
                yield place
            yield from _inside(item, place)
