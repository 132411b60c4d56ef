from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "acquit.intake"
    label = "intake"
