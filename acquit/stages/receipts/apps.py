from django.apps import AppConfig


class ReceiptsConfig(AppConfig):
    name = "acquit.stages.receipts"
    label = "receipts"
