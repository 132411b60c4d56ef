"""Bytes are kept once per content and company, small or large, and handed out as they came."""

from __future__ import annotations

from contextlib import nullcontext
from random import Random

import pytest

from acquit.database.scope import walled
from acquit.history import archive
from acquit.history.archive import Piece
from acquit.history.models import ArchivedBytes
from tests.support.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_walled", [False, True])
def test_what_is_kept_comes_back_to_the_byte(world: World, *, is_walled: bool) -> None:
    draw = Random(1)
    bodies = [draw.randbytes(size) for size in (0, 10, 1024**2, 1024**2 + 1, 3 * 1024**2)]
    pieces = [Piece(body, "text/xml", f"ő\t{len(body)}") for body in bodies]
    ctx = world.ctx()
    with walled(ctx.company_id) if is_walled else nullcontext():
        digests = archive.keep(ctx, [*pieces, *pieces])
    assert archive.keep(ctx, pieces) == digests[: len(pieces)]
    assert digests == digests[: len(pieces)] * 2
    assert ArchivedBytes.objects.count() == len(pieces)
    for digest, piece in zip(digests, pieces, strict=False):
        assert archive.read(company_id=ctx.company_id, digest=digest) == piece
    for row in ArchivedBytes.objects.all():
        assert (row.size, row.archived_at) == (len(row.body), ctx.now)
    place = (1024**2 - 5, 1024**2 + 5)
    cut = archive.excerpt(
        company_id=ctx.company_id, digest=digests[4], start=place[0], end=place[1]
    )
    assert cut == bodies[4][slice(*place)]
