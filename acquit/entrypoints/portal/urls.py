"""Addresses of the portal: all below the token."""

from __future__ import annotations

from django.urls import path

from acquit.entrypoints.portal import views

urlpatterns = [
    path("<str:token>", views.document, name="portal_document"),
    path("<str:token>/document.pdf", views.file, {"form": "pdf"}, name="portal_pdf"),
    path("<str:token>/document.xml", views.file, {"form": "xml"}, name="portal_xml"),
    path("<str:token>/qr.svg", views.qr, name="portal_qr"),
    path("<str:token>/brand.css", views.brand, name="portal_brand"),
    path("<str:token>/logo", views.logo, name="portal_logo"),
    path("<str:token>/seen", views.seen, name="portal_seen"),
]
