"""X-Request-Id in and out: one name for a request in answers, facts and logs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_FINE = re.compile(r"^[A-Za-z0-9._-]{1,64}$")


class RequestId:
    """Middleware: take the caller's id where it is harmless, else draw one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        chosen = given if _FINE.match(given) else secrets.token_hex(8)
        request.request_id = chosen  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = chosen
        return response
