"""The open benchmark: the same seed gives the same bytes, the truth adds up, the scorer counts."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from benchmarks.cash import baselines, files, score
from benchmarks.cash.curve import counted, points
from benchmarks.cash.generate import make, write
from benchmarks.cash.profiles import PROFILES, profile
from benchmarks.cash.world import Case

# The generator is frozen: another digest means that all published figures are measured again.
FROZEN = "667dfd6e44896a040636d1f364c91d1afe8a7823ad5e02dea1e36f0b8b88e970"


@pytest.fixture(scope="module")
def case() -> Case:
    return make(lines=600, seed="train-1", profile=profile("default"))


@pytest.fixture(scope="module")
def folder(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cash")
    write(case, place)
    return place


def test_the_same_seed_gives_the_same_bytes(folder: Path) -> None:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.*")):
        digest.update(path.read_bytes())
    assert digest.hexdigest() == FROZEN


@pytest.mark.parametrize("name", [*PROFILES, "hidden:a release", "bare:40"])
def test_the_truth_adds_up(name: str) -> None:
    """Each line is its items and its residue; no item gets more than it has open."""
    found = make(lines=400, seed="train-2", profile=profile(name))
    items = {item.id: item for item in found.items}
    credited = dict.fromkeys(items, 0)
    for line, truth in zip(found.lines, found.truth, strict=True):
        for item, amount in truth.items.items():
            credited[item] += amount
        if truth.scenario != "fx":
            assert sum(truth.items.values()) + truth.residue == line.amount, truth
            assert {items[item].currency for item in truth.items} <= {line.currency}
        assert line.amount > 0
    for key, amount in credited.items():
        assert amount == 0 or 0 < amount / items[key].open <= 1


def test_every_scenario_occurs_and_numbers_are_unique(case: Case) -> None:
    assert {truth.scenario for truth in case.truth} == set(PROFILES["default"].weights)
    numbers = [item.number for item in case.items] + [paid.item.number for paid in case.history]
    assert len(numbers) == len(set(numbers))


def test_who_knows_the_truth_gets_full_marks(folder: Path) -> None:
    lines = [(line.id, line.amount) for line in files.lines(folder)]
    truth = files.truth(folder)
    perfect = {
        line: [files.Answer(1, 1.0, 0, "post", right.items, right.reason)]
        for line, right in truth.items()
    }
    figures = score.score(lines=lines, truth=truth, answers=perfect)
    assert (figures["precision"], figures["recall"], figures["coverage"]) == (1.0, 1.0, 1.0)
    assert (figures["ece"], figures["touches_per_100"], figures["top1"]) == (0.0, 0.0, 1.0)
    assert 0.99 < figures["precision_low"] < 1
    nobody = score.score(lines=lines, truth=truth, answers={})
    assert (nobody["posted"], nobody["top5"], nobody["misapplied_per_million"]) == (0, 0.0, 0.0)


def test_what_is_wrong_counts() -> None:
    truth = {
        "1": files.Right("single", {"a": 100}, "reference"),
        "2": files.Right("single", {"b": 300}, "reference"),
        "3": files.Right("unrelated", {}, "unrelated"),
    }
    found = {
        "1": [files.Answer(1, 0.95, 0, "post", {"a": 100}, "reference")],
        "2": [
            files.Answer(1, 0.95, 2, "post", {"c": 300}, "reference"),
            files.Answer(2, 0.05, 2, "suggest", {"b": 300}, "reference"),
        ],
        "3": [files.Answer(1, 0.5, 0, "suggest", {"d": 50}, "reference")],
    }
    lines = [("1", 100), ("2", 300), ("3", 50)]
    figures = score.score(lines=lines, truth=truth, answers=found)
    assert figures["precision"] == 0.5
    assert figures["recall"] == 0.5
    assert figures["misapplied_per_million"] == 750_000
    assert (figures["top1"], figures["top3"]) == (0.33333, 0.66667)
    # Posting wrongly: taken back (2), one item out, one in; the stranger: one item out.
    assert figures["touches_per_100"] == round(100 * (0 + 4 + 2) / 3, 1)
    assert figures["ece"] == round((2 * abs(0.95 - 0.5) + 0.5) / 3, 5)


@pytest.mark.parametrize("name", baselines.BASELINES)
def test_the_simple_matchers_answer_every_line(name: str, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "proposals.csv"
    baselines.write(name, folder, out)
    figures = score.score_files(folder, out)
    assert figures["lines"] == 600
    assert figures["posted"] > 50
    assert figures["precision"] < 1 or name == "contains"


def test_the_curve_counts_what_would_be_posted_from_each_limit(case: Case) -> None:
    """Half of the true answers are sure, a wrong one is surer: it is posted alone at the top."""
    paid = [truth for truth in case.truth if truth.items]
    truth = {t.line: files.Right(t.scenario, t.items, t.reason) for t in case.truth}
    wrong, other = paid[0], paid[1]
    answers = {
        t.line: [files.Answer(1, 0.97 if at % 2 else 0.6, 0, "suggest", t.items, t.reason)]
        for at, t in enumerate(paid)
    }
    answers[wrong.line] = [files.Answer(1, 1.0, 0, "suggest", other.items, "lump")]
    lines = [(line.id, line.amount) for line in case.lines]
    found = {
        one["limit"]: one for one in points([counted(lines=lines, truth=truth, answers=answers)])
    }
    assert found[0.999]["precision"] == 0 < found[0.999]["misapplied_per_million"]
    sure = len(paid) // 2
    assert found[0.95]["precision"] == pytest.approx(sure / (sure + 1))
    assert found[0.95]["recall"] == pytest.approx(sure / len(paid))
    assert found[0.5]["recall"] == pytest.approx((len(paid) - 1) / len(paid))
