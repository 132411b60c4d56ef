from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "acquit.stages.insight"
    label = "insight"
