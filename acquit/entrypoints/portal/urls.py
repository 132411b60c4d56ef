"""Addresses of the portal: all below the token of a document, or of a question."""

from __future__ import annotations

from django.urls import path

from acquit.entrypoints.portal import questions, together, views

urlpatterns = [
    path("q/<str:token>", questions.question, name="portal_question"),
    path("q/<str:token>/answer", questions.answered, name="question_answer"),
    path("q/<str:token>/brand.css", questions.brand, name="question_brand"),
    path("q/<str:token>/logo", questions.logo, name="question_logo"),
    path("q/<str:token>/<int:place>", questions.question, name="portal_choice"),
    path("<str:token>", views.document, name="portal_document"),
    path("<str:token>/document.pdf", views.file, {"form": "pdf"}, name="portal_pdf"),
    path("<str:token>/document.xml", views.file, {"form": "xml"}, name="portal_xml"),
    path("<str:token>/together", together.choose, name="portal_together"),
    path("<str:token>/together/<str:key>", together.bundle, name="portal_bundle"),
    path("<str:token>/together/<str:key>/qr.svg", together.bundle_qr, name="portal_bundle_qr"),
    path("<str:token>/qr.svg", views.qr, name="portal_qr"),
    path("<str:token>/brand.css", views.brand, name="portal_brand"),
    path("<str:token>/logo", views.logo, name="portal_logo"),
    path("<str:token>/seen", views.seen, name="portal_seen"),
]
