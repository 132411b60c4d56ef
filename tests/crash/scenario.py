"""Kill the billing process, the worker and the database while they work; then count.

Run by ``test_crash.py`` in a process of its own, because it needs a database of its own.
Prints what was killed and how many mails came twice.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

CUSTOMERS, ORDERS = 12, 36
DICE = random.Random(20260302)


def main(folder: Path) -> None:
    from acquit.supervisor import Cluster

    os.environ["DATABASE_URL"] = Cluster.at(folder / "data").ensure_running()
    os.environ["DJANGO_SETTINGS_MODULE"] = "acquit.config.settings"
    os.environ["ACQUIT_SECRET_KEY"] = "a secret that all processes share, as they do in a house"
    import django

    django.setup()
    from django.core.management import call_command

    from tests.crash.processes import stage
    from tests.support.smtp import smtp_server

    began = time.monotonic()
    with ExitStack() as stack:
        mail = stack.enter_context(smtp_server())
        house = stack.enter_context(stage(folder=folder, mail_port=mail.port))
        call_command("migrate", verbosity=0)
        company_id = _company()
        told("ready", began)
        _bill(house, company_id)
        told("billed", began)
        _send(house, company_id, mail)
        told("sent", began)
        _verify(company_id)
        print(f"killed: {house.kills}", flush=True)


def told(what: str, began: float) -> None:
    print(f"{time.monotonic() - began:6.1f} s {what}", flush=True)


def _company() -> Any:
    """Orders of two lines, three for each customer, all delivered."""
    from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
    from acquit.stages.masterdata.commands.save_items import ItemData, save_items
    from acquit.stages.orders.commands.deliver import DeliveryData, deliver
    from acquit.stages.orders.commands.record_orders import (
        OrderData,
        OrderLineData,
        record_orders,
    )
    from tests.crash.processes import TODAY, frame
    from tests.support.world import new_world

    world = new_world(seed="crash", slug="crash", on=TODAY)
    ctx = frame(world.company_id)
    people = [
        CustomerData(
            number=f"C{n}",
            name=f"Kunde {n} GmbH",
            country="DE",
            street="Weg 1",
            city="Ort",
            postcode="10115",
            email=f"c{n}@kunde.example",
        )
        for n in range(CUSTOMERS)
    ]
    save_customers(ctx=ctx, items=people).or_refuse()
    save_items(ctx=ctx, items=[ItemData(code="A", name="Apfel")]).or_refuse()
    line = OrderLineData(item_code="A", quantity=Decimal(3), unit_price=Decimal("9.99"))
    orders = [
        OrderData(
            number=f"O{n}", customer=f"C{n % CUSTOMERS}", ordered_on=TODAY, lines=(line, line)
        )
        for n in range(ORDERS)
    ]
    record_orders(ctx=ctx, items=orders).or_refuse()
    goods = [
        DeliveryData(number=f"D{n}", order_number=f"O{n}", delivered_on=TODAY)
        for n in range(ORDERS)
    ]
    deliver(ctx=ctx, items=goods).or_refuse()
    return world.company_id


def _bill(house: Any, company_id: Any) -> None:
    """Three times the run is killed in the middle, twice by the loss of its database."""
    from acquit.stages.invoices.commands.bill import bill
    from tests.crash.processes import RUN_KEY, TODAY, count, frame, wait_for

    for turn, what in enumerate(("biller", "database", "biller", "database", "biller")):
        before = count("invoices_document")
        process = house.biller(company_id)
        wait_for(
            "documents of the run",
            lambda: count("invoices_document") > before or process.poll() is not None,  # noqa: B023
            seconds=120,
            pause=0.001,
        )
        time.sleep(DICE.random() * 0.02)
        if what == "database":
            house.kill_database()
            process.wait()
        else:
            house.kill(process, what)
        _numbers_run(company_id, f"after kill {turn + 1}")
    outcome = bill(ctx=frame(company_id, key=RUN_KEY), as_of=TODAY)
    assert outcome.figures["invoices"] == ORDERS, outcome.figures
    again = bill(ctx=frame(company_id, key=RUN_KEY), as_of=TODAY)
    assert again.figures == outcome.figures
    assert bill(ctx=frame(company_id), as_of=TODAY).figures["invoices"] == 0
    assert _numbers_run(company_id, "at the end") == ORDERS


def _numbers_run(company_id: Any, when: str) -> int:
    """1..n without a gap, each delivered line billed at most once, marked exactly when it is."""
    from acquit.database.copy import fetch_rows

    rows = fetch_rows(
        "SELECT series_number FROM invoices_document WHERE company_id = %s ORDER BY 1",
        [company_id],
    )
    numbers = [row[0] for row in rows]
    assert numbers == list(range(1, len(numbers) + 1)), (when, numbers)
    wrong = fetch_rows(
        "SELECT d.id FROM orders_delivery_line d LEFT JOIN invoices_line l"
        " ON l.company_id = d.company_id AND l.delivery_line_id = d.id"
        " LEFT JOIN orders_unbilled u ON u.company_id = d.company_id AND u.id = d.id"
        " WHERE d.company_id = %s GROUP BY d.id, u.id HAVING count(l.id) <> (u.id IS NULL)::int",
        [company_id],
    )
    assert wrong == [], (when, wrong)
    return len(numbers)


def _send(house: Any, company_id: Any, mail: Any) -> None:
    """The server refuses now and then and loses answers; the worker is killed three times and
    the database twice. In the end every document is with its customer once."""
    from acquit.database.copy import execute, fetch_rows
    from acquit.stages.dispatch.commands.send import Sending, send
    from tests.crash.processes import count, frame, wait_for

    mail.plan += ["", "451 later", "", "cut", "", "", "452 full", "", "cut"]
    documents = [row[0] for row in fetch_rows("SELECT id FROM invoices_document ORDER BY number")]
    for start in range(0, ORDERS, 6):  # several jobs
        wanted = [Sending(document_id=one) for one in documents[start : start + 6]]
        send(ctx=frame(company_id), items=wanted).or_refuse()
    for turn, what in enumerate(("worker", "database", "worker", "database", "worker", "")):
        house.reap()
        worker = house.worker()
        goal = (turn + 1) * ORDERS // 6 if what else 0
        while what and len(mail.accepted) < goal and worker.poll() is None:
            time.sleep(0.002)
            if count("procrastinate_jobs", "status IN ('todo', 'doing')") == 0:
                break
        time.sleep(DICE.random() * 0.2)
        if what == "database":
            house.kill_database()
        if what:
            house.kill(worker, "worker")
    # The minutes that the refused ones wait for their next try pass at once.
    left = "state = 'queued'"

    def all_done() -> bool:
        house.reap()
        execute("UPDATE dispatch_dispatch SET due_at = now() WHERE state = 'queued'")
        execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
        return count("dispatch_dispatch", left) == 0

    try:
        wait_for("everything sent", all_done, seconds=180, pause=0.5)
    except AssertionError:
        print(fetch_rows("SELECT id, status, attempts, worker_id FROM procrastinate_jobs"))
        print(fetch_rows("SELECT state, attempts, last_error, due_at FROM dispatch_dispatch"))
        print(fetch_rows("SELECT * FROM procrastinate_workers"))
        raise
    _delivered_once(house, mail)


def _delivered_once(house: Any, mail: Any) -> None:
    from acquit.database.copy import fetch_rows

    rows = fetch_rows("SELECT message_id, state FROM dispatch_dispatch")
    assert Counter(state for _id, state in rows) == {"sent": ORDERS}
    wanted = {f"<{message_id}>" for message_id, _state in rows}
    copies: dict[str, set[bytes]] = {}
    for raw, message in zip(mail.accepted, mail.messages, strict=True):
        copies.setdefault(message["Message-ID"], set()).add(raw)
    assert set(copies) == wanted, "a mail is missing, or one came that nobody wanted"
    assert all(len(one) == 1 for one in copies.values()), "a repeat differs from the first"
    twice = len(mail.accepted) - ORDERS
    # Two jobs at a time may be between the server's answer and their commit when they die.
    in_flight = 2 * house.kills["worker"] + 2 * house.kills["database"]
    print(f"{len(mail.accepted)} mails, {twice} of them repeats", flush=True)
    assert twice <= 2 + in_flight


def _verify(company_id: Any) -> None:
    from acquit.stages.insight import verify
    from tests.crash.processes import frame

    answer = verify.run(company_id=company_id, now=frame(company_id).now)
    assert answer["broken"] == [], answer["broken"]
    print(f"verified: {sum(answer['checked'].values())} records", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
