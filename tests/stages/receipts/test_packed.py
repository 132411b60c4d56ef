"""Statements that come in a ZIP: each as if it had come by itself."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse

from acquit.core.ids import to_public
from acquit.core.outcome import ItemState, Outcome
from acquit.core.text import sha256
from acquit.entrypoints.taking_in import take_in
from acquit.history.models import ArchivedBytes
from acquit.intake.models import ImportRun
from acquit.intake.queries import archive_of
from acquit.stages.receipts.models import Advice, BankLine, Statement
from tests.core.banking.test_packed import packet
from tests.support.lockbox import TWO_CHEQUES, joined, records
from tests.support.money import Movement, statement_bytes
from tests.support.pages import browser
from tests.support.world import World

public = partial(to_public, "import")
pytestmark = pytest.mark.django_db


def bring(world: World, body: bytes, *, dry_run: bool = False) -> Outcome:
    return take_in(
        ctx=world.ctx(), kind="bank", profile="", filename="bank.zip", content=body, options={},
        dry_run=dry_run,
    )  # fmt: skip


def day(world: World, back: int, amount: int, opening: int) -> bytes:
    on = world.today - timedelta(days=back)
    return statement_bytes(
        [Movement(amount, f"RE-{back}")], on=on, reference=f"S{back}", opening_minor=opening
    )


def test_every_file_of_it_is_a_statement_of_its_own(world: World) -> None:
    """One is broken, one is a notice, one is no bank file: the others are taken all the same."""
    files = {
        "01.xml": day(world, 2, 10_000, 0),
        "02.xml": day(world, 1, 20_000, 10_000),
        "box.txt": joined(records(TWO_CHEQUES)),
        "readme.txt": b"Dear customer",
        "more.zip": packet({"a.xml": b"<a/>"}),
    }
    body = packet(files)
    tried = bring(world, body, dry_run=True)
    assert not Statement.objects.of(world.company_id).exists()
    done = bring(world, body)
    assert done.figures == tried.figures
    states = {item.key: item.state for item in done.items}
    assert states == {
        "01.xml": ItemState.DONE,
        "02.xml": ItemState.DONE,
        "box.txt": ItemState.DONE,
        "readme.txt": ItemState.REFUSED,
        "more.zip": ItemState.REFUSED,
    }
    lines = BankLine.objects.of(world.company_id).order_by("booked_on")
    assert [line.amount_minor for line in lines] == [10_000, 20_000]
    assert Advice.objects.of(world.company_id).filter(kind="notification").exists()
    said = " ".join(fault["message"] for fault in done.figures["faults"])
    assert "in the file readme.txt:" in said and "in the file more.zip:" in said
    again = bring(world, body)
    assert again.figures["accepted"] == 0
    assert BankLine.objects.of(world.company_id).count() == 2


def test_of_an_archive_that_is_not_opened_nothing_is_taken(world: World) -> None:
    done = bring(world, packet({"1.xml": bytes(50_000_000), "2.xml": day(world, 1, 500, 0)}))
    assert [(item.key, item.state) for item in done.items] == [("bank.zip", ItemState.REFUSED)]
    assert done.figures["rows"] == 0
    assert not BankLine.objects.of(world.company_id).exists()


def test_the_archive_is_kept_as_the_origin_of_what_was_taken(world: World) -> None:
    first = day(world, 1, 10_000, 0)
    body = packet({"01.xml": first, "readme.txt": b"Dear customer"})
    bring(world, body)
    later = day(world, 0, 500, 10_000)
    bring(world, later).or_refuse()  # alone
    known = bring(world, packet({"b.xml": first}))
    assert known.figures["duplicate"] == 1
    (packed, alone) = (
        ImportRun.objects.of(world.company_id).get(digest=sha256(one)) for one in (first, later)
    )
    found = archive_of(company_id=world.company_id, run_id=packed.id)
    assert found == ("bank.zip", sha256(body))
    kept = ArchivedBytes.objects.of(world.company_id).filter(media_type="application/zip")
    assert [bytes(one.body) for one in kept] == [body]
    reader = browser(world, "auditor")
    assert "bank.zip" in reader.get(reverse("import_run", args=[public(packed.id)])).text
    file = reader.get(reverse("import_archive", args=[public(packed.id)]))
    assert (file.content, file["Digest"]) == (body, f"sha-256={sha256(body)}")
    assert reader.get(reverse("import_archive", args=[public(alone.id)])).status_code == 404
