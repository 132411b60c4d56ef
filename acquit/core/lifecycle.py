"""Lifecycles as tables: (state, verb) -> state. What is not in the table is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from acquit.core.faults import Fault, Refused


class NotAllowed(Refused):
    """The verb does not exist in the present state; the fault lists the verbs that do."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """One status per object; drawn into the docs and into the CHECK constraint by code."""

    name: str
    initial: str
    transitions: Mapping[tuple[str, str], str]

    @property
    def states(self) -> tuple[str, ...]:
        seen = dict.fromkeys([self.initial])
        for (state, _verb), target in self.transitions.items():
            seen.update(dict.fromkeys([state, target]))
        return tuple(seen)

    def verbs(self, state: str) -> tuple[str, ...]:
        return tuple(verb for (source, verb) in self.transitions if source == state)

    def after(self, state: str, verb: str) -> str:
        """The state that follows, or NotAllowed naming what is possible instead."""
        try:
            return self.transitions[state, verb]
        except KeyError:
            allowed = ", ".join(self.verbs(state)) or "nothing"
            message = f"{self.name} is {state}: cannot {verb}; possible: {allowed}"
            raise NotAllowed((Fault(f"{self.name}.not_allowed", message),)) from None

    def mermaid(self) -> str:
        """The state diagram for the docs."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {s} --> {t}: {verb}" for (s, verb), t in self.transitions.items()]
        return "\n".join(lines)
