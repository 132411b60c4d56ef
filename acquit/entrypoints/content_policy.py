"""The content security policy of the settings, put together once.

What a view says for its own answer (``csp.decorators``) and nonces are left to django-csp.
"""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase


class ContentPolicy(CSPMiddleware):
    """Middleware: the header of every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self._usual = build_policy()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_own = any(name.startswith("_csp_") for name in vars(response))
        if is_own or HEADER in response or hasattr(request, "_csp_nonce"):
            return super().process_response(request, response)
        response[HEADER] = self._usual
        return response
