from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "acquit.access"
    label = "access"
