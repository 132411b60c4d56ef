from __future__ import annotations

from acquit.core.faults import Fault
from acquit.core.judges.registry import Breach


def told(breach: Breach, language: str) -> Fault:
    code = "judge.unevaluable" if breach.why else "judge.rule"
    return Fault(
        code,
        breach.why or breach.rule.text,
        breach.path,
        breach.rule.id,
        severity=breach.rule.severity,
    )
