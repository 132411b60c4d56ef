"""Pages refuse texts with a NUL character before they read them: see ``entrypoints/plain_text``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from acquit.entrypoints.api.operation import PREFIX
from acquit.entrypoints.plain_text import typed
from acquit.entrypoints.ui.views.errors import nul_typed


class PlainText:
    """Middleware: such a page answers 400 and names the field. Operations of the API look for
    themselves, once they know who calls."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if request.path_info.startswith(f"{PREFIX}/"):
            return None
        fields = list(typed(request))
        return nul_typed(request, fields) if fields else None
