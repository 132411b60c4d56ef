"""What was built for the pages, served: what is no longer there is said, and is no fault of ours.

The list of files is read when the server starts. Who builds the pages anew gives them other names.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django_vite.core.exceptions import DjangoViteAssetNotFoundError
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

GONE = "This file is gone: the pages were built anew since the server started. Restart it.\n"
UNBUILT = (
    "The pages of Acquit are not built, or not whole.\n"
    "From its source: run `make front`, then restart the server. Else: install Acquit again.\n"
)
_PLAIN = "text/plain; charset=utf-8"


class Assets(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise; 404 for a file that vanished."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        try:
            answer: HttpResponse = WhiteNoiseMiddleware.serve(static_file, request)
        except FileNotFoundError:
            return HttpResponseNotFound(GONE, content_type=_PLAIN)
        return answer


def unbuilt(exception: BaseException | None) -> HttpResponse | None:
    """What to run, where a page broke for a file that the manifest does not have: as text, since
    the page of errors wants such files too."""
    if isinstance(exception, DjangoViteAssetNotFoundError):
        return HttpResponse(UNBUILT, status=503, content_type=_PLAIN)
    return None
