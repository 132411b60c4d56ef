"""Tables of the log. Rows are added, never edited: triggers refuse any change."""

from __future__ import annotations

from django.db import models

from acquit.database.models import GuardedLink, Walled, append_only


class FactRecord(Walled):
    """One thing that happened. ``hash`` = SHA-256 over (prev_hash, canonical JSON of the row)."""

    company = GuardedLink("access.Company")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    actor_kind = models.CharField(max_length=10)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    rule = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    command = models.CharField(max_length=80)
    payload = models.JSONField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "history_fact"
        constraints = [
            models.UniqueConstraint(fields=["company", "seq"], name="history_fact_seq"),
        ]
        indexes = [
            models.Index(fields=["company", "subject_id", "seq"], name="history_fact_subject"),
            models.Index(fields=["company", "kind", "seq"], name="history_fact_kind"),
            models.Index(
                fields=["company", "recorded_at"],
                name="history_fact_automatic",
                condition=~models.Q(rule=""),
            ),
        ]
        triggers = append_only("history_fact")

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class ChainHead(Walled):
    """The last link of a company's chain: without it the removal of the last fact would hide.

    ``known_until`` is the latest instant of which somebody was told what was known then.
    """

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    known_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "history_head"
        constraints = [models.UniqueConstraint(fields=["company"], name="history_head_company")]

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:12]}"


class ArchivedBytes(Walled):
    """Bytes that were received or sent, once per content: files of banks, sent XML and PDF."""

    digest = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    body = models.BinaryField()
    archived_at = models.DateTimeField()

    class Meta:
        db_table = "history_archive"
        constraints = [
            models.UniqueConstraint(fields=["company", "digest"], name="history_archive_digest"),
        ]
        triggers = append_only("history_archive")

    def __str__(self) -> str:
        return f"{self.name} ({self.digest[:12]})"
