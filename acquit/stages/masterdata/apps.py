from django.apps import AppConfig


class MasterdataConfig(AppConfig):
    name = "acquit.stages.masterdata"
    label = "masterdata"
