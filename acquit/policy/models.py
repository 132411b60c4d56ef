"""Decision tables as people keep them: versions are added, the one in force is found by date."""

from __future__ import annotations

from django.db import models

from acquit.database.models import Walled, append_only


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
