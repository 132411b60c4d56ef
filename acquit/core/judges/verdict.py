"""What a judge says of one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from acquit.core.faults import Fault, Severity

# Codes of faults in how a file is built, before any rule is asked.
_FORMAT = ("judge.schema", "judge.syntax", "xml.", "pdf.", "facturx.")


def is_of_format(fault: Fault) -> bool:
    """Whether the file is not built as its format wants it, or else breaks a rule of the business.

    German tax law tells the two apart (letter of the BMF of 15 October 2025 on electronic
    invoices): a Formatfehler makes the file no electronic invoice at all, a Geschäftsregelfehler
    one that is not in order.
    """
    return fault.rule == "XSD" or fault.code.startswith(_FORMAT)


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
                {
                    **{key: said[key] for key in keys},
                    "kind": "format" if is_of_format(fault) else "rule",
                    "terms": list(getattr(fault, "terms", ())),
                }
                for fault, said in zip(self.faults, faults, strict=True)
            ],
        }
