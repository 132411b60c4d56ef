"""The numbers of receipts run without a gap, however they are taken."""

from __future__ import annotations

from django.db import transaction

from acquit.database.behind import writing_behind
from acquit.history import unit
from acquit.stages.receipts.commands.numbers import take_numbers
from acquit.stages.receipts.models import Series
from tests.support.world import World


class _Changed(Exception):
    pass


def test_numbers_of_a_step_that_is_taken_back_are_given_again(world: World) -> None:
    ctx = world.ctx()

    def take(count: int) -> list[int]:
        return [int(text[-4:]) for text in take_numbers(ctx, kind="receipt", count=count)]

    def stored() -> int:
        return Series.objects.of(world.company_id).get().last_number

    with unit.taken_back(company_id=world.company_id, command="test"), writing_behind():
        taken = take(2) + take(1)
        try:
            with transaction.atomic():
                assert take(5) == [4, 5, 6, 7, 8]
                assert take(1) == [9]
                raise _Changed
        except _Changed:
            taken += take(1)
        with transaction.atomic():
            taken += take(1) + take(2)
        taken += take(1) + take(1)
        assert taken == [1, 2, 3, 4, 5, 6, 7, 8, 9]
        assert stored() == 9
    assert not Series.objects.of(world.company_id).exists()
