"""Addresses of the back office. Nouns; a new action is a new noun."""

from __future__ import annotations

from django.urls import path

from acquit.entrypoints.ui.lists import paths
from acquit.entrypoints.ui.urls_figures import urlpatterns as figures
from acquit.entrypoints.ui.views import (
    billing,
    billing_runs,
    changes,
    company_settings,
    credits,
    customer_forms,
    customer_statements,
    customers,
    deliveries,
    drafts,
    home,
    imports,
    invoices,
    mailbox,
    palette,
    platform,
    probes,
    remittances,
    rules,
    sending,
    session,
    tour,
    views,
)
from acquit.entrypoints.ui.views.every_list import LISTS

urlpatterns = [
    *(address for one in LISTS.values() for address in paths(one)),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("signin", session.signin, name="signin"),
    path("signin/demo", session.demo_signin, name="demo_signin"),
    path("signout", session.signout, name="signout"),
    path("language", session.language, name="language"),
    path("company", session.company, name="company"),
    path("profile", session.profile, name="profile"),
    path("settings", company_settings.settings, name="settings"),
    path("settings/logo", company_settings.settings_logo, name="settings_logo"),
    path("", home.home, name="home"),
    path("palette", palette.palette, name="palette"),
    path("tour", tour.bar, name="tour"),
    path("tour/dismissal", tour.away, name="tour_away"),
    # Filters of lists under a name
    path("views", views.views, name="views"),
    path("views/new", views.view_new, name="view_new"),
    path("views/<str:key>", views.view, name="view"),
    path("views/<str:key>/deletion", views.view_deletion, name="view_deletion"),
    # Billing
    path("billing", billing.billing, name="billing"),
    path("billing/issues", sending.issues, name="billing_issues"),
    path("billing/selection", billing.selection, name="billing_selection"),
    path("billing/dispatches", sending.dispatches, name="billing_dispatches"),
    path("billing/retries", sending.resends, name="billing_resends"),
    path("billing/rejections/<str:key>/rule", rules.from_rejection, name="rejection_rule"),
    path("billing/changes", changes.changing, name="billing_changes"),
    path("billing/drafts/<str:key>/splits", changes.splits, name="draft_splits"),
    path("billing/undo/<str:verb>/<str:key>", sending.undoing, name="billing_undo"),
    path("billing/runs", drafts.runs, name="billing_runs"),
    path("billing/history", billing_runs.run_list, name="billing_history"),
    path("billing/history/<str:key>", billing_runs.run_page, name="billing_run"),
    path(
        "billing/history/<str:key>/reversal",
        billing_runs.run_reversal,
        name="billing_run_reversal",
    ),
    path("billing/drafts/<str:key>", drafts.draft, name="draft"),
    path("billing/drafts/<str:key>/enrichments", billing.enrichments, name="draft_enrichments"),
    # Invoices
    path("invoices/<str:key>", invoices.invoice, name="invoice"),
    path("invoices/<str:key>/credit-note", credits.credit_note, name="credit_note"),
    path("invoices/<str:key>/dispatches", invoices.invoice_dispatches, name="invoice_dispatches"),
    path("invoices/<str:key>/retries", invoices.invoice_retries, name="invoice_retries"),
    path("invoices/<str:key>/renditions", invoices.invoice_renditions, name="invoice_renditions"),
    path("invoices/<str:key>/links", invoices.invoice_links, name="invoice_links"),
    path(
        "invoices/<str:key>/revocations", invoices.invoice_revocations, name="invoice_revocations"
    ),
    path(
        "invoices/<str:key>/allocations/<str:allocation>/reversal",
        invoices.invoice_reversal,
        name="invoice_reversal",
    ),
    path("invoices/<str:key>/document.<str:form>", invoices.invoice_file, name="invoice_file"),
    path("invoices/<str:key>/statuses/<str:status>.xml", platform.status_file, name="status_file"),
    # Customers
    path("customers/new", customer_forms.customer_new, name="customer_new"),
    path("customers/<str:key>", customers.customer, name="customer"),
    path("customers/<str:key>/edit", customer_forms.customer_edit, name="customer_edit"),
    path("customers/<str:key>/statement", customer_statements.statement, name="customer_statement"),
    path(
        "customers/<str:key>/statement.pdf",
        customer_statements.statement_pdf,
        name="customer_statement_pdf",
    ),
    path(
        "customers/<str:key>/reminder.pdf",
        customer_statements.reminder_pdf,
        name="customer_reminder_pdf",
    ),
    path("deliveries/<path:number>/note.pdf", deliveries.note, name="delivery_note"),
    # Imports
    path("imports", imports.imports, name="imports"),
    path("imports/previews", imports.import_previews, name="import_previews"),
    path("imports/<str:key>", imports.import_run, name="import_run"),
    path("imports/<str:key>/archive", imports.import_archive, name="import_archive"),
    path("imports/<str:key>/rejected.csv", imports.import_faults, name="import_faults"),
    path("imports/<str:key>/reversal", imports.import_reversal, name="import_reversal"),
    # What sums are made of
    path("remittances/<str:key>", remittances.remittance, name="remittance"),
    path(
        "remittances/<str:key>/parts/<int:position>",
        remittances.remittance_part,
        name="remittance_part",
    ),
    path(
        "remittances/<str:key>/parts/<int:position>/page.png",
        remittances.remittance_picture,
        name="remittance_picture",
    ),
    # The demo's mailbox
    path("mailbox", mailbox.mailbox, name="mailbox"),
    path("mailbox/<str:key>", mailbox.mail, name="mail"),
    path("mailbox/<str:key>/attachments/<int:number>", mailbox.mail_file, name="mail_file"),
    path("mailbox/<str:key>/mail.eml", mailbox.mail_raw, name="mail_raw"),
    *figures,
]
