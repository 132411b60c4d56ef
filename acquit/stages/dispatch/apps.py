from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "acquit.stages.dispatch"
    label = "dispatch"
