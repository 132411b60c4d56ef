"""Who wants to hear of facts, and what became of telling him."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.database.models import Link, Walled, frozen_but, state_check, undeletable

DELIVERY = Lifecycle(
    name="webhook_delivery",
    initial="queued",
    transitions={
        ("queued", "deliver"): "delivered",
        ("queued", "fail"): "failed",  # tries used up, or the endpoint is gone: resend by hand
        ("queued", "resend"): "queued",
        ("delivered", "resend"): "queued",
        ("failed", "resend"): "queued",
    },
)


class Endpoint(Walled):
    """An address that hears of facts. ``kinds`` are kinds of facts, or ``*`` alone for all.

    Secrets are sealed with a key that is not in the database. The previous one signs beside the
    present one until ``previous_until``. ``failing_since`` is the first failure after the last
    success; while ``resting_until`` is ahead nothing is tried.
    """

    url = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=80))
    secret = models.TextField()
    previous_secret = models.TextField(blank=True)
    previous_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True)
    resting_until = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "webhook_endpoint"
        constraints = [
            models.UniqueConstraint(fields=["company", "url"], name="webhook_endpoint_once"),
            models.CheckConstraint(
                name="webhook_endpoint_previous",
                condition=models.Q(previous_secret="", previous_until=None)
                | (~models.Q(previous_secret="") & models.Q(previous_until__isnull=False)),
            ),
        ]
        triggers = undeletable("webhook_endpoint")

    def __str__(self) -> str:
        return self.url


class Delivery(Walled):
    """One fact for one endpoint, written in the transaction of the fact (invariant I29).

    The id of the fact is the id of the event in every repeat. ``recorded_at`` is the fact's.
    """

    endpoint = Link(Endpoint)
    fact = Link("history.FactRecord")
    fact_seq = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    state = models.CharField(max_length=12, default=DELIVERY.initial)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    last_status = models.PositiveIntegerField(null=True)
    last_error = models.TextField(blank=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_delivery"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "endpoint", "fact"], name="webhook_delivery_once"
            ),
            state_check("webhook_delivery_state", "state", DELIVERY.states),
        ]
        indexes = [
            models.Index(fields=["company", "state", "id"], name="webhook_delivery_state_id"),
            models.Index(
                fields=["company", "endpoint", "recorded_at"], name="webhook_delivery_day"
            ),
        ]
        triggers = frozen_but(
            "webhook_delivery",
            "state",
            "attempts",
            "due_at",
            "last_status",
            "last_error",
            "delivered_at",
        )

    def __str__(self) -> str:
        return f"{self.fact_id} {self.state}"
