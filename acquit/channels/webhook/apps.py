from django.apps import AppConfig


class WebhookConfig(AppConfig):
    name = "acquit.channels.webhook"
    label = "webhook"
