from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "acquit.history"
    label = "history"
