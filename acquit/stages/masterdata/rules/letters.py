"""What business letters of a company must name, by the law of its country, and it does not yet."""

from __future__ import annotations

from typing import Any

from acquit.core import packs
from acquit.core.faults import Fault, Severity


def letter_faults(company: Any) -> tuple[Fault, ...]:
    """Warnings with example and law; ``company`` has the columns of the company, ``path`` of a
    fault is the one to fill in.

    >>> from types import SimpleNamespace
    >>> company = SimpleNamespace(country="DE", legal_form="", registration_id="", street="Weg 1")
    >>> [fault.path for fault in letter_faults(company)]
    ['legal_form']
    """
    wanted = packs.get(company.country).letters
    law, warning = wanted.source, Severity.WARNING
    faults = (
        Fault(
            "company.legal_form",
            "letters must name the legal form of the company and what goes with it",
            "legal_form",
            law,
            f"write such as {wanted.legal_form}",
            warning,
        ),
        Fault(
            "company.registration_id",
            "letters must name the number of the company in the register",
            "registration_id",
            law,
            f"write such as {wanted.registration_id}",
            warning,
        ),
        Fault(
            "company.street",
            "letters must name the address of the company",
            "street",
            law,
            "give the street, the postcode and the city",
            warning,
        ),
    )
    return tuple(
        fault
        for fault in faults
        if fault.path in wanted.names and not getattr(company, fault.path).strip()
    )
