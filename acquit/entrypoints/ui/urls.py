"""Addresses of the back office. Nouns; a new action is a new noun."""

from __future__ import annotations

from django.urls import path

from acquit.entrypoints.ui.views import probes, session

urlpatterns = [
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("signin", session.signin, name="signin"),
    path("signin/demo", session.demo_signin, name="demo_signin"),
    path("signout", session.signout, name="signout"),
    path("language", session.language, name="language"),
    path("company", session.company, name="company"),
    path("profile", session.profile, name="profile"),
]
