from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "acquit.stages.matching"
    label = "matching"
