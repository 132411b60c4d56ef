from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "acquit.stages.ledger"
    label = "ledger"
