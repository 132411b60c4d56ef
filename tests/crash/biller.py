"""A billing run in a process of its own, in chunks so small that a kill falls into the middle."""

from __future__ import annotations

import sys
from uuid import UUID

import django

CHUNK_LINES = 8


def main() -> None:
    django.setup()
    from acquit.stages.invoices.commands import bill as billing
    from tests.crash.processes import RUN_KEY, TODAY, frame

    billing.CHUNK_LINES = CHUNK_LINES
    billing.bill(ctx=frame(UUID(sys.argv[1]), key=RUN_KEY), as_of=TODAY)


if __name__ == "__main__":
    main()
