"""Errors as RFC 9457 problem documents, with every fault and its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from acquit.access.command import Forbidden
from acquit.access.idempotency import InFlight, KeyReused
from acquit.core.faults import ConfirmFirst, Fault, Refused

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    413: "Too large",
    500: "Internal error",
    503: "Busy",
}


class NotFound(Refused):
    """No such object in this company: the same words whether it is elsewhere or nowhere."""


class PreconditionFailed(Refused):
    """The object changed since it was read (If-Match)."""


class PreconditionMissing(Refused):
    """An update does not say which version it changes (RFC 6585 section 3)."""


class BadRequest(Refused):
    """The request itself is malformed: a cursor, a header."""


class TooMany(Refused):
    """The key sent more requests in this minute than it may (RFC 6585 section 4)."""


class InvalidQuery(Refused):
    """A parameter does not exist or does not fit."""


# Most special first: the first kind that fits gives the status.
STATUS: tuple[tuple[type[Refused], int, str], ...] = (
    (NotFound, 404, "Not found"),
    (Forbidden, 403, "Forbidden"),
    (KeyReused, 422, "Idempotency key reused"),
    (InFlight, 409, "Request in flight"),
    (PreconditionFailed, 412, "Precondition failed"),
    (PreconditionMissing, 428, "Precondition required"),
    (BadRequest, 400, "Bad request"),
    (InvalidQuery, 422, "Invalid"),
    (TooMany, 429, "Too many requests"),
    (Refused, 422, "Refused"),
)


def problem(
    request: HttpRequest,
    *,
    status: int,
    title: str,
    detail: str,
    errors: Iterable[Mapping[str, str | None]] = (),
) -> HttpResponse:
    """One problem document. ``instance`` is the request's id, to be quoted to support."""
    body = {
        "type": f"urn:acquit:problem:{title.lower().replace(' ', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:acquit:request:{getattr(request, 'request_id', '')}",
        "errors": list(errors),
    }
    text = json.dumps(body).encode()
    # Also where the middleware that counts is not reached: a connection is kept only by length.
    headers = {"Content-Length": str(len(text))}
    return HttpResponse(text, status=status, content_type=MEDIA_TYPE, headers=headers)


def of_refusal(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The problem document of a command's or query's refusal."""
    status, title = next((s, t) for kind, s, t in STATUS if isinstance(refusal, kind))
    detail = "; ".join(fault.message for fault in refusal.faults)
    body = _body(request)
    errors = [_error(fault, body) for fault in refusal.faults]
    return problem(request, status=status, title=title, detail=detail, errors=errors)


def install(api: NinjaAPI) -> None:
    """Replace ninja's own error bodies: every error of the API is a problem document."""

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return of_refusal(request, error)

    @api.exception_handler(ConfirmFirst)
    def question(request: HttpRequest, error: ConfirmFirst) -> HttpResponse:
        body = _body(request)
        return problem(
            request,
            status=409,
            title="Confirm first",
            detail="Repeat the request with these codes in the header Confirm to go on.",
            errors=[_error(warning, body) for warning in error.warnings],
        )

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [_invalid(item) for item in error.errors]
        detail = "; ".join(f"{e['pointer'] or e['place']}: {e['detail']}" for e in errors)
        return problem(request, status=422, title="Invalid", detail=detail, errors=errors)

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        answer = problem(
            request,
            status=401,
            title="Unauthenticated",
            detail="Send a live key as: Authorization: Bearer KEY",
        )
        answer["WWW-Authenticate"] = "Bearer"
        return answer

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, error: HttpError) -> HttpResponse:
        title = TITLES.get(error.status_code, "Error")
        return problem(request, status=error.status_code, title=title, detail=str(error))

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(request, status=404, title=TITLES[404], detail="There is nothing here.")


def _error(fault: Fault, body: object) -> dict[str, str | None]:
    return {
        "pointer": _in_body(fault.path, body),
        "place": fault.path,
        "detail": fault.message,
        "code": fault.code,
        "fix": fault.fix,
    }


def _body(request: HttpRequest) -> object:
    """The body, read once for all faults; None where it is no JSON."""
    if request.content_type != "application/json":
        return None
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None


def _in_body(path: str, body: Any) -> str | None:
    """The pointer of what a fault calls ``lines[3].net``, if the body has such a value."""
    parts = re.findall(r"[^.\[\]]+", path)
    if not parts:
        return None
    value = body
    try:
        for part in parts:
            value = value[int(part)] if isinstance(value, list) else value[part]
    except (ValueError, LookupError, TypeError):
        return None
    return _pointer(parts)


def _pointer(parts: Iterable[object]) -> str:
    """The parts as RFC 6901 section 3 writes them; none point at the whole."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _invalid(item: Mapping[str, Any]) -> dict[str, str | None]:
    """What the schema says. Its places begin with where the value came from and what the operation
    calls it; a body is one value."""
    source, *parts = item.get("loc", ()) or ("",)
    is_body = source == "body"
    return {
        "pointer": _pointer(parts[1:]) if is_body else None,
        "place": "body" if is_body else " ".join(map(str, (source, *parts))).strip(),
        "detail": str(item.get("msg", "")).removeprefix("Value error, "),
        "code": str(item.get("type", "invalid")),
        "fix": "",
    }
