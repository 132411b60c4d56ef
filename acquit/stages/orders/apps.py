from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "acquit.stages.orders"
    label = "orders"
