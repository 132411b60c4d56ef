"""Every route. What is not listed here does not exist."""

from __future__ import annotations

from django.urls import include, path

from acquit.entrypoints.api.app import api

handler403 = "acquit.entrypoints.ui.views.errors.forbidden"
handler404 = "acquit.entrypoints.ui.views.errors.not_found"
handler500 = "acquit.entrypoints.ui.views.errors.broken"

urlpatterns = [
    path("api/v1/", api.urls),
    path("account/", include("allauth.urls")),
    path("p/", include("acquit.entrypoints.portal.urls")),
    path("", include("acquit.entrypoints.ui.urls")),
]
