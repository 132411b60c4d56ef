from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "acquit.entrypoints.ui"
    label = "ui"
