from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    name = "acquit.stages.receivables"
    label = "receivables"
