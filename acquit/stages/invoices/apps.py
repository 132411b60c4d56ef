from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "acquit.stages.invoices"
    label = "invoices"
