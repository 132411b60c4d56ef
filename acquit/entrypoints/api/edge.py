"""The outer edge of the API: whatever happens before an operation is reached, or when there is
none, is answered by a problem document too; and every answer says how far the key is in its minute
(draft-ietf-httpapi-ratelimit-headers-10)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from acquit.access.pace import WINDOW, Pace
from acquit.entrypoints.api.operation import PREFIX
from acquit.entrypoints.api.problems import MEDIA_TYPE, TITLES, problem
from acquit.intake.commands.run import SIZE_MAX

PACE_HEADERS = ("RateLimit", "RateLimit-Policy")
_MARGIN = 64 * 1024  # the frame of a multipart body
_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not know the method; see Allow.",
    500: "Something is wrong on our side; it is logged under the instance.",
    503: "Too many requests at this moment. Nothing was done; send it again after Retry-After.",
}


class ApiEdge:
    """Middleware: bodies that are too large are refused unread, other errors get their document."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(f"{PREFIX}/"):
            return self.get_response(request)
        most = _most(request)
        if _length(request) > most:
            detail = f"The body is larger than the {most} bytes that are taken here."
            return problem(request, status=413, title=TITLES[413], detail=detail)
        response = self.get_response(request)
        _tell_pace(request, response)
        status = response.status_code
        if status < 400 or response.get("Content-Type", "").startswith(MEDIA_TYPE):
            return response
        answer = problem(
            request,
            status=status,
            title=TITLES.get(status, response.reason_phrase),
            detail=_DETAILS.get(status, "The request could not be read."),
        )
        for name in ("Allow", "Retry-After", *PACE_HEADERS):
            if response.has_header(name):
                answer[name] = response[name]
        return answer


def _tell_pace(request: HttpRequest, response: HttpResponse) -> None:
    """Where the key stands; nothing where no key was read or nothing is counted."""
    pace: Pace | None = getattr(request, "pace", None)
    if pace is None:
        return
    values = (
        f'"minute";r={pace.remaining};t={pace.seconds_left}',
        f'"minute";q={pace.limit};w={WINDOW.seconds}',
    )
    for name, value in zip(PACE_HEADERS, values, strict=True):
        response[name] = value
    if pace.is_over:
        response["Retry-After"] = str(pace.seconds_left)


def _most(request: HttpRequest) -> int:
    if request.content_type == "multipart/form-data":
        return SIZE_MAX + _MARGIN
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return limit


def _length(request: HttpRequest) -> int:
    text = request.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() else 0
