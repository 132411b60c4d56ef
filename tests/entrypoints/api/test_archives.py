"""A ZIP of bank files through the API, which keeps to one company by row-level security."""

from __future__ import annotations

from acquit.core.text import sha256
from acquit.history.models import ArchivedBytes
from acquit.intake.models import ImportRun
from tests.core.banking.test_packed import packet
from tests.support.api import ALL_SCOPES, Api, a_file, new_key
from tests.support.money import Movement, statement_bytes
from tests.support.world import World


def test_an_archive_is_kept_as_the_origin_of_its_files(world: World) -> None:
    statement = statement_bytes([Movement(10_000, "RE-1")], on=world.today)
    body = packet({"1.xml": statement, "readme.txt": b"Dear customer"})
    api = Api(new_key(world, *ALL_SCOPES), day="monday")
    api.post("/statements", {"file": a_file(body, "bank.zip")})
    run = ImportRun.objects.of(world.company_id).get(digest=sha256(statement))
    assert run.options["packed_in"] == {"name": "bank.zip", "digest": sha256(body)}
    kept = ArchivedBytes.objects.of(world.company_id).get(digest=sha256(body))
    assert bytes(kept.body) == body
