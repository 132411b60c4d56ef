"""Decision tables as people keep them: versions are added, the one in force is found by date."""

from __future__ import annotations

from django.db import models

from acquit.database.models import Walled, append_only, state_check, undeletable

PASS, REFUSE = "pass", "refuse"
EXPECTED = (PASS, REFUSE)


class PolicyVersion(Walled):
    """One version of one policy, in force from a day until the next version's day."""

    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    table = models.JSONField()
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "policy_version"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name", "version"], name="policy_version_once"
            )
        ]
        triggers = append_only("policy_version")

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class PolicyExample(Walled):
    """An example that a policy over documents must decide as told; asked on every save.

    ``document`` is the canonical document as plain values; ``expected`` pass or refuse. ``proves``
    is the message of the one rule that it is about; empty: all rules of the customer.
    """

    name = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    customer_number = models.CharField(max_length=40)
    customer_country = models.CharField(max_length=2)
    customer_segment = models.CharField(max_length=40, blank=True)
    document = models.JSONField()
    proves = models.CharField(max_length=300, blank=True)
    expected = models.CharField(max_length=6)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "policy_example"
        constraints = [
            state_check("policy_example_expected", "expected", EXPECTED),
            models.UniqueConstraint(
                fields=["company", "name", "title"],
                name="policy_example_title",
                condition=models.Q(dropped_at__isnull=True),
            ),
        ]
        triggers = undeletable("policy_example")

    def __str__(self) -> str:
        return self.title
