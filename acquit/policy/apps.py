from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "acquit.policy"
    label = "policy"
