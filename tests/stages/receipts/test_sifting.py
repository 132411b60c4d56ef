"""Which movements of a file are new: balances first, then counting."""

from __future__ import annotations

from collections import Counter
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.documents.bank import BankDay, BankLine, Relation
from acquit.stages.receipts.rules.sifting import (
    Known,
    Piece,
    Sifted,
    Told,
    Tops,
    references_of,
    told_apart,
)

ACCOUNT = UUID(int=1)
Days = list[list[int]]


def piece(opening: int | None, *amounts: int, day: int = 1, reference: str = "") -> Piece:
    return Piece(ACCOUNT, "EUR", opening, tuple(_line(a, day, reference) for a in amounts))


def _line(minor: int, day: int, reference: str = "") -> BankLine:
    return BankLine(
        position=1,
        entry_number=1,
        booking_date=date(2026, 3, day),
        value_date=None,
        amount_minor=minor,
        currency="EUR",
        bank_reference=reference,
    )


def take(known: Known, *pieces: Piece, judged: Relation = Relation.UNPROVEN) -> Sifted:
    return known.take(
        pieces, digest=str(len(known.lines)) + str(pieces), syntax="camt", judged=judged
    )


def amounts(sifted: Sifted) -> list[list[int]]:
    return [[new.line.amount_minor for new in piece] for piece in sifted.fresh]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # The same day again, and one that knows more of it.
        ([piece(0, 10, 10), piece(0, 10, 10)], [[10, 10], []]),
        ([piece(0, 10), piece(0, 10, 10, 25)], [[10], [10, 25]]),
        # The second half of the day: a true twin of the first.
        ([piece(0, 10, 7), piece(17, 10)], [[10, 7], [10]]),
        ([piece(17, 10), piece(0, 10, 7)], [[10], [10, 7]]),
        # The whole day after its halves, and each half after the whole day.
        ([piece(0, 10), piece(10, 10), piece(0, 10, 10)], [[10], [10], []]),
        ([piece(0, 10, 20), piece(0, 10), piece(10, 20)], [[10, 20], [], []]),
    ],
)
def test_balances_tell_a_continuation_from_a_repeat(
    files: list[Piece], expected: list[list[int]]
) -> None:
    known = Known({}, {})
    assert [amounts(take(known, file))[0] for file in files] == expected
    assert not any(take(known, file).doubts for file in files[-1:])


@pytest.mark.parametrize(
    "file",
    [
        piece(30, 10),  # neither joins nor starts with what is known
        piece(None, 10),  # no balance
        piece(0, 10, 10),  # starts alike, but the union does not sum to its balances
    ],
)
def test_what_nothing_proves_waits_and_leaves_no_mark(file: Piece) -> None:
    known = Known({}, {})
    take(known, piece(0, 10, 5))
    before = (dict(known.lines), dict(known.days))
    (doubt,) = take(known, file).doubts
    assert (doubt.code, "2026-03-01" in doubt.message) == ("bank.repeat_unproven", True)
    assert "new or as a repeat" in doubt.fix
    assert (known.lines, known.days) == before
    if len(file.lines) == 1:
        assert amounts(take(known, file, judged=Relation.CONTINUES)) == [[10]]


def test_a_day_that_sums_to_nothing_proves_nothing() -> None:
    known = Known({}, {})
    take(known, piece(100, 10, -10))
    assert take(known, piece(100, 10, -10)).doubts
    assert amounts(take(known, piece(100, 10, -10), judged=Relation.REPEATS)) == [[]]


def test_references_of_the_bank_speak_where_balances_do_not() -> None:
    known = Known({}, {})
    take(known, piece(0, 10, reference="B1"))
    assert amounts(take(known, piece(None, 10, reference="B1"))) == [[]]


def test_thousands_of_equal_amounts_are_told_by_their_references_first() -> None:
    """A day of one price, told in another syntax the other way round, and one movement more."""
    at, number = (ACCOUNT, date(2026, 3, 1)), 3_000
    told = [Told("mt940", str(n), 999, references_of(f"B{n}")) for n in range(number)]
    known = Known({}, {at: BankDay(0, 999 * number, 999 * number)}, otherwise={at: told})
    lines = tuple(_line(999, 1, f"B{number - n}") for n in range(number + 1))
    (new,) = take(known, Piece(ACCOUNT, "EUR", 0, lines)).fresh
    assert [movement.line.bank_reference for movement in new] == [f"B{number}"]


def test_pages_of_one_file_never_repeat_each_other() -> None:
    known = Known({}, {})
    pages = (piece(0, 10), piece(10, 10), piece(20, 10))
    assert amounts(take(known, *pages)) == [[10], [10], [10]]
    assert amounts(take(known, *pages)) == [[], [], []]
    assert amounts(take(known, piece(30, 10))) == [[10]]


@given(
    days=st.lists(st.lists(st.integers(1, 3), max_size=5), min_size=1, max_size=6),
    windows=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6)), max_size=8),
)
def test_any_overlap_of_whole_days_keeps_each_movement_once(
    days: Days, windows: list[tuple[int, int]]
) -> None:
    known, stored = Known({}, {}), Counter[int]()
    for start, size in [*windows, (0, len(days))]:
        chosen = [(n, a) for n in range(start, min(start + size, len(days))) for a in days[n]]
        opening = sum(sum(day) for day in days[:start])
        lines = tuple(_line(minor, n + 1) for n, minor in chosen)
        sifted = take(known, Piece(ACCOUNT, "EUR", opening, lines))
        assert not sifted.doubts
        stored.update(amounts(sifted)[0])
    assert stored == Counter(minor for day in days for minor in day)


@given(
    moves=st.lists(st.integers(-3, 3).filter(bool), min_size=1, max_size=10),
    cuts=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 10)), max_size=8),
)
def test_cuts_of_one_day_are_right_or_wait(moves: list[int], cuts: list[tuple[int, int]]) -> None:
    """However one day is cut into files: the movements that joins and counts accept are never
    more than happened, and consecutive cuts lose none."""
    known, stored = Known({}, {}), Counter[int]()
    position = 0
    for _start, size in cuts:
        part = moves[position : position + size]
        if not part:
            break
        opening = 100 + sum(moves[:position])
        judged = Relation.UNPROVEN
        if take_is_in_doubt(known, piece(opening, *part)):
            judged = Relation.CONTINUES
        sifted = take(known, piece(opening, *part), judged=judged)
        stored.update(amounts(sifted)[0])
        position += size
        assert stored == Counter(moves[:position])


def take_is_in_doubt(known: Known, file: Piece) -> bool:
    trial = Known(dict(known.lines), dict(known.days))
    return bool(take(trial, file).doubts)


@given(st.lists(st.lists(st.tuples(st.sampled_from([10, 20, -5]), st.integers(1, 3)), max_size=5)))
def test_a_file_of_unknown_days_is_taken_whole_as_if_each_movement_was_looked_for(
    statements: list[list[tuple[int, int]]],
) -> None:
    pieces, opening = [], 0
    for movements in statements:
        lines = tuple(
            _line(minor, day)._replace(position=at) for at, (minor, day) in enumerate(movements)
        )
        pieces.append(Piece(ACCOUNT, "EUR", opening, lines))
        opening += sum(minor for minor, _day in movements)
    one_by_one, whole = Known({}, {}), Known({}, {})
    expected = take(one_by_one, *pieces).fresh
    assert whole.took_whole(pieces)
    assert (whole.days, whole.touched) == (one_by_one.days, one_by_one.touched)
    tops: Tops = {}
    for at, (piece, new) in enumerate(zip(pieces, expected, strict=True), 1):
        found = list(told_apart(piece.lines, tops, is_last=at == len(pieces)))
        assert [one.line.booking_date for one in found] == sorted(
            line.booking_date for line in piece.lines
        )
        assert tuple(sorted(found, key=lambda one: one.line.position)) == new


def test_of_a_day_that_is_known_nothing_is_taken_whole() -> None:
    known = Known({}, {(ACCOUNT, date(2026, 3, 2)): BankDay(0, 10, 10)})
    assert not known.took_whole([piece(0, 10, day=1), piece(10, 10, day=2)])
    assert (len(known.days), known.touched) == (1, set())
