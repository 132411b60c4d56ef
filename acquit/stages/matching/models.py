"""The matcher's answers, kept with their evidence so that each can be explained and undone."""

from __future__ import annotations

from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.database.models import Currency, Link, Walled, state_check

PROPOSAL = Lifecycle(
    name="proposal",
    initial="proposed",
    transitions={
        ("proposed", "accept"): "accepted",
        ("proposed", "reject"): "rejected",
        ("proposed", "supersede"): "superseded",
        ("accepted", "undo"): "undone",
    },
)


class Proposal(Walled):
    """What one receipt may settle: ``items`` are the shares of ``rules/plans.py`` by name, without
    what is empty; ``evidence`` the reasons in words, ``rivals`` how many other answers fit as
    well."""

    receipt = Link("receipts.Receipt")
    rank = models.PositiveIntegerField()
    probability = models.DecimalField(max_digits=7, decimal_places=6)
    rivals = models.PositiveIntegerField(default=0)
    action = models.CharField(max_length=10)  # post, suggest, ask, leave
    reason = models.CharField(max_length=40)
    items = models.JSONField()
    evidence = models.JSONField()
    total_minor = models.BigIntegerField()
    currency = Currency()
    state = models.CharField(max_length=12, default=PROPOSAL.initial)
    rule = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "matching_proposal"
        constraints = [
            state_check("matching_proposal_state", "state", PROPOSAL.states),
            state_check("matching_proposal_action", "action", ("post", "suggest", "ask", "leave")),
        ]
        indexes = [
            models.Index(fields=["company", "receipt", "rank"], name="matching_proposal_receipt"),
            models.Index(
                fields=["company", "created_at"],
                name="matching_proposal_waiting",
                condition=models.Q(state="proposed"),
            ),
            # All that the Apply page counts, so that counting never touches the table.
            models.Index(
                fields=["company", "created_at", "id"],
                include=["action", "currency", "total_minor"],
                name="matching_proposal_accepted",
                condition=models.Q(state="accepted"),
            ),
            models.Index(
                fields=["company", "action", "probability"],
                include=["receipt", "id"],
                name="matching_proposal_best",
                condition=models.Q(state="proposed", rank=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.total_minor} {self.currency}"
