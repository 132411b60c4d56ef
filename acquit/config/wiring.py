"""The one table that says what follows a fact: now (same transaction) or later (jobs)."""

from __future__ import annotations

from acquit.history.unit import Wiring
from acquit.stages.ledger import reactions as ledger
from acquit.stages.masterdata.facts import CompanyCreated

WIRING = Wiring(
    now={
        CompanyCreated.KIND: (ledger.open_chart,),
    },
    later={},
)
