"""What is wrong with data: faults, and the refusal that carries them.

A fault describes bad data and is never raised alone: all faults of an input are returned
together. A refusal is a command saying no. A question is ``ConfirmFirst``. Bugs raise as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    FATAL = "fatal"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong, where, by which rule, and what to do about it.

    ``code`` is ours and stable (``customer.unknown``); ``rule`` is the law's or standard's own
    identifier (``BR-CO-15``); ``path`` names the place in the input (``lines[3].net``, ``row 17``).
    """

    code: str
    message: str
    path: str = ""
    rule: str = ""
    fix: str = ""
    severity: Severity = Severity.FATAL

    def as_dict(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, kept: Mapping[str, str]) -> Fault:
        """As :meth:`as_dict` gave it."""
        values: dict[str, Any] = {**kept, "severity": Severity(kept["severity"])}
        return cls(**values)


class Refused(Exception):
    """A command will not do what was asked; nothing was changed. Subclasses are named CannotX."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.code}: {f.message}" for f in self.faults))

    @classmethod
    def because(cls, code: str, message: str, *, path: str = "", fix: str = "") -> Refused:
        return cls((Fault(code, message, path=path, fix=fix),))


class ConfirmFirst(Exception):
    """A question to the user: repeat the command with these codes confirmed to go on."""

    def __init__(self, warnings: Sequence[Fault]) -> None:
        self.warnings = tuple(warnings)
        super().__init__("; ".join(w.message for w in self.warnings))
