"""Imports: what came in, what became of every row, and where its bytes are kept."""

from __future__ import annotations

from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.database.models import Link, Walled, append_only, state_check

# A preview is the import itself in a transaction that is rolled back: it leaves no run behind.
IMPORT = Lifecycle(
    name="import",
    initial="committed",
    transitions={
        ("committed", "undo"): "undone",
    },
)


class ImportRun(Walled):
    """One file taken in. accepted + rejected + duplicate = rows (invariant I33)."""

    kind = models.CharField(max_length=30)
    profile = models.CharField(max_length=60)
    filename = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default=IMPORT.initial)
    rows = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    duplicate = models.IntegerField(default=0)
    created = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    actor_name = models.CharField(max_length=200)

    class Meta:
        db_table = "intake_run"
        constraints = [
            state_check("intake_run_state", "state", IMPORT.states),
            models.CheckConstraint(
                name="intake_run_counts",
                condition=models.Q(
                    rows=models.F("accepted") + models.F("rejected") + models.F("duplicate")
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-started_at"], name="intake_run_recent"),
            models.Index(fields=["company", "digest"], name="intake_run_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.filename}"


class RowFault(Walled):
    """Why a row was rejected, in words that name the place and the fix."""

    run = Link(ImportRun)
    row = models.IntegerField()
    code = models.CharField(max_length=60)
    path = models.CharField(max_length=120, blank=True)
    message = models.TextField()
    fix = models.TextField(blank=True)
    content = models.TextField(blank=True)

    class Meta:
        db_table = "intake_fault"
        indexes = [models.Index(fields=["company", "run", "row"], name="intake_fault_row")]
        triggers = append_only("intake_fault")

    def __str__(self) -> str:
        return f"row {self.row}: {self.code}"


class ColumnMapping(Walled):
    """What the columns of a table are, as somebody said it once: used for every later table of the
    same ``shape`` (a mark of its header) from the same ``sender`` ("" for any)."""

    kind = models.CharField(max_length=30)
    shape = models.CharField(max_length=64)
    sender = models.CharField(max_length=254, blank=True)
    layout = models.JSONField()
    saved_at = models.DateTimeField()
    actor_name = models.CharField(max_length=200)

    class Meta:
        db_table = "intake_mapping"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "shape", "sender"], name="intake_mapping_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.shape[:8]}"
