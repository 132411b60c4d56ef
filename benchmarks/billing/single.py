"""One invoice at a time, as a person issues drafts on the page: each its own transaction."""

from __future__ import annotations

import statistics
import time

from benchmarks.child import answer, start


def main() -> None:
    values = start()
    from acquit.stages.invoices.commands.bill import bill
    from acquit.stages.invoices.commands.issue import Issuing, issue
    from acquit.stages.invoices.models import Draft
    from benchmarks.billing.deliveries import load
    from benchmarks.company import TODAY, context, new_company

    company_id = new_company().company_id
    ctx = context(company_id, seed="single")
    load(ctx, values["size"])
    bill(ctx=ctx, as_of=TODAY, straight_through=False)
    drafts = list(Draft.objects.of(company_id).values_list("id", flat=True))
    times = []
    for draft_id in drafts:
        began = time.perf_counter()
        issue(ctx=ctx, items=[Issuing(draft_id=draft_id)]).or_refuse()
        times.append((time.perf_counter() - began) * 1000)
    warm = sorted(times[10:])
    answer(
        invoices=len(drafts),
        median_ms=round(statistics.median(warm), 2),
        p95_ms=round(warm[int(len(warm) * 0.95)], 2),
        per_second=round(1000 / statistics.mean(warm)),
    )


if __name__ == "__main__":
    main()
