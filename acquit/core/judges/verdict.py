"""What a judge says of one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from acquit.core.faults import Fault, Severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the bytes obey their standard, by which artefacts, and every fault found.

    ``valid`` is true when no fault is fatal. ``syntax`` is ubl, cii or unknown, ``profile`` the
    rule set that was applied, ``judged_by`` the names of the files that hold its rules.
    """

    syntax: str
    profile: str
    faults: tuple[Fault, ...]
    judged_by: tuple[str, ...]

    @property
    def valid(self) -> bool:
        return not any(fault.severity is Severity.FATAL for fault in self.faults)

    def to_dict(self) -> dict[str, Any]:
        """The line that ``acquit validate`` prints, without the file name."""
        keys = ("rule", "code", "severity", "path", "message", "fix")
        faults = [fault.as_dict() for fault in self.faults]
        return {
            "syntax": self.syntax,
            "profile": self.profile,
            "valid": self.valid,
            "judged_by": list(self.judged_by),
            "faults": [
                {**{key: said[key] for key in keys}, "terms": list(getattr(fault, "terms", ()))}
                for fault, said in zip(self.faults, faults, strict=True)
            ],
        }
