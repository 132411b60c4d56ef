"""Reading across the stages: key figures, and what the system did by itself."""

from __future__ import annotations

from acquit.stages.insight.queries.acts import Act, TakenBack, Undoing, acts, taken_back
from acquit.stages.insight.queries.dso import Dso, SimpleDso, dso, dso_of, simple_dso

__all__ = [
    "Act",
    "Dso",
    "SimpleDso",
    "TakenBack",
    "Undoing",
    "acts",
    "dso",
    "dso_of",
    "simple_dso",
    "taken_back",
]
